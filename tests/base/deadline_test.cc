// SPDX-License-Identifier: Apache-2.0
#include "base/deadline.h"

#include <gtest/gtest.h>

namespace taglogin::base {
namespace {

TEST(Deadline, CountsDown) {
  const Deadline deadline = Deadline::After(60000);
  EXPECT_FALSE(deadline.Passed());
  EXPECT_GT(deadline.RemainingMs(), 50000);
  EXPECT_LE(deadline.RemainingMs(), 60000);
}

TEST(Deadline, HasPassedWhenItIsNowOrEarlier) {
  EXPECT_TRUE(Deadline::After(0).Passed());
  EXPECT_TRUE(Deadline::After(-5).Passed());
  EXPECT_EQ(Deadline::After(-5).RemainingMs(), 0);
}

TEST(Deadline, FitsPollHoweverFarAway) { EXPECT_EQ(Deadline::After(std::int64_t{1} << 50).RemainingMs(), 3600000); }

TEST(ClockMs, IsZeroForAClockThatDoesNotExist) {
  EXPECT_EQ(ClockMs(12345), 0);
  EXPECT_GT(ClockMs(CLOCK_BOOTTIME), 0);
}

}  // namespace
}  // namespace taglogin::base
