// SPDX-License-Identifier: Apache-2.0
// The folder and file that hold the replica: ours alone, or not used. Private to daemon/replica.
#pragma once

#include <string>

#include "base/result.h"

namespace taglogin::daemon::replica {

// Makes sure that `folder` (made 0700 if missing) and FOLDER/replica.sqlite (made 0600 and empty
// if missing) are a real folder and a regular file with one link, belong to this process's user,
// and are closed to group and others; so must be what SQLite keeps beside the file, if it is there. Gives the file's
// path without symlinks. Errors: kRefused, kInternal.
base::Result<std::string> PrepareStateFile(const std::string& folder);

// Renames the file to replica.sqlite.bad, over an earlier one, and removes what SQLite keeps beside it.
base::Result<void> MoveAside(const std::string& file);

}  // namespace taglogin::daemon::replica
