// SPDX-License-Identifier: Apache-2.0
// The ratchet: what is held, for how long, and across what.
#include "daemon/replica/tag_hold.h"

#include <gtest/gtest.h>

#include "daemon/replica/encoding.h"
#include "tests/daemon/replica/contents_equal.h"
#include "tests/daemon/replica/samples.h"

namespace taglogin::daemon::replica {
namespace {

using samples::At;
using Outcome = TagChange::Outcome;
using Values = std::map<std::string, std::string>;

constexpr char kRules[] = R"(
[[rule]]
name = "by environment"
login = ["ssh-{Environment}"]
[[rule]]
name = "quarantine"
when = { Quarantine = true }
deny = ["*"]
)";

class TagHold : public ::testing::Test {
 protected:
  TagHold() {
    auto rules = policy::ParseRules(kRules, "rules.toml");
    EXPECT_TRUE(rules);
    rules_ = *std::move(rules);
    contents_.wall_high_water_s = samples::kWall;
  }

  Outcome Take(const Values& values, const Moment& now, const std::string& source = "imds") {
    TagReading reading;
    reading.tags.known = true;
    reading.tags.hostname = "host1";
    for (const auto& [key, value] : values) reading.tags.tags[key] = {value, source, {}};
    reading.read_at = now;
    return TakeTags(contents_, std::move(reading), rules_, hold_, now).outcome;
  }
  Outcome Take(const std::string& environment, std::int64_t at_s) {
    return Take({{"Environment", environment}}, At(at_s));
  }
  // Whether the earlier tags let this environment's group in as well.
  bool Counts(const std::string& environment) const {
    if (contents_.tags->tags.tags.at("Environment").value != environment) return false;
    for (const auto& tags : EarlierTagSets(contents_)) {
      const auto found = tags.tags.find("Environment");
      if (found == tags.tags.end() || found->second.value != environment) return false;
    }
    return true;
  }

