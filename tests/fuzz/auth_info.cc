// SPDX-License-Identifier: Apache-2.0
// SSH_AUTH_INFO_0: every line is as sshd writes it or nothing is known, and only a plain key that the
// account has proves it.
#include "daemon/sessions/auth_info.h"

#include <algorithm>

#include "daemon/login_proof.h"
#include "directory/ssh_key.h"
#include "tests/fuzz/fuzz.h"

namespace taglogin::daemon {
namespace {

using sessions::AuthMethod;

constexpr std::int64_t kNow = 1780000000;
constexpr char kOwnKey[] = "AAAAC3NzaC1lZDI1NTE5AAAAIOb9OA7vusgaDLRonDOIU9zbdBsmdu73VxnqsP+PeYTH";

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  fuzz::Input input(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  while (!input.AtEnd()) lines.emplace_back(input.Until('\n'));
  return lines;
}

// The line that sshd writes for what was read of it (auth2_update_session_info() of OpenSSH).
void CheckLine(const std::string& line, const AuthMethod& method) {
  if (method.name == "hostbased") {
    FUZZ_CHECK(line == "hostbased" || line.starts_with("hostbased "));
  } else if (method.name == "publickey") {
    FUZZ_CHECK(line.starts_with("publickey " + method.key_type + " "));
    const std::string blob = line.substr(11 + method.key_type.size());
    directory::SshKey key;
    FUZZ_CHECK(method.certificate == method.key_type.ends_with("-cert-v01@openssh.com"));
    FUZZ_CHECK(method.certificate != directory::DecodeKey(method.key_type, blob, key));
    FUZZ_CHECK(method.fingerprint == (method.certificate ? "" : key.Fingerprint()));
    FUZZ_CHECK(fuzz::IsPrintableLine(line));
  } else {
    FUZZ_CHECK(line == method.name + (method.principal.empty() ? "" : " " + method.principal));
    FUZZ_CHECK(fuzz::IsPrintableLine(line));
    FUZZ_CHECK(method.principal.empty() != method.name.starts_with("gssapi-"));
  }
  if (method.name != "publickey") FUZZ_CHECK(method.key_type.empty() && method.fingerprint.empty());
}

replica::AccountEntry Owner() {
  directory::SshKey key;
  FUZZ_CHECK(directory::DecodeKey("ssh-ed25519", kOwnKey, key));
  replica::AccountEntry account;
  account.keys.push_back(key);
  return account;
}

// With every authority that signed one of them trusted: what counts has a user, principals and the time.
void CheckCertificates(std::string_view text) {
  ProofSettings settings;
  const auto methods = sessions::ParseAuthInfo(text);
  if (!methods) return;
  std::size_t good = 0;
  for (const AuthMethod& method : *methods) {
    if (!method.content) continue;
    const auto& certificate = *method.content;
    settings.authorities.push_back(certificate.authority);
    FUZZ_CHECK(method.certificate && method.fingerprint.empty());
    FUZZ_CHECK(directory::CertifiedType(method.key_type) == certificate.key.type);
    FUZZ_CHECK(certificate.principals.size() <= 256);
    directory::SshKey again;
    FUZZ_CHECK(directory::DecodeKey(certificate.key.type, certificate.key.Base64(), again));
    FUZZ_CHECK(directory::DecodeKey(certificate.authority.type, certificate.authority.Base64(), again));
    if (certificate.for_user && !certificate.principals.empty() && certificate.valid_after <= kNow &&
        certificate.valid_before > kNow) {
      ++good;
    }
  }
  FUZZ_CHECK(ProofOf("sshd", text, {}, settings, kNow).keys.size() == good);
}

void CheckProof(std::string_view text, const std::vector<std::string>& lines, bool parsed) {
  static const replica::AccountEntry owner = Owner();
  const std::string own = std::string("publickey ssh-ed25519 ") + kOwnKey;
  const bool shown = std::find(lines.begin(), lines.end(), own) != lines.end();
  const ProofSettings strict;
  const Proof proof = ProofOf("sshd", text, owner, strict, kNow);
  FUZZ_CHECK(proof.accepted == (parsed && shown));
  FUZZ_CHECK(proof.accepted == proof.code.empty());
  FUZZ_CHECK(fuzz::IsPrintableLine(proof.detail) && fuzz::IsPrintableLine(proof.message));
  // Any other method will do then, but no certificate.
  const auto is_certificate = [](const std::string& line) {
    return line.find("-cert-v01@openssh.com ") != std::string::npos && line.starts_with("publickey ");
  };
  const bool other = !std::all_of(lines.begin(), lines.end(), is_certificate);
  FUZZ_CHECK(ProofOf("sshd", text, owner, {false, {}, {}}, kNow).accepted == (parsed && other));
  FUZZ_CHECK(!ProofOf("sshd", text, {}, strict, kNow).accepted);
  CheckCertificates(text);
}

}  // namespace
}  // namespace taglogin::daemon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taglogin;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> lines = daemon::Lines(text);
  const auto methods = daemon::sessions::ParseAuthInfo(text);
  if (methods) {
    FUZZ_CHECK(methods->size() == lines.size() && lines.size() <= 16);
    for (std::size_t i = 0; i < lines.size(); ++i) daemon::CheckLine(lines[i], (*methods)[i]);
  } else {
    FUZZ_CHECK(methods.error().code == base::ErrorCode::kInvalid);
    fuzz::CheckError(methods.error());
  }
  daemon::CheckProof(text, lines, methods.has_value());
  return 0;
}
