// SPDX-License-Identifier: Apache-2.0
// SSH public keys out of directory attributes: decoded, checked, and only ever re-emitted from
// their decoded form (RFC 4253 6.6, RFC 8709, PROTOCOL.u2f of OpenSSH).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace taglogin::directory {

struct SshKey {
  std::string type;  // e.g. "ssh-ed25519"; equals the type inside the blob
  std::string blob;  // binary
  std::string Base64() const;
  std::string Fingerprint() const;  // "SHA256:…" without padding, as ssh-keygen -l
};

inline constexpr int kMinRsaBits = 2048;
inline constexpr int kMaxRsaBits = 16384;

// What a site asks of keys beyond being sound.
struct KeyDemands {
  std::vector<std::string> types;  // the accepted ones; empty: all that ReadKeys accepts
  int min_rsa_bits = kMinRsaBits;
};

struct KeyReading {
  std::vector<SshKey> keys;  // in order, without duplicates
  std::vector<std::string>
      rejected;  // one printable reason for each value or line that looked like a key and was not usable
};

// Reads the values of altSecurityIdentities and sshPublicKey: "SSHKey:" in any case (optional
// space behind) or a bare line; several lines in a value are taken apart; "X509:", "Kerberos:" and
// "passkey:" values are skipped silently; options before the type are refused with the key; one
// bad value never hides a good one. Accepted: ssh-ed25519, ecdsa-sha2-nistp256/384/521, ssh-rsa of
// 2048 bits or more, sk-ssh-ed25519@openssh.com, sk-ecdsa-sha2-nistp256@openssh.com; of these what
// `demands` lets.
KeyReading ReadKeys(const std::vector<std::string>& values, const KeyDemands& demands = {});

// What the site has against a sound key, behind its name: "is of type …"; empty: nothing.
std::string Objection(const SshKey& key, const KeyDemands& demands);

// Decodes one blob (binary); used for SSH_AUTH_INFO_0 as well. nullopt-like empty type when bad.
bool DecodeKey(std::string_view type, std::string_view base64, SshKey& out);

}  // namespace taglogin::directory
