// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/replica/builder.h"
#include "tests/daemon/replica/samples.h"

namespace taglogin::daemon::replica {
namespace {

using samples::kWall;
using ::testing::UnorderedElementsAre;

AccountEntry EntryOf(const std::string& name, std::uint32_t uid, bool permitted, std::int64_t last_used_s) {
  AccountEntry entry;
  entry.login_name = name;
  entry.uid = uid;
  entry.gid = 300513;
  entry.gecos = "G";
  entry.home = "/home/" + name;
  entry.shell = "/bin/sh";
  entry.gids = {300513, samples::kEveryoneGid, uid + 1};
  entry.permitted = permitted;
  entry.last_used_s = last_used_s;
  return entry;
}

// One who may log in, one who was here, one who was here long ago, one who never was.
Snapshot FourAccounts() {
  Snapshot snapshot;
  snapshot.accounts = {EntryOf("may", 300001, true, 0), EntryOf("was", 300011, false, kWall - 7775999),
                       EntryOf("longago", 300021, false, kWall - 7776000), EntryOf("never", 300031, false, 0)};
  for (std::size_t i = 0; i < snapshot.accounts.size(); ++i) snapshot.by_name[snapshot.accounts[i].login_name] = i;
  snapshot.groups = {{"", "taglogin-users", samples::kEveryoneGid},
                     {"a", "domain users", 300513},
                     {"b", "of-may", 300002},
                     {"c", "of-never", 300032}};
  return snapshot;
}

std::vector<std::string> NamesOf(const PublishedNames& names) {
  std::vector<std::string> list;
  for (const PublishedAccount& account : names.accounts) list.push_back(account.name);
  return list;
}

std::vector<std::string> GroupsOf(const PublishedNames& names) {
  std::vector<std::string> list;
  for (const PublishedGroup& group : names.groups) list.push_back(group.name);
  return list;
}

PublishedNames Show(NssSettings::Visible visible) {
  NssSettings nss;
  nss.visible = visible;
  return Published(FourAccounts(), nss, kWall, {});
}

TEST(Published, FollowsTheSetting) {
  EXPECT_THAT(NamesOf(Show(NssSettings::Visible::kPermitted)), UnorderedElementsAre("may"));
  EXPECT_THAT(NamesOf(Show(NssSettings::Visible::kUsed)), UnorderedElementsAre("may", "was"));
  EXPECT_THAT(NamesOf(Show(NssSettings::Visible::kAll)), UnorderedElementsAre("may", "was", "longago", "never"));
}

TEST(Published, HoldsTheGroupsOfWhoIsShownAndTheEveryoneGroup) {
  EXPECT_THAT(GroupsOf(Show(NssSettings::Visible::kPermitted)),
              UnorderedElementsAre("taglogin-users", "domain users", "of-may"));
  Snapshot empty = FourAccounts();
  empty.accounts.clear();
  const PublishedNames nobody = Published(empty, {}, kWall, {});
  EXPECT_THAT(GroupsOf(nobody), UnorderedElementsAre("taglogin-users"));
}

TEST(Published, CopiesEveryFieldAndTheRange) {
  NssSettings nss;
  nss.enumerate = true;
  const PublishedNames names = Published(FourAccounts(), nss, kWall, {});
  EXPECT_EQ(names.id_lower, 200000U);
  EXPECT_EQ(names.id_upper, 2000200000U);
  EXPECT_TRUE(names.enumerate);
  const PublishedAccount& may = names.accounts[0];
  EXPECT_EQ(may.name, "may");
  EXPECT_EQ(may.uid, 300001U);
  EXPECT_EQ(may.gid, 300513U);
  EXPECT_EQ(may.gecos, "G");
  EXPECT_EQ(may.home, "/home/may");
  EXPECT_EQ(may.shell, "/bin/sh");
  EXPECT_EQ(may.gids, (std::vector<std::uint32_t>{300513, 2000200000, 300002}));
}

TEST(Published, DropsNegativesOfNamesThatExist) {
  const PublishedNames names = Published(FourAccounts(), {}, kWall, {{"stranger", 5}, {"never", 6}});
  ASSERT_EQ(names.negatives.size(), 1U);
  EXPECT_EQ(names.negatives[0].name, "stranger");
  EXPECT_EQ(names.negatives[0].expires_boot_ms, 5);
}

}  // namespace
}  // namespace taglogin::daemon::replica
