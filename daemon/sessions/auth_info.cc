// SPDX-License-Identifier: Apache-2.0
#include "daemon/sessions/auth_info.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/printable.h"
#include "directory/ssh_key.h"

namespace taglogin::daemon::sessions {
namespace {

constexpr std::size_t kMaxText = 65536;
constexpr std::size_t kMaxMethods = 16;  // sshd accepts one per MaxAuthTries and factor; far below
constexpr std::size_t kMaxPrincipal = 1024;
constexpr std::string_view kCertificateSuffix = "-cert-v01@openssh.com";  // PROTOCOL.certkeys

bool IsPlain(char c) { return c > 0x20 && c < 0x7f; }

bool IsPrincipal(std::string_view text) {
  return !text.empty() && text.size() <= kMaxPrincipal && std::all_of(text.begin(), text.end(), IsPlain);
}

bool IsBase64(std::string_view text) {
  const auto is_digit = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  };
  while (text.ends_with('=')) text.remove_suffix(1);
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

// Takes the first word off `rest`; words are parted by one space.
std::string_view Word(std::string_view& rest) {
  const std::size_t space = rest.find(' ');
  const std::string_view word = rest.substr(0, space);
  rest = space == std::string_view::npos ? std::string_view() : rest.substr(space + 1);
  return word;
}

bool ParsePublicKey(std::string_view rest, AuthMethod& method) {
  const std::string_view type = Word(rest);
  const std::string_view blob = Word(rest);
  if (!rest.empty()) return false;
  method.key_type = type;
  method.certificate = type.ends_with(kCertificateSuffix);
  // A certificate's blob is not a key: nothing of it may be taken for one.
  if (method.certificate) {
    method.content = directory::DecodeCertificate(type, blob);
    return std::all_of(type.begin(), type.end(), IsPlain) && IsBase64(blob);
  }
  directory::SshKey key;
  if (!directory::DecodeKey(type, blob, key)) return false;
  method.fingerprint = key.Fingerprint();
  return true;
}

std::optional<AuthMethod> ParseLine(std::string_view line) {
  static constexpr std::array<std::string_view, 4> kBare = {"password", "none", "keyboard-interactive",
                                                            "keyboard-interactive/pam"};
  if (line.ends_with(' ')) return std::nullopt;
  AuthMethod method;
  const bool has_more = line.find(' ') != std::string_view::npos;
  const std::string_view name = Word(line);
  method.name = name;
  if (name == "publickey") return ParsePublicKey(line, method) ? std::optional(method) : std::nullopt;
  if (name == "gssapi-with-mic" || name == "gssapi-keyex") {
    method.principal = line;
    return IsPrincipal(line) ? std::optional(method) : std::nullopt;
  }
  // The host's key and names behind it say nothing about the person.
  if (name == "hostbased") return method;
  const bool known = std::find(kBare.begin(), kBare.end(), name) != kBare.end();
  return known && !has_more ? std::optional(method) : std::nullopt;
}

}  // namespace

base::Result<std::vector<AuthMethod>> ParseAuthInfo(std::string_view text) {
  std::vector<AuthMethod> methods;
  if (text.size() > kMaxText) return base::Invalid("SSH_AUTH_INFO_0 is longer than 64 KiB");
  if (text.empty()) return methods;
  if (text.ends_with('\n')) text.remove_suffix(1);
  for (;;) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    auto method = ParseLine(line);
    if (!method)
      return base::Invalid("SSH_AUTH_INFO_0 has a line that sshd does not write: " + base::Printable(line, 80));
    methods.push_back(*std::move(method));
    if (methods.size() > kMaxMethods) return base::Invalid("SSH_AUTH_INFO_0 has more than 16 methods");
    if (end == std::string_view::npos) return methods;
    text.remove_prefix(end + 1);
  }
}

}  // namespace taglogin::daemon::sessions
