// SPDX-License-Identifier: Apache-2.0
#include "cli/instant.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

namespace taglogin::cli {
namespace {

TEST(ParseInstant, ReadsUtc) {
  EXPECT_EQ(ParseInstant("1970-01-02T00:00Z"), 86400);
  EXPECT_EQ(ParseInstant("2026-01-31 08:30:15Z"), 1769848215);  // date -u -d "2026-01-31 08:30:15" +%s
}

TEST(ParseInstant, ReadsTheMachinesZone) {
  ASSERT_EQ(::setenv("TZ", "UTC-2", 1), 0);  // two hours east
  ::tzset();
  EXPECT_EQ(ParseInstant("1970-01-01T03:00"), 3600);
  ASSERT_EQ(::unsetenv("TZ"), 0);
  ::tzset();
}

TEST(ParseInstant, ReadsSeconds) {
  EXPECT_EQ(ParseInstant("@1700000000"), 1700000000);
  EXPECT_EQ(ParseInstant("@-1"), -1);
}

TEST(ParseInstant, RefusesTheRest) {
  for (const char* text : {"", "now", "@", "@x", "@5 ", "2026-13-01T00:00Z", "2026-01-31T08:30+01:00",
                           "2026-01-31T08:30 Z", "2026-01-31", "31.1.2026 08:30", "1700000000"}) {
    EXPECT_EQ(ParseInstant(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace taglogin::cli
