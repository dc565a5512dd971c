// SPDX-License-Identifier: Apache-2.0
// DNS messages written byte by byte (RFC 1035 4.1, RFC 2782), as a server would.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace taglogin::directory {

struct SrvLine {
  int priority = 0;
  int weight = 0;
  int port = 389;
  std::string target;  // "." for none
  std::uint32_t ttl = 600;
};

inline std::string Big(std::uint32_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>((value >> (8 * i)) & 0xff);
  return out;
}

inline std::string WireName(std::string_view name) {
  std::string out;
  while (!name.empty() && name != ".") {
    const std::size_t dot = name.find('.');
    const std::string_view label = name.substr(0, dot);
    out += static_cast<char>(label.size());
    out += label;
    name.remove_prefix(dot == std::string_view::npos ? name.size() : dot + 1);
  }
  return out + '\0';
}

inline std::string WireRecord(int type, std::uint32_t ttl, const std::string& data) {
  return std::string("\xc0\x0c", 2) + Big(static_cast<std::uint32_t>(type), 2) + Big(1, 2) + Big(ttl, 4) +
         Big(static_cast<std::uint32_t>(data.size()), 2) + data;
}

// One question for SRV records of _ldap._tcp.corp.example, and the records.
inline std::string WireMessage(const std::vector<std::string>& records, int rcode = 0) {
  std::string out = Big(0x1234, 2) + Big(0x8180 | static_cast<std::uint32_t>(rcode), 2) + Big(1, 2) +
                    Big(static_cast<std::uint32_t>(records.size()), 2) + Big(0, 2) + Big(0, 2);
  out += WireName("_ldap._tcp.corp.example") + Big(33, 2) + Big(1, 2);
  for (const std::string& record : records) out += record;
  return out;
}

inline std::string WireSrv(const SrvLine& line) {
  return WireRecord(33, line.ttl,
                    Big(static_cast<std::uint32_t>(line.priority), 2) +
                        Big(static_cast<std::uint32_t>(line.weight), 2) +
                        Big(static_cast<std::uint32_t>(line.port), 2) + WireName(line.target));
}

}  // namespace taglogin::directory
