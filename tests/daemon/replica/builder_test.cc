// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "base/deadline.h"
#include "tests/daemon/replica/samples.h"

namespace taglogin::daemon::replica {
namespace {

using samples::AddGroup;
using samples::AddMember;
using samples::At;
using samples::kEveryoneGid;
using samples::kFirstId;
using samples::MemberOf;
using samples::Sid;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// One login rule for "ssh-{Environment}-{Role}" and one that keeps contractors out; tags say prod, web.
class Builder : public ::testing::Test {
 protected:
  Builder() {
    policy::Rule login;
    login.name = "by tags";
    login.login = {"ssh-{Environment}-{Role}"};
    policy::Rule keep_out;
    keep_out.name = "no contractors";
    keep_out.deny = {"contractors"};
    rules_.rules = {keep_out, login};
    tags_.known = true;
    tags_.tags["Environment"] = {"prod", "imds", {}};
    tags_.tags["Role"] = {"web", "imds", {}};
    local_.known = true;
    local_.users = {"root", "deploy"};
    local_.uids = {0, 1000};
    local_.groups = {"root", "builders"};
    local_.gids = {0, 1000};
    closure_ = samples::SmallClosure();
  }

  std::shared_ptr<const Snapshot> Run() {
    ApplyClosure(contents_, closure_, asked_, At(0));
    return Rebuild();
  }
  std::shared_ptr<const Snapshot> Rebuild() {
    BuildInput input;
    input.rules = std::make_shared<const policy::RuleSet>(rules_);
    input.contents = &contents_;
    input.tags = &tags_;
    input.tags_read_at = At(-5);
    input.nss = &nss_;
    input.local = &local_;
    input.keys = keys_;
    input.previous_generation = 41;
    return Build(input);
  }
  // Adds one account of the selected group and says whether it is shown under any name.
  bool IsShown(directory::Member member) {
    const std::string id = member.account.id;
    member.memberships.push_back({Sid(2001), {"ssh-prod-web"}, false});
    AddMember(closure_, std::move(member));
    return Run()->by_id.contains(id);
  }

