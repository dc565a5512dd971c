// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/local_accounts.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <pwd.h>

#include <cstdio>
#include <string>
#include <vector>

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

// T12: the ids of the threat list, and other ways to write a number.
const std::vector<std::string> kIds = {"-1",
                                       "0",
                                       "1",
                                       "999",
                                       "1000",
                                       "60001",
                                       "60578",
                                       "61184",
                                       "65519",
                                       "65533",
                                       "65534",
                                       "65535",
                                       "65536",
                                       "100000",
                                       "165535",
                                       "524288",
                                       "2147483647",
                                       "2147483648",
                                       "4294967294",
                                       "4294967295",
                                       "4294967296",
                                       "0x0",
                                       " 0",
                                       "1e3",
                                       "\u0660",
                                       "300000",
                                       " 300001",
                                       "\t300002",
                                       "+300003",
                                       "0300004",
                                       "00000300005",
                                       "-300006",
                                       "300007 ",
                                       "300008x",
                                       "",
                                       "99999999999",
                                       "\v300009",
                                       "\f300010",
                                       "3 00011",
                                       "--5",
                                       "+-6",
                                       "770801107",
                                       "2000200000",
                                       " +770801108",
                                       "0x300012",
                                       "18446744073709551617"};

// What the C library makes of the same files: whatever it takes for a local account or id is one here as well.
TEST(LocalAccounts, MissesNoIdAndNoNameThatTheCLibrarySees) {
  const Folder etc;
  std::string passwd = "root:x:0:0:root:/root:/bin/bash\n";
  std::string group = "root:x:0:\n";
  int number = 0;
  for (const std::string& id : kIds) {
    const std::string name = "n" + std::to_string(++number);
    passwd += name + "u:x:" + id + ":7::/:\n" + name + "g:x:7:" + id + "::/:\n";
    group += name + ":x:" + id + ":\n";
  }
  for (const std::string blank : {" ", "\t", "  \t ", "\v", "\f", "\r"}) {
    const std::string name = blank + "Blank" + std::to_string(++number);
    passwd += name + ":x:" + std::to_string(400000 + number) + ":" + std::to_string(500000 + number) + "::/:\n";
    group += name + ":x:" + std::to_string(600000 + number) + ":\n";
  }
  passwd += "# comment:x:400100:500100::/:\nlast:x:400101:500101::/";
  etc.Write("passwd", passwd);
  etc.Write("group", group);
  LocalAccounts local(etc.path());
  ASSERT_TRUE(local.Refresh());
  const LocalNames& names = local.names();
  FILE* file = std::fopen((etc / "passwd").c_str(), "re");
  ASSERT_NE(file, nullptr);
  int accounts = 0;
  while (const struct passwd* entry = ::fgetpwent(file)) {
    ++accounts;
    EXPECT_TRUE(names.users.contains(LowerCase(entry->pw_name))) << entry->pw_name;
    EXPECT_TRUE(names.uids.contains(entry->pw_uid)) << entry->pw_name << " " << entry->pw_uid;
    EXPECT_TRUE(names.gids.contains(entry->pw_gid)) << entry->pw_name << " " << entry->pw_gid;
  }
  (void)std::fclose(file);
  file = std::fopen((etc / "group").c_str(), "re");
  ASSERT_NE(file, nullptr);
  int groups = 0;
  while (const struct group* entry = ::fgetgrent(file)) {
    ++groups;
    EXPECT_TRUE(names.groups.contains(LowerCase(entry->gr_name))) << entry->gr_name;
    EXPECT_TRUE(names.gids.contains(entry->gr_gid)) << entry->gr_name << " " << entry->gr_gid;
  }
  (void)std::fclose(file);
  EXPECT_GT(accounts, 60);
  EXPECT_GT(groups, 30);
}

TEST(LocalAccounts, AHomeIsTheSameHoweverManySlashesItHas) {
  const Folder etc;
  etc.Write("passwd", "a:x:1:1::/home/a/:\nb:x:2:2::/home//b:\nc:x:3:3::/./srv/./c/.:\nd:x:4:4::/:\ne:x:5:5:::\n");
  etc.Write("group", "");
  LocalAccounts local(etc.path());
  ASSERT_TRUE(local.Refresh());
  EXPECT_EQ(local.names().homes, (std::set<std::string, std::less<>>{"/", "/home/a", "/home/b", "/srv/c"}));
}

// T10, T13, T14.
TEST(ReservedNames, SystemAndAdministratorNamesAreRefused) {
  for (const char* name : {"root", "administrator", "admin", "daemon", "bin", "sys", "sshd", "nobody", "_apt",
                           "taglogin", "taglogin-keys", "taglogin-users", "krbtgt", "systemd-network"}) {
    EXPECT_TRUE(IsReservedUser(name)) << name;
  }
  for (const char* name :
       {"root", "adm", "disk", "docker", "lxd", "sudo", "wheel", "shadow", "kmem", "systemd-journal", "kvm", "libvirt",
        "_ssh", "video", "render", "systemd-network", "taglogin", "taglogin-keys"}) {
    EXPECT_TRUE(IsReservedGroup(name)) << name;
  }
  EXPECT_FALSE(IsReservedUser("alice"));
  EXPECT_FALSE(IsReservedUser("rooted"));
  EXPECT_FALSE(IsReservedGroup("ssh-prod-web"));
}

}  // namespace
}  // namespace taglogin::daemon::replica
