// SPDX-License-Identifier: Apache-2.0
// Whose a login name is: one account's, or nobody's.
#include "daemon/replica/login_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "daemon/replica/builder.h"
#include "tests/daemon/replica/samples.h"

namespace taglogin::daemon::replica {
namespace {

using samples::AddMember;
using samples::At;
using samples::MemberOf;
using samples::Sid;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kDomain[] = "corp.example.com";

NssSettings Short() {
  NssSettings nss;
  nss.domain = kDomain;
  return nss;
}

NssSettings Qualified() {
  NssSettings nss = Short();
  nss.qualified_names = true;
  return nss;
}

LocalNames Local() {
  LocalNames local;
  local.known = true;
  local.users = {"root", "postgres", "deploy", "odd@corp.example.com"};
  local.system_users = {"root", "postgres"};
  local.uids = {0, 105, 1000};
  local.gids = {0};
  return local;
}

directory::Account Named(const std::string& name, const std::string& upn = "", const std::string& domain = "") {
  directory::Account account;
  account.id = Sid(1400);
  account.name = name;
  account.upn = upn;
  account.domain = domain;
  return account;
}

std::string Why(const std::string& name, const NssSettings& nss) {
  protocol::LoginName parsed;
  EXPECT_TRUE(protocol::LoginName::From(name, parsed)) << name;
  return std::string(WhyNobodys(parsed, nss, Local()));
}

TEST(LoginNamesOf, ShortNamesHaveTheOtherSpellingsAsAliases) {
  const LoginNames names = LoginNamesOf(Named("Alice", "Alice.Example@Mail.Example"), Short());
  EXPECT_EQ(names.canonical, "alice");
  EXPECT_THAT(names.aliases, ElementsAre("alice@corp.example.com", "alice.example@mail.example"));
  EXPECT_THAT(LoginNamesOf(Named("alice", "ALICE@CORP.EXAMPLE.COM"), Short()).aliases,
              ElementsAre("alice@corp.example.com"));
}

// What rules and logins mean by "x@branch.example.com" is that domain's account x, whosever principal it is as well.
TEST(LoginNamesOf, NoPrincipalStandsBehindTheAtOfAnotherKnownDomain) {
  NssSettings nss = Short();
  nss.further_domains = {"branch.example.com", "hq.example.com"};
  EXPECT_THAT(LoginNamesOf(Named("eve", "evelyn@branch.example.com"), nss).aliases,
              ElementsAre("eve@corp.example.com"));
  EXPECT_THAT(LoginNamesOf(Named("eve", "evelyn@mail.example"), nss).aliases,
              ElementsAre("eve@corp.example.com", "evelyn@mail.example"));
  for (const char* upn : {"alice@corp.example.com", "alice@hq.example.com", "alice@branch.example.com"}) {
    EXPECT_THAT(LoginNamesOf(Named("eve", upn, "branch.example.com"), nss).aliases, IsEmpty()) << upn;
  }
}

TEST(LoginNamesOf, QualifiedNamesLeaveTheBareOneOut) {
  const LoginNames names = LoginNamesOf(Named("Alice", "al@mail.example"), Qualified());
  EXPECT_EQ(names.canonical, "alice@corp.example.com");
  EXPECT_THAT(names.aliases, ElementsAre("al@mail.example"));
}

TEST(LoginNamesOf, AnotherDomainsAccountIsAlwaysQualified) {
  for (const NssSettings& nss : {Short(), Qualified()}) {
    const LoginNames names = LoginNamesOf(Named("Alice", "alice@branch.example.com", "branch.example.com"), nss);
    EXPECT_EQ(names.canonical, "alice@branch.example.com");
    EXPECT_THAT(names.aliases, IsEmpty());
  }
}

// What looks like somebody else's name with a domain is no name; a principal without one is no alias.
TEST(LoginNamesOf, TakesNoNameApart) {
  EXPECT_EQ(LoginNamesOf(Named("bob@corp.example.com"), Short()).canonical, "");
  EXPECT_EQ(LoginNamesOf(Named("bob@corp.example.com"), Qualified()).canonical, "");
  for (const char* upn : {"bob", "root", "", "@", "bob@", "b ob@corp.example.com", "bob@corp.example.com@x", "bob@b_c",
                          "bob\n@corp.example.com", "b*@corp.example.com"}) {
    EXPECT_THAT(LoginNamesOf(Named("alice", upn), Short()).aliases, ElementsAre("alice@corp.example.com")) << upn;
  }
}

TEST(LoginNamesOf, WithoutADomainThereIsNone) {
  const LoginNames names = LoginNamesOf(Named("alice"), NssSettings());
  EXPECT_EQ(names.canonical, "alice");
  EXPECT_THAT(names.aliases, IsEmpty());
}

TEST(GroupNameOf, AnotherDomainsGroupsHaveItBehindThem) {
  directory::Group group;
  group.name = "Domain Users";
  EXPECT_EQ(GroupNameOf(group), "domain users");
  group.domain = "branch.example.com";
  EXPECT_EQ(GroupNameOf(group), "domain users@branch.example.com");
  group.name = "domain users@branch.example.com";
  EXPECT_EQ(GroupNameOf(group), "");
}

// T10, T13
TEST(WhyNobodys, TheSystemsNamesAreNobodysWhateverStandsBehindThem) {
  for (const NssSettings& nss : {Short(), Qualified()}) {
    for (const char* name : {"root@corp.example.com", "administrator@corp.example.com", "sshd@corp.example.com",
                             "systemd-network@corp.example.com", "root@mail.example", "nobody@other.example.com",
                             "postgres@corp.example.com", "postgres@mail.example", "odd@corp.example.com", "root",
                             "postgres", "administrator"}) {
      EXPECT_NE(Why(name, nss), "") << name;
    }
    EXPECT_EQ(Why("alice@corp.example.com", nss), "");
    EXPECT_EQ(Why("alice@mail.example", nss), "");
    EXPECT_EQ(Why("deploy@mail.example", nss), "");
  }
}

TEST(WhyNobodys, ALocalPersonsNamesakeIsHiddenUnlessNamesTellThemApart) {
  EXPECT_NE(Why("deploy", Short()), "");
  EXPECT_NE(Why("deploy@corp.example.com", Short()), "");
  EXPECT_EQ(Why("deploy@corp.example.com", Qualified()), "");
}

TEST(WhyNobodys, ABareNameIsNobodysWhereNamesAreQualified) {
  EXPECT_EQ(Why("alice", Short()), "");
  EXPECT_NE(Why("alice", Qualified()), "");
}

TEST(WhyNobodys, WithoutPrincipalsThereIsOneDomain) {
  NssSettings ldap = Short();
  ldap.has_upns = false;
  EXPECT_EQ(Why("alice@corp.example.com", ldap), "");
  EXPECT_NE(Why("alice@mail.example", ldap), "");
  ldap.domain.clear();
  EXPECT_NE(Why("alice@corp.example.com", ldap), "");
}

// Whose each name is, by the builder, in either order in which two accounts may be met.
class Names : public ::testing::TestWithParam<bool> {
 protected:
  void Add(const std::string& name, const std::string& upn = "", const std::string& domain = "") {
    people_.push_back({name, upn, domain});
  }
  std::shared_ptr<const Snapshot> Run(const NssSettings& nss) {
    directory::Closure closure = samples::SmallClosure();
    closure.members.clear();
    if (GetParam()) std::reverse(people_.begin(), people_.end());
    unsigned rid = 1500;
    for (const auto& person : people_) {
      directory::Member member = MemberOf(rid++, person.name);
      member.account.upn = person.upn;
      member.account.domain = person.domain;
      member.memberships.push_back({Sid(2001), {"ssh-prod-web"}, false});
      AddMember(closure, std::move(member));
    }
    Contents contents;
    ApplyClosure(contents, closure, samples::SmallAsked(), At(0));
    const policy::TagSet tags;
    const LocalNames local = Local();
    BuildInput input;
    input.rules = std::make_shared<const policy::RuleSet>();
    input.contents = &contents;
    input.tags = &tags;
    input.nss = &nss;
    input.local = &local;
    return Build(input);
  }
  static std::string Who(const Snapshot& snapshot, const std::string& name) {
    const AccountEntry* entry = snapshot.Find(name);
    return entry == nullptr ? "nobody" : entry->login_name;
  }

