// SPDX-License-Identifier: Apache-2.0
#include "directory/server_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace taglogin::directory {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr std::chrono::sys_seconds kNoon{std::chrono::seconds(1800000000)};

TEST(ClockWarning, IsSilentBelowAMinute) {
  for (const auto difference : {0s, 1s, -1s, 59s, -59s}) {
    EXPECT_EQ(ClockWarning(kNoon, kNoon + difference, "dc1.corp.example"), std::nullopt) << difference.count();
  }
}

TEST(ClockWarning, SaysWhichClockIsAheadAndWhatToDo) {
  EXPECT_THAT(ClockWarning(kNoon, kNoon + 60s, "dc1.corp.example").value_or(""),
              HasSubstr("1 min ahead of that of dc1.corp.example"));
  const std::string behind = ClockWarning(kNoon, kNoon - 600s, "dc1.corp.example").value_or("");
  EXPECT_THAT(behind, HasSubstr("10 min behind that of dc1.corp.example"));
  EXPECT_THAT(behind, HasSubstr("set it"));
}

TEST(ClockWarning, IsTheSameTextWhileTheMinutesAre) {
  EXPECT_EQ(ClockWarning(kNoon, kNoon + 601s, "dc1"), ClockWarning(kNoon + 60s, kNoon + 659s + 60s, "dc1"));
}

}  // namespace
}  // namespace taglogin::directory