  policy::RuleSet rules_;
  HoldSettings hold_;  // ten minutes
  Contents contents_;
};

TEST_F(TagHold, CountsTheFirstTagsAtOnce) {
  EXPECT_EQ(Take("prod", 0), Outcome::kFirst);
  EXPECT_TRUE(Counts("prod"));
  EXPECT_EQ(Take("prod", 60), Outcome::kNone);
}

TEST_F(TagHold, HoldsAnAdditionForTheWholeDelay) {
  Take("prod", 0);
  EXPECT_EQ(Take("dev", 100), Outcome::kHeld);
  EXPECT_FALSE(Counts("dev"));
  EXPECT_EQ(HeldUntil(contents_, hold_), samples::kWall + 700);
  EXPECT_EQ(Take("dev", 699), Outcome::kNone);
  EXPECT_FALSE(Counts("dev"));
  EXPECT_EQ(Take("dev", 700), Outcome::kElapsed);
  EXPECT_TRUE(Counts("dev"));
  EXPECT_FALSE(HeldUntil(contents_, hold_));
}

TEST_F(TagHold, AppliesWhatOnlyTakesAwayAtOnceAndHoldsItsReturn) {
  Take("prod", 0);
  EXPECT_EQ(Take({{"Environment", "prod"}, {"Quarantine", "yes"}}, At(10)), Outcome::kApplied);
  EXPECT_TRUE(contents_.earlier_tags.empty());
  EXPECT_EQ(Take("prod", 20), Outcome::kHeld);
  EXPECT_EQ(Take("prod", 619), Outcome::kNone);
  EXPECT_EQ(Take("prod", 620), Outcome::kElapsed);
}

TEST_F(TagHold, HoldsTagsThatWereGoneAndComeBack) {
  Take("prod", 0);
  EXPECT_EQ(Take(Values{}, At(10)), Outcome::kApplied);
  EXPECT_EQ(Take("prod", 20), Outcome::kHeld);
  EXPECT_FALSE(Counts("prod"));
}

TEST_F(TagHold, IsNotHurriedByGoingBackAndForth) {
  Take("prod", 0);
  Take("dev", 100);
  Take("prod", 400);
  EXPECT_EQ(Take("dev", 500), Outcome::kHeld);
  EXPECT_EQ(Take("dev", 750), Outcome::kNone);  // ten minutes after dev was first seen
  EXPECT_FALSE(Counts("dev"));
  EXPECT_EQ(Take("dev", 1099), Outcome::kNone);
  EXPECT_FALSE(Counts("dev"));
  EXPECT_EQ(Take("dev", 1100), Outcome::kElapsed);
}

TEST_F(TagHold, CountsEachOfSeveralChangesByItself) {
  Take("prod", 0);
  Take("dev", 100);
  Take("test", 300);
  Take("test", 700);
  EXPECT_FALSE(Counts("test"));  // prod is over, dev was there until 300
  EXPECT_EQ(Take("test", 900), Outcome::kElapsed);
}

TEST_F(TagHold, EndsOnlyByRootsWordWhereThatIsAsked) {
  hold_.until_confirmed = true;
  Take("prod", 0);
  Take("dev", 100);
  EXPECT_EQ(Take("dev", 100000), Outcome::kNone);
  EXPECT_FALSE(Counts("dev"));
  EXPECT_FALSE(HeldUntil(contents_, hold_));
  EXPECT_EQ(Accept(contents_).outcome, Outcome::kAccepted);
  EXPECT_TRUE(Counts("dev"));
  EXPECT_EQ(Accept(contents_).outcome, Outcome::kNone);
}

TEST_F(TagHold, HoldsNothingWithoutADelay) {
  hold_.delay = std::chrono::seconds(0);
  Take("prod", 0);
  EXPECT_EQ(Take("dev", 1), Outcome::kApplied);
  EXPECT_TRUE(Counts("dev"));
}

TEST_F(TagHold, TakesRootsOwnFileAtItsWord) {
  Take({{"Environment", "prod"}}, At(0), "file:/etc/taglogin/tags.toml");
  EXPECT_EQ(Take({{"Environment", "dev"}}, At(1), "file:/etc/taglogin/tags.toml"), Outcome::kApplied);
  EXPECT_TRUE(Counts("dev"));
  // An imported value that comes out from behind the file's is no word of root's.
  EXPECT_EQ(Take({{"Environment", "prod"}}, At(2), "imds"), Outcome::kHeld);
  EXPECT_FALSE(Counts("prod"));
}

TEST_F(TagHold, DoesNotMindTagsThatNoRuleUses) {
  Take("prod", 0);
  EXPECT_EQ(Take({{"Environment", "prod"}, {"LastBackup", "today"}}, At(1)), Outcome::kApplied);
  EXPECT_TRUE(contents_.earlier_tags.empty());
}

TEST_F(TagHold, SurvivesARestart) {
  Take("prod", 0);
  Take("dev", 100);
  contents_.tags_distrust = "said so";
  const auto again = DecodeContents(EncodeContents(contents_));
  ASSERT_TRUE(again);
  ExpectEqual(*again, contents_);
  contents_ = *again;
  EXPECT_EQ(Take("dev", 699), Outcome::kNone);
  EXPECT_FALSE(Counts("dev"));
  EXPECT_EQ(Take("dev", 700), Outcome::kElapsed);
}

TEST_F(TagHold, IsNotEndedWhileASourceIsSilent) {
  Take("prod", 0);
  Take("dev", 100);
  const auto with_answer_of = [this](std::int64_t answered_s, std::int64_t now_s) {
    TagReading reading = *contents_.tags;
    reading.read_at = At(answered_s);
    return TakeTags(contents_, reading, rules_, hold_, At(now_s)).outcome;
  };
  EXPECT_EQ(with_answer_of(100, 5000), Outcome::kNone);
  EXPECT_EQ(with_answer_of(50, 5000), Outcome::kNone);
  EXPECT_EQ(with_answer_of(699, 5100), Outcome::kNone);
  EXPECT_FALSE(Counts("dev"));
  EXPECT_EQ(with_answer_of(700, 5200), Outcome::kElapsed);
}

TEST_F(TagHold, BeginsAnewAfterAReboot) {
  Take("prod", 0);
  Take("dev", 100);
  Moment rebooted = At(86400);
  rebooted.boot_id = "boot-2";
  rebooted.boot_ms = 5000;
  EXPECT_EQ(Take({{"Environment", "dev"}}, rebooted), Outcome::kNone);
  rebooted.boot_ms += 599000;
  EXPECT_EQ(Take({{"Environment", "dev"}}, rebooted), Outcome::kNone);
  EXPECT_FALSE(Counts("dev"));
  rebooted.boot_ms += 1000;
  EXPECT_EQ(Take({{"Environment", "dev"}}, rebooted), Outcome::kElapsed);
}

TEST_F(TagHold, BeginsAnewWhenTheSourcesWereNotTrusted) {
  Take("prod", 0);
  Take("dev", 100);
  BeginHoldsAnew(contents_, At(650));
  EXPECT_EQ(Take("dev", 1249), Outcome::kNone);
  EXPECT_FALSE(Counts("dev"));
  EXPECT_EQ(Take("dev", 1250), Outcome::kElapsed);
}

TEST_F(TagHold, RefusesAStoredHoldWithAGap) {
  Take("prod", 0);
  Take("dev", 100);
  Take("test", 200);
  auto rows = EncodeContents(contents_);
  ASSERT_TRUE(DecodeContents(rows));
  std::erase_if(rows, [](const Row& row) { return row.kind == "earlier" && row.key == "00"; });
  EXPECT_FALSE(DecodeContents(rows));
}

TEST_F(TagHold, BeginsAnewWhereTheClockCannotBeTrusted) {
  Take("prod", 0);
  Take("dev", 100);
  // Another boot, with the clock set back.
  Moment earlier = At(50);
  earlier.boot_id = "boot-2";
  EXPECT_EQ(Take({{"Environment", "dev"}}, earlier), Outcome::kNone);
  EXPECT_FALSE(Counts("dev"));
  // Counted from then on by that boot's own clock.
  Moment later = At(649);
  later.boot_id = "boot-2";
  EXPECT_EQ(Take({{"Environment", "dev"}}, later), Outcome::kNone);
  later.boot_ms += 1000;
  EXPECT_EQ(Take({{"Environment", "dev"}}, later), Outcome::kElapsed);
}

TEST_F(TagHold, IsNotEndedByAClockSetForward) {
  Take("prod", 0);
  Take("dev", 100);
  Moment forward = At(200);
  forward.wall_s += 86400;
  EXPECT_EQ(Take({{"Environment", "dev"}}, forward), Outcome::kNone);
  EXPECT_FALSE(Counts("dev"));
}

TEST_F(TagHold, StaysBoundedAndShutUnderAFloodOfChanges) {
  Take("prod", 0);
  for (int i = 0; i < 200; ++i) Take("e" + std::to_string(i), 1 + i);
  EXPECT_LE(contents_.earlier_tags.size(), kMaxEarlierTags);
  Take("prod", 300);
  EXPECT_FALSE(Counts("prod"));
  // The last other tags were there until 300; those that were merged are not forgotten before their time.
  EXPECT_EQ(Take("prod", 899), Outcome::kNone);
  EXPECT_FALSE(Counts("prod"));
  EXPECT_EQ(Take("prod", 900), Outcome::kElapsed);
}

TEST_F(TagHold, AsksTheDirectoryForTheGroupsOfAllThatCounts) {
  Take("prod", 0);
  Take("dev", 100);
  const auto names = SelectForAll(rules_, contents_.tags->tags, contents_);
  EXPECT_EQ(names.groups, (std::vector<std::string>{"ssh-dev", "ssh-prod"}));
}

TEST_F(TagHold, GivesDifferentTagsDifferentIds) {
  Take("prod", 0);
  const std::string prod = TagsId(contents_.tags->tags);
  Take("dev", 1);
  EXPECT_NE(TagsId(contents_.tags->tags), prod);
  EXPECT_EQ(prod.size(), 32U);
}

}  // namespace
}  // namespace taglogin::daemon::replica
