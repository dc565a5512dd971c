// SPDX-License-Identifier: Apache-2.0
#include "directory/sid.h"

#include <array>
#include <charconv>
#include <vector>

namespace taglogin::directory {
namespace {

constexpr std::size_t kMaxSubAuthorities = 15;              // MS-DTYP 2.4.2
constexpr std::uint64_t kMaxAuthority = 0xffffffffffffULL;  // 48 bits
constexpr std::uint64_t kNtAuthority = 5;
constexpr std::uint32_t kNonUnique = 21;  // SECURITY_NT_NON_UNIQUE: what follows is a domain

struct Sid {
  std::uint64_t authority = 0;
  std::vector<std::uint32_t> sub_authorities;
};

// One canonical decimal number (no sign, no leading zero), taken off the front of `text`.
std::optional<std::uint64_t> TakeNumber(std::string_view& text, std::uint64_t max) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value > max) return std::nullopt;
  const auto length = static_cast<std::size_t>(end - text.data());
  if (length > 1 && text.front() == '0') return std::nullopt;
  text.remove_prefix(length);
  return value;
}

std::optional<Sid> Parse(std::string_view text) {
  if (!text.starts_with("S-1-")) return std::nullopt;
  text.remove_prefix(4);
  Sid sid;
  const auto authority = TakeNumber(text, kMaxAuthority);
  if (!authority) return std::nullopt;
  sid.authority = *authority;
  while (!text.empty()) {
    if (text.front() != '-' || sid.sub_authorities.size() == kMaxSubAuthorities) return std::nullopt;
    text.remove_prefix(1);
    const auto part = TakeNumber(text, 0xffffffffU);
    if (!part) return std::nullopt;
    sid.sub_authorities.push_back(static_cast<std::uint32_t>(*part));
  }
  if (sid.sub_authorities.empty()) return std::nullopt;
  return sid;
}

std::uint8_t Byte(std::string_view bytes, std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); }

void AppendHex(std::string& out, std::uint8_t byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += kDigits[byte >> 4];
  out += kDigits[byte & 15];
}

}  // namespace

std::optional<std::string> SidFromBinary(std::string_view bytes) {
  if (bytes.size() < 8 || Byte(bytes, 0) != 1) return std::nullopt;
  const std::size_t count = Byte(bytes, 1);
  if (count == 0 || count > kMaxSubAuthorities || bytes.size() != 8 + 4 * count) return std::nullopt;
  std::uint64_t authority = 0;
  for (std::size_t i = 2; i < 8; ++i) authority = (authority << 8) | Byte(bytes, i);
  std::string out = "S-1-" + std::to_string(authority);
  for (std::size_t at = 8; at < bytes.size(); at += 4) {
    std::uint32_t part = 0;
    for (std::size_t i = 4; i-- > 0;) part = (part << 8) | Byte(bytes, at + i);
    out += '-' + std::to_string(part);
  }
  return out;
}

std::optional<std::string> SidToBinary(std::string_view text) {
  const auto sid = Parse(text);
  if (!sid) return std::nullopt;
  std::string out = {1, static_cast<char>(sid->sub_authorities.size())};
  for (int shift = 40; shift >= 0; shift -= 8) out += static_cast<char>((sid->authority >> shift) & 0xff);
  for (const std::uint32_t part : sid->sub_authorities) {
    for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>((part >> shift) & 0xff);
  }
  return out;
}

std::optional<DomainSid> SplitSid(std::string_view text) {
  const auto sid = Parse(text);
  if (!sid || sid->authority != kNtAuthority) return std::nullopt;
  if (sid->sub_authorities.size() != 5 || sid->sub_authorities[0] != kNonUnique) return std::nullopt;
  return DomainSid{std::string(text.substr(0, text.rfind('-'))), sid->sub_authorities[4]};
}

std::optional<std::string> GuidFromBinary(std::string_view bytes) {
  if (bytes.size() != 16) return std::nullopt;
  // The first three fields are little-endian numbers, the rest are bytes in order (MS-DTYP 2.3.4.2).
  constexpr std::array<std::size_t, 16> kOrder = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
  std::string out;
  for (std::size_t i = 0; i < kOrder.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    AppendHex(out, Byte(bytes, kOrder[i]));
  }
  return out;
}

std::optional<std::string> GuidToBinary(std::string_view text) {
  constexpr std::array<std::size_t, 16> kPlace = {6, 4, 2, 0, 11, 9, 16, 14, 19, 21, 24, 26, 28, 30, 32, 34};
  if (text.size() != 36) return std::nullopt;
  std::string out;
  for (const std::size_t place : kPlace) {
    std::uint8_t byte = 0;
    const char* begin = text.data() + place;
    const auto [end, error] = std::from_chars(begin, begin + 2, byte, 16);
    if (error != std::errc() || end != begin + 2) return std::nullopt;
    out += static_cast<char>(byte);
  }
  if (GuidFromBinary(out) != text) return std::nullopt;
  return out;
}

}  // namespace taglogin::directory
