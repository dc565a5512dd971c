// SPDX-License-Identifier: Apache-2.0
// Numbers and moments as Active Directory writes them in attribute values. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "directory/records.h"

namespace taglogin::directory {

// A whole decimal number (LDAP syntaxes Integer and Large Integer); nullopt for anything else,
// leading zeros, blanks and numbers beyond 64 bits included.
std::optional<std::int64_t> ParseInteger(std::string_view text);

// accountExpires (MS-ADA1 2.3): 100 ns since 1601-01-01 UTC, cut to the second.
// nullopt: never (0 or 2^63-1). What is no such number counts as expired at the epoch.
std::optional<std::chrono::sys_seconds> ParseAccountExpires(std::string_view text);

// A moment in 100 ns since 1601-01-01 UTC (MS-DTYP 2.3.3), not negative, cut to the second.
std::chrono::sys_seconds TimeOf(std::int64_t ticks);

// logonHours (MS-ADA1, MS-SAMR 2.2.7.5): 21 bytes, one bit for each hour of the week from Sunday 00:00 UTC, the lowest
// bit first. Anything else is not readable.
LogonHours ParseLogonHours(std::string_view bytes);

// userWorkstations (MS-ADA3): names between commas, without the spaces around them. Too long a list (8,192
// bytes) and one without a name give none.
std::vector<std::string> ParseWorkstations(std::string_view text);

}  // namespace taglogin::directory
