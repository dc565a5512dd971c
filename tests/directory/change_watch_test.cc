// SPDX-License-Identifier: Apache-2.0
#include "directory/change_watch.h"

#include <gtest/gtest.h>

#include "tests/directory/fake_directory.h"

namespace taglogin::directory {
namespace {

class ChangeWatchTest : public testing::Test {
 protected:
  void SetUp() override {
    group_ = directory_.AddGroup("g");
    alice_ = directory_.AddUser("alice");
    bob_ = directory_.AddUser("bob");
    directory_.update_number = 10;
    Watched watched;
    watched.guids = {group_, alice_};
    watched.names = {"g", "not-yet"};
    watched.group_ids = {directory_.At(group_).sid};
    watch_.Reset(watched, "dc1 x", 10);
  }
  bool Changed(const std::string& database = "dc1 x") {
    const auto changed = watch_.Changed(directory_, FakeReader(), database, base::Deadline::After(1000));
    EXPECT_TRUE(changed);
    return changed && *changed;
  }
  void Touch(const std::string& guid) { directory_.At(guid).changed = ++directory_.update_number; }

  FakeDirectory directory_;
  ChangeWatch watch_;
  std::string group_;
  std::string alice_;
  std::string bob_;
};

TEST_F(ChangeWatchTest, IsTrueBeforeTheFirstWalk) {
  watch_ = ChangeWatch();
  EXPECT_TRUE(Changed());
}

TEST_F(ChangeWatchTest, CostsOneQueryWhenNothingHappens) {
  EXPECT_FALSE(Changed());
  EXPECT_EQ(directory_.queries, 1U);
}

TEST_F(ChangeWatchTest, IgnoresStrangers) {
  Touch(bob_);
  EXPECT_FALSE(Changed());
  EXPECT_FALSE(Changed());
}

TEST_F(ChangeWatchTest, SeesWatchedGroupsAndAccounts) {
  Touch(alice_);
  EXPECT_TRUE(Changed());
  SetUp();
  Touch(group_);
  EXPECT_TRUE(Changed());
}

TEST_F(ChangeWatchTest, SeesTheDomainChangeItsMindAboutLocksAndPasswords) {
  directory_.domain_attributes = {{"lockoutduration", {"-18000000000"}}, {"maxpwdage", {"-36288000000000"}}};
  Watched watched;
  watched.policy = {-18000000000, -36288000000000, {}};
  const auto after = [&](const char* attribute, const char* value) {
    watch_.Reset(watched, "dc1 x", directory_.update_number);
    Touch(bob_);
    const auto before = directory_.domain_attributes;
    directory_.domain_attributes[attribute] = {value};
    const bool changed = Changed();
    directory_.domain_attributes = before;
    return changed;
  };
  EXPECT_FALSE(after("description", "else"));
  EXPECT_FALSE(after("lockoutduration", "-18000000000"));
  EXPECT_TRUE(after("lockoutduration", "-600000000"));
  EXPECT_TRUE(after("lockoutduration", ""));
  EXPECT_TRUE(after("maxpwdage", "0"));
}

TEST_F(ChangeWatchTest, StaysTrueUntilTheNextWalk) {
  Touch(alice_);
  EXPECT_TRUE(Changed());
  EXPECT_TRUE(Changed());
  watch_.Reset(watch_.watched(), "dc1 x", directory_.update_number);
  EXPECT_FALSE(Changed());
}

TEST_F(ChangeWatchTest, SeesANameThatBeginsToExist) {
  Touch(directory_.AddGroup("Not-Yet"));
  EXPECT_TRUE(Changed());
}

TEST_F(ChangeWatchTest, SeesAStrangerGetAWatchedPrimaryGroup) {
  directory_.At(bob_).primary_group = directory_.At(group_).sid;
  Touch(bob_);
  EXPECT_TRUE(Changed());
}

TEST_F(ChangeWatchTest, SeesAnotherDatabaseOrOneThatWentBack) {
  EXPECT_TRUE(Changed("dc2 y"));
  SetUp();
  directory_.update_number = 9;
  EXPECT_TRUE(Changed());
}

TEST_F(ChangeWatchTest, AFailedLookIsTakenAgain) {
  Touch(alice_);
  directory_.fail_at = 1;
  EXPECT_FALSE(watch_.Changed(directory_, FakeReader(), "dc1 x", base::Deadline::After(1000)));
  directory_.fail_at.reset();
  EXPECT_TRUE(Changed());
}

}  // namespace
}  // namespace taglogin::directory
