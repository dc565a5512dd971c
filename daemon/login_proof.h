// SPDX-License-Identifier: Apache-2.0
// The second decision, "how": does what sshd says about the proof suffice for this account?
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/replica/snapshot.h"
#include "directory/ssh_certificate.h"
#include "policy/decide.h"

namespace taglogin::daemon {

inline constexpr char kSshd[] = "sshd";

// What this machine takes for a proof.
struct ProofSettings {
  bool require_directory_key = true;
  directory::KeyDemands keys;                  // of certified keys; the directory's have met them
  std::vector<directory::SshKey> authorities;  // whose certificates count
};

// A key that counts.
struct ProvenKey {
  policy::Credential credential;  // verified: only where the certificate itself demands it
  std::string fingerprint;        // of a certificate that of the certified key
  std::optional<directory::SshCertificate> certificate = {};
};

struct Proof {
  bool accepted = false;
  std::vector<ProvenKey> keys;  // those that count, in the order in which sshd took them
  bool otherwise = false;       // accepted by something else, too

  // For the record: the first key that counts, else the first method.
  std::string method;
  std::string fingerprint;
  std::optional<directory::SshCertificate> certificate;  // accepted: of the first key that counts; else the first one
  std::string code;     // TL-DENY-AUTHINFO, TL-DENY-NOKEY, TL-DENY-CERT; empty when accepted
  std::string detail;   // for the admin
  std::string message;  // for the person

  // As the rules see it.
  policy::Proof ForRules() const;
};

// sshd sessions: with `require_directory_key` one of the methods in `auth_info` must be a plain key
// that the directory holds for this account, or a certificate that counts: for a user, of a trusted authority, valid at
// `now_s`, with principals, of a key as demanded. Missing or unparsable auth_info is refused. Without it any other
// method in a parsable auth_info will do, but no certificate that does not count. Other services prove nothing by SSH:
// accepted, method empty.
Proof ProofOf(std::string_view service, std::string_view auth_info, const replica::AccountEntry& account,
              const ProofSettings& settings, std::int64_t now_s);

}  // namespace taglogin::daemon
