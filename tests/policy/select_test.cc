// SPDX-License-Identifier: Apache-2.0
#include "tests/policy/fixtures.h"

namespace taglogin::policy {
namespace {

using Names = std::vector<std::string>;

bool Applies(const std::string& when, const TagSet& tags) {
  return AppliesTo(Rules("[[rule]]\nname = 'a'\nlogin = ['ops']\nwhen = " + when + "\n").rules.at(0), tags);
}

TEST(AppliesTo, ComparesValuesExactly) {
  const TagSet tags = Tags({{"Environment", "prod"}, {"Role", "web"}});
  EXPECT_TRUE(Applies("{ Environment = 'prod' }", tags));
  EXPECT_TRUE(Applies("{ Environment = ['staging', 'prod'] }", tags));
  EXPECT_TRUE(Applies("{ Environment = 'prod', Role = 'web' }", tags));
  EXPECT_FALSE(Applies("{ Environment = 'prod', Role = 'db' }", tags));
  EXPECT_FALSE(Applies("{ Environment = 'Prod' }", tags));
  EXPECT_FALSE(Applies("{ Environment = 'pro' }", tags));
  EXPECT_FALSE(Applies("{ environment = 'prod' }", tags));
  EXPECT_FALSE(Applies("{ Team = 'a' }", tags));
}

TEST(AppliesTo, TrueMeansThatTheTagExists) {
  EXPECT_TRUE(Applies("{ Quarantine = true }", Tags({{"Quarantine", ""}})));
  EXPECT_TRUE(Applies("{ Quarantine = true }", Tags({{"Quarantine", "a/b\n"}})));
  EXPECT_FALSE(Applies("{ Quarantine = true }", Tags({{"quarantine", "x"}})));
}

TEST(AppliesTo, ComparesInNfc) {
  EXPECT_TRUE(Applies("{ Team = 'cafe\xcc\x81' }", Tags({{"Team", "caf\xc3\xa9"}})));
  EXPECT_TRUE(Applies("{ Team = 'caf\xc3\xa9' }", Tags({{"Team", "cafe\xcc\x81"}})));
  EXPECT_FALSE(Applies("{ Team = 'x' }", Tags({{"Team", "\xff"}})));
}

TEST(AppliesTo, IsFalseWhileTagsAreUnknown) {
  TagSet tags = Tags({{"Environment", "prod"}});
  tags.known = false;
  EXPECT_FALSE(Applies("{ Environment = 'prod' }", tags));
  EXPECT_FALSE(Applies("{ Environment = true }", tags));
  EXPECT_TRUE(AppliesTo(Rules("[[rule]]\nname = 'a'\nlogin = ['ops']\n").rules.at(0), tags));
}

constexpr char kRules[] = R"(
[[rule]]
name = "a"
login = ["ssh-{Environment}-{Role}", "ops", "{Missing}"]
users = ["zoe", "alice"]
[[rule]]
name = "b"
when = { Environment = "test" }
login = ["testers"]
users = ["tina"]
[[rule]]
name = "c"
when = { Environment = "prod" }
deny = ["contractors", "ops"]
deny_users = ["mallory", "alice"]
[[rule]]
name = "d"
when = { Environment = "test" }
deny = ["interns", "x-{Role}"]
deny_users = ["ian"]
[[rule]]
name = "e"
deny = "*"
)";

TEST(Select, NamesWhatApplyingRulesNeed) {
  const SelectedNames names = Select(Rules(kRules), Tags({{"Environment", "prod"}, {"Role", "web"}}));
  EXPECT_EQ(names.groups, (Names{"contractors", "ops", "ssh-prod-web"}));
  EXPECT_EQ(names.users, (Names{"alice", "mallory", "zoe"}));
}

TEST(Select, AlsoNamesWhatDenyRulesMayNeedWhileTagsAreUnknown) {
  const SelectedNames names = Select(Rules(kRules), TagSet{});
  EXPECT_EQ(names.groups, (Names{"contractors", "interns", "ops"}));
  EXPECT_EQ(names.users, (Names{"alice", "ian", "mallory", "zoe"}));
}

TEST(Select, NamesNothingWithoutRules) {
  EXPECT_TRUE(Select(RuleSet{}, TagSet{}).groups.empty());
  EXPECT_TRUE(Select(RuleSet{}, TagSet{}).users.empty());
}

}  // namespace
}  // namespace taglogin::policy
