// SPDX-License-Identifier: Apache-2.0
// Moments are written as UTC with the seconds that `date -u -d TIME +%s` gives for them.
#include "policy/hours.h"

#include "tests/policy/fixtures.h"

namespace taglogin::policy {
namespace {

bool Open(const std::vector<std::string_view>& hours, const std::string& zone, std::int64_t now) {
  std::vector<WeekHours> spans;
  for (const auto text : hours) spans.push_back(ParseHours(text).value());
  return IsWithin(spans, *LoadZone(zone), At(now));
}

TEST(ParseHours, ReadsDaysAndTimes) {
  struct Row {
    const char* text;
    unsigned days;
    int begin;
    int end;
  };
  for (const Row& row : std::vector<Row>{{"Mon-Fri 08:00-18:00", 0b0011111, 480, 1080},
                                         {"Sun 00:00-24:00", 0b1000000, 0, 1440},
                                         {"Sun 00:00-00:00", 0b1000000, 0, 1440},
                                         {"Fri-Mon 22:30-06:15", 0b1110001, 1350, 375},
                                         {"Mon-Wed,Sat 00:01-00:02", 0b0100111, 1, 2},
                                         {"Mon-Sun 09:00-09:00", 0b1111111, 540, 540},
                                         {"Tue-Tue 23:59-24:00", 0b0000010, 1439, 1440}}) {
    const auto hours = ParseHours(row.text);
    ASSERT_TRUE(hours) << row.text;
    EXPECT_EQ(hours->days, row.days) << row.text;
    EXPECT_EQ(hours->begin_minute, row.begin) << row.text;
    EXPECT_EQ(hours->end_minute, row.end) << row.text;
  }
}

TEST(ParseHours, RefusesEverythingElse) {
  for (const std::string_view text : {"",
                                      "Mon",
                                      "08:00-18:00",
                                      "Mon 8:00-18:00",
                                      "Mon 08:00",
                                      "Mon 08:00-",
                                      "Mon -08:00",
                                      "mon 08:00-18:00",
                                      "Monday 08:00-18:00",
                                      "Mon  08:00-18:00",
                                      " Mon 08:00-18:00",
                                      "Mon 08:00-18:00 ",
                                      "Mon 08:00 - 18:00",
                                      "Mon, 08:00-18:00",
                                      ",Mon 08:00-18:00",
                                      "Mon- 08:00-18:00",
                                      "Mon-Tue-Wed 08:00-18:00",
                                      "Mon 08:60-18:00",
                                      "Mon 24:00-06:00",
                                      "Mon 08:00-24:01",
                                      "Mon 08:00-25:00",
                                      "Mon 0800-1800",
                                      "Mon 08.00-18.00",
                                      "Mon 08:00-18:00-19:00",
                                      "Mon\t08:00-18:00",
                                      "Mon ab:cd-ef:gh"}) {
    EXPECT_FALSE(ParseHours(text)) << text;
  }
}

TEST(LoadZone, KnowsNamesAndFollowsNoPaths) {
  EXPECT_NE(LoadZone("Europe/Berlin"), nullptr);
  EXPECT_NE(LoadZone("UTC"), nullptr);
  for (const char* name : {"", "Europe/Atlantis", "../../../etc/passwd", "/etc/localtime", "europe/berlin", "CEST"}) {
    EXPECT_EQ(LoadZone(name), nullptr) << name;
  }
}

TEST(Hours, BeginWithTheFirstMinuteAndEndBeforeTheLast) {
  // 2023-11-13 was a Monday; Berlin is at UTC+1.
  EXPECT_FALSE(Open({"Mon 08:00-18:00"}, "Europe/Berlin", 1699858799));  // 06:59:59
  EXPECT_TRUE(Open({"Mon 08:00-18:00"}, "Europe/Berlin", 1699858800));   // 07:00:00
  EXPECT_TRUE(Open({"Mon 08:00-18:00"}, "Europe/Berlin", 1699894799));   // 16:59:59
  EXPECT_FALSE(Open({"Mon 08:00-18:00"}, "Europe/Berlin", 1699894800));  // 17:00:00
  EXPECT_FALSE(Open({"Tue-Sun 08:00-18:00"}, "Europe/Berlin", 1699858800));
}

TEST(Hours, RunOverMidnightAndTheEndOfTheWeek) {
  const std::vector<std::string_view> night = {"Sun 22:00-06:00"};
  EXPECT_FALSE(Open(night, "UTC", 1699826399));  // Sunday 2023-11-12 21:59:59
  EXPECT_TRUE(Open(night, "UTC", 1699826400));   // Sunday 22:00:00
  EXPECT_TRUE(Open(night, "UTC", 1699833600));   // Monday 00:00:00
  EXPECT_TRUE(Open(night, "UTC", 1699855199));   // Monday 05:59:59
  EXPECT_FALSE(Open(night, "UTC", 1699855200));  // Monday 06:00:00
  EXPECT_FALSE(Open(night, "UTC", 1699912800));  // Monday 22:00:00
  EXPECT_FALSE(Open({"Mon 22:00-06:00"}, "UTC", 1699833600));
}

TEST(Hours, OfAWholeDayHaveNoGap) {
  for (const std::string_view all : {"Mon-Sun 00:00-24:00", "Mon-Sun 00:00-00:00", "Mon-Sun 09:00-09:00"}) {
    for (std::int64_t now = 1699833600; now < 1699833600 + 8 * 86400; now += 1800) EXPECT_TRUE(Open({all}, "UTC", now));
  }
  EXPECT_TRUE(Open({"Mon 00:00-24:00"}, "UTC", 1699919999));   // Monday 23:59:59
  EXPECT_FALSE(Open({"Mon 00:00-24:00"}, "UTC", 1699920000));  // Tuesday 00:00:00
}

TEST(Hours, UnitesSeveralEntries) {
  const std::vector<std::string_view> two = {"Mon 08:00-09:00", "Mon 10:00-11:00"};
  EXPECT_TRUE(Open(two, "UTC", 1699864200));   // Monday 08:30
  EXPECT_FALSE(Open(two, "UTC", 1699867800));  // Monday 09:30
  EXPECT_TRUE(Open(two, "UTC", 1699871400));   // Monday 10:30
}

TEST(Hours, FollowSummerTime) {
  // At the same UTC hour: 08:30 in Berlin in winter, 09:30 in summer.
  EXPECT_TRUE(Open({"Mon-Sun 08:00-09:00"}, "Europe/Berlin", 1705303800));   // 2024-01-15 07:30
  EXPECT_FALSE(Open({"Mon-Sun 08:00-09:00"}, "Europe/Berlin", 1721028600));  // 2024-07-15 07:30
  EXPECT_TRUE(Open({"Mon-Sun 09:00-10:00"}, "Europe/Berlin", 1721028600));
}

TEST(Hours, SkipTheHourThatDoesNotExist) {
  // Berlin, Sunday 2024-03-31: 02:00 becomes 03:00 at 01:00 UTC.
  EXPECT_FALSE(Open({"Sun 02:00-03:00"}, "Europe/Berlin", 1711846799));  // 00:59:59: 01:59:59
  EXPECT_FALSE(Open({"Sun 02:00-03:00"}, "Europe/Berlin", 1711846800));  // 01:00:00: 03:00:00
  EXPECT_TRUE(Open({"Sun 03:00-04:00"}, "Europe/Berlin", 1711846800));
}

TEST(Hours, CoverTheHourThatComesTwiceTwice) {
  // Berlin, Sunday 2024-10-27: 03:00 becomes 02:00 at 01:00 UTC.
  EXPECT_FALSE(Open({"Sun 02:00-03:00"}, "Europe/Berlin", 1729987199));  // 2024-10-26 23:59:59: 01:59:59
  EXPECT_TRUE(Open({"Sun 02:00-03:00"}, "Europe/Berlin", 1729987200));   // 00:00: 02:00 summer time
  EXPECT_TRUE(Open({"Sun 02:00-03:00"}, "Europe/Berlin", 1729990800));   // 01:00: 02:00 again
  EXPECT_TRUE(Open({"Sun 02:00-03:00"}, "Europe/Berlin", 1729994399));   // 01:59:59
  EXPECT_FALSE(Open({"Sun 02:00-03:00"}, "Europe/Berlin", 1729994400));  // 02:00: 03:00
}

TEST(Hours, UseTheDayOfTheZone) {
  // 2023-11-12 12:00 UTC, a Sunday, is Monday 01:00 at UTC+13 and Sunday 17:45 at UTC+5:45.
  EXPECT_TRUE(Open({"Mon 01:00-02:00"}, "Etc/GMT-13", 1699790400));
  EXPECT_TRUE(Open({"Sun 17:45-17:46"}, "Asia/Kathmandu", 1699790400));
  // 2023-11-13 01:00 UTC, a Monday, is Sunday 20:00 in New York.
  EXPECT_TRUE(Open({"Sun 20:00-21:00"}, "America/New_York", 1699837200));
}

TEST(Hours, KnowSummerTimeOfComingYears) {
  // Time zone files without a list of coming changes would lose summer time here: 2035-07-02 07:30.
  EXPECT_TRUE(Open({"Mon 09:00-10:00"}, "Europe/Berlin", 2066974200));
}

TEST(Hours, WorkBefore1970) {
  EXPECT_TRUE(Open({"Wed 23:59-24:00"}, "UTC", -1));
  EXPECT_FALSE(Open({"Thu 00:00-00:01"}, "UTC", -1));
  EXPECT_TRUE(Open({"Thu 00:00-00:01"}, "UTC", 0));
  EXPECT_TRUE(Open({"Wed 23:59-24:00"}, "UTC", -60));
  EXPECT_FALSE(Open({"Wed 23:59-24:00"}, "UTC", -61));
}

// Beside the digits in ASCII stand '/' and ':'.
TEST(Hours, AreRefusedWithAnythingButADigitInAnyPlaceOfATime) {
  const std::string good = "Mon 08:15-18:45";
  ASSERT_TRUE(ParseHours(good));
  for (const std::size_t at : {4U, 5U, 7U, 8U, 10U, 11U, 13U, 14U}) {
    for (const char c : {'/', ':', 'x', ' ', '\0'}) {
      std::string bad = good;
      bad[at] = c;
      EXPECT_FALSE(ParseHours(bad)) << bad;
    }
  }
}

}  // namespace
}  // namespace taglogin::policy
