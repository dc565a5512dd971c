// SPDX-License-Identifier: Apache-2.0
#include "daemon/judge.h"

#include <gtest/gtest.h>

namespace taglogin::daemon {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr std::int64_t kWall = 1700000000;  // 2023-11-14 22:13:20 UTC, a Tuesday
constexpr std::int64_t kBootMs = 500'000'000;

// `ago` before the present, on the same boot.
replica::Moment Before(seconds ago) { return {"boot-a", kBootMs - ago.count() * 1000, kWall - ago.count()}; }
const replica::Moment kNow = Before(seconds(0));

// alice in S-web by way of web-team, on a machine with Role=web, read with the walk two hours ago, which a poll
// confirmed ten seconds ago.
struct World {
  explicit World(const std::string& rules_toml) {
    auto rules = policy::ParseRules(rules_toml, "rules.toml");
    EXPECT_TRUE(rules) << rules.error().detail;
    snapshot.rules = std::make_shared<policy::RuleSet>(*std::move(rules));
    snapshot.tags.known = true;
    snapshot.tags.tags["Role"] = {"web", "imds", {}};
    snapshot.names.groups["ssh-web"] = "S-web";
    snapshot.walked_at = Before(hours(2));
    alice.login_name = "alice";
    alice.uid = 200123;
    alice.record.id = "S-alice";
    alice.facts.name = "alice";
    alice.facts.id = "S-alice";
    alice.facts.groups["S-web"] = {"ssh-web", "web-team"};
    alice.read_at = snapshot.walked_at;
    view.walked_at = Before(seconds(10));
    view.tags_read_at = Before(seconds(20));
    view.wall_high_water_s = kWall;
  }
  Judgement Decide(std::optional<std::int64_t> at_s = std::nullopt) {
    snapshot.bound = policy::Bind(*snapshot.rules, snapshot.tags, snapshot.names);
    view.snapshot = std::make_shared<replica::Snapshot>(snapshot);
    return Judge(view, alice, request, kNow, at_s);
  }

