// SPDX-License-Identifier: Apache-2.0
// What the loop knows at this moment: the latest snapshot and when the directory and the tag
// sources last confirmed it. Belongs to the loop; the replica thread posts changes to it.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "daemon/replica/freshness.h"
#include "daemon/replica/snapshot.h"

namespace taglogin::daemon {

struct View {
  std::shared_ptr<const replica::Snapshot> snapshot;  // never null once the daemon serves
  replica::Moment walked_at;                          // later than the snapshot's own when a poll saw no change
  replica::Moment tags_read_at;
  std::int64_t wall_high_water_s = 0;
  bool tags_held = false;  // what a change of the tags adds does not count yet
  std::optional<std::int64_t>
      tags_held_until_s;                // … until then (wall clock) at the earliest; nullopt: until root says so
  std::string tags_distrust;            // why the tags do not count at all; empty: they do
  std::chrono::seconds live_limit{90};  // data confirmed within this is "live"
};

}  // namespace taglogin::daemon
