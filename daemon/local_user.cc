// SPDX-License-Identifier: Apache-2.0
#include "daemon/local_user.h"

#include <charconv>

#include "base/file.h"

namespace taglogin::daemon {
namespace {

constexpr std::size_t kMaxPasswd = 16 << 20;

}  // namespace

std::optional<std::uint32_t> UidOfLocalUser(std::string_view name, const std::string& passwd) {
  const auto text = base::ReadFile(passwd, kMaxPasswd);
  if (!text) return std::nullopt;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (!line.starts_with(name) || line.substr(name.size(), 1) != ":") continue;
    const std::string_view behind_password = line.substr(std::min(line.size(), line.find(':', name.size() + 1)));
    if (behind_password.empty()) return std::nullopt;
    std::uint32_t uid = 0;
    const char* begin = behind_password.data() + 1;
    const char* end = behind_password.data() + behind_password.size();
    const auto [stop, failed] = std::from_chars(begin, end, uid);
    if (failed != std::errc() || stop == end || *stop != ':') return std::nullopt;
    return uid;
  }
  return std::nullopt;
}

}  // namespace taglogin::daemon