  policy::RuleSet rules_;
  policy::TagSet tags_;
  NssSettings nss_;
  directory::KeyDemands keys_;
  LocalNames local_;
  directory::Closure closure_;
  policy::SelectedNames asked_ = samples::SmallAsked();
  Contents contents_;
};

TEST_F(Builder, MakesAPasswdEntryAndFactsOfAMember) {
  directory::Member& alice = closure_.members.at(Sid(1107));
  alice.account.display_name = "Alice, Example: \xc3\xa9";
  alice.account.locked_until = std::chrono::sys_seconds(std::chrono::seconds(7));
  alice.account.password_expires = std::chrono::sys_seconds(std::chrono::seconds(9));
  alice.account.workstations = {{"WEB1"}};
  alice.account.logon_hours.emplace().open.set(3);
  alice.account.expires = std::chrono::sys_seconds(std::chrono::seconds(5));
  const auto snapshot = Run();
  EXPECT_EQ(snapshot->generation, 42U);
  EXPECT_TRUE(snapshot->complete);
  EXPECT_EQ(snapshot->server, "dc1.corp.example.com");
  EXPECT_EQ(snapshot->walked_at.wall_s, At(0).wall_s);
  EXPECT_EQ(snapshot->tags_read_at.wall_s, At(-5).wall_s);
  const AccountEntry* entry = snapshot->Find("alice");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry, snapshot->FindUid(770801107));  // as SSSD gives it
  EXPECT_EQ(entry->uid, 770801107U);
  EXPECT_EQ(entry->gid, 770800513U);
  EXPECT_EQ(entry->gecos, "Alice Example ");
  EXPECT_EQ(entry->home, "/home/alice");
  EXPECT_EQ(entry->shell, "/bin/bash");
  EXPECT_EQ(entry->facts.name, "alice");
  EXPECT_EQ(entry->facts.id, Sid(1107));
  EXPECT_EQ(entry->facts.locked_until, alice.account.locked_until);
  EXPECT_EQ(entry->facts.password_expires, alice.account.password_expires);
  EXPECT_FALSE(entry->facts.password_must_change);
  EXPECT_EQ(entry->facts.workstations, alice.account.workstations);
  ASSERT_TRUE(entry->facts.logon_hours);
  EXPECT_TRUE(entry->facts.logon_hours->readable);
  EXPECT_EQ(entry->facts.logon_hours->open, std::bitset<168>(8));
  EXPECT_FALSE(entry->facts.disabled);
  EXPECT_EQ(entry->facts.expires, alice.account.expires);
  EXPECT_FALSE(entry->facts.contradicted);
  EXPECT_EQ(entry->facts.groups, (std::map<std::string, policy::GroupPath>{{Sid(2001), {"ssh-prod-web", "web-team"}}}));
  EXPECT_TRUE(entry->permitted);
  EXPECT_EQ(entry->read_at.wall_s, At(0).wall_s);
  EXPECT_EQ(snapshot->Find("nobody-of-that-name"), nullptr);
  EXPECT_EQ(snapshot->FindUid(0), nullptr);
}

// T11
TEST_F(Builder, ASessionGetsItsPrimaryGroupTheEveryoneGroupAndGroupsOfRulesAndSettings) {
  AddGroup(closure_, 3000, "developers");
  AddGroup(closure_, 3001, "unasked");
  closure_.groups["developers"] = {directory::Resolution::kFound, samples::GroupOf(3000, "developers")};
  directory::Member& alice = closure_.members.at(Sid(1107));
  alice.nss_group_ids = {Sid(3000), Sid(3001)};
  nss_.groups = {"developers"};
  const auto snapshot = Run();
  EXPECT_THAT(snapshot->Find("alice")->gids,
              ElementsAre(kFirstId + 513, kEveryoneGid, kFirstId + 2001, kFirstId + 3000));
  EXPECT_THAT(snapshot->Find("bob")->gids, ElementsAre(kFirstId + 513, kEveryoneGid, kFirstId + 2003));
}

TEST_F(Builder, GroupsAreShownInLowerCaseWithTheirComputedGids) {
  const auto snapshot = Run();
  ASSERT_TRUE(snapshot->group_by_name.contains("domain users"));
  EXPECT_EQ(snapshot->groups[snapshot->group_by_name.at("domain users")].gid, 770800513U);
  ASSERT_TRUE(snapshot->group_by_gid.contains(kEveryoneGid));
  EXPECT_EQ(snapshot->groups[snapshot->group_by_gid.at(kEveryoneGid)].name, "taglogin-users");
}

TEST_F(Builder, PermittedIsWhoALoginRuleNamesUnderTheseTags) {
  policy::Rule named;
  named.name = "named";
  named.users = {"dave"};
  rules_.rules.push_back(named);
  closure_.users["dave"] = Sid(1300);
  AddMember(closure_, MemberOf(1300, "dave"));
  asked_.users = {"dave"};
  auto snapshot = Run();
  EXPECT_TRUE(snapshot->Find("alice")->permitted);
  EXPECT_FALSE(snapshot->Find("bob")->permitted);  // in a deny rule's group alone
  EXPECT_TRUE(snapshot->Find("dave")->permitted);
  tags_.tags["Environment"].value = "dev";
  snapshot = Rebuild();
  EXPECT_FALSE(snapshot->Find("alice")->permitted);
  EXPECT_FALSE(snapshot->complete);  // nobody has asked for ssh-dev-web yet
}

TEST_F(Builder, NamesStandForFoundAndPinnedObjectsOnly) {
  closure_.groups["moved"] = {directory::Resolution::kPinMismatch, samples::GroupOf(2010, "moved")};
  closure_.groups["lost"] = {directory::Resolution::kPinMismatch, {}};
  closure_.groups["list"] = {directory::Resolution::kNotSecurity, samples::GroupOf(2011, "list")};
  closure_.groups["twice"] = {directory::Resolution::kAmbiguous, samples::GroupOf(2012, "twice")};
  closure_.groups["none"] = {directory::Resolution::kNotFound, samples::GroupOf(2013, "none")};
  closure_.warnings = {"group none\n was not found"};
  const auto snapshot = Run();
  EXPECT_EQ(snapshot->names.groups,
            (std::map<std::string, std::string, std::less<>>{
                {"ssh-prod-web", Sid(2001)}, {"contractors", Sid(2003)}, {"moved", Sid(2010)}}));
  EXPECT_THAT(snapshot->warnings, Contains(HasSubstr("none\\x0a was not found")));
}

// Whoever makes a second group of the name must not thereby let in those whom the first one keeps out.
TEST_F(Builder, DenialsAreNotCompleteWhileAGroupThatKeepsOutIsAmbiguous) {
  ASSERT_TRUE(Run()->denials_complete);
  closure_.groups["contractors"] = {directory::Resolution::kAmbiguous, {}};
  contents_ = {};
  const auto snapshot = Run();
  EXPECT_FALSE(snapshot->denials_complete);
  EXPECT_THAT(snapshot->warnings, Contains(HasSubstr("nobody gets in: a rule keeps out group contractors")));
  // One that lets in stands for nobody, and that is all.
  closure_ = samples::SmallClosure();
  closure_.groups["ssh-prod-web"] = {directory::Resolution::kAmbiguous, {}};
  contents_ = {};
  EXPECT_TRUE(Run()->denials_complete);
}

TEST_F(Builder, AMembershipThatTokenGroupsContradictsGivesNothing) {
  closure_.members.at(Sid(1107)).memberships[0].contradicted = true;
  const auto snapshot = Run();
  const AccountEntry* alice = snapshot->Find("alice");
  ASSERT_NE(alice, nullptr);
  EXPECT_TRUE(alice->facts.contradicted);
  EXPECT_THAT(alice->facts.groups, IsEmpty());
  EXPECT_FALSE(alice->permitted);
  EXPECT_THAT(alice->gids, ElementsAre(kFirstId + 513, kEveryoneGid));
}

TEST_F(Builder, AnExtraAccountHasNoMembershipsWhateverItCarries) {
  ExtraAccount extra{MemberOf(1200, "visitor"), At(-100)};
  extra.member.memberships.push_back({Sid(2001), {"ssh-prod-web"}, false});
  ApplyClosure(contents_, closure_, asked_, At(0));
  contents_.extras[Sid(1200)] = extra;
  contents_.last_used[Sid(1200)] = 77;
  const auto snapshot = Rebuild();
  const AccountEntry* visitor = snapshot->Find("visitor");
  ASSERT_NE(visitor, nullptr);
  EXPECT_FALSE(visitor->permitted);
  EXPECT_THAT(visitor->facts.groups, IsEmpty());
  EXPECT_EQ(visitor->read_at.wall_s, At(-100).wall_s);
  EXPECT_EQ(visitor->last_used_s, 77);
}

TEST_F(Builder, WithoutAWalkTheSnapshotIsIncomplete) {
  const auto snapshot = Rebuild();
  EXPECT_FALSE(snapshot->complete);
  EXPECT_THAT(snapshot->accounts, IsEmpty());
}

// T10, T13
TEST_F(Builder, ReservedAndLocalNamesAreHidden) {
  for (const char* name : {"root", "Root", "ROOT", "Administrator", "admin", "daemon", "bin", "sshd", "nobody", "_apt",
                           "taglogin", "taglogin-keys", "deploy", "DEPLOY"}) {
    EXPECT_FALSE(IsShown(MemberOf(1400, name))) << name;
  }
  EXPECT_TRUE(IsShown(MemberOf(1400, "erin")));
}

TEST_F(Builder, NamesWithoutACanonicalFormAreHidden) {
  for (const char* name : {"", ".", "..", "-rf", "0day", "123", " erin", "erin ", "er in", "er\xc3\xadn", "e:rin",
                           "erin\n", "e/rin", "user@dom", "DOM\\user", "abcdefghijabcdefghijabcdefghijabc"}) {
    EXPECT_FALSE(IsShown(MemberOf(1400, name))) << name;
  }
}

// A rule that keeps somebody out by a name that has become two people's keeps out nobody, so nobody gets in.
TEST_F(Builder, AnAmbiguousUserOfADenyRuleStopsEverybody) {
  policy::Rule keep_out;
  keep_out.name = "not bob";
  keep_out.deny_users = {"bob@corp.example.com"};
  rules_.rules.push_back(keep_out);
  asked_.users = {"bob@corp.example.com"};
  EXPECT_TRUE(Run()->denials_complete);
  closure_.ambiguous_users = {"bob@corp.example.com"};
  const auto snapshot = Run();
  EXPECT_FALSE(snapshot->denials_complete);
  EXPECT_THAT(snapshot->warnings, Contains(HasSubstr("nobody gets in: a rule keeps out account bob@corp.example.com")));
  rules_.rules.back().deny_users.clear();
  rules_.rules.back().users = {"bob@corp.example.com"};
  EXPECT_TRUE(Run()->denials_complete);
}

// T12: the mapping is asked again on every build, whatever the replica says.
TEST_F(Builder, IdsOutsideTheMappingAreHidden) {
  for (const char* sid : {"S-1-5-32-544", "S-1-5-18", "S-1-5-21-1-2-1107", "0", "", "1107", "S-1-5-21-1-2-3-x"}) {
    directory::Member erin = MemberOf(1400, "erin");
    erin.account.id = sid;
    EXPECT_FALSE(IsShown(erin)) << sid;
    directory::Member frank = MemberOf(1401, "frank");
    frank.account.primary_group_id = sid;
    EXPECT_FALSE(IsShown(frank)) << sid;
    closure_.members.clear();
  }
}

// T12, T13
TEST_F(Builder, IdsInLocalUseAreHidden) {
  local_.uids.insert(kFirstId + 1400);
  EXPECT_FALSE(IsShown(MemberOf(1400, "erin")));
  local_.gids.insert(kFirstId + 2001);
  auto snapshot = Run();
  EXPECT_THAT(snapshot->Find("alice")->gids, ElementsAre(kFirstId + 513, kEveryoneGid));
  EXPECT_FALSE(snapshot->group_by_gid.contains(kFirstId + 2001));
  local_.gids.insert(kFirstId + 513);
  EXPECT_THAT(Run()->accounts, IsEmpty());
  EXPECT_THAT(Run()->warnings, Contains(HasSubstr("gid 770800513 is in use locally")));
}

// T13, T14
TEST_F(Builder, PowerfulAndLocalGroupNamesAreHiddenAndGiveNoGid) {
  unsigned rid = 4000;
  for (const char* name : {"root", "adm", "disk", "docker", "lxd", "sudo", "Wheel", "shadow", "kmem", "systemd-journal",
                           "kvm", "libvirt", "Builders", "taglogin-users", "a:b", "caf\xc3\xa9"}) {
    AddGroup(closure_, ++rid, name);
    closure_.groups[name] = {directory::Resolution::kFound, samples::GroupOf(rid, name)};
    closure_.members.at(Sid(1107)).memberships.push_back({Sid(rid), {name}, false});
    nss_.groups.emplace_back(name);
  }
  const auto snapshot = Run();
  EXPECT_THAT(snapshot->Find("alice")->gids, ElementsAre(kFirstId + 513, kEveryoneGid, kFirstId + 2001));
  for (unsigned hidden = 4001; hidden <= rid; ++hidden) {
    EXPECT_FALSE(snapshot->group_by_gid.contains(kFirstId + hidden)) << hidden;
  }
  EXPECT_EQ(snapshot->groups.size(), 4U);  // ssh-prod-web, contractors, domain users, taglogin-users
}

// T13: on a machine whose own files have none of these names, in whatever order NSS asks.
TEST_F(Builder, NamesOfTheSystemAndOfTagloginItselfAreNobodysAndReported) {
  local_.users = {};
  local_.uids = {};
  local_.groups = {};
  local_.gids = {};
  const std::vector<std::string> users = {"root", "bin",      "sshd",     "nobody",        "daemon",
                                          "_apt", "taglogin", "mail",     "taglogin-keys", "taglogin-users",
                                          "adm",  "sssd",     "www-data", "operator",      "systemd-coredump"};
  const std::vector<std::string> groups = {"sudo",     "wheel",         "docker", "lxd",   "adm",
                                           "disk",     "shadow",        "root",   "kmem",  "systemd-journal",
                                           "taglogin", "taglogin-keys", "video",  "staff", "taglogin-users"};
  directory::Member& alice = closure_.members.at(Sid(1107));
  unsigned rid = 6000;
  for (const std::string& name : users) {
    directory::Member member = MemberOf(++rid, name);
    member.memberships.push_back({Sid(2001), {"ssh-prod-web"}, false});
    AddMember(closure_, member);
  }
  for (const std::string& name : groups) {
    AddGroup(closure_, ++rid, name);
    closure_.groups[name] = {directory::Resolution::kFound, samples::GroupOf(rid, name)};
    alice.memberships.push_back({Sid(rid), {name}, false});
    nss_.groups.push_back(name);
  }
  const auto snapshot = Run();
  EXPECT_EQ(snapshot->accounts.size(), 2U);  // alice and bob
  EXPECT_EQ(snapshot->groups.size(), 4U);    // ssh-prod-web, contractors, domain users, everybody's
  for (const std::string& name : users) {
    EXPECT_EQ(snapshot->Find(name), nullptr) << name;
    EXPECT_THAT(snapshot->warnings, Contains(HasSubstr("account " + name + " ("))) << name;
  }
  for (const std::string& name : groups) {
    EXPECT_TRUE(name == "taglogin-users" || !snapshot->group_by_name.contains(name)) << name;
    EXPECT_THAT(snapshot->warnings, Contains(HasSubstr("group " + name + " ("))) << name;
  }
  for (unsigned hidden = 6001; hidden <= rid; ++hidden) {
    EXPECT_EQ(snapshot->FindUid(kFirstId + hidden), nullptr) << hidden;
    EXPECT_FALSE(snapshot->group_by_gid.contains(kFirstId + hidden)) << hidden;
  }
  EXPECT_EQ(snapshot->groups[snapshot->group_by_name.at("taglogin-users")].gid, kEveryoneGid);
  EXPECT_THAT(snapshot->Find("alice")->gids, ElementsAre(kFirstId + 513, kEveryoneGid, kFirstId + 2001));
}

// T19: the template gives a home that a local account has, spelt another way or not.
TEST_F(Builder, NobodyGetsALocalAccountsHome) {
  local_.homes = {"/home/alice"};
  const auto snapshot = Run();
  EXPECT_EQ(snapshot->Find("alice"), nullptr);
  EXPECT_NE(snapshot->Find("bob"), nullptr);
}

TEST_F(Builder, TwoAccountsOfOneNameAreBothHidden) {
  EXPECT_FALSE(IsShown(MemberOf(1400, "ALICE")));
  const auto snapshot = Run();
  EXPECT_EQ(snapshot->Find("alice"), nullptr);
  EXPECT_NE(snapshot->Find("bob"), nullptr);
  EXPECT_THAT(snapshot->warnings, Contains(HasSubstr("another account has the name alice")));
}

TEST_F(Builder, TwoGroupsOfOneNameAreBothHidden) {
  AddGroup(closure_, 2050, "SSH-prod-web");
  const auto snapshot = Run();
  EXPECT_FALSE(snapshot->group_by_name.contains("ssh-prod-web"));
  EXPECT_THAT(snapshot->Find("alice")->gids, ElementsAre(kFirstId + 513, kEveryoneGid));
  EXPECT_TRUE(snapshot->Find("alice")->permitted);  // rules go by id, not by what can be shown
}

TEST_F(Builder, NobodyIsShownWhileLocalAccountsAreUnknown) {
  local_ = LocalNames{};
  EXPECT_THAT(Run()->accounts, IsEmpty());
}

TEST_F(Builder, AnAccountWithoutAUsableHomeIsHidden) {
  nss_.home_template = "/root/{name}";
  EXPECT_THAT(Run()->accounts, IsEmpty());
}

TEST_F(Builder, TheEveryoneGidIsNotGivenWhenItIsLocal) {
  local_.gids.insert(kEveryoneGid);
  const auto snapshot = Run();
  EXPECT_THAT(snapshot->Find("bob")->gids, ElementsAre(kFirstId + 513, kFirstId + 2003));
  EXPECT_THAT(snapshot->warnings, Contains(HasSubstr("gid 2000200000 is in use locally")));
}

TEST_F(Builder, KeysAreDecodedAndUnusableOnesReported) {
  directory::Member& alice = closure_.members.at(Sid(1107));
  // ssh-ed25519 with a key of 32 zero bytes, and a type that is not accepted.
  alice.account.key_values = {"SSHKey:ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                              "ssh-dss nonsense"};
  const auto snapshot = Run();
  ASSERT_EQ(snapshot->Find("alice")->keys.size(), 1U);
  EXPECT_EQ(snapshot->Find("alice")->keys[0].type, "ssh-ed25519");
  EXPECT_THAT(snapshot->warnings, Contains(HasSubstr("account alice: a key is not used")));

  keys_.types = {"ssh-rsa"};
  const auto narrow = Run();
  EXPECT_TRUE(narrow->Find("alice")->keys.empty());
  EXPECT_THAT(narrow->warnings, Contains(HasSubstr("is of type ssh-ed25519, which key_types does not list")));
}

TEST_F(Builder, SlicesOnceChosenAreGivenBackAndStayWhateverTheSettingsSay) {
  const auto first = Run();
  EXPECT_EQ(first->slices, (directory::Slices{{samples::kDomain, {kFirstId, 200000}}}));
  contents_.slices = first->slices;
  nss_.ids.slices = {{samples::kDomain, 0}};
  const auto later = Run();
  ASSERT_NE(later->FindUid(kFirstId + 1107), nullptr);
  EXPECT_THAT(later->warnings, Contains(HasSubstr("begin with 770800000 here and stay, although [ids] says 200000")));
  nss_.ids.slice_size = 100000;
  const auto refused = Run();
  EXPECT_THAT(refused->accounts, IsEmpty());
  EXPECT_THAT(refused->warnings, Contains(HasSubstr("slice_size is 100000, so who is in it is hidden")));
  EXPECT_EQ(refused->slices, first->slices);
}

// Their ids, and how old what is known of them is, are their domain's.
TEST_F(Builder, AccountsOfAFurtherDomainHaveASliceAndAnAgeOfTheirOwn) {
  const std::string partner = "S-1-5-21-1004336348-1177238915-682003330";
  directory::Member visitor = MemberOf(1107, "visitor");
  visitor.account.id = partner + "-1107";
  visitor.account.primary_group_id = partner + "-513";
  visitor.account.domain = "partner.example";
  visitor.memberships.push_back({Sid(2001), {"ssh-prod-web"}, false});
  AddMember(closure_, visitor);
  closure_.behind_ms = {{"partner.example", 60000}};
  const auto snapshot = Run();
  ASSERT_TRUE(snapshot->slices.contains(partner));
  const directory::Slice slice = snapshot->slices.at(partner);
  EXPECT_NE(slice, snapshot->slices.at(samples::kDomain));
  ASSERT_TRUE(snapshot->by_id.contains(partner + "-1107"));
  const AccountEntry& shown = snapshot->accounts[snapshot->by_id.at(partner + "-1107")];
  EXPECT_EQ(shown.uid, slice.first + 1107);
  EXPECT_EQ(shown.gid, slice.first + 513);
  EXPECT_EQ(shown.read_at.boot_ms, At(-60).boot_ms);
  EXPECT_EQ(snapshot->Find("alice")->read_at.boot_ms, At(0).boot_ms);
  contents_.slices = snapshot->slices;
  nss_.ids.slices = {{partner, 0}};
  EXPECT_EQ(Rebuild()->slices.at(partner), slice) << "pinned";
}

class NumbersOfTheDirectory : public Builder {
 protected:
  NumbersOfTheDirectory() {
    nss_.ids.source = directory::IdSettings::Source::kDirectory;
    nss_.ids.lower = 1000;
    Number(1107, 5000, 6000);
    Number(1108, 5001, 6000);
    closure_.known_groups.at(Sid(2001)).gid_number = 7000;
  }
  void Number(unsigned rid, std::optional<std::uint32_t> uid, std::optional<std::uint32_t> gid) {
    directory::Account& account = closure_.members.at(Sid(rid)).account;
    account.uid_number = uid;
    account.gid_number = gid;
  }
};

// The domain's ids were computed before.
TEST_F(NumbersOfTheDirectory, MayHaveARangeSmallerThanASlice) {
  nss_.ids.upper = 60000;
  contents_.slices = {{samples::kDomain, {kFirstId, 200000}}};
  const auto snapshot = Run();
  EXPECT_NE(snapshot->FindUid(5000), nullptr);
  EXPECT_THAT(snapshot->warnings, Not(Contains(HasSubstr("770800000"))));
}

TEST_F(NumbersOfTheDirectory, AreTheIds) {
  const auto snapshot = Run();
  const AccountEntry* alice = snapshot->FindUid(5000);
  ASSERT_NE(alice, nullptr);
  EXPECT_EQ(alice->login_name, "alice");
  EXPECT_EQ(alice->gid, 6000U);
  EXPECT_THAT(alice->gids, ElementsAre(6000, kEveryoneGid, 7000));
  EXPECT_TRUE(snapshot->group_by_gid.contains(7000));
  EXPECT_THAT(snapshot->slices, IsEmpty());
}

// T12
TEST_F(NumbersOfTheDirectory, OutsideTheRangeOrOfTheSystemGiveNobodyAnything) {
  using Number32 = std::optional<std::uint32_t>;
  nss_.ids.upper = 3000000;
  for (const Number32 id :
       {Number32{}, Number32{0}, Number32{1}, Number32{999}, Number32{60001}, Number32{60578}, Number32{61184},
        Number32{65519}, Number32{65533}, Number32{65534}, Number32{65535}, Number32{3000000}, Number32{0x7fffffff},
        Number32{0x80000000}, Number32{0xfffffffe}, Number32{0xffffffff}}) {
    Number(1107, id, 6000);
    Number(1108, 5001, id);
    closure_.known_groups.at(Sid(2001)).gid_number = id;
    const auto snapshot = Run();
    EXPECT_THAT(snapshot->accounts, IsEmpty()) << id.value_or(7);
    EXPECT_EQ(snapshot->groups.size(), 1U) << id.value_or(7);
  }
  Number(1107, 60001, 6000);
  Number(1108, 5001, 999);
  const auto snapshot = Run();
  EXPECT_THAT(snapshot->warnings, Contains(HasSubstr("uidNumber 60001 is the system's")));
  EXPECT_THAT(snapshot->warnings,
              Contains(HasSubstr("primary group: gidNumber 999 is not from [ids] lower 1000 to below upper 3000000")));
  local_.uids = local_.gids = {0};
  for (const std::uint32_t id : {1000U, 60000U, 65536U, 2999999U}) {
    Number(1107, id, id);
    EXPECT_NE(Run()->FindUid(id), nullptr) << id;
  }
}

// T12, T13
TEST_F(NumbersOfTheDirectory, ThatTwoHaveOrThatAreLocalHideThem) {
  Number(1108, 5000, 6000);
  auto snapshot = Run();
  EXPECT_THAT(snapshot->accounts, IsEmpty());
  EXPECT_THAT(snapshot->warnings, Contains(HasSubstr("another account has the name bob or uid 5000")));
  Number(1108, 1000, 6000);  // deploy's
  snapshot = Run();
  EXPECT_EQ(snapshot->Find("bob"), nullptr);
  EXPECT_NE(snapshot->Find("alice"), nullptr);
  EXPECT_THAT(snapshot->warnings, Contains(HasSubstr("uid 1000 is in use locally")));
}

TEST_F(Builder, WarningsAreBounded) {
  for (unsigned i = 0; i < 5000; ++i) AddMember(closure_, MemberOf(5000 + i, "not a name"));
  const auto snapshot = Run();
  ASSERT_EQ(snapshot->warnings.size(), 101U);
  EXPECT_EQ(snapshot->warnings.back(), "and 4900 more");
}

TEST_F(Builder, TenThousandAccountsTakeLessThanASecond) {
  for (unsigned i = 0; i < 10000; ++i) {
    directory::Member member = MemberOf(10000 + i, "user" + std::to_string(i));
    member.memberships.push_back({Sid(2001), {"ssh-prod-web", "web-team"}, false});
    AddMember(closure_, std::move(member));
  }
  ApplyClosure(contents_, closure_, asked_, At(0));
  const std::int64_t begin = base::ClockMs(CLOCK_THREAD_CPUTIME_ID);  // other programs' time is not ours
  const auto snapshot = Rebuild();
  const std::int64_t took = base::ClockMs(CLOCK_THREAD_CPUTIME_ID) - begin;
  EXPECT_EQ(snapshot->accounts.size(), 10002U);
  EXPECT_EQ(snapshot->FindUid(kFirstId + 19999)->login_name, "user9999");
#ifndef __SANITIZE_ADDRESS__
  EXPECT_LT(took, 1000);
#else
  EXPECT_GE(took, 0);  // the sanitizers' own work is not to be measured
#endif
}

}  // namespace
}  // namespace taglogin::daemon::replica
