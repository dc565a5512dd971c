// SPDX-License-Identifier: Apache-2.0
#include "directory/machine_keytab.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/directory/keytab_file.h"

namespace taglogin::directory {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class MachineKeytabTest : public testing::Test {
 protected:
  MachineKeytabTest() { EXPECT_EQ(krb5_init_context(&context_), 0); }
  ~MachineKeytabTest() override { krb5_free_context(context_); }

  base::Result<MachineKeys> Find(const std::vector<KeytabFile::Key>& keys, const std::string& usual = "HOST1$") {
    const KeytabFile file(keys);
    return FindMachineKeys(context_, file.path(), usual, "CORP.EXAMPLE");
  }

  krb5_context context_ = nullptr;
};

TEST_F(MachineKeytabTest, TheAccountNamedAfterTheHostIsTaken) {
  const auto keys = Find({{.account = "HOST0$"}, {.account = "HOST1$"}, {.account = "HOST2$"}});
  ASSERT_TRUE(keys) << keys.error().detail;
  EXPECT_EQ(keys->principal, "HOST1$@CORP.EXAMPLE");
}

TEST_F(MachineKeytabTest, ARenamedHostHasTheOneAccountThatIsThere) {
  const auto keys = Find({{.account = "host/host1.corp.example"}, {.account = "HOST1$"}}, "WEB9$");
  ASSERT_TRUE(keys) << keys.error().detail;
  EXPECT_EQ(keys->principal, "HOST1$@CORP.EXAMPLE");
}

TEST_F(MachineKeytabTest, OfSeveralAccountsNoneIsGuessed) {
  const auto keys = Find({{.account = "HOST1$"}, {.account = "HOST2$"}}, "WEB9$");
  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().code, base::ErrorCode::kInvalid);
  EXPECT_THAT(keys.error().detail, AllOf(HasSubstr("HOST1$@CORP.EXAMPLE, HOST2$@CORP.EXAMPLE"), HasSubstr("WEB9$"),
                                         HasSubstr("[directory] principal")));
}

TEST_F(MachineKeytabTest, WhatIsNoMachineOfTheRealmIsNotTaken) {
  const auto keys = Find({{.account = "HOST1$", .realm = "OTHER.EXAMPLE"},
                          {.account = "HOST1"},
                          {.account = "a/HOST1$"},
                          {.account = "x@CORP.EXAMPLE$"},
                          {.account = "HOST1$", .realm = "X$@CORP.EXAMPLE"},
                          {.account = "$"}});
  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().code, base::ErrorCode::kInvalid);
  EXPECT_THAT(keys.error().detail, HasSubstr("no machine account of CORP.EXAMPLE"));
}

TEST_F(MachineKeytabTest, TheKeyWrittenLastComesFirst) {
  // An account that was made anew begins with a low version again.
  const auto keys = Find({{.version = 7, .written = 1000}, {.version = 3, .written = 2000}, {.version = 2}});
  ASSERT_TRUE(keys) << keys.error().detail;
  EXPECT_THAT(keys->versions, ElementsAre(3, 7, 2));
}

TEST_F(MachineKeytabTest, OfOneMomentTheHighestVersionComesFirst) {
  const auto keys = Find({{.version = 2, .written = 1000}, {.version = 3, .written = 1000}, {.version = 3}});
  ASSERT_TRUE(keys) << keys.error().detail;
  EXPECT_THAT(keys->versions, ElementsAre(3, 2));
}

TEST_F(MachineKeytabTest, OneVersionHoldsThatVersionOfThatAccountAlone) {
  const KeytabFile file({{.version = 3}, {.version = 2}, {.account = "HOST2$", .version = 3}});
  const auto keys = ReadKeysOf(context_, file.path(), "HOST1$@CORP.EXAMPLE");
  ASSERT_TRUE(keys) << keys.error().detail;
  Keytab keytab(context_);
  ASSERT_EQ(OneVersion(context_, *keys, 2, keytab), 0);
  krb5_kt_cursor cursor{};
  ASSERT_EQ(krb5_kt_start_seq_get(context_, keytab.get(), &cursor), 0);
  krb5_keytab_entry entry{};
  ASSERT_EQ(krb5_kt_next_entry(context_, keytab.get(), &entry, &cursor), 0);
  EXPECT_EQ(entry.vno, 2U);
  EXPECT_EQ(std::string(entry.principal->data[0].data, entry.principal->data[0].length), "HOST1$");
  krb5_free_keytab_entry_contents(context_, &entry);
  EXPECT_EQ(krb5_kt_next_entry(context_, keytab.get(), &entry, &cursor), KRB5_KT_END);
  krb5_kt_end_seq_get(context_, keytab.get(), &cursor);
}

TEST_F(MachineKeytabTest, WhatIsNoKeytabIsASettingsError) {
  const KeytabFile file({});
  std::ofstream(file.path()) << "no keytab";
  for (const auto& keys : {FindMachineKeys(context_, file.path(), "HOST1$", "CORP.EXAMPLE"),
                           ReadKeysOf(context_, file.path(), "HOST1$@CORP.EXAMPLE"),
                           ReadKeysOf(context_, "/nonexistent/keytab", "HOST1$@CORP.EXAMPLE")}) {
    ASSERT_FALSE(keys);
    EXPECT_EQ(keys.error().code, base::ErrorCode::kInvalid);
    EXPECT_THAT(keys.error().detail, HasSubstr("can not be read"));
  }
}

}  // namespace
}  // namespace taglogin::directory
