// SPDX-License-Identifier: Apache-2.0
#include "daemon/login_proof.h"

#include <algorithm>

#include "daemon/sessions/auth_info.h"

namespace taglogin::daemon {
namespace {

using directory::SshCertificate;

const directory::SshKey* FindKey(const replica::AccountEntry& account, const std::string& fingerprint) {
  const auto found = std::find_if(account.keys.begin(), account.keys.end(),
                                  [&](const auto& key) { return key.Fingerprint() == fingerprint; });
  return found == account.keys.end() ? nullptr : &*found;
}

Proof Refused(Proof proof, const char* code, std::string detail, const char* message) {
  proof.code = code;
  proof.detail = std::move(detail);
  proof.message = message;
  return proof;
}

// Why a certificate does not count; empty: it does.
std::string ObjectionTo(const SshCertificate& certificate, const ProofSettings& settings, std::int64_t now_s) {
  const auto& trusted = settings.authorities;
  if (trusted.empty()) return "no authority's certificates count here ([ssh] trusted_user_ca_keys)";
  const bool known = std::any_of(trusted.begin(), trusted.end(),
                                 [&](const auto& key) { return key.blob == certificate.authority.blob; });
  if (!known) return "it is signed by " + certificate.authority.Fingerprint() + ", which trusted_user_ca_keys lacks";
  if (!certificate.for_user) return "it is for a host";
  const auto now = static_cast<std::uint64_t>(now_s);
  if (now < certificate.valid_after) return "it is not valid yet";
  if (now >= certificate.valid_before) return "it has expired";
  if (certificate.principals.empty()) return "it has no principals, and so would be anybody's";
  const std::string objection = directory::Objection(certificate.key, settings.keys);
  return objection.empty() ? objection : "its key " + objection;
}

// Goes through the methods and keeps what counts.
class Weighing {
 public:
  Weighing(const replica::AccountEntry& account, const ProofSettings& settings, std::int64_t now_s)
      : account_(account), settings_(settings), now_s_(now_s) {}

  void Add(const sessions::AuthMethod& method) {
    if (method.certificate) {
      AddCertificate(method);
    } else if (const auto* key = FindKey(account_, method.fingerprint)) {
      Count(method, {{key->type, false}, method.fingerprint});
    } else {
      others_ = true;
    }
  }

  Proof Take() {
    if (!settings_.require_directory_key) proof_.otherwise = others_;
    proof_.accepted = !proof_.keys.empty() || proof_.otherwise;
    // The record of a yes names the certificate that counted, not one that stood beside it.
    if (!proof_.keys.empty()) {
      proof_.certificate = proof_.keys.front().certificate;
    } else if (proof_.accepted) {
      proof_.certificate.reset();
    }
    return std::move(proof_);
  }
  const std::string& objection() const { return objection_; }

 private:
  void AddCertificate(const sessions::AuthMethod& method) {
    if (!method.content) return Object("it makes no sense");
    const SshCertificate& certificate = *method.content;
    if (!proof_.certificate) proof_.certificate = certificate;
    const std::string why = ObjectionTo(certificate, settings_, now_s_);
    if (!why.empty()) return Object(why);
    const policy::Credential credential{certificate.key.type, certificate.verify_required, certificate.principals};
    Count(method, {credential, certificate.key.Fingerprint(), certificate});
  }

  void Object(const std::string& why) {
    if (objection_.empty()) objection_ = why;
  }

  void Count(const sessions::AuthMethod& method, ProvenKey key) {
    if (proof_.keys.empty()) {
      proof_.method = method.name;
      proof_.fingerprint = key.fingerprint;
    }
    proof_.keys.push_back(std::move(key));
  }

  const replica::AccountEntry& account_;
  const ProofSettings& settings_;
  const std::int64_t now_s_;
  Proof proof_;
  std::string objection_;  // to the first certificate that does not count
  bool others_ = false;
};

}  // namespace

policy::Proof Proof::ForRules() const {
  policy::Proof proof;
  for (const ProvenKey& key : keys) proof.keys.push_back(key.credential);
  proof.otherwise = otherwise;
  return proof;
}

Proof ProofOf(std::string_view service, std::string_view auth_info, const replica::AccountEntry& account,
              const ProofSettings& settings, std::int64_t now_s) {
  Proof proof;
  if (service != kSshd) {
    proof.accepted = true;
    proof.otherwise = true;
    return proof;
  }
  constexpr char kSilent[] = "sshd did not say how you proved who you are.";
  const auto methods = sessions::ParseAuthInfo(auth_info);
  if (!methods) {
    return Refused(proof, "TL-DENY-AUTHINFO", "SSH_AUTH_INFO_0: " + methods.error().detail, kSilent);
  }
  if (methods->empty()) {
    return Refused(proof, "TL-DENY-AUTHINFO",
                   "SSH_AUTH_INFO_0 is not set: sshd says nothing about how the login was proven", kSilent);
  }
  Weighing weighing(account, settings, now_s);
  for (const auto& method : *methods) weighing.Add(method);
  proof = weighing.Take();
  if (proof.keys.empty()) {
    proof.method = methods->front().name;
    proof.fingerprint = methods->front().fingerprint;
  }
  if (proof.accepted) return proof;
  if (!weighing.objection().empty()) {
    return Refused(proof, "TL-DENY-CERT", "the certificate does not count: " + weighing.objection(),
                   "your certificate is not one that counts on this machine.");
  }
  return Refused(proof, "TL-DENY-NOKEY",
                 "none of the accepted methods used a key that the directory holds for the account",
                 "the key or method you used is not one that the directory holds for you.");
}

}  // namespace taglogin::daemon
