// SPDX-License-Identifier: Apache-2.0
#include "policy/rules.h"

#include "tests/policy/fixtures.h"

namespace taglogin::policy {
namespace {

std::string FaultOf(std::string_view toml) {
  const auto rules = ParseRules(toml, "/etc/taglogin/taglogin.toml");
  if (rules) return "none";
  EXPECT_EQ(rules.error().code, base::ErrorCode::kInvalid);
  return rules.error().detail;
}

TEST(ParseRules, ReadsEveryKey) {
  const RuleSet set = Rules(R"(
[directory]
domain = "corp.example.com"

[[rule]]
name = "day shift"
when = { Environment = ["prod", "staging"], Role = "web", Patched = true }
login = ["ssh-{Environment}-{Role}", "ops"]
users = ["svc-backup"]
from = ["10.0.0.0/8", "2001:db8::7"]
hours = ["Mon-Fri 08:00-18:00", "Sat 22:00-06:00"]
zone = "Europe/Berlin"
max_staleness = "15m"
on_stale = "allow"

[[rule]]
name = "out"
deny = ["contractors"]
deny_users = ["mallory"]
)");
  ASSERT_EQ(set.rules.size(), 2U);
  const Rule& rule = set.rules[0];
  EXPECT_EQ(rule.name, "day shift");
  EXPECT_EQ(rule.line, 5);
  ASSERT_EQ(rule.when.size(), 3U);
  EXPECT_EQ(rule.when.at("Environment").values, (std::vector<std::string>{"prod", "staging"}));
  EXPECT_EQ(rule.when.at("Role").values, std::vector<std::string>{"web"});
  EXPECT_TRUE(rule.when.at("Patched").values.empty());
  EXPECT_EQ(rule.login, (std::vector<std::string>{"ssh-{Environment}-{Role}", "ops"}));
  EXPECT_EQ(rule.users, std::vector<std::string>{"svc-backup"});
  ASSERT_EQ(rule.from.size(), 2U);
  EXPECT_EQ(rule.from[0].ToString(), "10.0.0.0/8");
  EXPECT_EQ(rule.from[1].ToString(), "2001:db8::7/128");
  ASSERT_EQ(rule.hours.size(), 2U);
  EXPECT_EQ(rule.hours[1].begin_minute, 22 * 60);
  EXPECT_EQ(rule.zone, "Europe/Berlin");
  EXPECT_NE(rule.zone_data, nullptr);
  EXPECT_EQ(rule.max_staleness, std::chrono::minutes(15));
  EXPECT_EQ(rule.on_stale, OnStale::kAllow);
  EXPECT_EQ(set.rules[1].line, 16);
  EXPECT_EQ(set.rules[1].deny, std::vector<std::string>{"contractors"});
  EXPECT_EQ(set.rules[1].deny_users, std::vector<std::string>{"mallory"});
}

TEST(ParseRules, HasDefaultsThatAreStrict) {
  const RuleSet set = Rules("[[rule]]\nname = 'a'\nlogin = ['ops']\n");
  ASSERT_EQ(set.rules.size(), 1U);
  EXPECT_EQ(set.rules[0].max_staleness, std::chrono::hours(24));
  EXPECT_EQ(set.rules[0].on_stale, OnStale::kDeny);
  EXPECT_TRUE(set.rules[0].from.empty());
  EXPECT_TRUE(set.rules[0].hours.empty());
}

TEST(ParseRules, CarriesVersionAndSource) {
  const auto set = ParseRules("[[rule]]\nname = 'a'\nlogin = ['ops']\n", "/a/b.toml");
  ASSERT_TRUE(set);
  EXPECT_EQ(set->source, "/a/b.toml");
  // printf "[[rule]]\nname = 'a'\nlogin = ['ops']\n" | sha256sum
  EXPECT_EQ(set->version, "22d0a9c33e1fc1a2");
  EXPECT_EQ(Rules("").version, "e3b0c44298fc1c14");
}

TEST(ParseRules, TakesAFileWithoutRules) {
  EXPECT_TRUE(Rules("").rules.empty());
  EXPECT_TRUE(Rules("[directory]\ndomain = 'x'\n").rules.empty());
}

TEST(ParseRules, WritesEverybodyInTwoWays) {
  EXPECT_EQ(Rules("[[rule]]\nname = 'a'\ndeny = '*'\n").rules[0].deny, std::vector<std::string>{"*"});
  EXPECT_EQ(Rules("[[rule]]\nname = 'a'\ndeny = ['*']\n").rules[0].deny, std::vector<std::string>{"*"});
}

TEST(ParseRules, NormalisesToNfc) {
  const RuleSet set = Rules(
      "[[rule]]\nname = 'cafe\xcc\x81'\nlogin = ['e\xcc\x81-{e\xcc\x81}']\nusers = ['e\xcc\x81']\nwhen = { "
      "\"e\xcc\x81\" = "
      "'e\xcc\x81' }\n");
  ASSERT_EQ(set.rules.size(), 1U);
  EXPECT_EQ(set.rules[0].name, "caf\xc3\xa9");
  EXPECT_EQ(set.rules[0].login[0], "\xc3\xa9-{\xc3\xa9}");
  EXPECT_EQ(set.rules[0].users[0], "\xc3\xa9");
  EXPECT_EQ(set.rules[0].when.at("\xc3\xa9").values[0], "\xc3\xa9");
}

struct Fault {
  const char* name;
  const char* body;  // behind "[[rule]]\nname = 'a'\nlogin = ['ops']\n", so it begins in line 4
  const char* says;  // part of the sentence
};

class BrokenCondition : public testing::TestWithParam<Fault> {};

TEST_P(BrokenCondition, IsRefusedWithItsLine) {
  const std::string fault = FaultOf(std::string("[[rule]]\nname = 'a'\nlogin = ['ops']\n") + GetParam().body);
  EXPECT_EQ(fault.substr(0, 31), "/etc/taglogin/taglogin.toml:4: ") << fault;
  EXPECT_NE(fault.find(GetParam().says), std::string::npos) << fault;
}

INSTANTIATE_TEST_SUITE_P(
    ParseRules, BrokenCondition,
    testing::Values(
        Fault{"UnknownKey", "hour = ['Mon 08:00-18:00']", "unknown key \"hour\" in [[rule]]; did you mean \"hours\"?"},
        Fault{"UnknownRight", "sudo = ['x']", "unknown key \"sudo\" in [[rule]]"},
        Fault{"NotToml", "from = [", "not valid TOML"}, Fault{"KeyTwice", "name = 'b'", "not valid TOML"},
        Fault{"EmptyUsers", "users = []", "\"users\" in [[rule]] is an empty list"},
        Fault{"UsersNoList", "users = 'alice'", "write a list of strings"},
        Fault{"UserEmpty", "users = ['']", "is empty"},
        Fault{"UserTemplate", "users = ['{Owner}']", "plain account names"},
        Fault{"UserEverybody", "users = ['*']", "plain account names"},
        Fault{"WhenNoTable", "when = 'prod'", "needs conditions"}, Fault{"WhenEmpty", "when = {}", "needs conditions"},
        Fault{"WhenEmptyList", "when = { Role = [] }", "\"Role\" in \"when\" needs a value"},
        Fault{"WhenFalse", "when = { Role = false }", "needs a value"},
        Fault{"WhenNumber", "when = { Role = 5 }", "needs a value"},
        Fault{"WhenTable", "when = { Role = { a = 1 } }", "needs a value"},
        Fault{"WhenListOfNumbers", "when = { Role = ['web', 5] }", "no string"},
        Fault{"WhenListOfLists", "when = { Role = [['web']] }", "no string"},
        Fault{"WhenEmptyValue", "when = { Role = '' }", "could never be \"\""},
        Fault{"WhenOddValue", "when = { Role = 'a/b' }", "could never be \"a/b\""},
        Fault{"WhenOddValueInList", "when = { Role = ['web', 'a*'] }", "could never be \"a*\""},
        Fault{"WhenEmptyKey", "when = { '' = 'x' }", "is empty or has a space"},
        Fault{"WhenSpacedKey", "when = { 'Role ' = 'x' }", "is empty or has a space"},
        Fault{"WhenBuiltIn", "when = { '@hostname' = 'x' }", "is not a tag"},
        Fault{"WhenSameKeyInNfc", "when = { \"\xc3\xa9\" = 'x', \"e\xcc\x81\" = 'y' }", "stands twice"},
        Fault{"FromEmpty", "from = []", "\"from\" in [[rule]] is an empty list"},
        Fault{"FromNoList", "from = '10.0.0.0/8'", "write a list of strings"},
        Fault{"FromHostBits", "from = ['10.1.2.3/8']",
              "bits set behind the prefix; write \"10.0.0.0/8\" or the single address \"10.1.2.3\""},
        Fault{"FromName", "from = ['bastion.example.com']", "which is no network"},
        Fault{"FromEmptyText", "from = ['']", "is empty"},
        Fault{"HoursEmpty", "hours = []\nzone = 'UTC'", "is an empty list"},
        Fault{"HoursMalformed", "hours = ['Mon-Fri 8-18']\nzone = 'UTC'",
              "\"Mon-Fri 8-18\"; write days and times such as \"Mon-Fri 08:00-18:00\""},
        Fault{"HoursWithoutZone", "hours = ['Mon 08:00-18:00']", "needs a zone"},
        Fault{"ZoneWithoutHours", "zone = 'UTC'", "\"zone\" without \"hours\""},
        Fault{"ZoneUnknown", "zone = 'Europe/Berln'\nhours = ['Mon 08:00-18:00']",
              "unknown zone \"Europe/Berln\" in [[rule]]; did you mean \"Europe/Berlin\"?"},
        Fault{"StalenessNumber", "max_staleness = 3600", "is the number 3600; write a whole number with s, m, h or d"},
        Fault{"StalenessZero", "max_staleness = '0s'", "write a duration from \"1s\" to \"365d\""},
        Fault{"StalenessNegative", "max_staleness = '-1h'", "write a whole number"},
        Fault{"StalenessLong", "max_staleness = '366d'", "write a duration from \"1s\" to \"365d\""},
        Fault{"OnStaleOther", "on_stale = 'ignore'", "is \"ignore\"; write \"deny\" or \"allow\""},
        Fault{"OnStaleBool", "on_stale = true", "write a string in quotes"}),
    [](const auto& row) { return row.param.name; });

class BrokenTemplate : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(BrokenTemplate, IsRefusedInLoginAndDeny) {
  for (const std::string key : {"login", "deny"}) {
    const std::string fault = FaultOf("[[rule]]\nname = 'a'\n" + key + " = ['ops',\n'" + GetParam().first + "']\n");
    EXPECT_EQ(fault.substr(0, 31), "/etc/taglogin/taglogin.toml:4: ") << fault;
    EXPECT_NE(fault.find(GetParam().second), std::string::npos) << fault;
  }
}

INSTANTIATE_TEST_SUITE_P(
    ParseRules, BrokenTemplate,
    testing::Values(std::pair("ssh-{Role", "braces that do not match"),
                    std::pair("ssh-Role}", "braces that do not match"),
                    std::pair("{{Role}}", "braces that do not match"), std::pair("{A{B}}", "braces that do not match"),
                    std::pair("ssh-{}", "empty {}"), std::pair("{ Role}", "space beside"),
                    std::pair("{Role }", "space beside"),
                    std::pair("{@host}", "unknown {@host}; there are {@hostname} and {@instance_id}"),
                    std::pair("{@}", "unknown {@}"), std::pair("", "is empty"), std::pair("*", "everybody")));

TEST(ParseRules, RefusesEverybodyInLogin) {
  EXPECT_NE(FaultOf("[[rule]]\nname = 'a'\nlogin = ['*']\n").find("taglogin.toml:3: the group name \"*\""),
            std::string::npos);
  EXPECT_NE(FaultOf("[[rule]]\nname = 'a'\nlogin = '*'\n").find("taglogin.toml:3: "), std::string::npos);
}

TEST(ParseRules, RefusesControlCharactersInNames) {
  EXPECT_NE(FaultOf("[[rule]]\nname = 'a'\nlogin = [\"a\\nb\"]\n").find(":3: "), std::string::npos);
  EXPECT_NE(FaultOf("[[rule]]\nname = \"a\\u001bb\"\nlogin = ['ops']\n").find(":2: "), std::string::npos);
}

TEST(ParseRules, RefusesRulesWithoutNameOrWithALongOne) {
  EXPECT_NE(FaultOf("\n[[rule]]\nlogin = ['ops']\n").find(":2: this [[rule]] has no name"), std::string::npos);
  EXPECT_NE(FaultOf("[[rule]]\nname = ''\nlogin = ['ops']\n").find(":2: \"name\" in [[rule]] is empty"),
            std::string::npos);
  EXPECT_NE(FaultOf("[[rule]]\nname = 5\nlogin = ['ops']\n").find(":2: \"name\" in [[rule]] is the number 5"),
            std::string::npos);
  EXPECT_NE(
      FaultOf("[[rule]]\nname = '" + std::string(129, 'a') + "'\nlogin = ['ops']\n").find(":2: the name is longer"),
      std::string::npos);
}

TEST(ParseRules, RefusesANameThatIsTaken) {
  const std::string fault = FaultOf("[[rule]]\nname = 'a'\nlogin = ['ops']\n\n[[rule]]\nname = 'a'\nlogin = ['b']\n");
  EXPECT_NE(fault.find(":5: the name \"a\" is taken by the rule in line 1"), std::string::npos) << fault;
}

TEST(ParseRules, RefusesRulesThatNameNobodyOrDoBoth) {
  EXPECT_NE(FaultOf("[[rule]]\nname = 'a'\n").find(":1: the rule \"a\" names nobody"), std::string::npos);
  for (const std::string lets_in : {"login = ['ops']\n", "users = ['alice']\n"}) {
    for (const std::string keeps_out : {"deny = ['x']\n", "deny = '*'\n", "deny_users = ['bob']\n"}) {
      EXPECT_NE(FaultOf("[[rule]]\nname = 'a'\n" + lets_in + keeps_out).find(":1: the rule \"a\" both"),
                std::string::npos);
    }
  }
}

TEST(ParseRules, RefusesStalenessInRulesThatKeepOut) {
  EXPECT_NE(
      FaultOf("[[rule]]\nname = 'a'\ndeny = '*'\nmax_staleness = '1h'\n").find(":4: \"max_staleness\" has no effect"),
      std::string::npos);
  EXPECT_NE(
      FaultOf("[[rule]]\nname = 'a'\ndeny_users = ['bob']\non_stale = 'deny'\n").find(":4: \"on_stale\" has no effect"),
      std::string::npos);
}

TEST(ParseRules, RefusesRulesThatAreNoTables) {
  EXPECT_NE(FaultOf("rule = 5\n").find(":1: \"rule\" is not a list of tables"), std::string::npos);
  EXPECT_NE(FaultOf("\n[rule]\nname = 'a'\n").find(":2: \"rule\" is not a list of tables"), std::string::npos);
  EXPECT_NE(FaultOf("rule = ['a']\n").find("is not a list of tables"), std::string::npos);
  EXPECT_NE(FaultOf("rule = []\n").find("is not a list of tables"), std::string::npos);
}

TEST(ParseRules, IsAllOrNothing) {
  EXPECT_NE(FaultOf("[[rule]]\nname = 'a'\nlogin = ['ops']\n[[rule]]\nname = 'b'\nlogin = ['{']\n").find(":6: "),
            std::string::npos);
}

TEST(ParseRules, PrintsForeignBytesAndPathsSafely) {
  const auto rules = ParseRules("[[rule]]\nname = \"a\"\nlogin = [\"\xe2\x80\xae{\"]\n", "/etc/\x1b[2J");
  ASSERT_FALSE(rules);
  for (const char c : rules.error().detail) EXPECT_TRUE(c >= ' ' && c <= '~');
  EXPECT_NE(rules.error().detail.find("\\xe2\\x80\\xae{"), std::string::npos);
}

}  // namespace
}  // namespace taglogin::policy
