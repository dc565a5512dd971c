// SPDX-License-Identifier: Apache-2.0
// Weekly hours and time zones. Private to policy/.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/rules.h"

namespace taglogin::policy {

// "Mon-Fri 08:00-18:00", as docs/rules.md describes it.
std::optional<WeekHours> ParseHours(std::string_view text);

// The zone with its rules in memory, so that evaluating it later reads nothing; nullptr when the
// system does not know it. The name is only looked up, never used as a path.
const date::time_zone* LoadZone(const std::string& name);

// All names that LoadZone knows; empty when the system has no time zones.
std::vector<std::string> ZoneNames();

// Whether one of `hours` covers `now` on the clocks of `zone`.
bool IsWithin(const std::vector<WeekHours>& hours, const date::time_zone& zone, std::chrono::sys_seconds now);

}  // namespace taglogin::policy
