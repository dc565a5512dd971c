// SPDX-License-Identifier: Apache-2.0
#include "directory/ssh_key.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/printable.h"
#include "directory/ssh_blob.h"

namespace taglogin::directory {
namespace {

constexpr std::size_t kMaxLine = 16384;
// A value is bounded by its reader; what its lines can blow up into is bounded here.
constexpr std::size_t kMaxKeys = 500;
constexpr std::size_t kMaxRejected = 100;

std::string EncodeBase64(std::string_view bytes) {
  // EVP_EncodeBlock writes a NUL behind its output.
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

// The text up to the first blank, taken off the front together with the blanks behind it.
std::string_view TakeWord(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view word = text.substr(0, end);
  text = Trim(text.substr(end));
  return word;
}

// The word before a colon at the very front ("X509:…"); empty when the text begins otherwise.
std::string_view Scheme(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return {};
  const std::string_view word = text.substr(0, colon);
  const bool plain = std::all_of(word.begin(), word.end(), [](unsigned char c) { return std::isalnum(c) != 0; });
  return plain ? word : std::string_view{};
}

bool IsSshScheme(std::string_view scheme) {
  constexpr std::string_view kName = "sshkey";
  return std::equal(scheme.begin(), scheme.end(), kName.begin(), kName.end(),
                    [](unsigned char a, char b) { return std::tolower(a) == b; });
}

// altSecurityIdentities is shared with certificate, Kerberos and passkey mappings.
bool IsForeign(std::string_view text) {
  const std::string_view scheme = Scheme(text);
  return !scheme.empty() && !IsSshScheme(scheme);
}

// What is wrong with a line that is neither empty, a comment nor of another scheme; empty: nothing.
std::string ReadLine(std::string_view line, const KeyDemands& demands, SshKey& key) {
  if (IsSshScheme(Scheme(line))) line = Trim(line.substr(line.find(':') + 1));
  if (line.size() > kMaxLine) return "longer than 16384 bytes";
  if (line.find('\0') != std::string_view::npos) return "holds a NUL byte";
  const std::string_view type = TakeWord(line);
  if (!IsKeyType(type)) return "does not begin with an accepted key type (options are not taken from the directory)";
  if (!DecodeKey(type, TakeWord(line), key)) return "is not a sound key of type " + std::string(type);
  return Objection(key, demands);
}

void TakeLine(std::string_view line, const KeyDemands& demands, KeyReading& reading) {
  line = Trim(line);
  if (line.empty() || line.front() == '#' || IsForeign(line)) return;
  SshKey key;
  if (std::string reason = ReadLine(line, demands, key); !reason.empty()) {
    if (reading.rejected.size() < kMaxRejected) {
      reading.rejected.push_back('"' + base::Printable(line, 32) + "\" " + reason);
    }
    return;
  }
  const auto same = [&key](const SshKey& other) { return other.blob == key.blob; };
  if (std::any_of(reading.keys.begin(), reading.keys.end(), same)) return;
  if (reading.keys.size() < kMaxKeys) reading.keys.push_back(std::move(key));
}

}  // namespace

std::string SshKey::Base64() const { return EncodeBase64(blob); }

std::string SshKey::Fingerprint() const {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(blob.data()), blob.size(), digest.data());
  std::string text = EncodeBase64({reinterpret_cast<const char*>(digest.data()), digest.size()});
  text.erase(text.find_last_not_of('=') + 1);
  return "SHA256:" + text;
}

std::string Objection(const SshKey& key, const KeyDemands& demands) {
  const auto& types = demands.types;
  if (!types.empty() && std::find(types.begin(), types.end(), key.type) == types.end()) {
    return "is of type " + key.type + ", which key_types does not list";
  }
  const int bits = RsaBits(key.blob);
  if (bits == 0 || bits >= demands.min_rsa_bits) return {};
  return "has " + std::to_string(bits) + " bits, fewer than min_rsa_bits (" + std::to_string(demands.min_rsa_bits) +
         ')';
}

KeyReading ReadKeys(const std::vector<std::string>& values, const KeyDemands& demands) {
  KeyReading reading;
  for (const std::string& value : values) {
    std::string_view rest = value;
    if (IsForeign(Trim(rest))) continue;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find_first_of("\r\n"), rest.size());
      TakeLine(rest.substr(0, end), demands, reading);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return reading;
}

bool DecodeKey(std::string_view type, std::string_view base64, SshKey& out) {
  if (!IsKeyType(type) || base64.size() > kMaxLine) return false;
  auto blob = DecodeBase64(base64);
  if (!blob || !IsSoundBlob(type, *blob)) return false;
  out = SshKey{std::string(type), std::move(*blob)};
  return true;
}

}  // namespace taglogin::directory
