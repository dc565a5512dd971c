// SPDX-License-Identifier: Apache-2.0
// Who gets in, and the reason when nobody lets an account in. deny_test.cc: rules that keep out.
#include "policy/decide.h"

#include "tests/policy/fixtures.h"

namespace taglogin::policy {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using Names = std::vector<std::string>;

constexpr char kByRole[] = "[[rule]]\nname = 'by role'\nlogin = ['ssh-{Environment}-{Role}']\n";

TEST(Decide, LetsInAMemberOfTheSelectedGroup) {
  const Decision decision = World().In("S-web", {"ssh-prod-web", "team-web"}).DecideBy(kByRole);
  EXPECT_TRUE(decision.allow);
  EXPECT_EQ(decision.reason, Reason::kAllowRule);
  EXPECT_EQ(decision.rule, "by role");
  EXPECT_EQ(decision.group, "ssh-prod-web");
  EXPECT_EQ(decision.path, (GroupPath{"ssh-prod-web", "team-web"}));
  EXPECT_FALSE(decision.stale);
  EXPECT_TRUE(decision.would_suffice.empty());
}

TEST(Decide, LetsNobodyInWithoutARule) {
  const Decision decision = World().In("S-web", {"ssh-prod-web"}).DecideBy("");
  EXPECT_FALSE(decision.allow);
  EXPECT_EQ(decision.reason, Reason::kDenyNoRule);
}

TEST(Decide, NamesTheGroupsThatWouldHaveBeenEnough) {
  const Decision decision = World().In("S-contractors", {"contractors"}).DecideBy(R"(
[[rule]]
name = "a"
login = ["ssh-{Environment}-{Role}", "not-in-the-directory", "{Missing}"]
[[rule]]
name = "b"
login = ["ops", "ssh-prod-web"]
[[rule]]
name = "elsewhere"
when = { Environment = "test" }
login = ["contractors"]
)");
  EXPECT_EQ(decision.reason, Reason::kDenyNoGroup);
  EXPECT_EQ(decision.would_suffice, (Names{"ssh-prod-web", "ops"}));
  EXPECT_EQ(decision.rule, "");
  EXPECT_EQ(decision.group, "");
}

TEST(Decide, NamesTheFirstGroupsAndCountsTheOthers) {
  World world;
  std::string login;
  for (int n = 0; n < 40; ++n) {
    world.names.groups["team-" + std::to_string(n)] = "S-team-" + std::to_string(n);
    login += "\"team-" + std::to_string(n) + "\", ";
  }
  // Twice the same groups, and two that nobody knows.
  const Decision decision = world.DecideBy("[[rule]]\nname = \"a\"\nlogin = [" + login + "\"ghost\"]\n" +
                                           "[[rule]]\nname = \"b\"\nlogin = [" + login + "\"ghost-2\"]\n");
  ASSERT_EQ(decision.would_suffice.size(), kMaxNamedGroups);
  EXPECT_EQ(decision.would_suffice.front(), "team-0");
  EXPECT_EQ(decision.would_suffice.back(), "team-31");
  EXPECT_EQ(decision.more_would_suffice, 40 - kMaxNamedGroups);
  EXPECT_NE(decision.detail.find("\"team-7\" and 32 more; not found"), std::string::npos) << decision.detail;
}

TEST(Decide, DoesNotCallAGroupEnoughThatOtherConditionsWouldRefuse) {
  World world;
  world.names.groups["night"] = "S-night";
  world.names.groups["near"] = "S-near";
  world.names.groups["fresh"] = "S-fresh";
  world.ages.account = hours(1);
  world.request = From("192.0.2.1");
  const Decision decision = world.DecideBy(R"(
[[rule]]
name = "hours"
login = ["night"]
hours = ["Mon 03:00-03:01"]
zone = "UTC"
[[rule]]
name = "from"
login = ["near"]
from = ["10.0.0.0/8"]
[[rule]]
name = "age"
login = ["fresh"]
max_staleness = "1m"
[[rule]]
name = "open"
login = ["ops"]
)");
  EXPECT_EQ(decision.reason, Reason::kDenyNoGroup);
  EXPECT_EQ(decision.would_suffice, Names{"ops"});
}

// T02: a name in a rule that resolves to nothing.
TEST(Decide, LetsNobodyInByAGroupThatCannotBeResolved) {
  World world;
  world.In("S-web", {"ssh-prod-web"}).In("", {"ghost"}).In("ssh-prod-web", {"x"});
  world.names.groups.clear();
  EXPECT_EQ(world.DecideBy(kByRole).reason, Reason::kDenyNoGroup);
  world.names.groups["ssh-prod-web"] = "";
  EXPECT_EQ(world.DecideBy(kByRole).reason, Reason::kDenyNoGroup);
  EXPECT_TRUE(world.DecideBy(kByRole).would_suffice.empty());
  world.names.groups["ssh-prod-web"] = "S-another";
  EXPECT_EQ(world.DecideBy(kByRole).reason, Reason::kDenyNoGroup);
}

TEST(Decide, ComparesAccountsByIdAndNeverByName) {
  constexpr char kAlice[] = "[[rule]]\nname = 'a'\nusers = ['alice']\n";
  World world;
  EXPECT_TRUE(world.DecideBy(kAlice).allow);
  EXPECT_EQ(world.DecideBy(kAlice).group, "");
  world.account.name = "alice-renamed";
  EXPECT_TRUE(world.DecideBy(kAlice).allow);
  world.account.name = "alice";
  world.account.id = "S-alice-the-second";
  EXPECT_FALSE(world.DecideBy(kAlice).allow);
  world.account.id = "";
  world.names.users["alice"] = "";
  EXPECT_FALSE(world.DecideBy(kAlice).allow);
  world.names.users.clear();
  world.account.id = "alice";
  EXPECT_FALSE(world.DecideBy(kAlice).allow);
}

TEST(Decide, PassesOverTemplatesThatCannotBeFormedAndKeepsTheOthers) {
  World world;
  world.In("S-ops", {"ops"}).In("S-web", {"ssh-prod-web"});
  const char* rules = "[[rule]]\nname = 'a'\nlogin = ['ssh-{Environment}-{Role}', 'ops']\n";
  EXPECT_EQ(world.DecideBy(rules).group, "ssh-prod-web");
  for (const char* value : {"", "a/b", "\xff"}) {
    world.tags.tags["Role"].value = value;
    EXPECT_EQ(world.DecideBy(rules).group, "ops") << value;
    EXPECT_EQ(world.DecideBy(kByRole).reason, Reason::kDenyNoRule) << value;
  }
  world.tags.tags.erase("Role");
  EXPECT_EQ(world.DecideBy(rules).group, "ops");
  EXPECT_EQ(world.DecideBy(kByRole).reason, Reason::kDenyNoRule);
}

TEST(Decide, TakesTheFirstRuleThatLetsIn) {
  World world;
  world.In("S-ops", {"ops"}).request = From("10.0.0.1");
  const Decision decision = world.DecideBy(R"(
[[rule]]
name = "elsewhere"
when = { Environment = "test" }
login = ["ops"]
[[rule]]
name = "other network"
login = ["ops"]
from = ["192.168.0.0/16"]
[[rule]]
name = "second"
login = ["ssh-prod-web", "ops"]
[[rule]]
name = "third"
users = ["alice"]
)");
  EXPECT_TRUE(decision.allow);
  EXPECT_EQ(decision.rule, "second");
}

TEST(Decide, HoldsFromAgainstTheClientsAddress) {
  World world;
  world.In("S-ops", {"ops"});
  const char* rules = "[[rule]]\nname = 'a'\nlogin = ['ops']\nfrom = ['10.0.0.0/8', '2001:db8::/32']\n";
  for (const char* inside : {"10.255.255.255", "::ffff:10.0.0.1", "2001:db8::1"}) {
    world.request = From(inside);
    EXPECT_TRUE(world.DecideBy(rules).allow) << inside;
  }
  for (const char* outside : {"11.0.0.0", "::ffff:11.0.0.0", "::10.0.0.1", "2001:db9::"}) {
    world.request = From(outside);
    const Decision decision = world.DecideBy(rules);
    EXPECT_EQ(decision.reason, Reason::kDenyFrom) << outside;
    EXPECT_EQ(decision.rule, "a");
    EXPECT_EQ(decision.group, "ops");
  }
  world.request = Request{};
  EXPECT_EQ(world.DecideBy(rules).reason, Reason::kDenyFrom);
}

TEST(Decide, HoldsHoursInTheZoneOfTheRule) {
  World world;
  world.In("S-ops", {"ops"});
  const char* rules =
      "[[rule]]\nname = 'a'\nlogin = ['ops']\nhours = ['Mon-Sun 08:00-09:00']\nzone = 'Europe/Berlin'\n";
  world.now = At(1705303800);  // 2024-01-15 07:30 UTC: 08:30 in Berlin
  EXPECT_TRUE(world.DecideBy(rules).allow);
  world.now = At(1721028600);  // 2024-07-15 07:30 UTC: 09:30 in Berlin
  EXPECT_EQ(world.DecideBy(rules).reason, Reason::kDenyHours);
}

TEST(Decide, RefusesDataOlderThanTheRuleAllows) {
  World world;
  world.In("S-ops", {"ops"});
  const char* rules = "[[rule]]\nname = 'a'\nlogin = ['ops']\nmax_staleness = '15m'\n";
  world.ages.account = seconds(900);
  EXPECT_TRUE(world.DecideBy(rules).allow);
  world.ages.account = seconds(901);
  EXPECT_EQ(world.DecideBy(rules).reason, Reason::kDenyStale);
  world.ages.account = seconds(0);
  world.ages.account_known = false;
  EXPECT_EQ(world.DecideBy(rules).reason, Reason::kDenyStale);
}

TEST(Decide, LetsInOnOldDataWhereTheRuleSaysSo) {
  World world;
  world.In("S-ops", {"ops"});
  const char* rules = "[[rule]]\nname = 'a'\nlogin = ['ops']\nmax_staleness = '15m'\non_stale = 'allow'\n";
  EXPECT_FALSE(world.DecideBy(rules).stale);
  world.ages.account = seconds(901);
  EXPECT_TRUE(world.DecideBy(rules).allow);
  EXPECT_TRUE(world.DecideBy(rules).stale);
  world.ages.account = seconds(0);
  world.ages.account_known = false;
  EXPECT_TRUE(world.DecideBy(rules).stale);
}

TEST(Decide, CountsTheAgeOfTagsForRulesThatUseThem) {
  World world;
  world.In("S-ops", {"ops"}).In("S-web", {"ssh-prod-web"});
  world.names.groups["host-web1"] = "S-web";
  world.ages.tags = hours(2);
  const std::string stale = "max_staleness = '1h'\n";
  EXPECT_EQ(world.DecideBy(kByRole + stale).reason, Reason::kDenyStale);
  EXPECT_EQ(world.DecideBy("[[rule]]\nname = 'a'\nlogin = ['ops']\nwhen = { Role = 'web' }\n" + stale).reason,
            Reason::kDenyStale);
  EXPECT_TRUE(world.DecideBy("[[rule]]\nname = 'a'\nlogin = ['ops']\n" + stale).allow);
  EXPECT_TRUE(world.DecideBy("[[rule]]\nname = 'a'\nlogin = ['host-{@hostname}']\n" + stale).allow);
  EXPECT_EQ(world.DecideBy("[[rule]]\nname = 'a'\nlogin = ['ops', '{@instance_id}']\n" + stale).reason,
            Reason::kDenyStale);
}

constexpr char kFromMiss[] = "[[rule]]\nname = 'from'\nlogin = ['ops']\nfrom = ['192.168.0.0/16']\n";
constexpr char kHoursMiss[] = "[[rule]]\nname = 'hours'\nlogin = ['ops']\nhours = ['Mon 03:00-03:01']\nzone = 'UTC'\n";
constexpr char kStaleMiss[] = "[[rule]]\nname = 'stale'\nlogin = ['ops']\nmax_staleness = '1m'\n";

TEST(Decide, NamesTheNearestMiss) {
  World world;
  world.In("S-ops", {"ops"}).request = From("10.0.0.1");
  world.ages.account = hours(1);
  const std::string from = kFromMiss;
  const std::string hour = kHoursMiss;
  const std::string stale = kStaleMiss;
  EXPECT_EQ(world.DecideBy(from + hour + stale).rule, "stale");
  EXPECT_EQ(world.DecideBy(from + hour).rule, "hours");
  EXPECT_EQ(world.DecideBy(from).rule, "from");
  EXPECT_EQ(world.DecideBy(stale + "[[rule]]\nname = 'later'\nlogin = ['ops']\nmax_staleness = '2m'\n").rule, "stale");
  // One rule that misses in several ways is no nearer than its first obstacle.
  const Decision all = world.DecideBy(
      "[[rule]]\nname = 'all'\nlogin = ['ops']\nmax_staleness = '1m'\nhours = ['Mon 03:00-03:01']\nzone = 'UTC'\n"
      "from = ['192.168.0.0/16']\n");
  EXPECT_EQ(all.reason, Reason::kDenyFrom);
}

TEST(Decide, IsNoMissWhenTheAccountIsNotInTheGroup) {
  World world;
  world.ages.account = hours(1);
  EXPECT_EQ(world.DecideBy(std::string(kStaleMiss) + kHoursMiss).reason, Reason::kDenyNoGroup);
}

TEST(Decide, SaysThatTagsAreUnknown) {
  World world;
  world.In("S-ops", {"ops"}).In("S-web", {"ssh-prod-web"});
  world.tags.known = false;
  EXPECT_EQ(world.DecideBy(kByRole).reason, Reason::kDenyTagsUnknown);
  EXPECT_EQ(world.DecideBy(kByRole).rule, "");
  EXPECT_EQ(world.DecideBy("[[rule]]\nname = 'a'\nlogin = ['ops']\nwhen = { Role = true }\n").reason,
            Reason::kDenyTagsUnknown);
  EXPECT_EQ(world.DecideBy("[[rule]]\nname = 'a'\nlogin = ['x-{@instance_id}']\n").reason, Reason::kDenyTagsUnknown);
}

TEST(Decide, LetsInByRulesWithoutTagsWhileTagsAreUnknown) {
  World world;
  world.In("S-ops", {"ops"});
  world.tags.known = false;
  EXPECT_TRUE(world.DecideBy(std::string(kByRole) + "[[rule]]\nname = 'a'\nlogin = ['ops']\n").allow);
  // A nearer miss than the unknown tags.
  world.ages.account = hours(1);
  EXPECT_EQ(world.DecideBy(std::string(kByRole) + kStaleMiss).reason, Reason::kDenyStale);
  EXPECT_EQ(world.DecideBy("[[rule]]\nname = 'a'\nusers = ['bob']\n").reason, Reason::kDenyNoGroup);
}

TEST(Decide, MatchesGroupNamesInNfc) {
  World world;
  world.names.groups["team-caf\xc3\xa9"] = "S-cafe";
  world.tags.tags["Team"].value = "cafe\xcc\x81";
  world.In("S-cafe", {"team"});
  EXPECT_TRUE(world.DecideBy("[[rule]]\nname = 'a'\nlogin = ['team-{Team}']\n").allow);
  EXPECT_TRUE(world.DecideBy("[[rule]]\nname = 'a'\nlogin = ['team-cafe\xcc\x81']\n").allow);
}

}  // namespace
}  // namespace taglogin::policy
