// SPDX-License-Identifier: Apache-2.0
#include "directory/closure_walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/directory/fake_directory.h"

namespace taglogin::directory {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class ClosureWalk : public testing::Test {
 protected:
  base::Result<WalkOutcome> Try(const WalkRequest& request, const std::string& base = kFakeContext) {
    return WalkClosure(directory_, FakeReader(base), request, memory_, base::Deadline::After(60000));
  }
  Closure Walk(const WalkRequest& request, const std::string& base = kFakeContext) {
    auto outcome = Try(request, base);
    if (!outcome) {
      ADD_FAILURE() << outcome.error().detail;
      return {};
    }
    watched_ = outcome->watched;
    return std::move(outcome->closure);
  }
  Closure WalkGroups(const std::vector<std::string>& groups) {
    WalkRequest request;
    request.groups = groups;
    return Walk(request);
  }
  std::string Id(const std::string& guid) { return directory_.At(guid).sid; }

  FakeDirectory directory_;
  WalkMemory memory_;
  Watched watched_;
};

// "name: way | way", with ! for a contradiction.
std::vector<std::string> Ways(const Closure& closure) {
  std::vector<std::string> out;
  for (const auto& [id, member] : closure.members) {
    std::string line = member.account.name + ":";
    for (const Membership& membership : member.memberships) {
      line += ' ';
      for (const std::string& name : membership.path) line += name + '>';
      line.back() = membership.contradicted ? '!' : ';';
    }
    out.push_back(line);
  }
  return out;
}

TEST_F(ClosureWalk, FindsMembersThroughNestedGroups) {
  const auto outer = directory_.AddGroup("ssh-db");
  const auto inner = directory_.AddGroup("db-team");
  directory_.AddMember(outer, inner);
  directory_.AddMember(outer, directory_.AddUser("carol"));
  directory_.AddMember(inner, directory_.AddUser("bob"));
  directory_.AddUser("eve");
  const Closure closure = WalkGroups({"SSH-DB"});
  EXPECT_THAT(Ways(closure), UnorderedElementsAre("carol: ssh-db;", "bob: ssh-db>db-team;"));
  EXPECT_EQ(closure.groups.at("SSH-DB").resolution, Resolution::kFound);
  EXPECT_EQ(closure.groups.at("SSH-DB").group.id, Id(outer));
  EXPECT_THAT(closure.warnings, IsEmpty());
}

TEST_F(ClosureWalk, TakesTheShortestWay) {
  const auto a = directory_.AddGroup("a");
  const auto b = directory_.AddGroup("b");
  const auto c = directory_.AddGroup("c");
  const auto alice = directory_.AddUser("alice");
  directory_.AddMember(a, b);
  directory_.AddMember(b, c);
  directory_.AddMember(c, alice);
  directory_.AddMember(a, c);
  EXPECT_THAT(Ways(WalkGroups({"a"})), ElementsAre("alice: a>c;"));
}

TEST_F(ClosureWalk, EndsInACycle) {
  const auto a = directory_.AddGroup("a");
  const auto b = directory_.AddGroup("b");
  directory_.AddMember(a, b);
  directory_.AddMember(b, a);
  directory_.AddMember(b, directory_.AddUser("dave"));
  EXPECT_THAT(Ways(WalkGroups({"a", "b"})), ElementsAre("dave: a>b; b;"));
}

TEST_F(ClosureWalk, DistributionGroupsLeadNowhere) {
  const auto a = directory_.AddGroup("a");
  const auto list = directory_.AddGroup("list");
  directory_.At(list).security = false;
  directory_.AddMember(a, list);
  directory_.AddMember(list, directory_.AddUser("alice"));
  const Closure closure = WalkGroups({"a", "list"});
  EXPECT_THAT(closure.members, IsEmpty());
  EXPECT_EQ(closure.groups.at("list").resolution, Resolution::kNotSecurity);
}

TEST_F(ClosureWalk, ReadsEveryRangeOfMembers) {
  const auto big = directory_.AddGroup("big");
  for (int i = 0; i < 100; ++i) directory_.AddMember(big, directory_.AddUser("u" + std::to_string(i)));
  for (const std::size_t limit : {1U, 3U, 7U, 50U, 99U, 100U, 1500U}) {
    directory_.range_limit = limit;
    EXPECT_THAT(WalkGroups({"big"}).members, SizeIs(100)) << limit;
  }
}

TEST_F(ClosureWalk, FailsWhenRangesMakeNoSense) {
  const auto big = directory_.AddGroup("big");
  for (int i = 0; i < 9; ++i) directory_.AddMember(big, directory_.AddUser("u" + std::to_string(i)));
  for (const char* name : {"member;range=0-9", "member;range=5-7", "member;range=a-b", "member;range=2-0",
                           "member;range=0-2-4", "member;range=-2", "member;range="}) {
    directory_.nonsense_range = name;
    WalkRequest request;
    request.groups = {"big"};
    EXPECT_FALSE(Try(request)) << name;
  }
}

TEST_F(ClosureWalk, CountsPrimaryGroups) {
  const auto outer = directory_.AddGroup("outer");
  const auto staff = directory_.AddGroup("staff");
  directory_.AddMember(outer, staff);
  const auto alice = directory_.AddUser("alice");
  directory_.At(alice).primary_group = Id(staff);
  directory_.AddUser("bob");
  const Closure closure = WalkGroups({"outer"});
  EXPECT_THAT(Ways(closure), ElementsAre("alice: outer>staff;"));
  EXPECT_EQ(closure.members.at(Id(alice)).account.primary_group_id, Id(staff));
  EXPECT_EQ(closure.known_groups.at(Id(staff)).name, "staff");
}

TEST_F(ClosureWalk, LeavesOutComputersTrustsAndContacts) {
  const auto group = directory_.AddGroup("g");
  const auto host = directory_.AddUser("HOST1$");
  directory_.At(host).classes.push_back("computer");
  const auto trust = directory_.AddUser("OTHER$");
  directory_.At(trust).attributes["useraccountcontrol"] = {"2080"};  // INTERDOMAIN_TRUST_ACCOUNT | PASSWD_NOTREQD
  const auto contact = directory_.AddUser("contact");
  directory_.At(contact).classes = {"top", "contact"};
  directory_.At(contact).sid.clear();
  for (const auto& member : {host, trust, contact}) directory_.AddMember(group, member);
  EXPECT_THAT(WalkGroups({"g"}).members, IsEmpty());
}

TEST_F(ClosureWalk, LeavesOutOtherDomainsWithAWarning) {
  const auto group = directory_.AddGroup("g");
  directory_.AddMember(group,
                       "<GUID=00000001-0000-4000-8000-000000000000>;<SID=S-1-5-21-9-9-9-1103>;CN=S-1-5-21-9-9-9-1103");
  const auto alien = directory_.AddUser("alien");
  directory_.At(alien).sid = "S-1-5-21-9-9-9-500";
  directory_.AddMember(group, alien);
  const Closure closure = WalkGroups({"g"});
  EXPECT_THAT(closure.members, IsEmpty());
  EXPECT_THAT(closure.warnings, ElementsAre(HasSubstr("2 members of other domains")));
}

TEST_F(ClosureWalk, NamesDoNotResolveOutsideTheSearchBase) {
  const auto inside = directory_.AddGroup("ssh-web", "OU=Ours,");
  const auto outside = directory_.AddGroup("ssh-db", "OU=Theirs,");
  directory_.AddMember(inside, directory_.AddUser("alice", "OU=Ours,"));
  directory_.AddMember(inside, directory_.AddUser("mallory", "OU=Theirs,"));
  directory_.AddMember(outside, directory_.AddUser("carol", "OU=Ours,"));
  directory_.AddUser("dave", "OU=Theirs,");
  // Looks like the base to a careless comparison.
  directory_.AddMember(inside, directory_.AddUser("eve", "CN=x\\,OU=Ours,"));
  WalkRequest request;
  request.groups = {"ssh-web", "ssh-db"};
  request.users = {"dave"};
  const Closure closure = Walk(request, std::string("OU=Ours,") + kFakeContext);
  EXPECT_THAT(Ways(closure), ElementsAre("alice: ssh-web;"));
  EXPECT_EQ(closure.groups.at("ssh-db").resolution, Resolution::kNotFound);
  EXPECT_THAT(closure.users, IsEmpty());
  EXPECT_THAT(closure.warnings, Contains(HasSubstr("2 accounts lie outside search_base")));
}

TEST_F(ClosureWalk, FollowsNestedGroupsOutsideTheSearchBase) {
  const auto inside = directory_.AddGroup("deny", "OU=Ours,");
  const auto outside = directory_.AddGroup("nested", "OU=Theirs,");
  directory_.AddMember(inside, outside);
  directory_.AddMember(outside, directory_.AddUser("alice", "OU=Ours,"));
  WalkRequest request;
  request.groups = {"deny"};
  EXPECT_THAT(Ways(Walk(request, std::string("OU=Ours,") + kFakeContext)), ElementsAre("alice: deny>nested;"));
}

TEST_F(ClosureWalk, NamesThatDifferByAnAccentAreOthers) {
  directory_.AddMember(directory_.AddGroup("l\xc3\xb6sch"), directory_.AddUser("alice"));
  const Closure closure = WalkGroups({"losch", "L\xc3\xb6SCH"});
  EXPECT_EQ(closure.groups.at("losch").resolution, Resolution::kNotFound);
  EXPECT_EQ(closure.groups.at("L\xc3\xb6SCH").resolution, Resolution::kFound);
}

TEST_F(ClosureWalk, ComposedAndDecomposedNamesAreTheSame) {
  EXPECT_EQ(NameKey("l\xc3\xb6sch"), NameKey("lo\xcc\x88sch"));
  EXPECT_NE(NameKey("l\xc3\xb6sch"), NameKey("losch"));
  EXPECT_NE(NameKey("\xc3\x96"), NameKey("\xc3\xb6"));
  EXPECT_EQ(NameKey("A\xff"), "a\xff");
}

TEST_F(ClosureWalk, SeveralGroupsOfANameStandForNone) {
  directory_.AddMember(directory_.AddGroup("twice", "OU=A,"), directory_.AddUser("alice"));
  directory_.AddMember(directory_.AddGroup("Twice", "OU=B,"), directory_.AddUser("bob"));
  const Closure closure = WalkGroups({"twice"});
  EXPECT_EQ(closure.groups.at("twice").resolution, Resolution::kAmbiguous);
  EXPECT_THAT(closure.members, IsEmpty());
}

TEST_F(ClosureWalk, APersonIsNoGroupAndNoNameNeverMatches) {
  directory_.AddUser("alice");
  const Closure closure = WalkGroups({"alice", "", "*", std::string(300, 'a')});
  for (const auto& [name, group] : closure.groups) EXPECT_EQ(group.resolution, Resolution::kNotFound) << name;
}

TEST_F(ClosureWalk, APinHoldsWhenTheNameMovesOn) {
  const auto old_group = directory_.AddGroup("ssh-web");
  directory_.AddMember(old_group, directory_.AddUser("alice"));
  WalkRequest request;
  request.groups = {"ssh-web"};
  request.pins = {{"ssh-web", Id(old_group)}};
  EXPECT_EQ(Walk(request).groups.at("ssh-web").resolution, Resolution::kFound);

  directory_.At(old_group).name = "web-old";
  Closure closure = Walk(request);
  EXPECT_EQ(closure.groups.at("ssh-web").resolution, Resolution::kFound);
  EXPECT_THAT(Ways(closure), ElementsAre("alice: web-old;"));
  EXPECT_THAT(closure.warnings, ElementsAre(HasSubstr("renamed")));

  const auto new_group = directory_.AddGroup("ssh-web");
  directory_.AddMember(new_group, directory_.AddUser("mallory"));
  closure = Walk(request);
  EXPECT_EQ(closure.groups.at("ssh-web").resolution, Resolution::kPinMismatch);
  EXPECT_EQ(closure.groups.at("ssh-web").group.id, Id(old_group));
  EXPECT_THAT(Ways(closure), ElementsAre("alice: web-old;"));

  directory_.Remove(old_group);
  closure = Walk(request);
  EXPECT_EQ(closure.groups.at("ssh-web").resolution, Resolution::kPinMismatch);
  EXPECT_EQ(closure.groups.at("ssh-web").group.id, "");
  EXPECT_THAT(closure.members, IsEmpty());
}

TEST_F(ClosureWalk, APinOutsideTheSearchBaseStandsForNothing) {
  const auto outside = directory_.AddGroup("ssh-web", "OU=Theirs,");
  WalkRequest request;
  request.groups = {"ssh-web"};
  request.pins = {{"ssh-web", Id(outside)}};
  EXPECT_EQ(Walk(request, std::string("OU=Ours,") + kFakeContext).groups.at("ssh-web").resolution,
            Resolution::kNotFound);
}

TEST_F(ClosureWalk, UsersAreFoundAndPinnedLikeGroups) {
  const auto alice = directory_.AddUser("Alice");
  const auto bob = directory_.AddUser("bob");
  WalkRequest request;
  request.users = {"alice", "bob", "nobody"};
  request.pins = {{"bob", Id(bob)}};
  Closure closure = Walk(request);
  EXPECT_THAT(closure.users, UnorderedElementsAre(Pair("alice", Id(alice)), Pair("bob", Id(bob))));
  EXPECT_THAT(Ways(closure), UnorderedElementsAre("Alice:", "bob:"));
  EXPECT_THAT(closure.warnings, ElementsAre(HasSubstr("nobody")));

  directory_.Remove(bob);
  directory_.AddUser("bob");
  closure = Walk(request);
  EXPECT_FALSE(closure.users.contains("bob"));
  EXPECT_THAT(Ways(closure), ElementsAre("Alice:"));
  EXPECT_THAT(closure.warnings, Contains(HasSubstr("now another account")));
}

TEST_F(ClosureWalk, UsersAreFoundUnderEverySpelling) {
  const auto alice = directory_.AddUser("Alice");
  directory_.At(alice).attributes["userprincipalname"] = {"Al@Mail.Example"};
  directory_.AddUser("bob@corp.example");
  WalkRequest request;
  request.users = {"alice", "ALICE@corp.example", "al@mail.example", "alice@mail.example", "bob@corp.example"};
  const Closure closure = Walk(request);
  EXPECT_THAT(closure.users, UnorderedElementsAre(Pair("alice", Id(alice)), Pair("ALICE@corp.example", Id(alice)),
                                                  Pair("al@mail.example", Id(alice))));
  EXPECT_THAT(closure.ambiguous_users, IsEmpty());
  EXPECT_EQ(closure.members.at(Id(alice)).account.upn, "Al@Mail.Example");
}

// Whoever may write one account's principal takes nobody's name from a rule; what a name stood for before it still
// does.
TEST_F(ClosureWalk, AUserThatCouldBeTwoIsNobodyButForAPin) {
  const auto alice = directory_.AddUser("alice");
  const auto bob = directory_.AddUser("bob");
  directory_.At(alice).attributes["userprincipalname"] = {"bob@corp.example"};
  WalkRequest request;
  request.users = {"bob", "bob@corp.example"};
  const Closure closure = Walk(request);
  EXPECT_THAT(closure.users, ElementsAre(Pair("bob", Id(bob))));
  EXPECT_THAT(closure.ambiguous_users, ElementsAre("bob@corp.example"));
  EXPECT_THAT(closure.warnings, Contains(HasSubstr("bob@corp.example: several accounts")));
  request.pins = {{"bob@corp.example", Id(bob)}};
  EXPECT_THAT(Walk(request).users, UnorderedElementsAre(Pair("bob", Id(bob)), Pair("bob@corp.example", Id(bob))));
}

TEST_F(ClosureWalk, LooksUpFurtherAccountsById) {
  const auto alice = directory_.AddUser("alice");
  WalkRequest request;
  request.lookup_ids = {Id(alice), "S-1-5-21-1-2-3-77777", "S-1-5-32-544", "nonsense"};
  EXPECT_THAT(Ways(Walk(request)), ElementsAre("alice:"));
}

TEST_F(ClosureWalk, TellsNssGroupsOfKnownAccountsAlone) {
  const auto login = directory_.AddGroup("login");
  const auto devs = directory_.AddGroup("devs");
  const auto team = directory_.AddGroup("team");
  const auto alice = directory_.AddUser("alice");
  directory_.AddMember(login, alice);
  directory_.AddMember(devs, team);
  directory_.AddMember(team, alice);
  directory_.AddMember(team, directory_.AddUser("bob"));
  WalkRequest request;
  request.groups = {"login"};
  request.nss_groups = {"devs"};
  Closure closure = Walk(request);
  EXPECT_THAT(Ways(closure), ElementsAre("alice: login;"));
  EXPECT_THAT(closure.members.at(Id(alice)).nss_group_ids, ElementsAre(Id(devs)));
  EXPECT_EQ(closure.known_groups.at(Id(devs)).name, "devs");
  directory_.At(team).members.erase(directory_.At(team).members.begin());
  closure = Walk(request);
  EXPECT_THAT(closure.members.at(Id(alice)).nss_group_ids, IsEmpty());
}

TEST_F(ClosureWalk, MarksWhatTokenGroupsDoesNotConfirm) {
  const auto group = directory_.AddGroup("g");
  const auto alice = directory_.AddUser("alice");
  const auto bob = directory_.AddUser("bob");
  const auto carol = directory_.AddUser("carol");
  for (const auto& member : {alice, bob, carol}) directory_.AddMember(group, member);
  directory_.lying_tokens = {alice};
  directory_.mute_tokens = {bob};
  Closure closure = WalkGroups({"g"});
  EXPECT_THAT(Ways(closure), UnorderedElementsAre("alice: g!", "bob: g!", "carol: g;"));
  EXPECT_THAT(closure.warnings, UnorderedElementsAre(HasSubstr("alice"), HasSubstr("bob")));
  // A contradiction is asked about again, so that it ends when its reason does.
  directory_.lying_tokens.clear();
  directory_.mute_tokens.clear();
  EXPECT_THAT(Ways(WalkGroups({"g"})), UnorderedElementsAre("alice: g;", "bob: g;", "carol: g;"));
}

TEST_F(ClosureWalk, AddsWhatTokenGroupsAloneKnows) {
  const auto deny = directory_.AddGroup("deny");
  const auto hidden = directory_.AddGroup("hidden");
  const auto login = directory_.AddGroup("login");
  const auto alice = directory_.AddUser("alice");
  directory_.At(hidden).hidden = true;
  directory_.AddMember(deny, hidden);
  directory_.AddMember(hidden, alice);
  directory_.AddMember(login, alice);
  const Closure closure = WalkGroups({"deny", "login"});
  EXPECT_THAT(Ways(closure), ElementsAre("alice: login; deny;"));
  EXPECT_THAT(closure.warnings,
              UnorderedElementsAre(HasSubstr("by tokenGroups alone"), HasSubstr("1 members of groups are not shown")));
}

TEST_F(ClosureWalk, AsksForTokenGroupsOnceUntilMembershipChanges) {
  const auto group = directory_.AddGroup("g");
  const auto other = directory_.AddGroup("h");
  const auto alice = directory_.AddUser("alice");
  for (int i = 0; i < 50; ++i) directory_.AddMember(group, directory_.AddUser("u" + std::to_string(i)));
  directory_.AddMember(group, alice);
  (void)WalkGroups({"g", "h"});
  const std::size_t first = directory_.queries;
  (void)WalkGroups({"g", "h"});
  const std::size_t second = directory_.queries - first;
  EXPECT_EQ(first - second, 51U);
  directory_.AddMember(other, alice);
  (void)WalkGroups({"g", "h"});
  EXPECT_EQ(directory_.queries - first - second, second + 1);
}

TEST_F(ClosureWalk, ReadsWhatSpeaksAgainstAnAccount) {
  const auto group = directory_.AddGroup("g");
  const auto set = [&](const char* name, const char* attribute, std::vector<std::string> values) {
    const auto guid = directory_.AddUser(name);
    directory_.At(guid).attributes[attribute] = std::move(values);
    directory_.AddMember(group, guid);
    return Id(guid);
  };
  const auto good = set("good", "displayname", {"Good \xff"});
  const auto disabled = set("disabled", "useraccountcontrol", {"514"});
  const auto locked = set("locked", "msds-user-account-control-computed", {"16"});
  const auto expired = set("expired", "accountexpires", {"128790414900000000"});
  const auto must_change = set("must", "pwdlastset", {"0"});
  const auto no_control = set("no-control", "useraccountcontrol", {});
  const auto no_computed = set("no-computed", "msds-user-account-control-computed", {"x"});
  const auto no_password = set("no-password", "pwdlastset", {});
  const Closure closure = WalkGroups({"g"});
  const auto account = [&](const std::string& id) { return closure.members.at(id).account; };
  EXPECT_FALSE(account(good).disabled || account(good).locked_until || account(good).password_must_change);
  EXPECT_FALSE(account(good).workstations || account(good).logon_hours || account(good).password_expires);
  EXPECT_FALSE(account(good).expires);
  EXPECT_EQ(account(good).display_name, "Good \xff");
  EXPECT_TRUE(account(disabled).disabled);
  EXPECT_TRUE(account(locked).locked_until);
  EXPECT_EQ(account(expired).expires, std::chrono::sys_seconds{std::chrono::seconds{1234567890}});
  EXPECT_TRUE(account(must_change).password_must_change);
  EXPECT_TRUE(account(no_control).disabled);
  EXPECT_TRUE(account(no_computed).locked_until);
  EXPECT_TRUE(account(no_password).password_must_change);
}

TEST_F(ClosureWalk, BoundsKeyValues) {
  const auto guid = directory_.AddUser("alice");
  auto& attributes = directory_.At(guid).attributes;
  attributes["sshpublickey"] = std::vector<std::string>(200, "k");
  attributes["altsecurityidentities"] = {std::string(60000, 'a'), std::string(60000, 'b'), "c"};
  WalkRequest request;
  request.users = {"alice"};
  const auto values = Walk(request).members.at(Id(guid)).account.key_values;
  ASSERT_THAT(values, SizeIs(100));
  EXPECT_EQ(values[0], std::string(60000, 'a'));
  EXPECT_EQ(values[1], "c");
  EXPECT_EQ(values[2], "k");
}

TEST_F(ClosureWalk, GivesNothingWhenAnyQueryFails) {
  const auto a = directory_.AddGroup("a");
  const auto b = directory_.AddGroup("b");
  directory_.AddMember(a, b);
  for (int i = 0; i < 9; ++i) directory_.AddMember(b, directory_.AddUser("u" + std::to_string(i)));
  WalkRequest request;
  request.groups = {"a"};
  request.nss_groups = {"b"};
  std::size_t failed = 0;
  for (;; ++failed) {
    directory_.queries = 0;
    directory_.fail_at = failed;
    memory_ = {};
    if (const auto outcome = Try(request); outcome) break;
  }
  // As many queries as a whole walk has: 9 for tokenGroups and more before.
  EXPECT_EQ(directory_.queries, failed);
  EXPECT_GT(failed, 12U);
}

TEST_F(ClosureWalk, RemembersConfirmationsOfAWalkThatFailed) {
  const auto group = directory_.AddGroup("g");
  for (int i = 0; i < 40; ++i) directory_.AddMember(group, directory_.AddUser("u" + std::to_string(i)));
  WalkRequest request;
  request.groups = {"g"};
  ASSERT_TRUE(Try(request));
  const std::size_t whole = directory_.queries;
  memory_ = {};
  directory_.queries = 0;
  directory_.fail_at = whole - 10;
  ASSERT_FALSE(Try(request));
  directory_.queries = 0;
  directory_.fail_at.reset();
  ASSERT_TRUE(Try(request));
  EXPECT_EQ(directory_.queries, whole - 30);
}

TEST_F(ClosureWalk, WatchesAllThatItSaw) {
  const auto a = directory_.AddGroup("a");
  const auto b = directory_.AddGroup("b");
  const auto alice = directory_.AddUser("alice");
  directory_.AddMember(a, b);
  directory_.AddMember(b, alice);
  (void)WalkGroups({"A", "not-yet"});
  EXPECT_THAT(watched_.guids, UnorderedElementsAre(a, b, alice));
  EXPECT_THAT(watched_.names, UnorderedElementsAre("a", "not-yet"));
  EXPECT_THAT(watched_.group_ids, UnorderedElementsAre(Id(a), Id(b)));
}

// T09: random domains with cycles, distribution groups and primary groups. The answer must be the
// domain's own, which the fake works out from the account upwards.
TEST_F(ClosureWalk, AgreesWithTokenGroupsOnRandomDomains) {
  std::mt19937 random(9);
  for (int round = 0; round < 300; ++round) {
    directory_ = FakeDirectory();
    memory_ = {};
    std::vector<std::string> groups;
    std::vector<std::string> users;
    groups.reserve(12);
    users.reserve(15);
    for (int i = 0; i < 12; ++i) groups.push_back(directory_.AddGroup("g" + std::to_string(i)));
    for (int i = 0; i < 15; ++i) users.push_back(directory_.AddUser("u" + std::to_string(i)));
    for (const auto& group : groups) {
      directory_.At(group).security = random() % 4 != 0;
      for (int i = 0; i < 2; ++i) directory_.AddMember(group, groups[random() % groups.size()]);
      for (int i = 0; i < 2; ++i) directory_.AddMember(group, users[random() % users.size()]);
    }
    for (const auto& user : users) directory_.At(user).primary_group = Id(groups[random() % groups.size()]);
    WalkRequest request;
    request.groups = {"g0", "g1", "g2"};
    request.users = {"u0"};
    const Closure closure = Walk(request);
    EXPECT_THAT(closure.warnings, testing::Not(Contains(HasSubstr("tokenGroups")))) << round;
    for (const auto& user : users) {
      std::set<std::string> expected;
      const auto tokens = directory_.TokenGroups(directory_.At(user));
      for (int i = 0; i < 3; ++i) {
        const auto id = Id(groups[static_cast<std::size_t>(i)]);
        if (tokens.contains(id)) expected.insert(id);
      }
      std::set<std::string> got;
      const auto member = closure.members.find(Id(user));
      if (member != closure.members.end()) {
        for (const auto& membership : member->second.memberships) got.insert(membership.group_id);
      }
      ASSERT_EQ(got, expected) << "round " << round;
    }
  }
}

}  // namespace
}  // namespace taglogin::directory
