// SPDX-License-Identifier: Apache-2.0
// The uid of a local account, read from /etc/passwd itself: getpw*() would ask the NSS module, which
// would ask us.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace taglogin::daemon {

// nullopt when there is no such account, or the file cannot be read.
std::optional<std::uint32_t> UidOfLocalUser(std::string_view name, const std::string& passwd = "/etc/passwd");

}  // namespace taglogin::daemon
