// SPDX-License-Identifier: Apache-2.0
// What the table does not settle: the daemon is asked, and its answer is not trusted.
#include "nss_module/ask_daemon.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "base/deadline.h"
#include "machine.h"

namespace taglogin::tests {
namespace {

using protocol::AccountAnswer;
using protocol::AccountByName;
using protocol::AccountByUid;
using protocol::GroupAnswer;
using protocol::GroupByGid;
using protocol::GroupByName;
using protocol::GroupsAnswer;
using protocol::GroupsOfAccount;
using protocol::Status;

const AccountAnswer kDave{"dave", 1201200, 1200513, "Dave", "/home/dave", "/bin/bash"};
constexpr char kDaveLine[] = "dave:x:1201200:1200513:Dave:/home/dave:/bin/bash";

class AskDaemonTest : public Machine {
 protected:
  void WithTable() { Publish(SampleNames()); }
  // The daemon tells a new process of dave.
  void MeetDave() {
    NewProcess();
    Expect(AccountByName{"dave"}, AnswerPacket(kDave));
    EXPECT_EQ(Account("dave"), kDaveLine);
  }
};

TEST_F(AskDaemonTest, AsksForAccountsThatTheTableDoesNotHold) {
  WithTable();
  Expect(AccountByName{"dave"}, AnswerPacket(kDave));
  EXPECT_EQ(Account("Dave"), kDaveLine);
  Expect(AccountByUid{1201200}, AnswerPacket(kDave));
  EXPECT_EQ(Account(1201200), kDaveLine);
  Expect(AccountByName{"erin"}, Status::kNotFound);
  EXPECT_EQ(Account("erin"), "NOT FOUND");
}

TEST_F(AskDaemonTest, AsksForGroupsThatTheTableDoesNotHold) {
  WithTable();
  Expect(GroupByName{"ops team"}, AnswerPacket(GroupAnswer{"ops team", 1201300}));
  EXPECT_EQ(Group("Ops Team"), "ops team:x:1201300:");
  Expect(GroupByGid{1201300}, AnswerPacket(GroupAnswer{"ops team", 1201300}));
  EXPECT_EQ(Group(1201300), "ops team:x:1201300:");
  Expect(GroupByGid{1201301}, Status::kNotFound);
  EXPECT_EQ(Group(1201301), "NOT FOUND");
}

TEST_F(AskDaemonTest, AsksForEverythingWithoutATable) {
  Expect(AccountByName{"dave"}, AnswerPacket(kDave));
  EXPECT_EQ(Account("dave"), kDaveLine);
  Expect(GroupByGid{1201300}, AnswerPacket(GroupAnswer{"ops", 1201300}));
  EXPECT_EQ(Group(1201300), "ops:x:1201300:");
  GroupsAnswer groups;
  groups.count = 4;
  groups.gids[0] = 1200513;
  groups.gids[1] = 0;   // never
  groups.gids[2] = 27;  // never
  groups.gids[3] = 1201300;
  Expect(GroupsOfAccount{"dave"}, AnswerPacket(groups));
  EXPECT_EQ(Groups("dave", 1200513), "1201300 ");
  Expect(GroupsOfAccount{"dave"}, Status::kNotFound);
  EXPECT_EQ(Groups("dave"), "NOT FOUND");
}

TEST_F(AskDaemonTest, AnotherSpellingIsAnsweredWithTheCanonicalName) {
  WithTable();
  Expect(AccountByName{"dave@corp.example.com"}, AnswerPacket(kDave));
  EXPECT_EQ(Account("Dave@Corp.Example.COM"), kDaveLine);
  // Its groups under either name, since the daemon has named them both.
  GroupsAnswer groups;
  groups.count = 1;
  groups.gids[0] = 1201300;
  Expect(GroupsOfAccount{"dave"}, AnswerPacket(groups));
  EXPECT_EQ(Groups("dave"), "1201300 ");
  Expect(GroupsOfAccount{"dave@corp.example.com"}, AnswerPacket(groups));
  EXPECT_EQ(Groups("dave@corp.example.com"), "1201300 ");
}

TEST_F(AskDaemonTest, ABareNameHasNoOtherSpelling) {
  Expect(AccountByName{"david"}, AnswerPacket(kDave));
  EXPECT_EQ(Account("david"), "UNAVAILABLE");
  NewProcess();
  for (const char* name : {"root", "root@corp.example.com", "Dave", "da ve", ""}) {
    AccountAnswer odd = kDave;
    odd.name = name;
    Expect(AccountByName{"dave@corp.example.com"}, AnswerPacket(odd));
    EXPECT_EQ(Account("dave@corp.example.com"), "UNAVAILABLE") << name;
    NewProcess();
  }
}

// sshd: the spelling, the groups of the canonical name, the spelling again.
TEST_F(AskDaemonTest, AnotherSpellingTellsNoOtherStory) {
  Expect(AccountByName{"dave"}, Status::kNotFound);
  EXPECT_EQ(Account("dave"), "NOT FOUND");
  Expect(AccountByName{"dave@corp.example.com"}, AnswerPacket(kDave));
  EXPECT_EQ(Account("dave@corp.example.com"), "UNAVAILABLE");
  NewProcess();
  MeetDave();
  Expect(GroupsOfAccount{"dave"}, Status::kNotFound);
  EXPECT_EQ(Groups("dave"), "NOT FOUND");
  Expect(AccountByName{"dave@corp.example.com"}, AnswerPacket(kDave));
  EXPECT_EQ(Account("dave@corp.example.com"), "UNAVAILABLE");
}

TEST_F(AskDaemonTest, AnotherSpellingWaitsForTheNamesOfItsGroups) {
  WithTable();
  AccountAnswer alice{"alice", 1201104, 1200513, "A", "/home/alice", "/bin/bash"};
  Expect(AccountByName{"al@corp.example.com"}, AnswerPacket(alice));
  EXPECT_NE(Account("al@corp.example.com"), "UNAVAILABLE");
  NewProcess();
  // A group of hers that had no name a moment ago, in this very process.
  auto names = SampleNames();
  std::erase_if(names.groups, [](const auto& group) { return group.gid == 1201110; });
  Publish(names);
  Expect(GroupByGid{1201110}, Status::kNotFound);
  EXPECT_EQ(Group(1201110), "NOT FOUND");
  WithTable();
  Expect(AccountByName{"al@corp.example.com"}, AnswerPacket(alice));
  EXPECT_EQ(Account("al@corp.example.com"), "UNAVAILABLE");
}

// Local users' names come here at each login, several times in each of its processes (initgroups(3)).
TEST_F(AskDaemonTest, NeverAsksForTheGroupsOfANameThatTheDaemonDidNotName) {
  for (const char* name : {"dave", "deploy", "sshd"}) EXPECT_EQ(Groups(name), "NOT FOUND") << name;
}

TEST_F(AskDaemonTest, AsksForTheGroupsOfAnAccountThatItKnowsByItsUid) {
  WithTable();
  Expect(AccountByUid{1201200}, AnswerPacket(kDave));
  EXPECT_EQ(Account(1201200), kDaveLine);
  GroupsAnswer groups;
  groups.count = 1;
  groups.gids[0] = 2000200000;
  Expect(GroupsOfAccount{"dave"}, AnswerPacket(groups));
  EXPECT_EQ(Groups("dave"), "2000200000 ");
}

TEST_F(AskDaemonTest, TakesAsManyGroupsAsAnAnswerCanHold) {
  GroupsAnswer groups;
  groups.count = protocol::kMaxGroups;
  std::string expected;
  for (std::uint32_t i = 0; i < groups.count; ++i) {
    groups.gids[i] = 300000 + i;
    expected += std::to_string(300000 + i) + " ";
  }
  MeetDave();
  Expect(GroupsOfAccount{"dave"}, AnswerPacket(groups));
  EXPECT_EQ(Groups("dave"), expected);
}

TEST_F(AskDaemonTest, StillKnowsWhatIsCertainWithoutATable) {
  EXPECT_EQ(Account("root"), "NOT FOUND");
  EXPECT_EQ(Groups("root"), "NOT FOUND");
  EXPECT_EQ(Account("a:b"), "NOT FOUND");
  for (const std::uint32_t id : {0U, 1U, 999U, 65534U, 65535U, 0x80000000U, 0xffffffffU}) {
    EXPECT_EQ(Account(id), "NOT FOUND") << id;
    EXPECT_EQ(Group(id), "NOT FOUND") << id;
  }
}

TEST_F(AskDaemonTest, StatusesThatAreNoAnswerAreUnavailable) {
  for (const Status status : {Status::kNotPermitted, Status::kMalformed}) {
    NewProcess();
    Expect(AccountByName{"dave"}, status);
    EXPECT_EQ(Account("dave"), "UNAVAILABLE");
    MeetDave();
    Expect(GroupsOfAccount{"dave"}, status);
    EXPECT_EQ(Groups("dave"), "UNAVAILABLE");
  }
}

// sshd asks for a name more than once: the second answer must not be better than the first.
TEST_F(AskDaemonTest, AfterUnavailableTheProcessDoesNotAskAgainForAWhile) {
  Expect(AccountByName{"dave"}, Status::kUnavailable);
  EXPECT_EQ(Account("dave"), "UNAVAILABLE");
  EXPECT_EQ(Account("dave"), "UNAVAILABLE");  // the daemon expects one request only
  EXPECT_EQ(Groups("dave"), "UNAVAILABLE");
}

// sshd leaves a group out whose name is not to be had, and then asks for the account again.
TEST_F(AskDaemonTest, AnAccountIsNotKnownWhileItsGroupIsNamedOnlySinceAMomentAgo) {
  for (const Status status : {Status::kNotFound, Status::kMalformed}) {
    NewProcess();
    publisher_->Retire();
    Expect(GroupByGid{2000200000}, status);
    (void)Group(2000200000);
    WithTable();
    EXPECT_EQ(Account("alice"), "UNAVAILABLE");
    EXPECT_EQ(Account("bob").substr(0, 4), "bob:") << "is not in that group";
    NewProcess();
    EXPECT_EQ(Account("alice").substr(0, 6), "alice:");
  }
}

// A group that is no group's name here all along, as the primary one may be, is no reason.
TEST_F(AskDaemonTest, AnAccountIsKnownWhoseGroupIsStillNameless) {
  auto names = SampleNames();
  std::erase_if(names.groups, [](const auto& one) { return one.gid == 1200513; });
  Publish(names);
  Expect(GroupByGid{1200513}, Status::kNotFound);
  EXPECT_EQ(Group(1200513), "NOT FOUND");
  EXPECT_EQ(Account("alice").substr(0, 6), "alice:");
}

TEST_F(AskDaemonTest, DoesNotBelieveAnAccountThatNobodyAskedForOrThatPasswdCanNotHold) {
  WithTable();
  const std::string long_text(protocol::kMaxTableText + 1, 'a');
  const std::string long_path = "/" + long_text;
  const std::function<void(AccountAnswer&)> changes[] = {
      [](AccountAnswer& a) { a.name = "erin"; },
      [](AccountAnswer& a) { a.name = "Dave"; },
      [](AccountAnswer& a) { a.name = ""; },
      [](AccountAnswer& a) { a.uid = 0; },
      [](AccountAnswer& a) { a.uid = 1000; },
      [](AccountAnswer& a) { a.uid = 199999; },
      [](AccountAnswer& a) { a.uid = 2000200001; },
      [](AccountAnswer& a) { a.uid = 0xffffffff; },
      [](AccountAnswer& a) { a.gid = 0; },
      [](AccountAnswer& a) { a.gid = 27; },
      [](AccountAnswer& a) { a.gecos = "x\nroot::0:0::/:/bin/sh"; },
      [](AccountAnswer& a) { a.gecos = "a:b"; },
      [](AccountAnswer& a) { a.gecos = std::string_view("a\0b", 3); },
      [](AccountAnswer& a) { a.gecos = "\xc3\xa4"; },
      [&](AccountAnswer& a) { a.gecos = long_text; },
      [](AccountAnswer& a) { a.home = ""; },
      [](AccountAnswer& a) { a.home = "home/dave"; },
      [](AccountAnswer& a) { a.home = "/home/dave:"; },
      [&](AccountAnswer& a) { a.home = long_path; },
      [](AccountAnswer& a) { a.shell = ""; },
      [](AccountAnswer& a) { a.shell = "bash"; },
      [](AccountAnswer& a) { a.shell = std::string_view("/bin/sh\0", 8); },
  };
  for (const auto& change : changes) {
    AccountAnswer answer = kDave;
    change(answer);
    NewProcess();
    Expect(AccountByName{"dave"}, AnswerPacket(answer));
    EXPECT_EQ(Account("dave"), "UNAVAILABLE");
  }
  AccountAnswer root = kDave;
  root.name = "root";
  Expect(AccountByUid{1201200}, AnswerPacket(root));
  EXPECT_EQ(Account(1201200), "UNAVAILABLE");
  AccountAnswer other = kDave;
  other.uid = 1201201;
  Expect(AccountByUid{1201200}, AnswerPacket(other));
  EXPECT_EQ(Account(1201200), "UNAVAILABLE");
  // By uid, the name is the daemon's own choice.
  for (const char* name : {"", "Dave", "ROOT", "a b", "a:b", "dave\n", "-dave", "d\xc3\xa4ve", "4294967295",
                           "abcdefghijklmnopqrstuvwxyz1234567"}) {
    AccountAnswer odd = kDave;
    odd.name = name;
    NewProcess();
    Expect(AccountByUid{1201200}, AnswerPacket(odd));
    EXPECT_EQ(Account(1201200), "UNAVAILABLE") << name;
  }
}

TEST_F(AskDaemonTest, DoesNotBelieveAGroupThatNobodyAskedForOrThatGroupCanNotHold) {
  WithTable();
  for (const GroupAnswer& answer :
       {GroupAnswer{"dev", 1201300}, GroupAnswer{"Ops", 1201300}, GroupAnswer{"ops", 0}, GroupAnswer{"ops", 27},
        GroupAnswer{"ops", 199999}, GroupAnswer{"ops", 0xffffffff}}) {
    NewProcess();
    Expect(GroupByName{"ops"}, AnswerPacket(answer));
    EXPECT_EQ(Group("ops"), "UNAVAILABLE");
  }
  for (const GroupAnswer& answer : {GroupAnswer{"root", 1201300}, GroupAnswer{"a:b", 1201300}, GroupAnswer{"", 1201300},
                                    GroupAnswer{"ops", 1201301}}) {
    NewProcess();
    Expect(GroupByGid{1201300}, AnswerPacket(answer));
    EXPECT_EQ(Group(1201300), "UNAVAILABLE");
  }
}

TEST_F(AskDaemonTest, DoesNotBelieveAPacketThatIsCutChangedOrTooLong) {
  const std::string good = AnswerPacket(kDave);
  for (std::size_t size = 1; size < good.size(); ++size) {
    NewProcess();
    Expect(AccountByName{"dave"}, good.substr(0, size));
    ASSERT_EQ(Account("dave"), "UNAVAILABLE") << size;
  }
  for (const std::string& bad : {good + "x", std::string(5000, '\0'), good + std::string(60000, 'x'),
                                 StatusPacket(static_cast<std::uint8_t>(Status::kNotFound)) + "x", StatusPacket(0),
                                 StatusPacket(6), StatusPacket(0xff)}) {
    NewProcess();
    Expect(AccountByName{"dave"}, bad);
    EXPECT_EQ(Account("dave"), "UNAVAILABLE");
  }
  for (std::size_t at = 0; at < 4; ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x40);
    NewProcess();
    Expect(AccountByName{"dave"}, bad);
    EXPECT_EQ(Account("dave"), "UNAVAILABLE") << at;
  }
  // A count beyond what follows, and beyond what there is room for.
  for (const char* count : {"\x02\0\0\0", "\x01\x10\0\0", "\xff\xff\xff\xff"}) {
    std::string bad = StatusPacket(static_cast<std::uint8_t>(Status::kOk));
    bad.append(count, 4).append("\x40\x0d\x03\0", 4);
    MeetDave();
    Expect(GroupsOfAccount{"dave"}, bad);
    EXPECT_EQ(Groups("dave"), "UNAVAILABLE");
  }
}

// "Not there" is certain, and the story of a process: it is not taken from a packet that says more.
TEST_F(AskDaemonTest, NotFoundWithBytesLeftOverIsNoAnswerToAnyQuestion) {
  WithTable();
  const std::string bad = StatusPacket(static_cast<std::uint8_t>(Status::kNotFound)) + '\0';
  Expect(AccountByUid{1201200}, bad);
  EXPECT_EQ(Account(1201200), "UNAVAILABLE");
  Expect(GroupByName{"ops"}, bad);
  EXPECT_EQ(Group("ops"), "UNAVAILABLE");
  Expect(GroupByGid{1201300}, bad);
  EXPECT_EQ(Group(1201300), "UNAVAILABLE");
  MeetDave();
  Expect(GroupsOfAccount{"dave"}, bad);
  EXPECT_EQ(Groups("dave"), "UNAVAILABLE");
}

TEST_F(AskDaemonTest, AnswersOfAnotherKindAreNoAnswerToAnyQuestion) {
  WithTable();
  const std::string account = AnswerPacket(kDave);
  const std::string group = AnswerPacket(GroupAnswer{"ops", 1201300});
  Expect(AccountByUid{1201200}, group);
  EXPECT_EQ(Account(1201200), "UNAVAILABLE");
  Expect(GroupByName{"ops"}, account);
  EXPECT_EQ(Group("ops"), "UNAVAILABLE");
  Expect(GroupByGid{1201300}, account);
  EXPECT_EQ(Group(1201300), "UNAVAILABLE");
  for (const std::string& cut : {group.substr(0, 3), std::string("TL")}) {
    Expect(GroupByName{"ops"}, cut);
    EXPECT_EQ(Group("ops"), "UNAVAILABLE");
    Expect(GroupByGid{1201300}, cut);
    EXPECT_EQ(Group(1201300), "UNAVAILABLE");
    Expect(AccountByUid{1201200}, cut);
    EXPECT_EQ(Account(1201200), "UNAVAILABLE");
    MeetDave();
    Expect(GroupsOfAccount{"dave"}, cut);
    EXPECT_EQ(Groups("dave"), "UNAVAILABLE");
    NewProcess();
  }
}

TEST_F(AskDaemonTest, EveryQuestionThatTimesOutSilencesTheProcess) {
  WithTable();
  const std::function<std::string()> questions[] = {
      [this] { return Account(1201200); },
      [this] { return Group("ops"); },
      [this] { return Group(1201300); },
  };
  const Reply silence{Reply::Kind::kSilence, {}};
  for (std::size_t i = 0; i < std::size(questions); ++i) {
    NewProcess();
    if (i == 0) Expect(AccountByUid{1201200}, silence);
    if (i == 1) Expect(GroupByName{"ops"}, silence);
    if (i == 2) Expect(GroupByGid{1201300}, silence);
    EXPECT_EQ(questions[i](), "UNAVAILABLE") << i;
    // The daemon would fail the test if it were asked.
    for (const auto& again : questions) EXPECT_EQ(again(), "UNAVAILABLE") << i;
  }
}

TEST_F(AskDaemonTest, AnyFlippedByteOfAnAnswerIsSafe) {
  const std::string good = AnswerPacket(kDave);
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x81);
    NewProcess();
    Expect(AccountByName{"dave"}, bad);
    const std::string line = Account("dave");
    if (line != "UNAVAILABLE") {
      EXPECT_EQ(line.substr(0, 7), "dave:x:") << at;
      EXPECT_EQ(std::count(line.begin(), line.end(), ':'), 6) << at;
    }
  }
}

