// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/local_accounts.h"

#include <gtest/gtest.h>

#include "tests/daemon/replica/samples.h"

namespace taglogin::daemon::replica {
namespace {

using samples::Folder;

constexpr char kPasswd[] =
    "root:x:0:0:root:/root:/bin/bash\n"
    "Deploy:x:1000:1001:,,,:/srv/deploy:/bin/bash\n"
    "+nisuser::::::\n"
    "damaged:x:12z\n"
    "\n"
    "last:x:4294967295:7:::";
constexpr char kGroup[] = "root:x:0:\nwheel:x:10:Deploy\n+:::\nBig:x:2000200000:\n";

TEST(LocalAccounts, ReadsNamesAndIdsOfBothFiles) {
  const Folder etc;
  etc.Write("passwd", kPasswd);
  etc.Write("group", kGroup);
  etc.Write("shells", "# shells\n/bin/bash\n/bin/sh\n");
  LocalAccounts local(etc.path());
  EXPECT_FALSE(local.names().known);
  const auto changed = local.Refresh();
  ASSERT_TRUE(changed) << changed.error().detail;
  EXPECT_TRUE(*changed);
  const LocalNames& names = local.names();
  EXPECT_TRUE(names.known);
  EXPECT_EQ(names.users, (std::set<std::string, std::less<>>{"root", "deploy", "damaged", "last"}));
  EXPECT_EQ(names.uids, (std::set<std::uint32_t>{0, 1000, 4294967295U}));
  EXPECT_EQ(names.homes, (std::set<std::string, std::less<>>{"/root", "/srv/deploy"}));
  EXPECT_EQ(names.groups, (std::set<std::string, std::less<>>{"root", "wheel", "big"}));
  EXPECT_EQ(names.gids, (std::set<std::uint32_t>{0, 1001, 7, 10, 2000200000U}));
  EXPECT_EQ(names.shells, (std::set<std::string, std::less<>>{"/bin/bash", "/bin/sh"}));
}

TEST(LocalAccounts, ReadsAgainOnlyWhatHasChanged) {
  const Folder etc;
  etc.Write("passwd", kPasswd);
  etc.Write("group", kGroup);
  LocalAccounts local(etc.path());
  ASSERT_TRUE(local.Refresh());
  EXPECT_EQ(local.names().shells, (std::set<std::string, std::less<>>{"/bin/sh", "/bin/csh"}));
  const auto same = local.Refresh();
  ASSERT_TRUE(same);
  EXPECT_FALSE(*same);
  // As useradd(8) does it: a new file under the old name.
  etc.Write("passwd.new", std::string(kPasswd) + "\nnew:x:1005:1005:::\n");
  std::filesystem::rename(etc / "passwd.new", etc / "passwd");
  const auto changed = local.Refresh();
  ASSERT_TRUE(changed);
  EXPECT_TRUE(*changed);
  EXPECT_TRUE(local.names().users.contains("new"));
  EXPECT_TRUE(local.names().uids.contains(1005));
}

TEST(LocalAccounts, KeepsTheLastGoodReadingWhenAFileIsGone) {
  const Folder etc;
  etc.Write("passwd", kPasswd);
  etc.Write("group", kGroup);
  LocalAccounts local(etc.path());
  ASSERT_TRUE(local.Refresh());
  std::filesystem::remove(etc / "group");
  EXPECT_FALSE(local.Refresh());
  EXPECT_TRUE(local.names().known);
  EXPECT_TRUE(local.names().groups.contains("wheel"));
}

TEST(LocalAccounts, NothingIsKnownUntilBothFilesWereRead) {
  const Folder etc;
  etc.Write("passwd", kPasswd);
  LocalAccounts local(etc.path());
  const auto refused = local.Refresh();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::ErrorCode::kNotFound);
  EXPECT_FALSE(local.names().known);
}

// T10, T13, T14.
TEST(ReservedNames, SystemAndAdministratorNamesAreRefused) {
  for (const char* name : {"root", "administrator", "admin", "daemon", "bin", "sys", "sshd", "nobody", "_apt",
                           "taglogin", "taglogin-keys", "krbtgt", "systemd-network"}) {
    EXPECT_TRUE(IsReservedUser(name)) << name;
  }
  for (const char* name : {"root", "adm", "disk", "docker", "lxd", "sudo", "wheel", "shadow", "kmem", "systemd-journal",
                           "kvm", "libvirt"}) {
    EXPECT_TRUE(IsReservedGroup(name)) << name;
  }
  EXPECT_FALSE(IsReservedUser("alice"));
  EXPECT_FALSE(IsReservedUser("rooted"));
  EXPECT_FALSE(IsReservedGroup("ssh-prod-web"));
}

}  // namespace
}  // namespace taglogin::daemon::replica
