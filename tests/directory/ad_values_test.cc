// SPDX-License-Identifier: Apache-2.0
#include "directory/ad_values.h"

#include <gtest/gtest.h>

#include <limits>

namespace taglogin::directory {
namespace {

using std::chrono::sys_days;
using std::chrono::sys_seconds;
using namespace std::chrono_literals;

TEST(ParseInteger, TakesWholeDecimalNumbers) {
  EXPECT_EQ(ParseInteger("0"), 0);
  EXPECT_EQ(ParseInteger("-2147483646"), -2147483646);
  EXPECT_EQ(ParseInteger("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(ParseInteger("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
}

TEST(ParseInteger, RefusesEverythingElse) {
  using namespace std::string_view_literals;
  for (const std::string_view text : {""sv, " 1"sv, "1 "sv, "+1"sv, "01"sv, "-0"sv, "-"sv, "0x10"sv, "1e3"sv, "1.0"sv,
                                      "9223372036854775808"sv, "\xd9\xa3"sv, "1\0"sv, "\0"sv, "--1"sv}) {
    EXPECT_FALSE(ParseInteger(text)) << text;
  }
}

TEST(ParseAccountExpires, KnowsBothWaysToSayNever) {
  EXPECT_FALSE(ParseAccountExpires("0"));
  EXPECT_FALSE(ParseAccountExpires("9223372036854775807"));
}

TEST(ParseAccountExpires, CountsFrom1601) {
  // Unix time 0 in FILETIME, and a well-known pair: 2009-02-13T23:31:30Z is Unix time 1234567890.
  EXPECT_EQ(ParseAccountExpires("116444736000000000"), sys_seconds{});
  EXPECT_EQ(ParseAccountExpires("128790414900000000"), sys_seconds{1234567890s});
  EXPECT_EQ(ParseAccountExpires("128790414909999999"), sys_seconds{1234567890s});
  EXPECT_EQ(ParseAccountExpires("10000000"), sys_seconds{sys_days{std::chrono::year{1601} / 1 / 1}} + 1s);
  EXPECT_EQ(ParseAccountExpires("9223372036854775806"), sys_seconds{910692730085s});
}

TEST(ParseAccountExpires, CountsNonsenseAsExpired) {
  for (const char* text : {"", "never", "-1", "99999999999999999999", "0x0", " 0", "00"}) {
    EXPECT_EQ(ParseAccountExpires(text), sys_seconds{}) << text;
  }
}

}  // namespace
}  // namespace taglogin::directory
