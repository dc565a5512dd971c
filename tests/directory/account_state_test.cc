// SPDX-License-Identifier: Apache-2.0
// Moments in 100 ns are written out: 133444736000000000 is 2023-11-14T22:13:20Z (Unix time 1700000000), by
// (1700000000 + 11644473600) * 10^7.
#include "directory/account_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "directory/sid.h"
#include "tests/directory/fake_directory.h"

namespace taglogin::directory {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr sys_seconds kNoEnd = sys_seconds::max();
constexpr char kNever[] = "9223372036854775807";

sys_seconds At(std::int64_t unix_time) { return sys_seconds(seconds(unix_time)); }

// An enabled account, in order; `changes` replace attributes, those without a value take one away.
Entry Person(const std::map<std::string, std::string>& changes) {
  Entry entry;
  entry.attributes = {{"useraccountcontrol", {"512"}},
                      {"msds-user-account-control-computed", {"0"}},
                      {"accountexpires", {kNever}},
                      {"pwdlastset", {"133000000000000000"}},
                      {"msds-userpasswordexpirytimecomputed", {kNever}}};
  for (const auto& [name, value] : changes) {
    entry.attributes.erase(name);
    if (!value.empty()) entry.attributes[name] = {value};
  }
  return entry;
}

Account Read(const std::map<std::string, std::string>& changes, const AccountPolicy& policy = {}) {
  Account account;
  ReadAccountState(Person(changes), policy, account);
  return account;
}

// Locked for half an hour at most, unless said otherwise; read at Unix time 1700000000.
AccountPolicy HalfAnHour() { return {-18000000000, {}, At(1700000000)}; }

std::map<std::string, std::string> LockedAt(const std::string& time) {
  return {{"msds-user-account-control-computed", "16"}, {"lockouttime", time}};
}

TEST(AccountState, AnAccountInOrderHasNothingAgainstIt) {
  const Account account = Read({});
  EXPECT_FALSE(account.disabled || account.expires || account.locked_until || account.workstations);
  EXPECT_FALSE(account.logon_hours || account.password_must_change || account.password_expires);
}

TEST(AccountState, IsDisabledByItsBitOrWithoutAWord) {
  for (const char* control : {"514", "66050", "2", "", "0x200", "x"}) {
    EXPECT_TRUE(Read({{"useraccountcontrol", control}}).disabled) << control;
  }
  EXPECT_FALSE(Read({{"useraccountcontrol", "66048"}}).disabled);
}

TEST(AccountState, ALockEndsWhenTheDomainsDurationIsOver) {
  EXPECT_EQ(Read(LockedAt("133444736000000000"), HalfAnHour()).locked_until, At(1700001801));
  // The last moment of the lock is one second later, and the next second is free of it.
  EXPECT_EQ(Read(LockedAt("133444736009999999"), HalfAnHour()).locked_until, At(1700001801));
  EXPECT_EQ(Read(LockedAt("133444736010000000"), HalfAnHour()).locked_until, At(1700001802));
}

TEST(AccountState, TheServerSaysWhetherThereIsALock) {
  EXPECT_FALSE(Read({{"lockouttime", "133444736000000000"}}, HalfAnHour()).locked_until);
  EXPECT_FALSE(Read({{"msds-user-account-control-computed", "8388608"}}, HalfAnHour()).locked_until);
  EXPECT_EQ(Read({{"msds-user-account-control-computed", ""}}, HalfAnHour()).locked_until, kNoEnd);
  EXPECT_EQ(Read({{"msds-user-account-control-computed", "no"}}, HalfAnHour()).locked_until, kNoEnd);
}

// Its own clock, or a duration that is hidden from us.
TEST(AccountState, ALockThatShouldBeOverAndIsNotHasNoEnd) {
  AccountPolicy policy = HalfAnHour();
  policy.read_at = At(1700001800);
  EXPECT_EQ(Read(LockedAt("133444736000000000"), policy).locked_until, At(1700001801));
  policy.read_at = At(1700001801);
  EXPECT_EQ(Read(LockedAt("133444736000000000"), policy).locked_until, kNoEnd);
}

TEST(AccountState, ADurationOfZeroOrNoneIsALockWithoutEnd) {
  for (const std::optional<std::int64_t> duration :
       {std::optional<std::int64_t>(0), std::optional<std::int64_t>(INT64_MIN), std::optional<std::int64_t>(),
        std::optional<std::int64_t>(18000000000)}) {
    EXPECT_EQ(Read(LockedAt("133444736000000000"), {duration, {}, {}}).locked_until, kNoEnd);
  }
  // The longest there is: 29,227 years.
  EXPECT_EQ(Read(LockedAt("1"), {-INT64_MAX + 1, {}, {}}).locked_until, At(910692730086));
  EXPECT_EQ(Read(LockedAt("2"), {-INT64_MAX + 1, {}, {}}).locked_until, kNoEnd);
}

TEST(AccountState, ALockOfUnknownBeginningHasNoEnd) {
  for (const char* time : {"", "0", "-1", "x", "99999999999999999999", "0133444736000000000"}) {
    EXPECT_EQ(Read(LockedAt(time), HalfAnHour()).locked_until, kNoEnd) << time;
  }
}

TEST(AccountState, ALockByAPasswordSettingsObjectEndsWhenTheServerSaysSo) {
  auto changes = LockedAt("133444736000000000");
  changes["msds-resultantpso"] = "CN=strict,CN=Password Settings Container,CN=System,DC=corp,DC=example";
  EXPECT_EQ(Read(changes, HalfAnHour()).locked_until, kNoEnd);
}

TEST(AccountState, PasswordMustChangeWhenNeverSet) {
  for (const char* set : {"0", "", "-1", "x", "00"}) {
    EXPECT_TRUE(Read({{"pwdlastset", set}}).password_must_change) << set;
    EXPECT_FALSE(Read({{"pwdlastset", set}, {"msds-userpasswordexpirytimecomputed", "0"}}).password_expires) << set;
  }
  EXPECT_FALSE(Read({{"pwdlastset", "1"}}).password_must_change);
}

// MS-ADTS 3.1.1.4.5.17: DONT_EXPIRE_PASSWD, SMARTCARD_REQUIRED, INTERDOMAIN_, WORKSTATION_ and SERVER_TRUST_ACCOUNT.
TEST(AccountState, SomePasswordsStay) {
  for (const int flag : {0x10000, 0x40000, 0x800, 0x1000, 0x2000}) {
    const Account account = Read({{"useraccountcontrol", std::to_string(512 | flag)},
                                  {"pwdlastset", "0"},
                                  {"msds-userpasswordexpirytimecomputed", "1"}});
    EXPECT_FALSE(account.password_must_change || account.password_expires) << flag;
  }
  for (const int flag : {0x8000, 0x20000, 0x80000, 0x400, 0x4000}) {
    EXPECT_TRUE(Read({{"useraccountcontrol", std::to_string(512 | flag)}, {"pwdlastset", "0"}}).password_must_change);
  }
}

TEST(AccountState, PasswordsExpireWhenTheServerSaysSo) {
  const auto expires = [](const char* value) {
    return Read({{"msds-userpasswordexpirytimecomputed", value}}).password_expires;
  };
  EXPECT_EQ(expires("133444736000000000"), At(1700000000));
  EXPECT_EQ(expires("133444736009999999"), At(1700000000));
  EXPECT_EQ(expires("9223372036854775806"), At(910692730085));
  EXPECT_FALSE(expires(kNever));
  EXPECT_EQ(expires("1"), At(-11644473600));
  for (const char* nonsense : {"", "0", "-1", "-9223372036854775808", "9223372036854775808", "x"}) {
    EXPECT_EQ(expires(nonsense), At(0)) << nonsense;
  }
}

TEST(AccountState, ExpiryOfTheAccountIsRead) {
  EXPECT_EQ(Read({{"accountexpires", "133444736000000000"}}).expires, At(1700000000));
  EXPECT_FALSE(Read({{"accountexpires", "0"}}).expires);
  EXPECT_FALSE(Read({{"accountexpires", ""}}).expires);
  EXPECT_EQ(Read({{"accountexpires", "-5"}}).expires, At(0));
}

TEST(AccountState, LogonHoursAre21BytesLowestBitFirst) {
  std::string bytes(21, '\0');
  bytes[0] = 1;                         // Sunday 00:00
  bytes[1] = static_cast<char>(0x80);   // Sunday 15:00
  bytes[20] = static_cast<char>(0xc0);  // Saturday 22:00 and 23:00
  const auto hours = Read({{"logonhours", bytes}}).logon_hours;
  ASSERT_TRUE(hours);
  EXPECT_TRUE(hours->readable);
  EXPECT_EQ(hours->open.count(), 4U);
  for (const std::size_t hour : {0U, 15U, 166U, 167U}) EXPECT_TRUE(hours->open[hour]) << hour;
  EXPECT_TRUE(Read({{"logonhours", std::string(21, '\xff')}}).logon_hours->open.all());
}

TEST(AccountState, LogonHoursOfAnotherLengthAreUnreadable) {
  for (const std::size_t size : {1U, 20U, 22U, 168U, 4096U}) {
    const auto hours = Read({{"logonhours", std::string(size, '\xff')}}).logon_hours;
    ASSERT_TRUE(hours) << size;
    EXPECT_TRUE(!hours->readable && hours->open.none()) << size;
  }
  Entry twice = Person({});
  twice.attributes["logonhours"] = {std::string(21, '\xff'), std::string(21, '\xff')};
  Account account;
  ReadAccountState(twice, {}, account);
  EXPECT_TRUE(account.logon_hours && !account.logon_hours->readable);
}

TEST(AccountState, WorkstationsStandBetweenCommas) {
  const auto workstations = [](const std::string& text) { return *Read({{"userworkstations", text}}).workstations; };
  EXPECT_THAT(workstations("WEB1"), ElementsAre("WEB1"));
  EXPECT_THAT(workstations(" WEB1 ,db-2.corp.example,, x y,"), ElementsAre("WEB1", "db-2.corp.example", "x y"));
  EXPECT_THAT(workstations(","), IsEmpty());
  EXPECT_THAT(workstations(" "), IsEmpty());
  EXPECT_EQ(workstations(std::string(8191, 'x') + ",").size(), 1U);
  EXPECT_THAT(workstations("WEB1," + std::string(8192, 'x')), IsEmpty());
  Entry twice = Person({});
  twice.attributes["userworkstations"] = {"WEB1", "WEB2"};
  Account account;
  ReadAccountState(twice, {}, account);
  EXPECT_THAT(account.workstations, testing::Optional(testing::IsEmpty()));
}

TEST(AccountPolicy, IsWhatTheDomainsObjectSays) {
  FakeDirectory directory;
  directory.domain_attributes = {{"lockoutduration", {"-18000000000"}}, {"maxpwdage", {"-36288000000000"}}};
  const auto policy = ReadAccountPolicy(directory, kFakeContext, base::Deadline::After(1000));
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->lockout_duration, -18000000000);
  EXPECT_EQ(policy->max_password_age, -36288000000000);
  EXPECT_GT(policy->read_at, At(1700000000));
  directory.domain_attributes = {{"lockoutduration", {"soon"}}};
  const auto unknown = ReadAccountPolicy(directory, kFakeContext, base::Deadline::After(1000));
  ASSERT_TRUE(unknown);
  EXPECT_FALSE(unknown->lockout_duration || unknown->max_password_age);
  directory.fail_at = directory.queries;
  EXPECT_FALSE(ReadAccountPolicy(directory, kFakeContext, base::Deadline::After(1000)));
}

// A distribution group grants nothing: groupType without 0x80000000 (MS-ADTS 2.2.12).
TEST(GroupType, TellsSecurityGroupsFromDistributionGroups) {
  const auto is_security = [](const std::string& type) {
    Entry entry;
    entry.dn = "<GUID=00000001-0000-4000-8000-000000000000>;<SID=S-1-5-21-1-2-3-1000>;CN=g,DC=corp,DC=example";
    entry.attributes = {{"objectclass", {"top", "group"}},
                        {"objectsid", {*SidToBinary("S-1-5-21-1-2-3-1000")}},
                        {"samaccountname", {"g"}},
                        {"grouptype", {type}}};
    const auto object = FakeReader().Read(entry);
    EXPECT_EQ(object.kind, EntryReader::Kind::kGroup);
    return object.group.security;
  };
  // Global, domain local, universal: as security groups, then as distribution groups.
  for (const char* type : {"-2147483646", "-2147483644", "-2147483640"}) EXPECT_TRUE(is_security(type)) << type;
  for (const char* type : {"2", "4", "8", "", "0", "2147483647", "x"}) EXPECT_FALSE(is_security(type)) << type;
}

}  // namespace
}  // namespace taglogin::directory
