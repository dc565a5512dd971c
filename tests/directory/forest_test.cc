// SPDX-License-Identifier: Apache-2.0
// Members from other domains: corp.example with child.corp.example in its forest and partner.example, a forest that it
// trusts, each behind a server of its own. All three give the same GUIDs to their objects.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

#include "directory/directory.h"
#include "directory/sid.h"
#include "tests/base/temp_folder.h"
#include "tests/directory/certificates.h"
#include "tests/directory/fake_directory.h"
#include "tests/directory/strict_server.h"

namespace taglogin::directory {
namespace {

using base::Deadline;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr char kDomainLocal[] = "-2147483644";
constexpr char kUniversal[] = "-2147483640";
constexpr char kChildSid[] = "S-1-5-21-4-5-6";
constexpr char kPartnerSid[] = "S-1-5-21-7-8-9";
constexpr char kSystem[] = ",CN=System,DC=corp,DC=example";
constexpr char kPartitions[] = ",CN=Partitions,CN=Configuration,DC=corp,DC=example";

class ForestTest : public testing::Test {
 protected:
  ForestTest() : authority_(tests::MakeAuthority("Example CA")) {
    folder_.Write("ca.pem", ToPem(authority_));
    folder_.Write("password", "secret");
    std::filesystem::permissions(folder_.File("password"), std::filesystem::perms::owner_read);
    home_server_ = Serve(home_, "dc1.corp.example");
    child_server_ = Serve(child_, "dc1.child.corp.example");
    partner_server_ = Serve(partner_, "dc1.partner.example");
    home_.AddObject(
        std::string("CN=CHILD") + kPartitions, "crossRef",
        {{"ncname", {"<GUID=00000009-0000-4000-8000-000000000000>;<SID=S-1-5-21-4-5-6>;DC=child,DC=corp,DC=example"}},
         {"dnsroot", {"child.corp.example"}},
         {"systemflags", {"3"}}});
    trust_ = home_.AddObject(std::string("CN=partner.example") + kSystem, "trustedDomain",
                             {{"trustpartner", {"partner.example"}},
                              {"securityidentifier", {*SidToBinary(kPartnerSid)}},
                              {"trustdirection", {"3"}},
                              {"trusttype", {"2"}},
                              {"trustattributes", {"8"}}});
    all_ = Group(home_, "ssh-all", kDomainLocal);
  }

  std::unique_ptr<StrictServer> Serve(FakeDirectory& directory, const std::string& host) {
    tests::CertificateForm form;
    form.extensions = {{"subjectAltName", "DNS:" + host}, {"extendedKeyUsage", "serverAuth"}};
    return std::make_unique<StrictServer>(MakeIdentity(form, &authority_), directory);
  }

  static std::string Group(FakeDirectory& domain, const std::string& name, const char* type = "-2147483646") {
    const std::string guid = domain.AddGroup(name);
    domain.At(guid).group_type = type;
    return guid;
  }

  std::unique_ptr<Directory> Open(bool further = true) {
    Connection connection;
    connection.domain = "corp.example";
    connection.servers = {"dc1.corp.example"};
    connection.port = home_server_->port();
    connection.bind = Bind::kSimple;
    connection.transport = Transport::kLdaps;
    connection.bind_dn = "CN=reader,DC=corp,DC=example";
    connection.bind_password_file = folder_.File("password");
    connection.ca_file = folder_.File("ca.pem");
    connection.timeout = std::chrono::milliseconds(10000);
    if (further) {
      connection.further = {{"child.corp.example", {"dc1.child.corp.example"}, child_server_->port()},
                            {"partner.example", {"dc1.partner.example"}, partner_server_->port()}};
    }
    return *OpenDirectory(connection);
  }

  Closure Walk(Directory& directory) {
    auto closure = directory.Walk(request_, Deadline::After(60000));
    if (closure) return *std::move(closure);
    ADD_FAILURE() << closure.error().detail;
    return {};
  }
  static std::string Changed(Directory& directory) {
    const auto changed = directory.Changed(Deadline::After(60000));
    return changed ? (*changed ? "true" : "false") : changed.error().detail;
  }
  Closure Walk() { return Walk(*Open()); }

