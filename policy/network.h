// SPDX-License-Identifier: Apache-2.0
// Client addresses and networks (RFC 4632, RFC 4291). IPv4-mapped IPv6 addresses are IPv4.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace taglogin::policy {

struct IpAddress {
  bool v6 = false;
  std::array<std::uint8_t, 16> bytes{};  // network order; the first 4 for IPv4

  // Numeric forms only; a host name or a scoped address ("fe80::1%eth0" keeps its address) …
  // anything else gives nullopt.
  static std::optional<IpAddress> Parse(std::string_view text);
  std::string ToString() const;
};

struct Network {
  IpAddress base;
  int prefix = 0;

  // "10.0.0.0/8", "2001:db8::/32" or a single address. nullopt when malformed or when bits
  // behind the prefix are set (a likely typing error).
  static std::optional<Network> Parse(std::string_view text);
  // As Parse, but clears the bits behind the prefix: what was probably meant.
  static std::optional<Network> ParseEnclosing(std::string_view text);
  bool Contains(const IpAddress& address) const;
  std::string ToString() const;
};

}  // namespace taglogin::policy
