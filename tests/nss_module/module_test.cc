// SPDX-License-Identifier: Apache-2.0
// What each entry point says, in the words that the C library expects.
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "built_module.h"

namespace taglogin::tests {
namespace {

using ModuleTest = BuiltModuleTest;

TEST_F(ModuleTest, SuccessKeepsErrnoAndFillsTheStruct) {
  passwd account{};
  group found{};
  char buffer[512];
  int error = 1234;
  errno = 77;
  ASSERT_EQ(module_->getpwnam_r("ALICE", &account, buffer, sizeof buffer, &error), NSS_STATUS_SUCCESS);
  EXPECT_STREQ(account.pw_name, "alice");
  ASSERT_EQ(module_->getpwuid_r(1201105, &account, buffer, sizeof buffer, &error), NSS_STATUS_SUCCESS);
  EXPECT_STREQ(account.pw_dir, "/home/bob");
  ASSERT_EQ(module_->getgrnam_r("domain users", &found, buffer, sizeof buffer, &error), NSS_STATUS_SUCCESS);
  EXPECT_EQ(found.gr_gid, 1200513U);
  ASSERT_EQ(module_->getgrgid_r(1201110, &found, buffer, sizeof buffer, &error), NSS_STATUS_SUCCESS);
  EXPECT_STREQ(found.gr_name, "ssh-prod-web");
  EXPECT_EQ(errno, 77);
  EXPECT_EQ(error, 1234);
}

TEST_F(ModuleTest, FailureSaysWhyInTheWordsOfTheManual) {
  const auto by_name = module_->getpwnam_r;
  passwd account{};
  char buffer[512];
  int error = 0;
  errno = 77;
  EXPECT_EQ(by_name("root", &account, buffer, sizeof buffer, &error), NSS_STATUS_NOTFOUND);
  EXPECT_EQ(error, ENOENT);
  EXPECT_EQ(by_name("alice", &account, buffer, 4, &error), NSS_STATUS_TRYAGAIN);
  EXPECT_EQ(error, ERANGE);
  // In the table neither, and no daemon to ask.
  EXPECT_EQ(by_name("mallory", &account, buffer, sizeof buffer, &error), NSS_STATUS_UNAVAIL);
  EXPECT_EQ(error, ENOENT);
  EXPECT_EQ(errno, 77);
  EXPECT_EQ(account.pw_name, nullptr);
  // As glibc calls it: errno itself is where the error goes.
  EXPECT_EQ(by_name("alice", &account, buffer, 4, &errno), NSS_STATUS_TRYAGAIN);
  EXPECT_EQ(errno, ERANGE);
}

TEST_F(ModuleTest, EnumeratesAndRewinds) {
  const auto next_account = module_->getpwent_r;
  const auto next_group = module_->getgrent_r;
  passwd account{};
  group found{};
  char buffer[512];
  int error = 0;
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(module_->setpwent(0), NSS_STATUS_SUCCESS);
    EXPECT_EQ(module_->setgrent(0), NSS_STATUS_SUCCESS);
    int accounts = 0;
    int groups = 0;
    while (next_account(&account, buffer, sizeof buffer, &error) == NSS_STATUS_SUCCESS) ++accounts;
    while (next_group(&found, buffer, sizeof buffer, &error) == NSS_STATUS_SUCCESS) ++groups;
    EXPECT_EQ(accounts, 3);
    EXPECT_EQ(groups, 3);
  }
  EXPECT_EQ(module_->endpwent(), NSS_STATUS_SUCCESS);
  EXPECT_EQ(module_->endgrent(), NSS_STATUS_SUCCESS);
  EXPECT_EQ(next_account(&account, buffer, sizeof buffer, &error), NSS_STATUS_SUCCESS);
  EXPECT_EQ(next_group(&found, buffer, sizeof buffer, &error), NSS_STATUS_SUCCESS);
}

TEST_F(ModuleTest, AnswersInitgroups) {
  long used = 1;
  long capacity = 1;
  auto* gids = static_cast<gid_t*>(::malloc(sizeof(gid_t)));
  gids[0] = 1200513;
  int error = 0;
  const auto init = module_->initgroups_dyn;
  EXPECT_EQ(init("alice", 1200513, &used, &capacity, &gids, 0, &error), NSS_STATUS_SUCCESS);
  EXPECT_EQ(std::vector<gid_t>(gids, gids + used), (std::vector<gid_t>{1200513, 1201110, 2000200000}));
  EXPECT_EQ(init("sshd", 1200513, &used, &capacity, &gids, 0, &error), NSS_STATUS_NOTFOUND);
  EXPECT_EQ(used, 3);
  ::free(gids);
}

#ifndef __SANITIZE_ADDRESS__  // it ends the program instead
TEST_F(ModuleTest, WithoutMemoryItSaysSoAndLeavesTheListAlone) {
  // Full, and so long that its double is more than any machine has.
  constexpr long kMany = 1L << 60;
  long used = kMany;
  long capacity = kMany;
  auto* const list = static_cast<gid_t*>(::malloc(sizeof(gid_t)));
  list[0] = 4;
  gid_t* gids = list;
  int error = 0;
  errno = 77;
  EXPECT_EQ(module_->initgroups_dyn("bob", 4, &used, &capacity, &gids, 0, &error), NSS_STATUS_TRYAGAIN);
  EXPECT_EQ(error, ENOMEM);
  EXPECT_EQ(errno, 77);
  EXPECT_EQ(used, kMany);
  EXPECT_EQ(capacity, kMany);
  ASSERT_EQ(gids, list);
  EXPECT_EQ(gids[0], 4U);
  ::free(gids);
  // Who was let down once does not become known in the middle of a login.
  passwd account{};
  char buffer[512];
  EXPECT_EQ(module_->getpwnam_r("bob", &account, buffer, sizeof buffer, &error), NSS_STATUS_UNAVAIL);
  EXPECT_EQ(account.pw_name, nullptr);
}
#endif

TEST_F(ModuleTest, WorksThroughTheCLibrary) {
  for (const char* database : {"passwd", "group", "initgroups"}) {
    ASSERT_EQ(::__nss_configure_lookup(database, "taglogin"), 0);
  }
  const passwd* alice = ::getpwnam("Alice");
  ASSERT_NE(alice, nullptr);
  EXPECT_EQ(alice->pw_uid, 1201104U);
  EXPECT_STREQ(alice->pw_shell, "/bin/bash");
  const group* web = ::getgrgid(1201110);
  ASSERT_NE(web, nullptr);
  EXPECT_STREQ(web->gr_name, "ssh-prod-web");
  EXPECT_EQ(::getpwuid(0), nullptr);
  EXPECT_EQ(::getpwnam("mallory"), nullptr);

  gid_t gids[8];
  int count = 8;
  EXPECT_EQ(::getgrouplist("alice", 1200513, gids, &count), 3);
  ASSERT_EQ(count, 3);
  EXPECT_EQ(gids[0], 1200513U);

  // A first buffer that is too small: the C library must come back with a larger one.
  passwd out{};
  passwd* result = nullptr;
  char small[8];
  EXPECT_EQ(::getpwnam_r("alice", &out, small, sizeof small, &result), ERANGE);
  EXPECT_EQ(result, nullptr);

  int accounts = 0;
  ::setpwent();
  while (::getpwent() != nullptr) ++accounts;
  ::endpwent();
  EXPECT_EQ(accounts, 3);
}

TEST_F(ModuleTest, SeesTheNextTableAndItsRetirement) {
  const auto by_name = module_->getpwnam_r;
  passwd account{};
  char buffer[512];
  int error = 0;
  auto names = SampleNames();
  names.accounts[0].shell = "/bin/changed";
  ASSERT_TRUE(publisher_->Publish(names).has_value());
  ASSERT_EQ(by_name("alice", &account, buffer, sizeof buffer, &error), NSS_STATUS_SUCCESS);
  EXPECT_STREQ(account.pw_shell, "/bin/changed");
  publisher_->Retire();
  EXPECT_EQ(by_name("alice", &account, buffer, sizeof buffer, &error), NSS_STATUS_UNAVAIL);
}

}  // namespace
}  // namespace taglogin::tests
