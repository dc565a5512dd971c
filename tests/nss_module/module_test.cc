// SPDX-License-Identifier: Apache-2.0
// The built module as the C library sees it: loaded by name, at the paths it ships with. /run is the
// test's own (a mount namespace), so that the machine's own daemon, if any, has no say.
#include <dlfcn.h>
#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <nss.h>
#include <pwd.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "daemon/replica/table_publisher.h"
#include "tests/protocol/table_samples.h"

namespace taglogin::tests {
namespace {

using GetPwNam = nss_status (*)(const char*, passwd*, char*, size_t, int*);
using GetPwUid = nss_status (*)(uid_t, passwd*, char*, size_t, int*);
using GetGrNam = nss_status (*)(const char*, group*, char*, size_t, int*);
using GetGrGid = nss_status (*)(gid_t, group*, char*, size_t, int*);
using InitGroups = nss_status (*)(const char*, gid_t, long*, long*, gid_t**, long, int*);
using Set = nss_status (*)(int);
using End = nss_status (*)();
using GetPwEnt = nss_status (*)(passwd*, char*, size_t, int*);
using GetGrEnt = nss_status (*)(group*, char*, size_t, int*);

bool EnterNamespace() {
  return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("none", "/run", "tmpfs", 0, "mode=755") == 0 && ::mkdir("/run/taglogin", 0755) == 0;
}

class ModuleTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    in_namespace_ = EnterNamespace();
    module_ = ::dlopen(TAGLOGIN_MODULE, RTLD_NOW | RTLD_LOCAL);
  }
  void SetUp() override {
    if (!in_namespace_) GTEST_SKIP() << "needs to be root, to have a /run of its own";
    const char* const error = module_ == nullptr ? ::dlerror() : "";
    ASSERT_NE(module_, nullptr) << error;
    auto opened = daemon::replica::TablePublisher::Open("/run/taglogin/nss");
    ASSERT_TRUE(opened.has_value()) << opened.error().detail;
    publisher_ = std::move(*opened);
    auto names = SampleNames();
    names.enumerate = true;
    ASSERT_TRUE(publisher_->Publish(names).has_value());
  }
  template <typename Function>
  static Function Symbol(const std::string& name) {
    void* found = ::dlsym(module_, ("_nss_taglogin_" + name).c_str());
    EXPECT_NE(found, nullptr) << name;
    return reinterpret_cast<Function>(found);
  }

  static bool in_namespace_;
  static void* module_;
  std::unique_ptr<daemon::replica::TablePublisher> publisher_;
};
bool ModuleTest::in_namespace_ = false;
void* ModuleTest::module_ = nullptr;

TEST_F(ModuleTest, SuccessKeepsErrnoAndFillsTheStruct) {
  passwd account{};
  group found{};
  char buffer[512];
  int error = 1234;
  errno = 77;
  ASSERT_EQ(Symbol<GetPwNam>("getpwnam_r")("ALICE", &account, buffer, sizeof buffer, &error), NSS_STATUS_SUCCESS);
  EXPECT_STREQ(account.pw_name, "alice");
  ASSERT_EQ(Symbol<GetPwUid>("getpwuid_r")(1201105, &account, buffer, sizeof buffer, &error), NSS_STATUS_SUCCESS);
  EXPECT_STREQ(account.pw_dir, "/home/bob");
  ASSERT_EQ(Symbol<GetGrNam>("getgrnam_r")("domain users", &found, buffer, sizeof buffer, &error), NSS_STATUS_SUCCESS);
  EXPECT_EQ(found.gr_gid, 1200513U);
  ASSERT_EQ(Symbol<GetGrGid>("getgrgid_r")(1201110, &found, buffer, sizeof buffer, &error), NSS_STATUS_SUCCESS);
  EXPECT_STREQ(found.gr_name, "ssh-prod-web");
  EXPECT_EQ(errno, 77);
  EXPECT_EQ(error, 1234);
}

TEST_F(ModuleTest, FailureSaysWhyInTheWordsOfTheManual) {
  const auto by_name = Symbol<GetPwNam>("getpwnam_r");
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
  const auto next_account = Symbol<GetPwEnt>("getpwent_r");
  const auto next_group = Symbol<GetGrEnt>("getgrent_r");
  passwd account{};
  group found{};
  char buffer[512];
  int error = 0;
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(Symbol<Set>("setpwent")(0), NSS_STATUS_SUCCESS);
    EXPECT_EQ(Symbol<Set>("setgrent")(0), NSS_STATUS_SUCCESS);
    int accounts = 0;
    int groups = 0;
    while (next_account(&account, buffer, sizeof buffer, &error) == NSS_STATUS_SUCCESS) ++accounts;
    while (next_group(&found, buffer, sizeof buffer, &error) == NSS_STATUS_SUCCESS) ++groups;
    EXPECT_EQ(accounts, 3);
    EXPECT_EQ(groups, 3);
  }
  EXPECT_EQ(Symbol<End>("endpwent")(), NSS_STATUS_SUCCESS);
  EXPECT_EQ(Symbol<End>("endgrent")(), NSS_STATUS_SUCCESS);
  EXPECT_EQ(next_account(&account, buffer, sizeof buffer, &error), NSS_STATUS_SUCCESS);
  EXPECT_EQ(next_group(&found, buffer, sizeof buffer, &error), NSS_STATUS_SUCCESS);
}

TEST_F(ModuleTest, AnswersInitgroups) {
  long used = 1;
  long capacity = 1;
  auto* gids = static_cast<gid_t*>(::malloc(sizeof(gid_t)));
  gids[0] = 1200513;
  int error = 0;
  const auto init = Symbol<InitGroups>("initgroups_dyn");
  EXPECT_EQ(init("alice", 1200513, &used, &capacity, &gids, 0, &error), NSS_STATUS_SUCCESS);
  EXPECT_EQ(std::vector<gid_t>(gids, gids + used), (std::vector<gid_t>{1200513, 1201110, 2000200000}));
  EXPECT_EQ(init("sshd", 1200513, &used, &capacity, &gids, 0, &error), NSS_STATUS_NOTFOUND);
  EXPECT_EQ(used, 3);
  ::free(gids);
}

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
  const auto by_name = Symbol<GetPwNam>("getpwnam_r");
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
