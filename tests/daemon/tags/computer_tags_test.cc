// SPDX-License-Identifier: Apache-2.0
#include "daemon/tags/computer_tags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace taglogin::daemon::tags {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Values = std::map<std::string, std::string>;

TEST(ComputerTags, MatchThePatternsStarAlone) {
  EXPECT_EQ(MatchOf("env-*", "env-prod"), "prod");
  EXPECT_EQ(MatchOf("env-*", "ENV-Prod"), "Prod");
  EXPECT_EQ(MatchOf("*-hosts", "web-Hosts"), "web");
  EXPECT_EQ(MatchOf("env-*-hosts", "env-prod-hosts"), "prod");
  EXPECT_EQ(MatchOf("env-*", "env-"), "");
  for (const auto* name : {"env", "xenv-prod", "", "en"}) EXPECT_EQ(MatchOf("env-*", name), std::nullopt) << name;
  // What stands before and behind must not overlap.
  EXPECT_EQ(MatchOf("aba*aba", "ababa"), std::nullopt);
  EXPECT_EQ(MatchOf("none", "none"), std::nullopt);
}

TEST(ComputerTags, ComeFromAttributesGroupsAndUnit) {
  directory::Computer computer;
  computer.unit = "web";
  computer.attributes = {{"extensionAttribute1", {"prod"}}};
  computer.groups = {"Domain Computers", "site-berlin"};
  DirectoryTags wanted;
  wanted.attributes = {{"Environment", "extensionAttribute1"}, {"Owner", "managedBy"}};
  wanted.groups = {{"Site", "site-*"}, {"Tier", "tier-*"}};
  wanted.unit = "Role";
  const Reading reading = TagsOf(computer, wanted);
  EXPECT_EQ(reading.tags, (Values{{"Environment", "prod"}, {"Role", "web"}, {"Site", "berlin"}}));
  EXPECT_THAT(reading.warnings, ElementsAre());
  EXPECT_EQ(reading.instance_id, "");
}

TEST(ComputerTags, AreLeftOutWhereTheObjectDoesNotSayOneThing) {
  directory::Computer computer;
  computer.attributes = {{"several", {"prod", "dev"}}, {"own", {"prod"}}, {"bad", {"a\nb"}}};
  computer.writable = {"own"};
  computer.groups = {"env-dev", "env-prod", "env-prod2"};
  DirectoryTags wanted;
  wanted.attributes = {{"A", "several"}, {"B", "own"}, {"C", "bad"}};
  wanted.groups = {{"Environment", "env-*"}};
  const Reading reading = TagsOf(computer, wanted);
  EXPECT_EQ(reading.tags, Values());
  EXPECT_THAT(reading.warnings,
              ElementsAre(HasSubstr("\"A\": several has several values"), HasSubstr("may be written by this machine's"),
                          HasSubstr("control character"), HasSubstr("for \"dev\" and \"prod2\"")));
}

}  // namespace
}  // namespace taglogin::daemon::tags
