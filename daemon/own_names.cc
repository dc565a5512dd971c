// SPDX-License-Identifier: Apache-2.0
#include "daemon/own_names.h"

#include <unistd.h>

#include <algorithm>

namespace taglogin::daemon {
namespace {

constexpr std::size_t kMaxNetbiosName = 15;

// "HOST1" of "HOST1$@CORP.EXAMPLE.COM"; empty when that is no machine's principal.
std::string MachineOf(const directory::Connection& connection) {
  if (connection.bind != directory::Bind::kGssapi) return {};
  const std::string account = connection.principal.substr(0, connection.principal.find('@'));
  return account.ends_with('$') ? account.substr(0, account.size() - 1) : std::string();
}

std::string Upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

}  // namespace

std::vector<std::string> OwnNames(const std::string& host_name, const directory::Connection& connection) {
  const std::string label = host_name.substr(0, host_name.find('.'));
  if (label.empty()) return {};
  const std::string machine = MachineOf(connection);
  const bool has_domain = label.size() != host_name.size();
  return {Upper(machine.empty() ? label.substr(0, kMaxNetbiosName) : machine),
          has_domain ? host_name : host_name + '.' + connection.domain};
}

std::string FullHostName() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : std::string();
}

}  // namespace taglogin::daemon
