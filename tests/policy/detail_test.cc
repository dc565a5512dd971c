// SPDX-License-Identifier: Apache-2.0
// What the admin and the person are told.
#include <algorithm>

#include "tests/policy/fixtures.h"

namespace taglogin::policy {
namespace {

constexpr Reason kAll[] = {
    Reason::kAllowRule,       Reason::kDenyRule,        Reason::kDenyDisabled,     Reason::kDenyExpired,
    Reason::kDenyLocked,      Reason::kDenyMustChange,  Reason::kDenyContradicted, Reason::kDenyNoGroup,
    Reason::kDenyFrom,        Reason::kDenyHours,       Reason::kDenyStale,        Reason::kDenyNoRule,
    Reason::kDenyTagsUnknown, Reason::kDenyWorkstation, Reason::kDenyLogonHours,   Reason::kDenyPasswordExpired,
    Reason::kDenyTagsHeld,    Reason::kDenyPrincipal,   Reason::kDenyKeyType,      Reason::kDenyVerify};

TEST(ReasonCode, IsStable) {
  const std::vector<std::string_view> codes = {
      "TL-ALLOW-RULE",      "TL-DENY-RULE",         "TL-DENY-DISABLED",  "TL-DENY-EXPIRED",     "TL-DENY-LOCKED",
      "TL-DENY-MUSTCHANGE", "TL-DENY-CONTRADICTED", "TL-DENY-NOGROUP",   "TL-DENY-FROM",        "TL-DENY-HOURS",
      "TL-DENY-STALE",      "TL-DENY-NORULE",       "TL-DENY-TAGS",      "TL-DENY-WORKSTATION", "TL-DENY-LOGONHOURS",
      "TL-DENY-PWEXPIRED",  "TL-DENY-TAGSHELD",     "TL-DENY-PRINCIPAL", "TL-DENY-KEYTYPE",     "TL-DENY-VERIFY"};
  for (std::size_t i = 0; i < codes.size(); ++i) EXPECT_EQ(ReasonCode(kAll[i]), codes[i]);
}

TEST(MessageFor, IsOneSentenceWithoutCodeOrNames) {
  for (const Reason reason : kAll) {
    Decision decision;
    decision.reason = reason;
    decision.rule = "SECRET";
    decision.group = "SECRET";
    decision.would_suffice = {"SECRET"};
    const std::string message = MessageFor(decision);
    EXPECT_EQ(message.back(), '.') << message;
    EXPECT_EQ(message.find("SECRET"), std::string::npos) << message;
    EXPECT_EQ(message.find("TL-"), std::string::npos) << message;
    EXPECT_TRUE(std::all_of(message.begin(), message.end(), [](char c) { return c >= ' ' && c <= '~'; })) << message;
  }
}

constexpr char kByRole[] = "[[rule]]\nname = 'by role'\nlogin = ['ssh-{Environment}-{Role}', 'gone']\n";

TEST(Detail, NamesRuleGroupAndPath) {
  EXPECT_EQ(
      World().In("S-web", {"ssh-prod-web", "team-web"}).DecideBy(kByRole).detail,
      "alice is in \"ssh-prod-web\" through \"ssh-prod-web\" > \"team-web\", which is let in by the rule \"by role\"");
  EXPECT_EQ(World().DecideBy("[[rule]]\nname = 'a'\nusers = ['alice']\n").detail, "alice is named in the rule \"a\"");
}

TEST(Detail, NamesTheGroupsThatWouldBeEnoughAndThoseThatAreMissing) {
  EXPECT_EQ(World().DecideBy(kByRole).detail,
            "alice is in none of the groups that open this machine now: \"ssh-prod-web\"; "
            "not found in the directory: \"gone\"");
}

TEST(Detail, SaysWhyAMissIsOne) {
  World world;
  world.In("S-web", {"ssh-prod-web"}).request = From("192.0.2.1");
  const std::string rule = kByRole;
  EXPECT_EQ(
      world.DecideBy(rule + "from = ['10.0.0.0/8']\n").detail,
      "alice is in \"ssh-prod-web\", but for the rule \"by role\" the client 192.0.2.1 is in none of its networks "
      "(\"10.0.0.0/8\")");
  EXPECT_NE(
      world.DecideBy(rule + "hours = ['Mon 03:00-03:01']\nzone = 'UTC'\n").detail.find("outside its hours (line 1"),
      std::string::npos);
  world.ages.account = std::chrono::hours(1);
  EXPECT_NE(world.DecideBy(rule + "max_staleness = '15m'\n").detail.find("the data is older than 15m"),
            std::string::npos);
}

TEST(Detail, SaysWhichTagsNoRuleFits) {
  EXPECT_EQ(World().DecideBy("[[rule]]\nname = 'a'\nlogin = ['x']\nwhen = { Role = 'db' }\n").detail,
            "no rule lets anybody in on a machine with the tags \"Environment=prod\", \"Role=web\"");
}

TEST(Detail, IsPrintableAndBoundedWhateverComesIn) {
  World world;
  world.account.name = "al\x1b[2Jice\n";
  world.tags.tags["Evil\n"].value = "\xff\x1b]0;x\x07";
  std::string rules = "[[rule]]\nname = \"r\xe2\x80\xae\"\nlogin = [";
  for (int i = 0; i < 200; ++i) {
    const std::string name = "group-" + std::to_string(i) + std::string(200, 'x');
    rules += "'" + name + "', ";
    world.names.groups[name] = "S-" + std::to_string(i);
  }
  rules += "]\n";
  for (const std::string& text : {rules, std::string()}) {
    const std::string detail = world.DecideBy(text).detail;
    EXPECT_TRUE(std::all_of(detail.begin(), detail.end(), [](char c) { return c >= ' ' && c <= '~'; })) << detail;
    EXPECT_LT(detail.size(), 4096U);
  }
  world.In("S-5", {"a\nb", "c\x1b"});
  EXPECT_NE(world.DecideBy(rules).detail.find("\"a\\x0ab\" > \"c\\x1b\""), std::string::npos);
  EXPECT_NE(world.DecideBy(rules).detail.find("\"r\\xe2\\x80\\xae\""), std::string::npos);
}

}  // namespace
}  // namespace taglogin::policy
