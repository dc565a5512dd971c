// SPDX-License-Identifier: Apache-2.0
// `taglogin test --tags`: what would be decided on a machine with other tags. The replica here does
// not hold the groups of other tags, so they are read from the directory. Blocking; not on the loop.
#pragma once

#include <memory>
#include <string>

#include "base/deadline.h"
#include "base/result.h"
#include "daemon/replica/nss_settings.h"
#include "daemon/view.h"
#include "directory/directory.h"
#include "directory/ssh_key.h"

namespace taglogin::daemon {

// A view that holds `user`, and everybody in the groups that `rules` select under `tags`, as the
// directory says now. Errors: as Directory::Walk.
base::Result<View> TrialView(directory::Directory& directory, std::shared_ptr<const policy::RuleSet> rules,
                             const policy::TagSet& tags, const replica::NssSettings& nss,
                             const directory::KeyDemands& keys, const policy::AccountChecks& checks,
                             const std::string& user, base::Deadline deadline);

}  // namespace taglogin::daemon
