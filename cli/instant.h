// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace taglogin::cli {

// Seconds since 1970 of "2026-01-31T08:30", "2026-01-31 08:30:00" (this machine's zone), either with
// a "Z" behind it (UTC), or "@SECONDS". nullopt when it is none of these.
std::optional<std::int64_t> ParseInstant(const std::string& text);

}  // namespace taglogin::cli
