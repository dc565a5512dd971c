// SPDX-License-Identifier: Apache-2.0
// The second decision, "how": does what sshd says about the proof suffice for this account?
#pragma once

#include <string>
#include <string_view>

#include "daemon/replica/snapshot.h"

namespace taglogin::daemon {

struct Proof {
  bool accepted = false;
  std::string method;       // for the record: the method that counted, or the first one
  std::string fingerprint;  // of the directory key that was used, or of the key that was refused
  std::string code;         // TL-DENY-AUTHINFO, TL-DENY-NOKEY; empty when accepted
  std::string detail;       // for the admin
  std::string message;      // for the person
};

// sshd sessions: with `require_directory_key` one of the methods in `auth_info` must be a plain key
// that the directory holds for this account; missing or unparsable auth_info is refused. Without it
// any parsable auth_info will do. Other services prove nothing by SSH: accepted, method empty.
Proof ProofOf(std::string_view service, std::string_view auth_info, const replica::AccountEntry& account,
              bool require_directory_key);

}  // namespace taglogin::daemon
