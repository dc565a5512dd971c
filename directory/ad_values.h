// SPDX-License-Identifier: Apache-2.0
// Numbers and moments as Active Directory writes them in attribute values. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace taglogin::directory {

// A whole decimal number (LDAP syntaxes Integer and Large Integer); nullopt for anything else,
// leading zeros, blanks and numbers beyond 64 bits included.
std::optional<std::int64_t> ParseInteger(std::string_view text);

// accountExpires (MS-ADA1 2.3): 100 ns since 1601-01-01 UTC, cut to the second.
// nullopt: never (0 or 2^63-1). What is no such number counts as expired at the epoch.
std::optional<std::chrono::sys_seconds> ParseAccountExpires(std::string_view text);

}  // namespace taglogin::directory