 private:
  struct Person {
    std::string name;
    std::string upn;
    std::string domain;
  };
  std::vector<Person> people_;
};

TEST_P(Names, EverySpellingLeadsToTheOneAccount) {
  Add("alice", "alice.example@mail.example");
  const auto brief = Run(Short());
  EXPECT_EQ(Who(*brief, "alice"), "alice");
  EXPECT_EQ(Who(*brief, "alice@corp.example.com"), "alice");
  EXPECT_EQ(Who(*brief, "alice.example@mail.example"), "alice");
  EXPECT_EQ(Who(*brief, "alice@mail.example"), "nobody");
  EXPECT_EQ(brief->Find("alice@corp.example.com"), brief->Find("alice"));
  EXPECT_THAT(brief->warnings, IsEmpty());
  const auto full = Run(Qualified());
  EXPECT_EQ(Who(*full, "alice"), "nobody");
  EXPECT_EQ(Who(*full, "alice@corp.example.com"), "alice@corp.example.com");
  EXPECT_EQ(Who(*full, "alice.example@mail.example"), "alice@corp.example.com");
  EXPECT_EQ(full->Find("alice@corp.example.com")->home, "/home/alice@corp.example.com");
}

// Somebody has given alice bob's name for a principal.
TEST_P(Names, ASpellingThatCouldMeanTwoIsNobodys) {
  Add("alice", "Bob@corp.example.com");
  Add("bob", "robert@mail.example");
  const auto snapshot = Run(Short());
  EXPECT_EQ(Who(*snapshot, "bob@corp.example.com"), "nobody");
  EXPECT_EQ(Who(*snapshot, "bob"), "bob");
  EXPECT_EQ(Who(*snapshot, "alice"), "alice");
  EXPECT_EQ(Who(*snapshot, "robert@mail.example"), "bob");
  EXPECT_THAT(snapshot->warnings, Contains(AllOf(HasSubstr("bob@corp.example.com is nobody's"),
                                                 HasSubstr("account bob ("), HasSubstr("account alice ("))));
}

TEST_P(Names, APrincipalOfTwoAccountsIsNobodys) {
  Add("alice", "team@mail.example");
  Add("bob", "TEAM@mail.example");
  Add("carol", "team@mail.example");
  for (const NssSettings& nss : {Short(), Qualified()}) {
    const auto snapshot = Run(nss);
    EXPECT_EQ(Who(*snapshot, "team@mail.example"), "nobody");
    EXPECT_EQ(snapshot->accounts.size(), 3U);
  }
}

// Else whoever may write one account's principal could lock anybody out.
TEST_P(Names, ACanonicalNameIsItsOwnAccountsWhateverPrincipalsSay) {
  Add("alice", "bob@corp.example.com");
  Add("bob");
  Add("mallory", "bob@corp.example.com");
  const auto snapshot = Run(Qualified());
  EXPECT_EQ(Who(*snapshot, "bob@corp.example.com"), "bob@corp.example.com");
  EXPECT_EQ(Who(*snapshot, "alice@corp.example.com"), "alice@corp.example.com");
  EXPECT_THAT(snapshot->warnings,
              Contains(AllOf(HasSubstr("alice ("), HasSubstr("cannot log in as bob@corp.example.com"),
                             HasSubstr("the name of account bob ("))));
}

TEST_P(Names, AnotherDomainsNameIsItsOwnToo) {
  Add("alice", "bob@branch.example.com");
  Add("bob", "", "branch.example.com");
  Add("bob");
  const auto snapshot = Run(Short());
  EXPECT_EQ(Who(*snapshot, "bob@branch.example.com"), "bob@branch.example.com");
  EXPECT_EQ(Who(*snapshot, "bob"), "bob");
  EXPECT_EQ(Who(*snapshot, "bob@corp.example.com"), "bob");
  EXPECT_EQ(snapshot->Find("bob@branch.example.com")->home, "/home/bob@branch.example.com");
}

// An account that is hidden for its id still has its name.
TEST_P(Names, AHiddenAccountsNameIsNobodyElses) {
  Add("alice", "postgres@corp.example.com");
  Add("deploy");
  Add("bob", "deploy@corp.example.com");
  Add("carol", "root@mail.example");
  const auto snapshot = Run(Short());
  for (const char* name : {"postgres@corp.example.com", "deploy", "deploy@corp.example.com", "root@mail.example",
                           "odd@corp.example.com"}) {
    EXPECT_EQ(Who(*snapshot, name), "nobody") << name;
  }
  EXPECT_THAT(snapshot->warnings, Contains(HasSubstr("cannot log in as root@mail.example")));
}

TEST_P(Names, TheSystemsNamesHideTheirAccountWhenQualifiedToo) {
  Add("root");
  Add("postgres");
  Add("deploy");
  Add("Administrator", "root@corp.example.com");
  Add("sshd", "", "branch.example.com");
  const auto snapshot = Run(Qualified());
  EXPECT_EQ(snapshot->accounts.size(), 1U);
  EXPECT_EQ(Who(*snapshot, "deploy@corp.example.com"), "deploy@corp.example.com");
}

TEST_P(Names, HomesMayLeaveTheDomainOut) {
  Add("alice");
  Add("alice", "", "branch.example.com");
  NssSettings nss = Qualified();
  nss.home_template = "/home/{domain}/{user}";
  const auto both = Run(nss);
  EXPECT_EQ(both->Find("alice@corp.example.com")->home, "/home/corp.example.com/alice");
  EXPECT_EQ(both->Find("alice@branch.example.com")->home, "/home/branch.example.com/alice");
  nss.home_template = "/home/{user}";
  const auto one = Run(nss);
  EXPECT_EQ(one->Find("alice@corp.example.com")->home, "/home/alice");
  EXPECT_EQ(one->Find("alice@branch.example.com"), nullptr);
}

INSTANTIATE_TEST_SUITE_P(EitherOrder, Names, ::testing::Bool());

}  // namespace
}  // namespace taglogin::daemon::replica
