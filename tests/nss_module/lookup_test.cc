// SPDX-License-Identifier: Apache-2.0
// What the table settles. The daemon is there, and fails the test when it is asked.
#include "nss_module/lookup.h"

#include <sys/stat.h>

#include <filesystem>
#include <unordered_map>
#include <utility>

#include "base/deadline.h"
#include "machine.h"

namespace taglogin::tests {
namespace {

using daemon::replica::PublishedNames;

constexpr char kAlice[] = "alice:x:1201104:1200513:Alice Arden:/home/alice:/bin/bash";
constexpr char kBob[] = "bob:x:1201105:1200513::/home/bob:/bin/sh";

class LookupTest : public Machine {
 protected:
  LookupTest() { Publish(SampleNames()); }
};

TEST_F(LookupTest, AnswersAccountsFromTheTable) {
  EXPECT_EQ(Account("alice"), kAlice);
  EXPECT_EQ(Account(1201104), kAlice);
  EXPECT_EQ(Account("bob"), kBob);
  EXPECT_EQ(Account("c.d-e_9"), "c.d-e_9:x:1201103:1200514:C:/srv/c:/usr/bin/zsh");
}

TEST_F(LookupTest, AnswersTheCanonicalNameHoweverItWasWritten) {
  for (const char* name : {"Alice", "ALICE", "aLiCe"}) EXPECT_EQ(Account(name), kAlice) << name;
  EXPECT_EQ(Group("Domain Users"), "domain users:x:1200513:");
}

TEST_F(LookupTest, AnswersGroupsWithoutMembers) {
  EXPECT_EQ(Group("ssh-prod-web"), "ssh-prod-web:x:1201110:");
  EXPECT_EQ(Group(2000200000), "taglogin-users:x:2000200000:");
}

TEST_F(LookupTest, NeverAsksForNamesOutsideTheAlphabet) {
  const std::string long_name(33, 'a');
  const std::string huge_name(1 << 20, 'a');
  for (const char* name : {"",
                           ".",
                           "..",
                           "-rf",
                           "+x",
                           "0",
                           "0day",
                           "123",
                           " alice",
                           "alice ",
                           "alice\n",
                           "a:b",
                           "a/b",
                           "../../etc",
                           "%n",
                           "$(id)",
                           "`id`",
                           "a;b",
                           "a*",
                           "a)(uid=*",
                           "alice@",
                           "alice@corp.",
                           "@corp",
                           "CORP\\alice",
                           "al\xc3\xaf",
                           "\xff",
                           long_name.c_str(),
                           huge_name.c_str()}) {
    EXPECT_EQ(Account(name), "NOT FOUND") << base::Printable(name);
    EXPECT_EQ(Groups(name), "NOT FOUND") << base::Printable(name);
  }
  EXPECT_EQ(Account(static_cast<const char*>(nullptr)), "NOT FOUND");
  const std::string long_group(65, 'g');
  for (const char* name : {"", "-", " web", "web ", "a:b", "a\n", "a/b", long_group.c_str(), huge_name.c_str()}) {
    EXPECT_EQ(Group(name), "NOT FOUND") << base::Printable(name);
  }
  EXPECT_EQ(Group(static_cast<const char*>(nullptr)), "NOT FOUND");
}

TEST_F(LookupTest, NeverAsksForRoot) {
  EXPECT_EQ(Account("root"), "NOT FOUND");
  EXPECT_EQ(Account("ROOT"), "NOT FOUND");
  EXPECT_EQ(Account("Root@corp.example.com"), "NOT FOUND");
  EXPECT_EQ(Groups("root@corp.example.com"), "NOT FOUND");
  EXPECT_EQ(Account(uid_t{0}), "NOT FOUND");
  EXPECT_EQ(Group("root"), "NOT FOUND");
  EXPECT_EQ(Group(gid_t{0}), "NOT FOUND");
  EXPECT_EQ(Groups("root"), "NOT FOUND");
}

TEST_F(LookupTest, NeverAsksForIdsOutsideTheRange) {
  for (const std::uint32_t id : {1U, 33U, 999U, 1000U, 65534U, 65535U, 199999U, 2000200001U, 0x7fffffffU, 0x80000000U,
                                 0xfffffffeU, 0xffffffffU}) {
    EXPECT_EQ(Account(id), "NOT FOUND") << id;
    EXPECT_EQ(Group(id), "NOT FOUND") << id;
  }
}

TEST_F(LookupTest, AnswersTheGroupsOfAnAccountWithoutItsPrimaryOne) {
  EXPECT_EQ(Groups("alice", 1200513), "1201110 2000200000 ");
  EXPECT_EQ(Groups("Alice", 1), "1200513 1201110 2000200000 ");
  EXPECT_EQ(Groups("c.d-e_9"), "");
}

TEST_F(LookupTest, NeverAsksForTheGroupsOfANameWithoutARecord) {
  for (const char* name : {"sshd", "daemon", "deploy", "nobody2"}) EXPECT_EQ(Groups(name), "NOT FOUND") << name;
}

TEST_F(LookupTest, CutsGroupsAtTheLimitOfTheCaller) {
  EXPECT_EQ(Groups("alice", 1, 2), "1200513 1201110 ");
  EXPECT_EQ(Groups("alice", 1, 3, 3), "1200513 1201110 2000200000 ");
  EXPECT_EQ(Groups("alice", 1, 1), "1200513 ");
}

TEST_F(LookupTest, GrowsTheListAsFarAsItMust) {
  PublishedNames names = SampleNames();
  names.accounts[0].gids.clear();
  std::string expected;
  for (std::uint32_t gid = 300000; gid < 304096; ++gid) {
    names.accounts[0].gids.push_back(gid);
    expected += std::to_string(gid) + " ";
  }
  Publish(names);
  EXPECT_EQ(Groups("alice"), expected);
  // Doubling would step over this limit.
  EXPECT_EQ(Groups("alice", 0, 3), "300000 300001 300002 ");
}

TEST_F(LookupTest, AppendsBehindTheGroupsThatOtherServicesFound) {
  auto* gids = static_cast<gid_t*>(::malloc(2 * sizeof(gid_t)));
  gids[0] = 4;
  gids[1] = 24;
  long used = 2;
  long capacity = 2;
  nss_module::GroupList list{&used, &capacity, &gids, 0, 1200513};
  ASSERT_EQ(Look().GroupsOf("alice", list), nss_module::Answer::kFound);
  ASSERT_EQ(used, 4);
  EXPECT_EQ(std::vector<gid_t>(gids, gids + 4), (std::vector<gid_t>{4, 24, 1201110, 2000200000}));
  ::free(gids);
}

// Two names whose hashes agree in their upper half under a seed that anybody knows.
std::pair<std::string, std::string> NamesThatCollide() {
  std::unordered_map<std::uint64_t, std::string> seen;
  for (unsigned n = 0; n < 1000000; ++n) {
    const std::string name = "u" + std::to_string(n);
    const auto [at, is_new] = seen.emplace(protocol::TableHash(0, protocol::TableKey::kAccountName, name) >> 32, name);
    if (!is_new) return {at->second, name};
  }
  return {};
}

TEST_F(LookupTest, NobodyCanChooseANameThatHidesAnother) {
  const auto [absent, present] = NamesThatCollide();
  ASSERT_FALSE(present.empty());
  PublishedNames names = SampleNames();
  names.accounts[0].name = present;
  names.negatives = {{absent, base::ClockMs(CLOCK_BOOTTIME) + 60000}};
  Publish(names);
  EXPECT_EQ(Account(absent.c_str()), "NOT FOUND");
  EXPECT_TRUE(Account(present.c_str()).starts_with(present + ":x:1201104:"));
}

TEST_F(LookupTest, NegativeEntrySettlesANameUntilItExpires) {
  PublishedNames names = SampleNames();
  names.negatives = {{"ghost", base::ClockMs(CLOCK_BOOTTIME) + 60000}};
  Publish(names);
  EXPECT_EQ(Account("ghost"), "NOT FOUND");
  names.negatives = {{"ghost", base::ClockMs(CLOCK_BOOTTIME)}};
  Publish(names);
  NewProcess();
  Expect(protocol::AccountByName{"ghost"}, protocol::Status::kNotFound);
  EXPECT_EQ(Account("ghost"), "NOT FOUND");
}

TEST_F(LookupTest, StaleTableStillSaysWhoSomebodyIsButNotWhoDoesNotExist) {
  PublishedNames names = SampleNames();
  names.negatives = {{"ghost", base::ClockMs(CLOCK_BOOTTIME) + 60000}};
  Publish(names);
  ASSERT_EQ(Account("ghost"), "NOT FOUND");
  // As a publisher leaves it that has been silent for long.
  std::string control = temp_.Read("nss/control");
  std::fill(control.begin() + 24, control.begin() + 32, '\0');
  publisher_.reset();
  temp_.Write("nss/control", control, 0644);
  EXPECT_EQ(Account("alice"), kAlice);
  EXPECT_EQ(Account(1201105), kBob);
  EXPECT_EQ(Groups("alice", 1200513), "1201110 2000200000 ");
  EXPECT_EQ(Groups("sshd"), "NOT FOUND");
  EXPECT_EQ(Account(199999), "NOT FOUND");
  NewProcess();
  Expect(protocol::AccountByName{"ghost"}, protocol::Status::kNotFound);
  EXPECT_EQ(Account("ghost"), "NOT FOUND");
}

TEST_F(LookupTest, RetiredTableAnswersNothing) {
  ASSERT_EQ(Account("alice"), kAlice);
  publisher_->Retire();
  Expect(protocol::AccountByName{"alice"}, protocol::Status::kUnavailable);
  EXPECT_EQ(Account("alice"), "UNAVAILABLE");
}

TEST_F(LookupTest, EnumeratesNothingUnlessTheTableSaysSo) {
  passwd account{};
  group found{};
  char buffer[256];
  EXPECT_EQ(Look().NextAccount(account, {buffer, sizeof buffer}), nss_module::Answer::kNotFound);
  EXPECT_EQ(Look().NextGroup(found, {buffer, sizeof buffer}), nss_module::Answer::kNotFound);
}

class EnumerationTest : public Machine {
 protected:
  EnumerationTest() {
    names_ = SampleNames();
    names_.enumerate = true;
    Publish(names_);
  }
  std::string NextAccount(std::size_t room = 1024) {
    passwd out{};
    char buffer[1024];
    const auto answer = Look().NextAccount(out, {buffer, room});
    return answer == nss_module::Answer::kFound ? out.pw_name : Say(answer);
  }
  std::string NextGroup(std::size_t room = 1024) {
    group out{};
    alignas(8) char buffer[1024];
    const auto answer = Look().NextGroup(out, {buffer, room});
    return answer == nss_module::Answer::kFound ? out.gr_name : Say(answer);
  }
  PublishedNames names_;
};

TEST_F(EnumerationTest, GivesEachEntryOnceAndThenTheEnd) {
  for (const char* name : {"c.d-e_9", "alice", "bob", "NOT FOUND", "NOT FOUND"}) EXPECT_EQ(NextAccount(), name);
  for (const char* name : {"domain users", "ssh-prod-web", "taglogin-users", "NOT FOUND"}) {
    EXPECT_EQ(NextGroup(), name);
  }
  Look().RewindAccounts();
  EXPECT_EQ(NextAccount(), "c.d-e_9");
  EXPECT_EQ(NextGroup(), "NOT FOUND");
  Look().RewindGroups();
  EXPECT_EQ(NextGroup(), "domain users");
}

TEST_F(EnumerationTest, TooSmallABufferLosesNoEntry) {
  EXPECT_EQ(NextAccount(5), "TOO SMALL");
  EXPECT_EQ(NextAccount(), "c.d-e_9");
  EXPECT_EQ(NextGroup(5), "TOO SMALL");
  EXPECT_EQ(NextGroup(), "domain users");
}

TEST_F(EnumerationTest, GoesOnBehindTheLastEntryWhenTheTableChanges) {
  ASSERT_EQ(NextAccount(), "c.d-e_9");
  names_.accounts.erase(names_.accounts.begin());  // alice
  names_.accounts.push_back({"early", 1201000, 1200513, "", "/home/early", "/bin/sh", {}});
  names_.accounts.push_back({"late", 1209000, 1200513, "", "/home/late", "/bin/sh", {}});
  Publish(names_);
  for (const char* name : {"bob", "late", "NOT FOUND"}) EXPECT_EQ(NextAccount(), name);
}

TEST_F(EnumerationTest, IsUnavailableWithoutATable) {
  publisher_->Retire();
  EXPECT_EQ(NextAccount(), "UNAVAILABLE");
  EXPECT_EQ(NextGroup(), "UNAVAILABLE");
}

}  // namespace
}  // namespace taglogin::tests
