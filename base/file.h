// SPDX-License-Identifier: Apache-2.0
// Reading whole small files, with the checks that a file which decides about access needs.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace taglogin::base {

// The file's bytes. Errors: kNotFound (no such file), kInvalid (not a regular file, larger than
// `max_bytes`), kRefused (may not be read), kInternal (I/O error).
Result<std::string> ReadFile(const std::string& path, std::size_t max_bytes);

// As ReadFile, for files that grant access: also kInvalid when the file or its folder is owned by
// someone other than root (or, for tests run unprivileged, this process's own user), or is
// writable by group or others. Checked on the opened descriptor, not on the path.
Result<std::string> ReadTrustedFile(const std::string& path, std::size_t max_bytes);

}  // namespace taglogin::base
