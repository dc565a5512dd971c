// SPDX-License-Identifier: Apache-2.0
// Which account a name with a domain is, among those that a search finds.
#include "directory/account_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "directory/directory_name.h"

namespace taglogin::directory {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kDomain[] = "corp.example";

Account Person(const std::string& name, const std::string& upn = "") {
  Account account;
  account.id = "S-1-5-21-1-2-3-" + name;
  account.name = name;
  account.upn = upn;
  return account;
}

std::vector<std::string> Bearers(const std::string& name, const std::vector<Account>& found, bool own_first = false) {
  std::vector<std::string> names;
  for (const Account& account : BearersOf(name, kDomain, own_first, found)) names.push_back(account.name);
  return names;
}

TEST(AccountNameFilter, AsksForWhatTheNameCanMean) {
  EXPECT_EQ(AccountNameFilter("alice", kDomain), "(sAMAccountName=alice)");
  EXPECT_EQ(AccountNameFilter("alice@mail.example", kDomain), "(|(userPrincipalName=alice\\40mail.example))");
  EXPECT_EQ(AccountNameFilter("alice@Corp.Example", kDomain),
            "(|(userPrincipalName=alice\\40Corp.Example)(sAMAccountName=alice))");
  EXPECT_EQ(AccountNameFilter("@corp.example", kDomain), "(|(userPrincipalName=\\40corp.example))");
  EXPECT_EQ(AccountNameFilter("a)(x=*@corp.example", kDomain),
            "(|(userPrincipalName=a\\29\\28x\\3d\\2a\\40corp.example)(sAMAccountName=a\\29\\28x\\3d\\2a))");
}

TEST(BearersOf, TakesTheNameTheNameWithTheDomainAndThePrincipal) {
  const std::vector<Account> all = {Person("Alice", "Al@mail.example"), Person("bob", "bob")};
  EXPECT_THAT(Bearers("alice", all), ElementsAre("Alice"));
  EXPECT_THAT(Bearers("ALICE@corp.example", all), ElementsAre("Alice"));
  EXPECT_THAT(Bearers("al@MAIL.example", all), ElementsAre("Alice"));
  EXPECT_THAT(Bearers("bob", all), ElementsAre("bob"));
  EXPECT_THAT(Bearers("alice@mail.example", all), IsEmpty());
  EXPECT_THAT(Bearers("alice@corp.example.com", all), IsEmpty());
}

TEST(BearersOf, TwoThatCouldBeMeantAreTwoUnlessNamesAreTheAccounts) {
  const std::vector<Account> all = {Person("alice", "bob@corp.example"), Person("bob")};
  EXPECT_THAT(Bearers("bob@corp.example", all), ElementsAre("alice", "bob"));
  EXPECT_THAT(Bearers("bob@corp.example", all, true), ElementsAre("bob"));
  EXPECT_THAT(Bearers("bob", all), ElementsAre("bob"));
  EXPECT_THAT(Bearers("bob@corp.example", {all[0]}, true), ElementsAre("alice"));
}

// It would be taken for bob with his domain.
TEST(BearersOf, ANameWithAnAtIsNobodys) {
  const std::vector<Account> all = {Person("bob@corp.example"), Person("bob")};
  EXPECT_THAT(Bearers("bob@corp.example", all), ElementsAre("bob"));
  EXPECT_THAT(Bearers("bob@corp.example", {all[0]}), IsEmpty());
}

TEST(WithoutDomain, TakesOffTheOneDomain) {
  EXPECT_EQ(WithoutDomain("alice@CORP.example", kDomain), "alice");
  EXPECT_EQ(WithoutDomain("alice@mail.example", kDomain), "alice@mail.example");
  EXPECT_EQ(WithoutDomain("alice", kDomain), "alice");
  EXPECT_EQ(WithoutDomain("@corp.example", kDomain), "@corp.example");
  EXPECT_EQ(WithoutDomain("alice@", ""), "alice");
}

TEST(SeveralAccounts, NamesThemAll) {
  EXPECT_EQ(SeveralAccounts("x@y", {Person("alice"), Person("b\nb")}),
            "account x@y: several accounts of that name in the directory: alice (S-1-5-21-1-2-3-alice), b\\x0ab "
            "(S-1-5-21-1-2-3-b\\x0ab)");
}

TEST(DnsNameOf, IsTheInverseOfNamingContext) {
  EXPECT_EQ(DnsNameOf("DC=corp,DC=example,DC=com"), "corp.example.com");
  EXPECT_EQ(DnsNameOf("dc=Corp,dc=Example"), "corp.example");
  for (const char* other : {"", "OU=x,DC=corp", "DC=,DC=x", "DC=corp,", "x"}) {
    EXPECT_NE(DnsNameOf(other), "corp.example") << other;
  }
  EXPECT_EQ(DnsNameOf("OU=x,DC=corp"), "");
}

}  // namespace
}  // namespace taglogin::directory
