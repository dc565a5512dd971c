// SPDX-License-Identifier: Apache-2.0
// Rules that keep out; T08 of the threat table.
#include "tests/policy/fixtures.h"

namespace taglogin::policy {
namespace {

constexpr char kAllowOps[] = "[[rule]]\nname = 'allow'\nlogin = ['ops']\n";
constexpr char kDenyContractors[] = "[[rule]]\nname = 'out'\ndeny = ['contractors']\n";

World Ops() { return World().In("S-ops", {"ops"}); }

TEST(Deny, WinsInEitherOrder) {
  const World world = Ops().In("S-contractors", {"contractors"});
  for (const std::string& rules :
       {std::string(kAllowOps) + kDenyContractors, std::string(kDenyContractors) + kAllowOps}) {
    const Decision decision = world.DecideBy(rules);
    EXPECT_FALSE(decision.allow);
    EXPECT_EQ(decision.reason, Reason::kDenyRule);
    EXPECT_EQ(decision.rule, "out");
    EXPECT_EQ(decision.group, "contractors");
  }
}

TEST(Deny, HoldsForNestedMembers) {
  const Decision decision = Ops()
                                .In("S-contractors", {"contractors", "firm-a", "firm-a-juniors"})
                                .DecideBy(std::string(kAllowOps) + kDenyContractors);
  EXPECT_EQ(decision.reason, Reason::kDenyRule);
  EXPECT_EQ(decision.path, (GroupPath{"contractors", "firm-a", "firm-a-juniors"}));
}

TEST(Deny, LeavesOthersIn) { EXPECT_TRUE(Ops().DecideBy(std::string(kDenyContractors) + kAllowOps).allow); }

TEST(Deny, HoldsForTheSameGroupInAllowAndDeny) {
  EXPECT_EQ(Ops().DecideBy(std::string(kAllowOps) + "[[rule]]\nname = 'out'\ndeny = ['ops']\n").reason,
            Reason::kDenyRule);
}

TEST(Deny, HoldsForAccountsByIdAndNotByName) {
  const std::string rules = std::string(kAllowOps) + "[[rule]]\nname = 'out'\ndeny_users = ['alice']\n";
  World world = Ops();
  EXPECT_EQ(world.DecideBy(rules).reason, Reason::kDenyRule);
  world.account.name = "somebody";
  EXPECT_EQ(world.DecideBy(rules).reason, Reason::kDenyRule);
  world.account.name = "alice";
  world.account.id = "S-other";
  EXPECT_TRUE(world.DecideBy(rules).allow);
}

TEST(Deny, StarKeepsEverybodyOut) {
  const Decision decision = Ops().DecideBy(std::string(kAllowOps) + "[[rule]]\nname = 'closed'\ndeny = '*'\n");
  EXPECT_EQ(decision.reason, Reason::kDenyRule);
  EXPECT_EQ(decision.rule, "closed");
  EXPECT_EQ(decision.group, "");
  EXPECT_TRUE(decision.path.empty());
}

TEST(Deny, CountsOnlyUnderItsConditions) {
  World world = Ops().In("S-contractors", {"contractors"});
  const std::string rules = std::string(kAllowOps) + kDenyContractors;
  EXPECT_TRUE(world.DecideBy(rules + "when = { Environment = 'test' }\n").allow);
  EXPECT_FALSE(world.DecideBy(rules + "when = { Environment = 'prod' }\n").allow);
  world.request = From("10.0.0.1");
  EXPECT_FALSE(world.DecideBy(rules + "from = ['10.0.0.0/8']\n").allow);
  EXPECT_TRUE(world.DecideBy(rules + "from = ['192.168.0.0/16']\n").allow);
  world.now = At(1699858800);  // Monday 2023-11-13 07:00 UTC
  EXPECT_FALSE(world.DecideBy(rules + "hours = ['Mon 07:00-08:00']\nzone = 'UTC'\n").allow);
  EXPECT_TRUE(world.DecideBy(rules + "hours = ['Mon 08:00-09:00']\nzone = 'UTC'\n").allow);
}

TEST(Deny, HoldsHoweverOldTheDataIs) {
  World world = Ops().In("S-contractors", {"contractors"});
  world.ages.account = std::chrono::hours(24 * 400);
  world.ages.account_known = false;
  EXPECT_EQ(world.DecideBy(std::string(kAllowOps) + "on_stale = 'allow'\n" + kDenyContractors).reason,
            Reason::kDenyRule);
}

TEST(Deny, NamesTheFirstRuleOfTheFile) {
  const World world = Ops().In("S-contractors", {"contractors"});
  EXPECT_EQ(world.DecideBy(std::string(kDenyContractors) + "[[rule]]\nname = 'all'\ndeny = '*'\n").rule, "out");
  EXPECT_EQ(world.DecideBy("[[rule]]\nname = 'all'\ndeny = '*'\n" + std::string(kDenyContractors)).rule, "all");
}

TEST(Deny, KeepsTheOtherNamesOfARuleWithATemplateThatCannotBeFormed) {
  const World world = Ops().In("S-contractors", {"contractors"});
  EXPECT_FALSE(
      world.DecideBy(std::string(kAllowOps) + "[[rule]]\nname = 'a'\ndeny = ['x-{Missing}', 'contractors']\n").allow);
  EXPECT_TRUE(
      Ops().DecideBy(std::string(kAllowOps) + "[[rule]]\nname = 'a'\ndeny = ['x-{Missing}', 'contractors']\n").allow);
}

struct Doubt {
  const char* name;
  const char* rule;  // behind "[[rule]]\nname = 'out'\n"
  bool denies;
};

class DenyWithUnknownTags : public testing::TestWithParam<Doubt> {};

TEST_P(DenyWithUnknownTags, AssumesTheWorst) {
  World world = Ops();  // alice, not a contractor
  world.tags = TagSet{};
  world.tags.hostname = "web1";
  world.request = From("10.0.0.1");
  const Decision decision = world.DecideBy(std::string(kAllowOps) + "[[rule]]\nname = 'out'\n" + GetParam().rule);
  EXPECT_EQ(decision.allow, !GetParam().denies);
  if (!GetParam().denies) return;
  EXPECT_EQ(decision.reason, Reason::kDenyTagsUnknown);
  EXPECT_EQ(decision.rule, "out");
}

INSTANTIATE_TEST_SUITE_P(
    Deny, DenyWithUnknownTags,
    testing::Values(Doubt{"TagInTemplate", "deny = ['out-{Role}']\n", true},
                    Doubt{"InstanceIdInTemplate", "deny = ['out-{@instance_id}']\n", true},
                    Doubt{"HostNameInTemplate", "deny = ['out-{@hostname}']\n", false},
                    Doubt{"WhenAndEverybody", "deny = '*'\nwhen = { Role = 'db' }\n", true},
                    Doubt{"WhenAndOwnGroup", "deny = ['ops']\nwhen = { Role = 'db' }\n", true},
                    Doubt{"WhenAndOwnName", "deny_users = ['alice']\nwhen = { Role = true }\n", true},
                    Doubt{"WhenAndTemplate", "deny = ['x-{Role}']\nwhen = { Role = true }\n", true},
                    Doubt{"WhenAndOtherGroup", "deny = ['contractors']\nwhen = { Role = 'db' }\n", false},
                    Doubt{"WhenAndOtherName", "deny_users = ['bob']\nwhen = { Role = 'db' }\n", false},
                    Doubt{"OtherNetwork", "deny = ['x-{Role}']\nfrom = ['192.168.0.0/16']\n", false},
                    Doubt{"OwnNetwork", "deny = ['x-{Role}']\nfrom = ['10.0.0.0/8']\n", true},
                    Doubt{"OtherHours", "deny = ['x-{Role}']\nhours = ['Mon 03:00-03:01']\nzone = 'UTC'\n", false}),
    [](const auto& row) { return row.param.name; });

TEST(Deny, PrefersARuleWithoutDoubtWhileTagsAreUnknown) {
  World world = Ops();
  world.tags = TagSet{};
  const std::string doubtful = "[[rule]]\nname = 'doubt'\ndeny = ['x-{Role}']\n";
  const Decision decision = world.DecideBy(doubtful + "[[rule]]\nname = 'sure'\ndeny = ['y-{Role}', 'ops']\n");
  EXPECT_EQ(decision.reason, Reason::kDenyRule);
  EXPECT_EQ(decision.rule, "sure");
}

}  // namespace
}  // namespace taglogin::policy