TEST_F(AskDaemonTest, HangingUpIsUnavailableAndNoReasonToStayAway) {
  for (int i = 0; i < 3; ++i) {
    Expect(AccountByUid{1201200}, Reply{Reply::Kind::kClose, {}});
    EXPECT_EQ(Account(1201200), "UNAVAILABLE");
  }
}

TEST_F(AskDaemonTest, WithoutADaemonIsUnavailableAtOnce) {
  socket_ = temp_.File("nobody-here");
  const std::int64_t before = base::ClockMs(CLOCK_MONOTONIC);
  for (int i = 0; i < 100; ++i) {
    NewProcess();
    EXPECT_EQ(Account("dave"), "UNAVAILABLE");
    EXPECT_EQ(Groups("dave"), "UNAVAILABLE");
  }
  EXPECT_LT(base::ClockMs(CLOCK_MONOTONIC) - before, nss_module::kAskDeadlineMs);
}

TEST_F(AskDaemonTest, DoesNotAskASocketInAFolderThatOthersCanWrite) {
  const std::string folder = std::filesystem::path(socket_).parent_path();
  ASSERT_EQ(::chmod(folder.c_str(), 0777), 0);
  EXPECT_EQ(Account("dave"), "UNAVAILABLE");
}

TEST_F(AskDaemonTest, LeavesASilentDaemonAloneForAWhileAfterOneTimeout) {
  Expect(AccountByName{"dave"}, Reply{Reply::Kind::kSilence, {}});
  const std::int64_t start = base::ClockMs(CLOCK_BOOTTIME);
  EXPECT_EQ(Account("dave"), "UNAVAILABLE");
  const std::int64_t timed_out = base::ClockMs(CLOCK_BOOTTIME);
  EXPECT_GE(timed_out - start, nss_module::kAskDeadlineMs - 1);
  EXPECT_GE(state_.quiet_until_ms.load(), start + nss_module::kAskDeadlineMs - 1 + nss_module::kQuietMs);
  EXPECT_LE(state_.quiet_until_ms.load(), timed_out + nss_module::kQuietMs);
  // The daemon would fail the test if it were asked.
  EXPECT_EQ(Account("dave"), "UNAVAILABLE");
  EXPECT_EQ(Account(1201200), "UNAVAILABLE");
  EXPECT_EQ(Group("ops"), "UNAVAILABLE");
  EXPECT_EQ(Groups("dave"), "UNAVAILABLE");
  WithTable();
  EXPECT_EQ(Account("alice").substr(0, 6), "alice:") << "the table goes on answering";

  state_.quiet_until_ms = base::ClockMs(CLOCK_BOOTTIME);
  Expect(AccountByUid{1201200}, AnswerPacket(kDave));
  EXPECT_EQ(Account(1201200), kDaveLine);
}

