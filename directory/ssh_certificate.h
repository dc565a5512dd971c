// SPDX-License-Identifier: Apache-2.0
// SSH certificates (PROTOCOL.certkeys of OpenSSH), and the authorities whose signatures count. sshd has checked the
// signature of a certificate that comes from it; nothing here does. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "directory/ssh_key.h"

namespace taglogin::directory {

struct SshCertificate {
  SshKey key;             // that is certified
  SshKey authority;       // whose signature it bears
  bool for_user = false;  // rather than for a host
  std::uint64_t serial = 0;
  std::string id;  // any bytes but NUL
  std::vector<std::string> principals;
  std::uint64_t valid_after = 0;   // seconds since 1970
  std::uint64_t valid_before = 0;  // … from then on it is not valid
  bool verify_required = false;    // sshd takes it only when the key has verified its user (critical option)
};

// "ssh-ed25519" of "ssh-ed25519-cert-v01@openssh.com", "sk-ssh-ed25519@openssh.com" of
// "sk-ssh-ed25519-cert-v01@openssh.com"; nullopt for what is no certificate's type with an accepted key.
std::optional<std::string> CertifiedType(std::string_view certificate_type);

// nullopt unless `base64` is exactly one certificate of `type`, all parts well-formed, with a sound key and a sound
// key of the authority, and at most 256 principals (as sshd).
std::optional<SshCertificate> DecodeCertificate(std::string_view type, std::string_view base64);

// The keys in a file as sshd's TrustedUserCAKeys: lines of type, key and comment; empty lines and those that begin with
// '#'. Errors are kInvalid: "PATH:LINE: what is wrong"; a file without a key is one.
base::Result<std::vector<SshKey>> ParseAuthorities(std::string_view text, const std::string& path);

}  // namespace taglogin::directory
