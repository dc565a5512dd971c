// SPDX-License-Identifier: Apache-2.0
// authorized_keys lines (sshd(8), AUTHORIZED_KEYS FILE FORMAT), made from decoded keys only.
#pragma once

#include <string>
#include <vector>

#include "directory/ssh_key.h"
#include "policy/decide.h"

namespace taglogin::daemon {

// The lines for one offered key of an account.
// Allowed from anywhere: the key alone. Allowed from some networks (Decision::from_limits): the key
// with from="…", and the refusal line behind it, which speaks to a client from elsewhere.
// Denied: restrict,command="REFUSED CODE" and the key, so that the person who proves the key learns
// why, and no shell is given even where sshd does not ask PAM.
std::string KeyLines(const directory::SshKey& key, const policy::Decision& decision,
                     const std::string& refused_program);

}  // namespace taglogin::daemon
