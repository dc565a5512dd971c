// SPDX-License-Identifier: Apache-2.0
// Lines for sshd (sshd(8), AUTHORIZED_KEYS FILE FORMAT): made from decoded keys and checked principals only.
#pragma once

#include <string>
#include <vector>

#include "directory/ssh_key.h"
#include "policy/decide.h"

namespace taglogin::daemon {

// What the rules say about one key, or one principal of a certificate: when the key has not verified its user, and
// when it has. The second one allows wherever the first one does.
struct KeyDecisions {
  policy::Decision plain;
  policy::Decision verified;
};

struct KeyLines {
  std::string text;
  // Whether one of the lines lets in without the user's verification, and from which networks (none: from anywhere).
  bool unverified = false;
  std::vector<policy::Network> unverified_from;
  bool verified = false;  // one of the lines lets in with it
};

// The lines for one offered key of an account; sshd takes the first whose options fit.
// Allowed from anywhere: the key alone. Allowed from some networks (Decision::from_limits): the key with from="…".
// Then, where more is allowed when the key verifies its user: the key with verify-required (and from="…"). Then the
// refusal line, which speaks to a client from elsewhere.
// Denied: restrict,command="REFUSED CODE" and the key, so that the person who proves the key learns
// why, and no shell is given even where sshd does not ask PAM.
KeyLines LinesForKey(const directory::SshKey& key, const KeyDecisions& decisions, const std::string& refused_program);

// The line for one principal of a certificate. sshd takes the first line that names a principal of the certificate,
// whether or not its options fit: so there is one alone, which demands verification everywhere when it is demanded
// anywhere.
KeyLines LineForPrincipal(const std::string& principal, const KeyDecisions& decisions,
                          const std::string& refused_program);

}  // namespace taglogin::daemon
