// SPDX-License-Identifier: Apache-2.0
#include "policy/tag_change.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <random>

namespace taglogin::policy {
namespace {

constexpr char kRules[] = R"(
[[rule]]
name = "by environment"
when = { Environment = ["prod", "dev"] }
login = ["ssh-{Environment}", "ssh-{Environment}-{Role}"]
[[rule]]
name = "webbers"
when = { Role = "web" }
login = ["webbers"]
from = ["10.0.0.0/8"]
[[rule]]
name = "at night"
when = { Role = "db" }
users = ["alice"]
from = ["192.168.0.0/16", "10.1.0.0/16"]
[[rule]]
name = "quarantine"
when = { Quarantine = true }
deny = ["*"]
[[rule]]
name = "not these"
deny = ["banned-{Role}"]
[[rule]]
name = "hosts"
login = ["ssh-{@hostname}"]
)";

RuleSet Rules(const std::string& toml = kRules) {
  auto rules = ParseRules(toml, "rules.toml");
  EXPECT_TRUE(rules) << rules.error().detail;
  return *std::move(rules);
}

TagSet Tags(const std::map<std::string, std::string>& values, const std::string& hostname = "h1") {
  TagSet tags;
  tags.known = true;
  tags.hostname = hostname;
  for (const auto& [key, value] : values) tags.tags[key] = {value, "imds", {}};
  return tags;
}

// Every group is its own id.
ResolvedNames Names() {
  ResolvedNames names;
  for (const char* name : {"ssh-prod", "ssh-dev", "ssh-prod-web", "ssh-prod-db", "ssh-dev-web", "ssh-dev-db", "webbers",
                           "banned-web", "banned-db", "ssh-h1", "ssh-h2"}) {
    names.groups[name] = name;
  }
  names.users["alice"] = "alice";
  return names;
}

Account Member(const std::vector<std::string>& groups) {
  Account account;
  account.name = account.id = "alice";
  for (const auto& group : groups) account.groups[group] = {group};
  return account;
}

Decision AskAll(const RuleSet& rules, const std::vector<TagSet>& before, const TagSet& now, const Account& account,
                const Request& request, const Ages& ages = {}) {
  std::vector<BoundRules> earlier;
  for (const TagSet& tags : before) earlier.push_back(Bind(rules, tags, Names()));
  const BoundRules bound = Bind(rules, now, Names());
  return HoldBack(Decide(bound, account, ages, request, {}), earlier, account, ages, request, {});
}

Decision Ask(const RuleSet& rules, const TagSet& before, const TagSet& now, const Account& account, Request request) {
  return AskAll(rules, {before}, now, account, request);
}

Request From(const char* address) {
  Request request;
  request.client = Request::Client::kAddress;
  request.address = *IpAddress::Parse(address);
  return request;
}

TEST(TagChange, AddsNothingWhenTheTagsThatRulesUseStay) {
  const RuleSet rules = Rules();
  const TagSet prod = Tags({{"Environment", "prod"}, {"Role", "web"}});
  TagSet with_more = prod;
  with_more.tags["LastBackup"] = {"today", "imds", {}};
  EXPECT_TRUE(AddsNothing(rules, prod, with_more));
  EXPECT_TRUE(AddsNothing(rules, with_more, prod));
}

TEST(TagChange, AddsNothingWhenAQuarantineBeginsAndAddsWhenItEnds) {
  const RuleSet rules = Rules();
  const TagSet free = Tags({{"Environment", "prod"}});
  const TagSet shut = Tags({{"Environment", "prod"}, {"Quarantine", "yes"}});
  EXPECT_TRUE(AddsNothing(rules, free, shut));
  EXPECT_FALSE(AddsNothing(rules, shut, free));
}

TEST(TagChange, AddsWhenAnotherGroupIsNamed) {
  const RuleSet rules = Rules();
  EXPECT_FALSE(AddsNothing(rules, Tags({{"Environment", "prod"}}), Tags({{"Environment", "dev"}})));
  EXPECT_FALSE(AddsNothing(rules, Tags({}, "h1"), Tags({}, "h2")));
  // Fewer people are kept out: banned-web no more.
  EXPECT_FALSE(AddsNothing(rules, Tags({{"Role", "web"}}), Tags({{"Role", "nothing"}})));
}

TEST(TagChange, AddsWhenTagsWereUnknown) {
  const RuleSet rules = Rules();
  EXPECT_FALSE(AddsNothing(rules, TagSet(), Tags({})));
  EXPECT_TRUE(AddsNothing(rules, TagSet(), TagSet()));
  // Also where no rule looks at a tag.
  const RuleSet plain = Rules("[[rule]]\nname = \"ops\"\nlogin = [\"ssh-prod\"]\n");
  EXPECT_FALSE(AddsNothing(plain, TagSet(), Tags({})));
  EXPECT_TRUE(AddsNothing(plain, Tags({}), TagSet()));
}

TEST(TagChange, HoldsBackWhatOnlyTheNewTagsAllow) {
  const RuleSet rules = Rules();
  const TagSet prod = Tags({{"Environment", "prod"}});
  const TagSet dev = Tags({{"Environment", "dev"}});
  const Decision held = Ask(rules, prod, dev, Member({"ssh-dev"}), From("10.1.1.1"));
  EXPECT_FALSE(held.allow);
  EXPECT_EQ(held.reason, Reason::kDenyTagsHeld);
  EXPECT_EQ(held.rule, "by environment");
  EXPECT_TRUE(held.detail.starts_with("rule \"by environment\" lets account alice in by the tags as they are now"))
      << held.detail;
  // What the new tags take away is gone, for the reason that they give.
  EXPECT_EQ(Ask(rules, prod, dev, Member({"ssh-prod"}), From("10.1.1.1")).reason, Reason::kDenyNoGroup);
  EXPECT_TRUE(Ask(rules, prod, dev, Member({"ssh-prod", "ssh-dev"}), From("10.1.1.1")).allow);
  // Who is kept out by both has never been held back.
  EXPECT_EQ(Ask(rules, prod, dev, Member({}), From("10.1.1.1")).reason, Reason::kDenyNoGroup);
}

TEST(TagChange, EachOfTheEarlierTagsHoldsBack) {
  const RuleSet rules = Rules();
  const TagSet prod = Tags({{"Environment", "prod"}});
  const TagSet dev = Tags({{"Environment", "dev"}});
  const Account both = Member({"ssh-prod", "ssh-dev"});
  EXPECT_TRUE(AskAll(rules, {prod, dev, prod}, dev, both, From("10.1.1.1")).allow);
  for (std::size_t odd = 0; odd < 3; ++odd) {
    std::vector<TagSet> before = {prod, dev, prod};
    before[odd] = Tags({{"Environment", "nothing"}});
    EXPECT_EQ(AskAll(rules, before, dev, both, From("10.1.1.1")).reason, Reason::kDenyTagsHeld) << odd;
  }
}

// A denial says nothing of where from, nor that the data were old.
TEST(TagChange, NothingOfTheAllowIsLeftInTheDenial) {
  Request unknown;
  unknown.client = Request::Client::kUnknown;
  const Decision webber = Ask(Rules(), Tags({}), Tags({{"Role", "web"}}), Member({"webbers"}), unknown);
  EXPECT_EQ(webber.reason, Reason::kDenyTagsHeld);
  EXPECT_TRUE(webber.from_limits.empty());

  const RuleSet patient = Rules(R"(
[[rule]]
name = "patient"
when = { Role = "web" }
login = ["webbers"]
max_staleness = "1h"
on_stale = "allow"
)");
  const Ages old{std::chrono::hours(2), true, {}};
  const TagSet web = Tags({{"Role", "web"}});
  ASSERT_TRUE(AskAll(patient, {web}, web, Member({"webbers"}), From("10.1.1.1"), old).stale);
  const Decision held = AskAll(patient, {Tags({})}, web, Member({"webbers"}), From("10.1.1.1"), old);
  EXPECT_EQ(held.reason, Reason::kDenyTagsHeld);
  EXPECT_FALSE(held.stale);
}

TEST(TagChange, HoldsBackThoseWhomTheOldTagsKeptOut) {
  const RuleSet rules = Rules();
  const TagSet free = Tags({{"Environment", "prod"}});
  const TagSet shut = Tags({{"Environment", "prod"}, {"Quarantine", "yes"}});
  EXPECT_EQ(Ask(rules, shut, free, Member({"ssh-prod"}), From("10.1.1.1")).reason, Reason::kDenyTagsHeld);
  EXPECT_EQ(Ask(rules, free, shut, Member({"ssh-prod"}), From("10.1.1.1")).reason, Reason::kDenyRule);
}

TEST(TagChange, LeavesTheAddressesThatAllTagsAllow) {
  const RuleSet rules = Rules();
  Request unknown;
  unknown.client = Request::Client::kUnknown;
  const Decision both = Ask(rules, Tags({{"Role", "web"}}), Tags({{"Role", "db"}}), Member({"webbers"}), unknown);
  ASSERT_TRUE(both.allow);
  ASSERT_EQ(both.from_limits.size(), 1U);
  EXPECT_EQ(both.from_limits[0].ToString(), "10.1.0.0/16");
  // No limit in one of them leaves the other's.
  const Account named = Member({"webbers", "ssh-prod"});
  const Decision one = Ask(rules, Tags({{"Environment", "prod"}}), Tags({{"Role", "web"}}), named, unknown);
  ASSERT_TRUE(one.allow);
  ASSERT_EQ(one.from_limits.size(), 1U);
  EXPECT_EQ(one.from_limits[0].ToString(), "10.0.0.0/8");
}

TEST(TagChange, AllowsNobodyFromNowhereInCommon) {
  const RuleSet rules = Rules(R"(
[[rule]]
name = "a"
when = { Role = "a" }
users = ["alice"]
from = ["10.0.0.0/8"]
[[rule]]
name = "b"
when = { Role = "b" }
users = ["alice"]
from = ["192.168.0.0/16"]
)");
  Request unknown;
  unknown.client = Request::Client::kUnknown;
  EXPECT_EQ(Ask(rules, Tags({{"Role", "a"}}), Tags({{"Role", "b"}}), Member({}), unknown).reason,
            Reason::kDenyTagsHeld);
}

// AddsNothing must promise exactly what it says, for whatever accounts there are.
TEST(TagChange, NobodyGetsInByAChangeThatAddsNothing) {
  constexpr unsigned kSeed = 53;
  constexpr int kRounds = 20000;
  std::mt19937 random(kSeed);
  const RuleSet rules = Rules();
  const ResolvedNames names = Names();
  const auto pick = [&](const std::vector<const char*>& from) { return std::string(from[random() % from.size()]); };
  const auto some_tags = [&] {
    std::map<std::string, std::string> tags;
    if (const auto value = pick({"", "prod", "dev", "x"}); !value.empty()) tags["Environment"] = value;
    if (const auto value = pick({"", "web", "db"}); !value.empty()) tags["Role"] = value;
    if (random() % 4 == 0) tags["Quarantine"] = "yes";
    return Tags(tags, pick({"h1", "h2"}));
  };
  int adding_nothing = 0;
  int let_in = 0;
  for (int round = 0; round < kRounds; ++round) {
    const TagSet before = some_tags();
    const TagSet after = some_tags();
    std::vector<std::string> groups;
    for (const auto& [name, id] : names.groups) {
      if (random() % 4 == 0) groups.push_back(name);
    }
    const Account account = Member(groups);
    const Request request = From(pick({"10.1.2.3", "10.2.2.3", "192.168.1.1", "203.0.113.9"}).c_str());
    const bool was = Decide(Bind(rules, before, names), account, {}, request, {}).allow;
    const bool is = Decide(Bind(rules, after, names), account, {}, request, {}).allow;
    const bool held = Ask(rules, before, after, account, request).allow;
    EXPECT_EQ(held, was && is);
    if (!AddsNothing(rules, before, after)) continue;
    ++adding_nothing;
    let_in += is ? 1 : 0;
    EXPECT_TRUE(was || !is) << "round " << round;
  }
  std::printf("seed %u, %d rounds, %d added nothing, %d of them let in\n", kSeed, kRounds, adding_nothing, let_in);
  EXPECT_GT(adding_nothing, kRounds / 100);
  EXPECT_GT(let_in, 0);
}

}  // namespace
}  // namespace taglogin::policy
