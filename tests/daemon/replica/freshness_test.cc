// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/freshness.h"

#include <gtest/gtest.h>
#include <time.h>

#include <limits>

namespace taglogin::daemon::replica {
namespace {

using std::chrono::seconds;

constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kReadAt = 1790000000;  // wall

Moment At(const char* boot, std::int64_t boot_s, std::int64_t wall_s) { return {boot, boot_s * 1000, wall_s}; }

TEST(Freshness, NowIsThisBootAndThisTime) {
  const Moment first = Now();
  const Moment second = Now();
  EXPECT_EQ(first.boot_id.size(), 36U);  // a UUID
  EXPECT_EQ(first.boot_id, second.boot_id);
  EXPECT_LE(first.boot_ms, second.boot_ms);
  EXPECT_NEAR(static_cast<double>(first.wall_s), static_cast<double>(::time(nullptr)), 2.0);
}

// T45: whatever is done to the wall clock within a boot, the age is what the boot clock says.
TEST(Freshness, WallClockStepsWithinABootChangeNothing) {
  const Moment then = At("a", 1000, kReadAt);
  for (const std::int64_t step :
       {-30 * kDay, std::int64_t{-3600}, std::int64_t{-1}, std::int64_t{0}, std::int64_t{3600}, 30 * kDay, -kReadAt,
        std::int64_t{2145916800} - kReadAt, std::int64_t{4291747200} - kReadAt}) {
    const Age age = AgeOf(then, At("a", 1600, kReadAt + 600 + step), kReadAt);
    EXPECT_TRUE(age.known) << step;
    EXPECT_EQ(age.age, seconds(600)) << step;
  }
}

TEST(Freshness, AcrossBootsAgeIsWallTime) {
  const Age age = AgeOf(At("a", 5000, kReadAt), At("b", 10, kReadAt + 2 * kDay), kReadAt);
  EXPECT_TRUE(age.known);
  EXPECT_EQ(age.age, seconds(2 * kDay));
}

// T45: a reboot with the clock set back must not make old data young.
TEST(Freshness, AcrossBootsAClockSetBackIsNotTrusted) {
  const Moment then = At("a", 5000, kReadAt);
  EXPECT_FALSE(AgeOf(then, At("b", 10, kReadAt - 1), 0).known);
  EXPECT_FALSE(AgeOf(then, At("b", 10, 0), 0).known);
  // Later than `then`, yet earlier than the replica has seen.
  EXPECT_FALSE(AgeOf(then, At("b", 10, kReadAt + 60), kReadAt + 61).known);
  EXPECT_TRUE(AgeOf(then, At("b", 10, kReadAt + 61), kReadAt + 61).known);
}

TEST(Freshness, MomentsThatCannotBeAreUnknown) {
  EXPECT_FALSE(AgeOf(Moment{}, At("a", 10, kReadAt), 0).known);
  EXPECT_FALSE(AgeOf(At("a", 20, kReadAt), At("a", 10, kReadAt), 0).known);
  constexpr auto kMin = std::numeric_limits<std::int64_t>::min();
  EXPECT_FALSE(AgeOf({"a", kMin, kReadAt}, At("a", 10, kReadAt), 0).known);
  EXPECT_FALSE(AgeOf(At("a", 10, kReadAt), {"b", 0, kMin}, 0).known);
}

TEST(Freshness, MomentsWithoutABootIdShareNoBoot) {
  // Same (empty) boot id and a boot clock that says 10 s; only the wall clock counts.
  const Age age = AgeOf(At("", 10, kReadAt), At("", 20, kReadAt + 500), kReadAt);
  EXPECT_TRUE(age.known);
  EXPECT_EQ(age.age, seconds(500));
}

TEST(Freshness, NamesFollowTheLimits) {
  const auto name = [](std::int64_t age, bool stale_allowed) {
    return FreshnessName({true, seconds(age)}, seconds(90), seconds(kDay), stale_allowed);
  };
  EXPECT_EQ(name(0, false), "live");
  EXPECT_EQ(name(90, false), "live");
  EXPECT_EQ(name(91, false), "fresh");
  EXPECT_EQ(name(kDay, false), "fresh");
  EXPECT_EQ(name(kDay + 1, false), "expired");
  EXPECT_EQ(name(kDay + 1, true), "stale");
  EXPECT_EQ(FreshnessName({}, seconds(90), seconds(kDay), false), "expired");
  EXPECT_EQ(FreshnessName({}, seconds(90), seconds(kDay), true), "stale");
}

}  // namespace
}  // namespace taglogin::daemon::replica
