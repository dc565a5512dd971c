// SPDX-License-Identifier: Apache-2.0
#include "daemon/login_proof.h"

#include <algorithm>

#include "daemon/sessions/auth_info.h"

namespace taglogin::daemon {
namespace {

bool HasKey(const replica::AccountEntry& account, const std::string& fingerprint) {
  return std::any_of(account.keys.begin(), account.keys.end(),
                     [&](const auto& key) { return key.Fingerprint() == fingerprint; });
}

Proof Refused(Proof proof, const char* code, std::string detail, const char* message) {
  proof.code = code;
  proof.detail = std::move(detail);
  proof.message = message;
  return proof;
}

}  // namespace

Proof ProofOf(std::string_view service, std::string_view auth_info, const replica::AccountEntry& account,
              bool require_directory_key) {
  Proof proof;
  if (service != "sshd") {
    proof.accepted = true;
    return proof;
  }
  const auto methods = sessions::ParseAuthInfo(auth_info);
  if (!methods) {
    return Refused(proof, "TL-DENY-AUTHINFO", "SSH_AUTH_INFO_0: " + methods.error().detail,
                   "sshd did not say how you proved who you are.");
  }
  if (methods->empty()) {
    return Refused(proof, "TL-DENY-AUTHINFO",
                   "SSH_AUTH_INFO_0 is not set: sshd says nothing about how the login was proven",
                   "sshd did not say how you proved who you are.");
  }
  proof.method = methods->front().name;
  proof.fingerprint = methods->front().fingerprint;
  for (const auto& method : *methods) {
    // Only a plain key has a fingerprint.
    if (!HasKey(account, method.fingerprint)) continue;
    proof.method = method.name;
    proof.fingerprint = method.fingerprint;
    proof.accepted = true;
    return proof;
  }
  if (!require_directory_key) {
    proof.accepted = true;
    return proof;
  }
  return Refused(proof, "TL-DENY-NOKEY",
                 "none of the accepted methods used a key that the directory holds for the account",
                 "the key or method you used is not one that the directory holds for you.");
}

}  // namespace taglogin::daemon
