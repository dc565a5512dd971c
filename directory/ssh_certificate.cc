// SPDX-License-Identifier: Apache-2.0
#include "directory/ssh_certificate.h"

#include <algorithm>

#include "base/printable.h"
#include "directory/ssh_blob.h"

namespace taglogin::directory {
namespace {

constexpr std::string_view kSuffix = "-cert-v01@openssh.com";
constexpr std::string_view kVendor = "@openssh.com";
constexpr std::size_t kMaxBase64 = 32768;
constexpr std::size_t kMaxPrincipals = 256;  // SSHKEY_CERT_MAX_PRINCIPALS
constexpr std::uint64_t kUser = 1;
constexpr std::uint64_t kHost = 2;
constexpr std::string_view kVerifyRequired = "verify-required";

std::string SshString(std::string_view text) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((text.size() >> shift) & 0xff);
  return out.append(text);
}

// A string that OpenSSH reads as a C string.
std::optional<std::string_view> TakeText(std::string_view& blob) {
  const auto text = TakeString(blob);
  return text && text->find('\0') == std::string_view::npos ? text : std::nullopt;
}

// Takes the certified key off the front: its fields are those of a plain key.
bool TakeKey(std::string_view& blob, const std::string& type, SshKey& key) {
  const std::string_view begin = blob;
  for (std::size_t left = FieldsOfKey(type); left > 0; --left) {
    if (!TakeString(blob)) return false;
  }
  key = SshKey{type, SshString(type).append(begin.substr(0, begin.size() - blob.size()))};
  return IsSoundBlob(key.type, key.blob);
}

bool TakePrincipals(std::string_view& blob, std::vector<std::string>& principals) {
  auto list = TakeString(blob);
  if (!list) return false;
  while (!list->empty()) {
    const auto principal = TakeText(*list);
    if (!principal || principals.size() == kMaxPrincipals) return false;
    principals.emplace_back(*principal);
  }
  return true;
}

// Options are names with data. sshd has refused the critical ones it does not know.
bool TakeOptions(std::string_view& blob, bool& verify_required) {
  auto options = TakeString(blob);
  if (!options) return false;
  while (!options->empty()) {
    const auto name = TakeText(*options);
    const auto data = TakeString(*options);
    if (!name || !data) return false;
    if (*name == kVerifyRequired) verify_required = true;
  }
  return true;
}

bool TakeAuthority(std::string_view& blob, SshKey& authority) {
  auto key = TakeString(blob);
  if (!key) return false;
  std::string_view rest = *key;
  const auto type = TakeString(rest);
  if (!type || !IsKeyType(*type) || !IsSoundBlob(*type, *key)) return false;
  authority = SshKey{std::string(*type), std::string(*key)};
  return true;
}

bool TakeNumbers(std::string_view& blob, SshCertificate& certificate) {
  const auto serial = TakeNumber(blob, 8);
  const auto kind = TakeNumber(blob, 4);
  if (!serial || !kind || (*kind != kUser && *kind != kHost)) return false;
  certificate.serial = *serial;
  certificate.for_user = *kind == kUser;
  return true;
}

bool TakeTimes(std::string_view& blob, SshCertificate& certificate) {
  const auto after = TakeNumber(blob, 8);
  const auto before = TakeNumber(blob, 8);
  if (!after || !before) return false;
  certificate.valid_after = *after;
  certificate.valid_before = *before;
  return true;
}

// The fields of PROTOCOL.certkeys, "New public key formats", in their order.
bool Read(std::string_view blob, std::string_view type, SshCertificate& certificate) {
  const auto plain_type = CertifiedType(type);
  const auto inner = TakeString(blob);
  if (!plain_type || !inner || *inner != type || !TakeString(blob)) return false;  // the nonce
  if (!TakeKey(blob, *plain_type, certificate.key) || !TakeNumbers(blob, certificate)) return false;
  const auto id = TakeText(blob);
  if (!id) return false;
  certificate.id = *id;
  bool unused = false;
  return TakePrincipals(blob, certificate.principals) && TakeTimes(blob, certificate) &&
         TakeOptions(blob, certificate.verify_required) && TakeOptions(blob, unused) &&   // the extensions
         TakeString(blob) &&                                                              // reserved
         TakeAuthority(blob, certificate.authority) && TakeString(blob) && blob.empty();  // the signature
}

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view TakeWord(std::string_view& line) {
  line.remove_prefix(static_cast<std::size_t>(std::find_if_not(line.begin(), line.end(), IsBlank) - line.begin()));
  const auto end = static_cast<std::size_t>(std::find_if(line.begin(), line.end(), IsBlank) - line.begin());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end);
  return word;
}

}  // namespace

std::optional<std::string> CertifiedType(std::string_view certificate_type) {
  if (!certificate_type.ends_with(kSuffix)) return std::nullopt;
  std::string type(certificate_type.substr(0, certificate_type.size() - kSuffix.size()));
  if (!IsKeyType(type)) type += kVendor;
  if (!IsKeyType(type)) return std::nullopt;
  return type;
}

std::optional<SshCertificate> DecodeCertificate(std::string_view type, std::string_view base64) {
  if (base64.size() > kMaxBase64) return std::nullopt;
  const auto blob = DecodeBase64(base64);
  SshCertificate certificate;
  if (!blob || !Read(*blob, type, certificate)) return std::nullopt;
  return certificate;
}

base::Result<std::vector<SshKey>> ParseAuthorities(std::string_view text, const std::string& path) {
  std::vector<SshKey> authorities;
  for (int number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::string_view whole = line;
    const std::string_view type = TakeWord(line);
    if (type.empty() || type.front() == '#') continue;
    SshKey key;
    if (!DecodeKey(type, TakeWord(line), key)) {
      return base::Invalid(base::Printable(path) + ":" + std::to_string(number) + ": \"" + base::Printable(whole, 32) +
                           "\" is no sound public key; write it as in ssh-keygen's .pub file, without options");
    }
    authorities.push_back(std::move(key));
  }
  if (authorities.empty()) {
    return base::Invalid(base::Printable(path) + ": has no public key of an authority; add one, or take " +
                         "trusted_user_ca_keys out of the settings");
  }
  return authorities;
}

}  // namespace taglogin::directory
