// SPDX-License-Identifier: Apache-2.0
#include "directory/connection_check.h"

#include <algorithm>
#include <cctype>

#include "base/printable.h"

namespace taglogin::directory {
namespace {

constexpr std::size_t kMaxServers = 32;
constexpr std::size_t kMaxKeyAttributes = 8;

bool AllOfClass(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [others](unsigned char c) {
    return c < 0x80 && (std::isalnum(c) != 0 || others.find(static_cast<char>(c)) != std::string_view::npos);
  });
}

}  // namespace

bool IsHost(std::string_view text) { return !text.empty() && text.size() <= 253 && AllOfClass(text, "-.:_"); }

bool IsAttributeName(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::isalpha(static_cast<unsigned char>(text.front())) != 0 &&
         AllOfClass(text, "-");
}

base::Result<void> CheckConnection(const Connection& connection, bool has_finder) {
  if (connection.servers.empty() && !has_finder) return base::Invalid("[directory] servers names none");
  if (connection.servers.size() > kMaxServers) return base::Invalid("[directory] servers names more than 32");
  for (const std::string& host : connection.servers) {
    if (!IsHost(host)) return base::Invalid("[directory] servers: " + base::Printable(host) + " is no host name");
  }
  if (connection.key_attributes.size() > kMaxKeyAttributes) {
    return base::Invalid("[directory] key_attributes names more than 8");
  }
  for (const std::string& name : connection.key_attributes) {
    if (!IsAttributeName(name)) {
      return base::Invalid("[directory] key_attributes: " + base::Printable(name) + " is no attribute name");
    }
  }
  const std::string& credential = connection.bind_password_credential;
  if (!credential.empty() && (!AllOfClass(credential, "-._") || credential.front() == '.')) {
    return base::Invalid("[directory] bind_password_credential " + base::Printable(credential) + " is no plain name");
  }
  if (connection.port < 0 || connection.port > 65535) return base::Invalid("[directory] port is out of range");
  if (connection.timeout.count() <= 0) return base::Invalid("[directory] timeout must be above zero");
  return {};
}

}  // namespace taglogin::directory
