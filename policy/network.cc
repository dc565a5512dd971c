// SPDX-License-Identifier: Apache-2.0
#include "policy/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace taglogin::policy {
namespace {

// ::ffff:0:0/96 (RFC 4291, 2.5.5.2).
constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int kMappedBits = 96;

bool IsMapped(const IpAddress& address) {
  return address.v6 && std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes.begin());
}

IpAddress Unmapped(const IpAddress& address) {
  if (!IsMapped(address)) return address;
  IpAddress v4;
  std::copy_n(address.bytes.begin() + kMappedPrefix.size(), 4, v4.bytes.begin());
  return v4;
}

// Without scope; an IPv4-mapped address stays IPv6.
std::optional<IpAddress> ParseLiteral(std::string_view text) {
  const std::string terminated(text);
  if (terminated.find('\0') != std::string::npos) return std::nullopt;
  IpAddress address;
  address.v6 = text.find(':') != std::string_view::npos;
  if (::inet_pton(address.v6 ? AF_INET6 : AF_INET, terminated.c_str(), address.bytes.data()) != 1) return std::nullopt;
  return address;
}

std::optional<int> ParsePrefix(std::string_view text, int max) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > max) return std::nullopt;
  if (text.front() == '-' || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  return value;
}

std::uint8_t MaskOfByte(std::size_t index, int prefix) {
  const int bits = std::clamp(prefix - static_cast<int>(index) * 8, 0, 8);
  return static_cast<std::uint8_t>(0xff00U >> bits);
}

std::array<std::uint8_t, 16> Masked(const std::array<std::uint8_t, 16>& bytes, int prefix) {
  std::array<std::uint8_t, 16> masked{};
  for (std::size_t i = 0; i < masked.size(); ++i) masked[i] = bytes[i] & MaskOfByte(i, prefix);
  return masked;
}

}  // namespace

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  const std::size_t percent = text.find('%');
  if (percent != std::string_view::npos) {
    if (percent + 1 == text.size() || text.substr(0, percent).find(':') == std::string_view::npos) return std::nullopt;
    text = text.substr(0, percent);
  }
  const auto address = ParseLiteral(text);
  if (!address) return std::nullopt;
  return Unmapped(*address);
}

std::string IpAddress::ToString() const {
  char text[INET6_ADDRSTRLEN];
  if (::inet_ntop(v6 ? AF_INET6 : AF_INET, bytes.data(), text, sizeof text) == nullptr) return {};
  return text;
}

std::optional<Network> Network::Parse(std::string_view text) {
  const auto enclosing = ParseEnclosing(text);
  if (!enclosing) return std::nullopt;
  const auto written = IpAddress::Parse(text.substr(0, text.find('/')));
  if (!written || written->bytes != enclosing->base.bytes) return std::nullopt;
  return enclosing;
}

std::optional<Network> Network::ParseEnclosing(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = ParseLiteral(text.substr(0, slash));
  if (!address) return std::nullopt;
  const int bits = address->v6 ? 128 : 32;
  const auto prefix = slash == std::string_view::npos ? bits : ParsePrefix(text.substr(slash + 1), bits);
  if (!prefix) return std::nullopt;
  Network network{*address, *prefix};
  if (IsMapped(*address)) {
    if (*prefix < kMappedBits) return std::nullopt;
    network = {Unmapped(*address), *prefix - kMappedBits};
  }
  network.base.bytes = Masked(network.base.bytes, network.prefix);
  return network;
}

bool Network::Contains(const IpAddress& address) const {
  const IpAddress plain = Unmapped(address);
  return plain.v6 == base.v6 && Masked(plain.bytes, prefix) == base.bytes;
}

std::string Network::ToString() const { return base.ToString() + "/" + std::to_string(prefix); }

}  // namespace taglogin::policy
