// SPDX-License-Identifier: Apache-2.0
// Decisions for a client whose address is not known yet.
#include "tests/policy/fixtures.h"

namespace taglogin::policy {
namespace {

std::string Limits(const Decision& decision) {
  std::string text = std::string(ReasonCode(decision.reason));
  for (const Network& network : decision.from_limits) text += " " + network.ToString();
  return text;
}

std::string LimitsBy(const std::string& rules) {
  World world;
  world.In("S-ops", {"ops"}).request = FromUnknown();
  world.names.groups["night"] = "S-night";
  return Limits(world.DecideBy(rules));
}

std::string Rule(const std::string& name, const std::string& rest) {
  return "[[rule]]\nname = '" + name + "'\n" + rest;
}

const std::string kInside = Rule("inside", "login = ['ops']\nfrom = ['10.0.0.0/8', '10.1.0.0/16']\n");
const std::string kV6 = Rule("v6", "users = ['alice']\nfrom = ['2001:db8::/32']\n");
const std::string kAnywhere = Rule("anywhere", "login = ['ops']\n");

TEST(FromLimits, AreTheNetworksOfAllRulesThatLetIn) {
  EXPECT_EQ(LimitsBy(kInside), "TL-ALLOW-RULE 10.0.0.0/8");
  EXPECT_EQ(LimitsBy(kInside + kV6), "TL-ALLOW-RULE 10.0.0.0/8 2001:db8::/32");
}

TEST(FromLimits, AreNoneWhenOneRuleHasNoFrom) {
  EXPECT_EQ(LimitsBy(kInside + kV6 + kAnywhere), "TL-ALLOW-RULE");
  EXPECT_EQ(LimitsBy(kAnywhere + kInside), "TL-ALLOW-RULE");
}

TEST(FromLimits, LeaveOutRulesThatDoNotLetIn) {
  EXPECT_EQ(LimitsBy(kInside + Rule("other group", "login = ['night']\n")), "TL-ALLOW-RULE 10.0.0.0/8");
  EXPECT_EQ(LimitsBy(kInside + Rule("other tags", "login = ['ops']\nwhen = { Role = 'db' }\n")),
            "TL-ALLOW-RULE 10.0.0.0/8");
  EXPECT_EQ(LimitsBy(kInside + Rule("other hours", "login = ['ops']\nhours = ['Mon 03:00-03:01']\nzone = 'UTC'\n")),
            "TL-ALLOW-RULE 10.0.0.0/8");
}

TEST(FromLimits, LeaveOutRulesWhoseDataIsTooOld) {
  World world;
  world.In("S-ops", {"ops"}).request = FromUnknown();
  world.ages.account = std::chrono::hours(1);
  const std::string strict = Rule("strict", "login = ['ops']\nmax_staleness = '1m'\n");
  EXPECT_EQ(Limits(world.DecideBy(strict + kInside)), "TL-ALLOW-RULE 10.0.0.0/8");
  EXPECT_EQ(Limits(world.DecideBy(strict + "on_stale = 'allow'\n" + kInside)), "TL-ALLOW-RULE");
}

TEST(FromLimits, AreNotGivenForKnownClientsAndDenials) {
  World world;
  world.In("S-ops", {"ops"}).request = From("10.0.0.1");
  EXPECT_EQ(Limits(world.DecideBy(kInside)), "TL-ALLOW-RULE");
  EXPECT_EQ(LimitsBy(kInside + Rule("closed", "deny = '*'\n")), "TL-DENY-RULE");
}

TEST(FromLimits, SpareTheNetworksThatDenyRulesKeepOut) {
  EXPECT_EQ(LimitsBy(kInside + Rule("out", "deny = '*'\nfrom = ['10.128.0.0/9', '192.168.0.0/16']\n")),
            "TL-ALLOW-RULE 10.0.0.0/9");
  EXPECT_EQ(LimitsBy(kAnywhere + Rule("out", "deny = ['ops']\nfrom = ['0.0.0.0/1', '::/0']\n")),
            "TL-ALLOW-RULE 128.0.0.0/1");
  EXPECT_EQ(LimitsBy(kAnywhere + Rule("out", "deny = ['night']\nfrom = ['0.0.0.0/1']\n")), "TL-ALLOW-RULE");
}

TEST(FromLimits, AreADenialWhenNothingIsLeft) {
  World world;
  world.In("S-ops", {"ops"}).request = FromUnknown();
  const Decision decision = world.DecideBy(kInside + Rule("out", "deny = ['ops']\nfrom = ['10.0.0.0/8']\n"));
  EXPECT_FALSE(decision.allow);
  EXPECT_EQ(decision.reason, Reason::kDenyRule);
  EXPECT_EQ(decision.rule, "out");
  EXPECT_TRUE(decision.from_limits.empty());
}

TEST(FromLimits, SpareTheNetworksOfDoubtfulDenyRules) {
  World world;
  world.In("S-ops", {"ops"}).request = FromUnknown();
  world.tags = TagSet{};
  const std::string doubtful = Rule("doubt", "deny = ['x-{Role}']\nfrom = ['10.0.0.0/9']\n");
  EXPECT_EQ(Limits(world.DecideBy(kInside + doubtful)), "TL-ALLOW-RULE 10.128.0.0/9");
  EXPECT_EQ(Limits(world.DecideBy(kInside + doubtful + Rule("all", "deny = ['x-{Role}']\nfrom = ['10.0.0.0/8']\n"))),
            "TL-DENY-TAGS");
}

}  // namespace
}  // namespace taglogin::policy