  // "name@domain: way; way!", sorted; ! for a contradiction.
  static std::vector<std::string> Ways(const Closure& closure) {
    std::vector<std::string> out;
    for (const auto& [id, member] : closure.members) {
      const std::string& domain = member.account.domain;
      std::string line = member.account.name + (domain.empty() ? "" : '@' + domain) + ':';
      for (const Membership& membership : member.memberships) {
        line += ' ';
        for (const std::string& name : membership.path) line += name + '>';
        line.back() = membership.contradicted ? '!' : ';';
      }
      out.push_back(line);
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  test::TempFolder folder_;
  tests::Identity authority_;
  FakeDirectory home_;
  FakeDirectory child_{kChildSid, "DC=child,DC=corp,DC=example"};
  FakeDirectory partner_{kPartnerSid, "DC=partner,DC=example"};
  std::unique_ptr<StrictServer> home_server_;
  std::unique_ptr<StrictServer> child_server_;
  std::unique_ptr<StrictServer> partner_server_;
  std::string trust_;
  std::string all_;
  WalkRequest request_ = [] {
    WalkRequest request;
    request.groups = {"ssh-all"};
    return request;
  }();
};

TEST_F(ForestTest, ADomainLocalGroupHoldsAccountsAndGroupsOfAnyDomain) {
  home_.AddMember(all_, home_.AddUser("alice"));
  home_.AddMember(all_, child_.NameOf(child_.AddUser("bob")));
  const auto ops = Group(partner_, "ops");
  const auto inner = Group(partner_, "inner");
  partner_.AddMember(ops, inner);
  partner_.AddMember(inner, partner_.AddUser("carol"));
  home_.AddMember(all_, partner_.NameOf(ops));
  const Closure closure = Walk();
  EXPECT_THAT(Ways(closure), ElementsAre("alice: ssh-all;", "bob@child.corp.example: ssh-all;",
                                         "carol@partner.example: ssh-all>ops@partner.example>inner@partner.example;"));
  EXPECT_THAT(closure.warnings, IsEmpty());
  EXPECT_THAT(closure.behind_ms, IsEmpty());
}

TEST_F(ForestTest, ScopesSayWhatCounts) {
  // A domain local group of another domain, whoever named it here.
  const auto local = Group(child_, "local", kDomainLocal);
  child_.AddMember(local, child_.AddUser("bob"));
  home_.AddMember(all_, child_.NameOf(local));
  // A global group of ours can hold nobody of another domain, a universal one nobody of another forest.
  request_.groups = {"ssh-all", "global", "universal"};
  home_.AddMember(Group(home_, "global"), child_.NameOf(child_.AddUser("carol")));
  const auto universal = Group(home_, "universal", kUniversal);
  home_.AddMember(universal, partner_.NameOf(partner_.AddUser("dave")));
  const auto erin = child_.AddUser("erin");
  child_.At(erin).further_tokens = {home_.At(universal).sid};
  home_.AddMember(universal, child_.NameOf(erin));
  const Closure closure = Walk();
  EXPECT_THAT(Ways(closure), ElementsAre("erin@child.corp.example: universal;"));
  EXPECT_THAT(closure.warnings, Contains(HasSubstr("group global: 1 members of other domains are left out")));
}

TEST_F(ForestTest, UniversalGroupsLeadThroughTheForestAndBack) {
  const auto alice = home_.AddUser("alice");
  const auto staff = Group(home_, "staff");
  home_.AddMember(staff, alice);
  const auto everyone = Group(child_, "everyone", kUniversal);
  child_.AddMember(everyone, home_.NameOf(staff));
  child_.AddMember(everyone, child_.AddUser("bob"));
  home_.AddMember(all_, child_.NameOf(everyone));
  home_.At(alice).further_tokens = {home_.At(all_).sid, child_.At(everyone).sid};
  EXPECT_THAT(Ways(Walk()), ElementsAre("alice: ssh-all>everyone@child.corp.example>staff;",
                                        "bob@child.corp.example: ssh-all>everyone@child.corp.example;"));
}

TEST_F(ForestTest, APrimaryGroupCountsInItsOwnDomain) {
  const auto ops = Group(child_, "ops");
  child_.At(child_.AddUser("bob")).primary_group = child_.At(ops).sid;
  home_.AddMember(all_, child_.NameOf(ops));
  const Closure closure = Walk();
  EXPECT_THAT(Ways(closure), ElementsAre("bob@child.corp.example: ssh-all>ops@child.corp.example;"));
  const directory::Group& group = closure.known_groups.at(child_.At(ops).sid);
  EXPECT_EQ(group.name, "ops");
  EXPECT_EQ(group.domain, "child.corp.example");
}

TEST_F(ForestTest, AccountsAreReadWhole) {
  const auto bob = child_.AddUser("bob");
  child_.At(bob).attributes["accountexpires"] = {"116444736010000000"};  // one second after 1970-01-01
  child_.At(bob).attributes["pwdlastset"] = {"0"};
  home_.AddMember(all_, child_.NameOf(bob));
  const Closure closure = Walk();
  ASSERT_EQ(closure.members.size(), 1u);
  const Account& account = closure.members.begin()->second.account;
  EXPECT_EQ(account.id, child_.At(bob).sid);
  EXPECT_EQ(account.guid, bob);
  EXPECT_EQ(account.domain, "child.corp.example");
  EXPECT_EQ(account.expires, std::chrono::sys_seconds(std::chrono::seconds(1)));
  EXPECT_TRUE(account.password_must_change);
}

// Names and GUIDs mean something within a domain alone.
TEST_F(ForestTest, SameNamesAndGuidsElsewhereCountForNothing) {
  const auto alice = home_.AddUser("alice");
  std::string other;
  while (other != alice) other = child_.AddUser("alice");
  ASSERT_EQ(home_.At(alice).guid, child_.At(other).guid);
  const auto ops = Group(child_, "ssh-all");
  child_.AddMember(ops, other);
  home_.AddMember(all_, home_.AddUser("bob"));
  EXPECT_THAT(Ways(Walk()), ElementsAre("bob: ssh-all;"));
  home_.AddMember(all_, child_.NameOf(other));
  EXPECT_THAT(Ways(Walk()), ElementsAre("alice@child.corp.example: ssh-all;", "bob: ssh-all;"));
}

TEST_F(ForestTest, ADomainSpeaksForItsOwnSidsAlone) {
  const auto alice = home_.AddUser("alice");
  const auto impostor = child_.AddUser("impostor");
  child_.At(impostor).sid = home_.At(alice).sid;
  const auto ops = Group(child_, "ops");
  child_.AddMember(ops, impostor);
  // And an account whose tokens claim the very group of ours.
  const auto bob = child_.AddUser("bob");
  child_.At(bob).further_tokens = {home_.At(all_).sid};
  request_.users = {"bob@child.corp.example"};
  home_.AddMember(all_, child_.NameOf(ops));
  EXPECT_THAT(Ways(Walk()), ElementsAre("bob@child.corp.example:"));
}

TEST_F(ForestTest, AServerOfAnotherSidIsNotThatDomain) {
  home_.AddMember(all_, home_.AddUser("alice"));
  home_.AddMember(all_, partner_.NameOf(partner_.AddUser("bob")));
  home_.At(trust_).attributes["securityidentifier"] = {*SidToBinary("S-1-5-21-7-8-10")};
  home_.AddMember(all_,
                  "<GUID=00000001-0000-4000-8000-000000000000>;<SID=S-1-5-21-7-8-10-1000>;CN=S-1-5-21-7-8-10-1000");
  const Closure closure = Walk();
  EXPECT_THAT(Ways(closure), ElementsAre("alice: ssh-all;"));
  EXPECT_THAT(closure.warnings, Contains(HasSubstr("S-1-5-21-7-8-10 is the SID of partner.example")));
}

TEST_F(ForestTest, WhomTheDomainDoesNotTrustIsLeftOut) {
  home_.AddMember(all_, partner_.NameOf(partner_.AddUser("bob")));
  home_.At(trust_).attributes["trustdirection"] = {"1"};  // they trust us
  const Closure closure = Walk();
  EXPECT_THAT(closure.members, IsEmpty());
  EXPECT_THAT(closure.warnings, Contains(HasSubstr("partner.example: neither of the forest nor trusted")));
  EXPECT_EQ(partner_server_->accepted, 0);
}

TEST_F(ForestTest, NobodyIsAskedWithoutNeed) {
  home_.AddMember(all_, child_.NameOf(child_.AddUser("bob")));
  EXPECT_EQ(Walk().members.size(), 1u);
  EXPECT_EQ(child_server_->accepted, 1);
  EXPECT_EQ(partner_server_->accepted, 0);
}

TEST_F(ForestTest, WithoutTheSettingTheWarningNamesIt) {
  home_.AddMember(all_, child_.NameOf(child_.AddUser("bob")));
  const Closure closure = Walk(*Open(false));
  EXPECT_THAT(closure.members, IsEmpty());
  EXPECT_THAT(closure.warnings, ElementsAre(HasSubstr("[directory] domains")));
}

TEST_F(ForestTest, TokenGroupsHaveTheirSay) {
  const auto ops = Group(child_, "ops");
  const auto liar = child_.AddUser("liar");
  const auto mute = child_.AddUser("mute");
  for (const auto& user : {liar, mute}) child_.AddMember(ops, user);
  child_.lying_tokens = {liar};
  child_.mute_tokens = {mute};
  const auto hidden = child_.AddUser("hidden");
  child_.At(hidden).further_tokens = {child_.At(ops).sid};
  request_.users = {"hidden@child.corp.example"};
  home_.AddMember(all_, child_.NameOf(ops));
  EXPECT_THAT(Ways(Walk()), ElementsAre("hidden@child.corp.example: ssh-all;",
                                        "liar@child.corp.example: ssh-all>ops@child.corp.example!",
                                        "mute@child.corp.example: ssh-all>ops@child.corp.example!"));
}

// Whether the group keeps people out or lets them in is not known here.
TEST_F(ForestTest, WhoMayBeInAGroupThroughADomainThatWasNotReadIsDoubtful) {
  const auto bob = child_.AddUser("bob");
  child_.At(bob).further_tokens = {"S-1-5-21-6-6-6-1000"};
  home_.AddMember(all_, "<GUID=00000001-0000-4000-8000-000000000000>;<SID=S-1-5-21-6-6-6-1000>;CN=x,DC=far,DC=example");
  request_.users = {"bob@child.corp.example"};
  EXPECT_THAT(Ways(Walk()), ElementsAre("bob@child.corp.example: ssh-all!"));
}

TEST_F(ForestTest, ADomainThatFallsSilentIsAsItWas) {
  const auto ops = Group(child_, "ops");
  const auto bob = child_.AddUser("bob");
  child_.AddMember(ops, bob);
  const auto alice = home_.AddUser("alice");
  for (const auto& member : {child_.NameOf(ops), child_.NameOf(child_.AddUser("carol")), alice}) {
    home_.AddMember(all_, member);
  }
  const auto directory = Open();
  EXPECT_EQ(Walk(*directory).members.size(), 3u);
  EXPECT_EQ(Changed(*directory), "false");
  child_server_->HangUp();
  child_server_.reset();
  EXPECT_EQ(Changed(*directory), "true") << "its age has to be told";
  // What the own domain takes away is gone at once; what it adds of the silent one has to wait.
  home_.At(all_).members = {alice, child_.NameOf(ops), child_.NameOf(child_.AddUser("dave"))};
  const Closure closure = Walk(*directory);
  EXPECT_THAT(Ways(closure), ElementsAre("alice: ssh-all;", "bob@child.corp.example: ssh-all>ops@child.corp.example;"));
  ASSERT_TRUE(closure.behind_ms.contains("child.corp.example"));
  EXPECT_GE(closure.behind_ms.at("child.corp.example"), 0);
  EXPECT_THAT(closure.warnings, Contains(HasSubstr("child.corp.example: not read, its accounts are as they were")));
  EXPECT_EQ(Changed(*directory), "false") << "it is left alone for a while";
}

// A rule that keeps somebody out may name her for the first time while her domain is silent.
TEST_F(ForestTest, ANewNameOfSomebodyKnownIsFoundInASilentDomain) {
  const auto bob = child_.AddUser("bob");
  home_.AddMember(all_, child_.NameOf(bob));
  const auto directory = Open();
  EXPECT_EQ(Walk(*directory).members.size(), 1u);
  child_server_->HangUp();
  child_server_.reset();
  request_.users = {"Bob@child.corp.example", "eve@child.corp.example"};
  EXPECT_THAT(Walk(*directory).users, ElementsAre(testing::Pair("Bob@child.corp.example", child_.At(bob).sid)));
}

TEST_F(ForestTest, ANameOfSeveralIsToldAsThat) {
  (void)child_.AddUser("bob");
  (void)child_.AddUser("bob");
  request_.users = {"bob@child.corp.example"};
  const Closure closure = Walk();
  EXPECT_THAT(closure.users, IsEmpty());
  EXPECT_THAT(closure.ambiguous_users, ElementsAre("bob@child.corp.example"));
}

TEST_F(ForestTest, ADomainThatWasNeverReadIsLeftOut) {
  home_.AddMember(all_, home_.AddUser("alice"));
  home_.AddMember(all_, child_.NameOf(child_.AddUser("bob")));
  const auto directory = Open();
  child_server_.reset();
  const Closure closure = Walk(*directory);
  EXPECT_THAT(Ways(closure), ElementsAre("alice: ssh-all;"));
  EXPECT_THAT(closure.behind_ms, IsEmpty());
  EXPECT_THAT(closure.warnings, Contains(HasSubstr("child.corp.example: not read, its accounts are left out")));
}

TEST_F(ForestTest, AConnectionThatWasEndedMeanwhileIsNoSilence) {
  home_.AddMember(all_, child_.NameOf(child_.AddUser("bob")));
  const auto directory = Open();
  EXPECT_EQ(Walk(*directory).members.size(), 1u);
  child_server_->HangUp();
  const Closure closure = Walk(*directory);
  EXPECT_EQ(closure.members.size(), 1u);
  EXPECT_THAT(closure.behind_ms, IsEmpty());
  EXPECT_EQ(child_server_->accepted, 2);
}

TEST_F(ForestTest, ChangesOfItsMembersAreNoticed) {
  const auto bob = child_.AddUser("bob");
  home_.AddMember(all_, child_.NameOf(bob));
  const auto directory = Open();
  EXPECT_EQ(Walk(*directory).members.size(), 1u);
  child_.At(bob).changed = child_.update_number = 2;
  EXPECT_EQ(Changed(*directory), "true");
}

TEST_F(ForestTest, AReferenceToAStrangerIsNotFollowed) {
  FakeDirectory nobody;
  const auto stranger = Serve(nobody, "dc1.corp.example");
  child_server_->reference =
      "ldaps://dc1.corp.example:" + std::to_string(stranger->port()) + "/DC=child,DC=corp,DC=example";
  home_.AddMember(all_, child_.NameOf(child_.AddUser("bob")));
  EXPECT_EQ(Walk().members.size(), 1u);
  EXPECT_EQ(stranger->accepted, 0);
}

TEST_F(ForestTest, NamesWithADomainAreLookedForThere) {
  (void)home_.AddUser("bob");
  const auto child_bob = child_.AddUser("bob");
  const auto partner_bob = partner_.AddUser("Bob");
  const auto directory = Open();
  const auto id = [&](const char* name) -> std::string {
    const auto found = directory->FindAccount(name, Deadline::After(60000));
    return found ? found->account.id : found.error().code == base::ErrorCode::kNotFound ? "none" : found.error().detail;
  };
  EXPECT_EQ(id("bob@child.corp.example"), child_.At(child_bob).sid);
  EXPECT_EQ(id("BOB@Partner.Example"), partner_.At(partner_bob).sid);
  EXPECT_EQ(id("carol@child.corp.example"), "none");
  EXPECT_EQ(id("bob@corp.example.child.corp.example"), "none");
}

// Its server gives two objects one GUID, the first of them of a domain that is not its own.
TEST_F(ForestTest, AServerThatContradictsItselfEndsNothing) {
  const auto stranger = child_.AddUser("bob");
  const auto bob = child_.AddUser("bob");
  child_.At(stranger).sid = "S-1-5-21-9-9-9-1000";
  child_.At(stranger).guid = child_.At(bob).guid;
  child_.At(stranger).guid_bytes = child_.At(bob).guid_bytes;
  const auto found = Open()->FindAccount("bob@child.corp.example", Deadline::After(60000));
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().detail, HasSubstr("child.corp.example contradicts itself"));
}

// Nobody may conclude from it that the own domain does not answer.
TEST_F(ForestTest, ASilentDomainMakesNoOtherLookupFail) {
  (void)home_.AddUser("bob");
  const auto directory = Open();
  child_server_.reset();
  for (int i = 0; i < 2; ++i) {
    const auto elsewhere = directory->FindAccount("bob@child.corp.example", Deadline::After(60000));
    ASSERT_FALSE(elsewhere);
    EXPECT_EQ(elsewhere.error().code, base::ErrorCode::kInvalid);
    EXPECT_TRUE(directory->FindAccount("bob", Deadline::After(60000)));
  }
}

TEST_F(ForestTest, UsersOfRulesArePinned) {
  const auto bob = child_.AddUser("bob");
  request_.groups.clear();
  request_.users = {"bob@child.corp.example", "carol@child.corp.example"};
  Closure closure = Walk();
  EXPECT_THAT(closure.users, ElementsAre(testing::Pair("bob@child.corp.example", child_.At(bob).sid)));
  EXPECT_THAT(closure.warnings, ElementsAre(HasSubstr("carol@child.corp.example: no account of that name")));
  request_.pins = closure.users;
  child_.At(bob).name = "robert";
  (void)child_.AddUser("bob");
  closure = Walk();
  EXPECT_EQ(closure.users.at("bob@child.corp.example"), child_.At(bob).sid);
}

TEST_F(ForestTest, SessionGroupsAndLookupsCoverOtherDomains) {
  const auto team = Group(home_, "team", kDomainLocal);
  const auto ops = Group(child_, "ops");
  const auto bob = child_.AddUser("bob");
  child_.AddMember(ops, bob);
  home_.AddMember(team, child_.NameOf(ops));
  request_.groups.clear();
  request_.nss_groups = {"team"};
  request_.lookup_ids = {child_.At(bob).sid};
  const Closure closure = Walk();
  EXPECT_THAT(Ways(closure), ElementsAre("bob@child.corp.example:"));
  EXPECT_THAT(closure.members.begin()->second.nss_group_ids, ElementsAre(home_.At(team).sid));
}

TEST(FurtherDomains, HaveNamesAndServers) {
  Connection good;
  good.domain = "corp.example";
  good.servers = {"dc1.corp.example"};
  good.further = {{"child.corp.example", {"dc1.child.corp.example"}, 0}};
  EXPECT_TRUE(OpenDirectory(good));
  for (const FurtherDomain& bad :
       {FurtherDomain{"corp.example", {"x"}, 0}, FurtherDomain{"child.corp.example", {"x"}, 0},
        FurtherDomain{"no name", {"x"}, 0}, FurtherDomain{"other.example", {}, 0}}) {
    Connection connection = good;
    connection.further.push_back(bad);
    EXPECT_FALSE(OpenDirectory(connection)) << bad.domain;
  }
}

}  // namespace
}  // namespace taglogin::directory
