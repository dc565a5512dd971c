// SPDX-License-Identifier: Apache-2.0
#include "directory/ldap_filter.h"

namespace taglogin::directory {
namespace {

bool IsPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

std::string Combine(char operation, const std::vector<std::string>& filters) {
  std::string out = {'(', operation};
  for (const std::string& filter : filters) out += filter;
  return out + ')';
}

}  // namespace

std::string EscapeFilterValue(std::string_view value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : value) {
    if (IsPlain(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '\\';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::string Equals(std::string_view attribute, std::string_view value) {
  return '(' + std::string(attribute) + '=' + EscapeFilterValue(value) + ')';
}

std::string AllOf(const std::vector<std::string>& filters) { return Combine('&', filters); }

std::string AnyOf(const std::vector<std::string>& filters) { return Combine('|', filters); }

}  // namespace taglogin::directory