TEST_F(AskDaemonTest, TooSmallABufferIsSaidSoForTheDaemonsAnswersToo) {
  Expect(AccountByName{"dave"}, AnswerPacket(kDave));
  passwd out{};
  out.pw_uid = 77;
  char buffer[8];
  EXPECT_EQ(Look().AccountByName("dave", out, {buffer, sizeof buffer}), nss_module::Answer::kTooSmall);
  EXPECT_EQ(out.pw_uid, 77U);
}

TEST_F(AskDaemonTest, KeepsNoFileOpen) {
  const auto open_files = [] {
    const std::filesystem::directory_iterator files("/proc/self/fd");
    return std::distance(begin(files), end(files));
  };
  WithTable();
  (void)Account("alice");
  const auto before = open_files();
  for (int i = 0; i < 20; ++i) {
    NewProcess();
    Expect(AccountByName{"dave"}, AnswerPacket(kDave));
    (void)Account("dave");
  }
  Expect(AccountByName{"dave"}, Reply{Reply::Kind::kClose, {}});
  (void)Account("dave");
  // The fake lets go of its end a moment after ours is closed.
  const auto deadline = base::Deadline::After(5000);
  while (open_files() != before && !deadline.Passed()) {
  }
  EXPECT_EQ(open_files(), before);
}

// select() would write behind its set here (CVE-2013-0288).
TEST_F(AskDaemonTest, WorksWithDescriptorsBeyondWhatSelectCanTake) {
  std::vector<base::UniqueFd> files;
  while (files.empty() || files.back().get() < 1030) {
    base::UniqueFd fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!fd.valid()) GTEST_SKIP() << "needs RLIMIT_NOFILE above 1030";
    files.push_back(std::move(fd));
  }
  Expect(AccountByName{"dave"}, AnswerPacket(kDave));
  EXPECT_EQ(Account("dave"), kDaveLine);
}

}  // namespace
}  // namespace taglogin::tests
