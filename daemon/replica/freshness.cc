// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/freshness.h"

#include <optional>
#include <string>

#include "base/deadline.h"
#include "base/file.h"

namespace taglogin::daemon::replica {
namespace {

std::string ReadBootId() {
  auto text = base::ReadFile("/proc/sys/kernel/random/boot_id", 128);
  if (!text) return {};
  while (!text->empty() && text->back() == '\n') text->pop_back();
  return *std::move(text);
}

// Differences of foreign numbers: a stored moment may be anything.
std::optional<std::int64_t> Elapsed(std::int64_t then, std::int64_t now) {
  std::int64_t difference = 0;
  if (__builtin_sub_overflow(now, then, &difference) || difference < 0) return std::nullopt;
  return difference;
}

}  // namespace

Moment Now() {
  static const std::string boot_id = ReadBootId();  // the same for as long as this process can live
  return {boot_id, base::ClockMs(CLOCK_BOOTTIME), base::ClockMs(CLOCK_REALTIME) / 1000};
}

Age AgeOf(const Moment& then, const Moment& now, std::int64_t wall_high_water_s) {
  if (then.wall_s <= 0) return {};
  if (!then.boot_id.empty() && then.boot_id == now.boot_id) {
    const auto elapsed = Elapsed(then.boot_ms, now.boot_ms);
    if (!elapsed) return {};
    return {true, std::chrono::seconds(*elapsed / 1000)};
  }
  if (now.wall_s < wall_high_water_s) return {};
  const auto elapsed = Elapsed(then.wall_s, now.wall_s);
  if (!elapsed) return {};
  return {true, std::chrono::seconds(*elapsed)};
}

std::string_view FreshnessName(const Age& age, std::chrono::seconds live_limit, std::chrono::seconds max_staleness,
                               bool stale_allowed) {
  if (age.known && age.age <= live_limit) return "live";
  if (age.known && age.age <= max_staleness) return "fresh";
  return stale_allowed ? "stale" : "expired";
}

}  // namespace taglogin::daemon::replica
