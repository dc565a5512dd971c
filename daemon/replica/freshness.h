// SPDX-License-Identifier: Apache-2.0
// The freshness clock: how old what we know is, across reboots and whatever is done to the wall
// clock. Pure but for Now(). Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "daemon/replica/snapshot.h"

namespace taglogin::daemon::replica {

// The present moment. boot_id is empty when the kernel does not tell it; such a moment shares its
// boot with no other.
Moment Now();

struct Age {
  bool known = false;           // false: the clock cannot be trusted; counts as older than any limit
  std::chrono::seconds age{0};  // never negative; 0 when not known
};

// How long before `now` the moment `then` was. Within one boot that is the difference of
// CLOCK_BOOTTIME (suspend counts, setting the wall clock does nothing). Across boots it is the
// difference of wall time, unknown when `now` is earlier than `then` or than `wall_high_water_s`,
// the latest wall time the replica has ever seen. A `then` that never was (wall_s 0) is unknown.
Age AgeOf(const Moment& then, const Moment& now, std::int64_t wall_high_water_s);

// For records and people: "live" up to `live_limit` (twice the sweep interval), "fresh" up to
// `max_staleness`, beyond it (or unknown) "stale" where the rule's on_stale allows, else "expired".
std::string_view FreshnessName(const Age& age, std::chrono::seconds live_limit, std::chrono::seconds max_staleness,
                               bool stale_allowed);

}  // namespace taglogin::daemon::replica
