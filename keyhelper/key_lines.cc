// SPDX-License-Identifier: Apache-2.0
#include "keyhelper/key_lines.h"

#include <cstring>

namespace taglogin::keyhelper {
namespace {

bool IsBase64(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

}  // namespace

bool IsFingerprint(std::string_view text) noexcept {
  constexpr std::size_t kPrefix = 7;   // SHA256:
  constexpr std::size_t kDigest = 43;  // 32 bytes in base64 without padding
  if (text.size() != kPrefix + kDigest || std::memcmp(text.data(), "SHA256:", kPrefix) != 0) return false;
  text.remove_prefix(kPrefix);
  for (const char c : text) {
    if (!IsBase64(c)) return false;
  }
  return true;
}

bool IsCertificateType(std::string_view text) noexcept {
  constexpr char kSuffix[] = "-cert-v01@openssh.com";
  constexpr std::size_t kSuffixSize = sizeof kSuffix - 1;
  constexpr std::size_t kMaxName = 40;
  if (text.size() <= kSuffixSize || text.size() > kMaxName + kSuffixSize) return false;
  const std::size_t name = text.size() - kSuffixSize;
  if (std::memcmp(text.data() + name, kSuffix, kSuffixSize) != 0) return false;
  for (const char c : text.substr(0, name)) {
    if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-') return false;
  }
  return true;
}

bool ArePrintableLines(std::string_view lines) noexcept {
  char before = '\n';
  for (const char c : lines) {
    const bool printable = c >= 0x20 && c < 0x7f;
    if (!printable && (c != '\n' || before == '\n')) return false;
    before = c;
  }
  return before == '\n';
}

}  // namespace taglogin::keyhelper
