// SPDX-License-Identifier: Apache-2.0
// How sshd says a person was authenticated: SSH_AUTH_INFO_0, one line per accepted method
// (auth2_update_session_info() of OpenSSH). Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "directory/ssh_certificate.h"

namespace taglogin::daemon::sessions {

struct AuthMethod {
  std::string name;          // "publickey", "gssapi-with-mic", "keyboard-interactive/pam", "password" …
  std::string key_type;      // of "publickey"
  std::string fingerprint;   // of "publickey" with a plain key: "SHA256:…"; empty for a certificate
  bool certificate = false;  // the key is a certificate (type ends in -cert-v01@openssh.com)
  std::optional<directory::SshCertificate> content;  // of a certificate; nullopt: it makes no sense
  std::string principal;                             // of "gssapi-with-mic" and "gssapi-keyex": who Kerberos says it is
};

// Every method, in the order in which sshd accepted them; none when `text` is empty (what did not
// come from sshd has no such text). kInvalid when any line is not exactly as sshd writes it, or
// holds a plain key that directory::DecodeKey refuses: nothing is known then, not "part of it".
base::Result<std::vector<AuthMethod>> ParseAuthInfo(std::string_view text);

}  // namespace taglogin::daemon::sessions
