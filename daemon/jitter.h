// SPDX-License-Identifier: Apache-2.0
// Intervals of many hosts kept from falling into step.
#pragma once

#include <chrono>

namespace taglogin::daemon {

// A random duration between 80 % and 120 % of `interval`.
std::chrono::milliseconds WithJitter(std::chrono::milliseconds interval);

}  // namespace taglogin::daemon