  replica::Snapshot snapshot;
  replica::AccountEntry alice;
  View view;
  policy::Request request;
};

constexpr char kWeb[] = "[[rule]]\nname = \"web\"\nlogin = [\"ssh-{Role}\"]\nmax_staleness = \"1h\"\n";

TEST(Judge, CountsAnAccountOfTheWalkAsOldAsTheLastConfirmation) {
  World world(kWeb);
  const Judgement judgement = world.Decide();
  EXPECT_TRUE(judgement.decision.allow);
  EXPECT_EQ(judgement.data_age, seconds(10));
  EXPECT_EQ(judgement.tags_age, seconds(20));
  EXPECT_EQ(judgement.freshness, "live");
}

TEST(Judge, CountsAnotherAccountAsOldAsItsOwnReading) {
  World world(kWeb);
  world.alice.read_at = Before(hours(3));
  EXPECT_EQ(world.Decide().decision.reason, policy::Reason::kDenyStale);
  EXPECT_EQ(world.Decide().data_age, hours(3));
  EXPECT_EQ(world.Decide().freshness, "expired");
  // The same number on another boot is no moment of this walk.
  world.alice.read_at = {"boot-b", world.snapshot.walked_at.boot_ms, kWall - 7200};
  EXPECT_EQ(world.Decide().data_age, hours(2));
  EXPECT_FALSE(world.Decide().decision.allow);
}

TEST(Judge, DeniesWhenTheAgeOfTheAccountIsNotKnown) {
  World world(kWeb);
  world.view.walked_at = {"boot-b", 0, kWall + 100};  // later than now
  EXPECT_EQ(world.Decide().decision.reason, policy::Reason::kDenyStale);
  world.view.walked_at = {"boot-b", 0, kWall - 10};
  EXPECT_TRUE(world.Decide().decision.allow);
  world.view.wall_high_water_s = kWall + 1;  // the clock was set back since
  EXPECT_EQ(world.Decide().decision.reason, policy::Reason::kDenyStale);
}

TEST(Judge, CountsTagsOfUnknownAgeAsOlderThanAnyLimit) {
  World world(kWeb);
  world.view.tags_read_at = {};
  EXPECT_EQ(world.Decide().decision.reason, policy::Reason::kDenyStale);
  EXPECT_EQ(world.Decide().tags_age, seconds::max());
  world.view.tags_read_at = Before(hours(2));
  EXPECT_EQ(world.Decide().decision.reason, policy::Reason::kDenyStale);
  EXPECT_EQ(TagsAt(world.view, kNow).age, hours(2));
}

TEST(Judge, SaysHowFreshTheGroundIsByTheRuleThatSpoke) {
  World world(kWeb);
  world.view.walked_at = Before(seconds(90));
  EXPECT_EQ(world.Decide().freshness, "live");
  world.view.walked_at = Before(seconds(91));
  EXPECT_EQ(world.Decide().freshness, "fresh");
  World lenient(std::string(kWeb) + "on_stale = \"allow\"\n");
  lenient.view.walked_at = Before(seconds(3601));
  EXPECT_TRUE(lenient.Decide().decision.allow);
  EXPECT_EQ(lenient.Decide().freshness, "stale");
}

TEST(Judge, MeasuresByTheUsualLimitWhenNoRuleSpoke) {
  World world("[[rule]]\nname = \"first\"\nlogin = [\"other\"]\nmax_staleness = \"1m\"\n" + std::string(kWeb));
  world.alice.facts.groups.clear();
  world.view.walked_at = Before(hours(24));
  EXPECT_EQ(world.Decide().decision.rule, "");
  EXPECT_EQ(world.Decide().freshness, "fresh");
  world.view.walked_at = Before(hours(24) + seconds(1));
  EXPECT_EQ(world.Decide().freshness, "expired");
}

TEST(Judge, FindsTheRuleThatSpokeAmongSeveral) {
  World world("[[rule]]\nname = \"first\"\nlogin = [\"other\"]\nmax_staleness = \"1m\"\n" + std::string(kWeb));
  world.view.walked_at = Before(seconds(600));
  EXPECT_EQ(world.Decide().decision.rule, "web");
  EXPECT_EQ(world.Decide().freshness, "fresh");
}

TEST(Judge, DecidesAtTheWallClocksTimeOrTheOneAskedFor) {
  World world(std::string(kWeb) + "hours = [\"Tue 22:00-23:00\"]\nzone = \"UTC\"\n");
  EXPECT_TRUE(world.Decide().decision.allow);
  EXPECT_EQ(world.Decide(kWall + 3600).decision.reason, policy::Reason::kDenyHours);
  EXPECT_TRUE(world.Decide(kWall + 7 * 86400).decision.allow);
  EXPECT_EQ(world.Decide(kWall + 7 * 86400).data_age, seconds(10));
}

TEST(Judge, PassesTheRequestOn) {
  World world(std::string(kWeb) + "from = [\"192.0.2.0/24\"]\n");
  EXPECT_EQ(world.Decide().decision.reason, policy::Reason::kDenyFrom);
  world.request = RequestFrom("192.0.2.7");
  EXPECT_TRUE(world.Decide().decision.allow);
}

TEST(RequestFrom, TellsAddressesNamesAndNothingApart) {
  using Client = policy::Request::Client;
  EXPECT_EQ(RequestFrom("").client, Client::kNone);
  EXPECT_EQ(RequestFrom("host.example").client, Client::kName);
  EXPECT_EQ(RequestFrom("10.0.0.256").client, Client::kName);
  EXPECT_EQ(RequestFrom("192.0.2.7").client, Client::kAddress);
  EXPECT_EQ(RequestFrom("192.0.2.7").address.ToString(), "192.0.2.7");
  EXPECT_EQ(RequestFrom("2001:db8::7").address.ToString(), "2001:db8::7");
}

TEST(JudgeDescribe, PutsWhatLedToTheDecisionIntoTheRecord) {
  World world(kWeb);
  world.snapshot.rules = [] {
    auto rules = policy::RuleSet(*policy::ParseRules(kWeb, "rules.toml"));
    rules.version = "0123456789abcdef";
    return std::make_shared<policy::RuleSet>(std::move(rules));
  }();
  const Judgement judgement = world.Decide();
  audit::Event event;
  Describe(world.view, world.alice, judgement, event);
  EXPECT_TRUE(event.allowed);
  EXPECT_EQ(event.reason_code, "TL-ALLOW-RULE");
  EXPECT_EQ(event.detail, judgement.decision.detail);
  EXPECT_FALSE(event.detail.empty());
  EXPECT_EQ(event.user_name, "alice");
  EXPECT_EQ(event.user_id, "S-alice");
  EXPECT_EQ(event.uid, 200123U);
  EXPECT_EQ(event.rule, "web");
  EXPECT_EQ(event.rules_version, "0123456789abcdef");
  EXPECT_EQ(event.group, "ssh-web");
  EXPECT_EQ(event.group_id, "S-web");
  EXPECT_EQ(event.group_path, (std::vector<std::string>{"ssh-web", "web-team"}));
  EXPECT_EQ(event.freshness, "live");
  EXPECT_EQ(event.data_age_s, 10);
  ASSERT_EQ(event.tags.size(), 1U);
  EXPECT_EQ(event.tags[0].key, "Role");
  EXPECT_EQ(event.tags[0].value, "web");
  EXPECT_EQ(event.tags[0].source, "imds");
  EXPECT_EQ(event.tags[0].age_s, 20);
}

TEST(JudgeDescribe, SaysWhatWouldHaveSufficedAndNamesNoGroupThatDidNotDecide) {
  World world(kWeb);
  world.alice.facts.groups.clear();
  Judgement judgement = world.Decide();
  judgement.decision.more_would_suffice = 7;
  audit::Event event;
  Describe(world.view, world.alice, judgement, event);
  EXPECT_FALSE(event.allowed);
  EXPECT_EQ(event.more_would_suffice, 7U);
  EXPECT_EQ(event.reason_code, "TL-DENY-NOGROUP");
  EXPECT_EQ(event.would_suffice, std::vector<std::string>{"ssh-web"});
  EXPECT_EQ(event.group_id, "");

  world.view.tags_read_at = {};  // tags of unknown age
  judgement = world.Decide();
  audit::Event second;
  Describe(world.view, world.alice, judgement, second);
  EXPECT_EQ(second.tags.at(0).age_s, INT32_MAX);
}

TEST(Judge, SaysUntilWhenAChangeOfTheTagsIsHeld) {
  World world(kWeb);
  policy::TagSet before = world.snapshot.tags;
  before.tags["Role"].value = "db";
  world.snapshot.earlier = {policy::Bind(*world.snapshot.rules, before, world.snapshot.names)};
  world.view.tags_held = true;
  world.view.tags_held_until_s = kWall + 60;
  Judgement judgement = world.Decide();
  EXPECT_EQ(judgement.decision.reason, policy::Reason::kDenyTagsHeld);
  EXPECT_NE(judgement.decision.detail.find("held until 2023-11-14T22:14:20Z"), std::string::npos);
  world.view.tags_held_until_s.reset();
  judgement = world.Decide();
  EXPECT_NE(judgement.decision.detail.find("held until taglogin tags accept (root)"), std::string::npos);
}

}  // namespace
}  // namespace taglogin::daemon
