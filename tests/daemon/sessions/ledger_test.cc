// SPDX-License-Identifier: Apache-2.0
#include "daemon/sessions/ledger.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "daemon/sessions/ledger_file.h"
#include "fake_proc.h"
#include "tests/names/name_list.h"

namespace taglogin::daemon::sessions {
namespace {

using tests::FakeProc;
using tests::TemporaryFolder;

constexpr char kBoot[] = "1f2e3d4c-0000-4000-8000-000000000000";
constexpr char kNextBoot[] = "99999999-0000-4000-8000-000000000000";

Session SessionOf(pid_t pid, std::uint32_t audit_session, const std::string& user = "alice") {
  Session session;
  session.monitor.pid = pid;
  session.monitor.start_ticks = 5000;
  session.monitor.audit_session = audit_session;
  session.user_name = user;
  session.user_id = "S-1-5-21-1-2-3-1107";
  session.user_uid = 686201107;
  session.service = "sshd";
  session.rhost = "10.0.0.7";
  session.tty = "ssh";
  session.auth_method = "publickey";
  session.key_fingerprint = "SHA256:x";
  session.created = Millis(std::chrono::milliseconds(1717760000123));
  return session;
}

class LedgerTest : public testing::Test {
 protected:
  Ledger::Opened Open(const char* boot = kBoot) { return Ledger::Open(path_, boot); }

  TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/sessions.json";
  FakeProc proc_;
};

TEST_F(LedgerTest, NamesASessionByBootAndAuditId) {
  Ledger ledger = Open().ledger;
  EXPECT_EQ(ledger.Add(SessionOf(100, 42))->uid, "1f2e3d4c-42");
}

TEST_F(LedgerTest, NamesASessionByItsProcessWithoutAuditId) {
  Ledger ledger = Open().ledger;
  EXPECT_EQ(ledger.Add(SessionOf(100, kUnset))->uid, "1f2e3d4c-p100-5000");
}

// T26: valid text comes back as it was, foreign bytes as U+FFFD, and no session more or less.
TEST_F(LedgerTest, WhatPamSaysNeverBecomesAnotherSession) {
  const auto odd = tests::AllOddStrings();
  pid_t pid = 1000;
  {
    LedgerFile file{"1f2e3d4c", {}};
    for (const auto& one : odd) {
      Session session = SessionOf(++pid, 42);
      session.uid = std::to_string(pid);
      session.rhost = session.tty = session.service = session.user_name = session.auth_method = one.text;
      file.sessions.push_back(std::move(session));
    }
    ASSERT_TRUE(WriteLedgerFile(path_, file));
  }
  const auto read = ReadLedgerFile(path_);
  ASSERT_TRUE(read) << read.error().detail;
  ASSERT_EQ(read->sessions.size(), odd.size());
  for (std::size_t i = 0; i < odd.size(); ++i) {
    const Session& session = read->sessions[i];
    EXPECT_EQ(session.uid, std::to_string(1001 + i));
    EXPECT_EQ(session.user_uid, 686201107u);
    EXPECT_EQ(session.rhost, session.tty);
    EXPECT_TRUE(session.rhost == odd[i].text || session.rhost.find("\ufffd") != std::string::npos) << odd[i].kind;
    EXPECT_TRUE(odd[i].kind != "bidi" || session.rhost == odd[i].text);
  }
}

// T42: what lies in the place of the new file is replaced, never written through, and holds nobody up.
TEST_F(LedgerTest, WritesNothingThroughWhatWasPlanted) {
  const std::string victim = path_ + ".victim";
  const std::string fresh = path_ + ".new";
  std::ofstream(victim) << "not ours to write";
  Ledger ledger = Open().ledger;
  const auto unhurt = [&](pid_t pid) {
    EXPECT_TRUE(ledger.Add(SessionOf(pid, static_cast<std::uint32_t>(pid))));
    std::ifstream file(victim);
    return std::string(std::istreambuf_iterator<char>(file), {}) == "not ours to write";
  };
  ASSERT_EQ(::link(victim.c_str(), fresh.c_str()), 0);
  EXPECT_TRUE(unhurt(100));
  ASSERT_EQ(::symlink(victim.c_str(), fresh.c_str()), 0);
  EXPECT_TRUE(unhurt(101));
  ASSERT_EQ(::mkfifo(fresh.c_str(), 0600), 0);
  EXPECT_TRUE(unhurt(102));
  EXPECT_EQ(Open().ledger.All().size(), 3U);
}

TEST_F(LedgerTest, GivesASessionWithinASessionItsOwnName) {
  Ledger ledger = Open().ledger;
  ASSERT_TRUE(ledger.Add(SessionOf(100, 42)));
  EXPECT_EQ(ledger.Add(SessionOf(200, 42))->uid, "1f2e3d4c-p200-5000");
  EXPECT_EQ(ledger.All().size(), 2U);
}

TEST_F(LedgerTest, RefusesASecondSessionOfOneMonitor) {
  Ledger ledger = Open().ledger;
  ASSERT_TRUE(ledger.Add(SessionOf(100, 42)));
  EXPECT_FALSE(ledger.Add(SessionOf(100, 42)));
  EXPECT_EQ(ledger.All().size(), 1U);
}

TEST_F(LedgerTest, FindsByMonitorAndByUid) {
  Ledger ledger = Open().ledger;
  ASSERT_TRUE(ledger.Add(SessionOf(100, 42)));
  ASSERT_NE(ledger.FindByMonitor(SessionOf(100, 42).monitor), nullptr);
  EXPECT_EQ(ledger.FindByMonitor(SessionOf(100, 42).monitor)->user_name, "alice");
  ASSERT_NE(ledger.Find("1f2e3d4c-42"), nullptr);
  EXPECT_EQ(ledger.Find("1f2e3d4c-43"), nullptr);
  // The same pid, another process.
  Peer other = SessionOf(100, 42).monitor;
  other.start_ticks = 5001;
  EXPECT_EQ(ledger.FindByMonitor(other), nullptr);
}

TEST_F(LedgerTest, ClosesOnce) {
  Ledger ledger = Open().ledger;
  ASSERT_TRUE(ledger.Add(SessionOf(100, 42)));
  const auto closed = ledger.Close("1f2e3d4c-42");
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->user_name, "alice");
  const auto again = ledger.Close("1f2e3d4c-42");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, base::ErrorCode::kNotFound);
}

TEST_F(LedgerTest, SurvivesARestart) {
  {
    Ledger ledger = Open().ledger;
    Session odd = SessionOf(100, 42);
    odd.rhost = "h\xff\"\n";
    ASSERT_TRUE(ledger.Add(odd));
    ASSERT_TRUE(ledger.Add(SessionOf(200, 43, "bob")));
    ASSERT_TRUE(ledger.Close("1f2e3d4c-43"));
  }
  const auto opened = Open();
  EXPECT_EQ(opened.warning, "");
  EXPECT_TRUE(opened.ended.empty());
  ASSERT_EQ(opened.ledger.All().size(), 1U);
  const Session session = opened.ledger.All()[0];
  EXPECT_EQ(session.uid, "1f2e3d4c-42");
  EXPECT_EQ(session.monitor.pid, 100);
  EXPECT_EQ(session.monitor.start_ticks, 5000U);
  EXPECT_EQ(session.monitor.audit_session, 42U);
  EXPECT_EQ(session.user_name, "alice");
  EXPECT_EQ(session.user_id, "S-1-5-21-1-2-3-1107");
  EXPECT_EQ(session.user_uid, 686201107U);
  EXPECT_EQ(session.service, "sshd");
  EXPECT_EQ(session.rhost, "h\xef\xbf\xbd\"\n");
  EXPECT_EQ(session.auth_method, "publickey");
  EXPECT_EQ(session.key_fingerprint, "SHA256:x");
  EXPECT_EQ(session.created.time_since_epoch().count(), 1717760000123);
}

TEST_F(LedgerTest, KeepsItsFileToItself) {
  Ledger ledger = Open().ledger;
  ASSERT_TRUE(ledger.Add(SessionOf(100, 42)));
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(LedgerTest, HandsOutSessionsOfAnEarlierBootAsEnded) {
  {
    Ledger ledger = Open().ledger;
    ASSERT_TRUE(ledger.Add(SessionOf(100, 42)));
  }
  const auto opened = Open(kNextBoot);
  ASSERT_EQ(opened.ended.size(), 1U);
  EXPECT_EQ(opened.ended[0].uid, "1f2e3d4c-42");
  EXPECT_TRUE(opened.ledger.All().empty());
  EXPECT_TRUE(Open(kNextBoot).ended.empty()) << "ended twice";
}

class UnusableFile : public LedgerTest, public testing::WithParamInterface<const char*> {};

TEST_P(UnusableFile, IsPutAside) {
  std::ofstream(path_) << GetParam();
  auto opened = Open();
  EXPECT_NE(opened.warning, "");
  EXPECT_TRUE(opened.ledger.All().empty());
  EXPECT_TRUE(std::filesystem::exists(path_ + ".unusable"));
  EXPECT_TRUE(opened.ledger.Add(SessionOf(100, 42)));
  EXPECT_EQ(Open().ledger.All().size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Texts, UnusableFile,
                         testing::Values("", "{", "[]", R"({"version":2,"boot":"1f2e3d4c","sessions":[]})",
                                         R"({"version":1,"boot":"1f2e3d4c","sessions":[{"uid":1}]})",
                                         R"({"version":1,"boot":"1f2e3d4c","sessions":[{}]})",
                                         R"({"version":1,"boot":"1f2e3d4c","sessions":null})",
                                         R"({"version":1e300,"boot":"1f2e3d4c","sessions":[]})"));

class ImpossibleNumber : public LedgerTest, public testing::WithParamInterface<std::pair<const char*, const char*>> {};

TEST_P(ImpossibleNumber, MakesTheFileUnusable) {
  ASSERT_TRUE(Open().ledger.Add(SessionOf(100, 42)));
  std::stringstream text;
  text << std::ifstream(path_).rdbuf();
  const auto& [name, number] = GetParam();
  const std::regex field(std::string("\"") + name + "\": [0-9]+");
  ASSERT_TRUE(std::regex_search(text.str(), field));
  std::ofstream(path_) << std::regex_replace(text.str(), field, std::string("\"") + name + "\": " + number);
  const auto opened = Open();
  EXPECT_NE(opened.warning, "");
  EXPECT_TRUE(opened.ledger.All().empty());
}

using Field = std::pair<const char*, const char*>;
INSTANTIATE_TEST_SUITE_P(Fields, ImpossibleNumber,
                         testing::Values(Field("pid", "0"), Field("pid", "-1"), Field("pid", "4294967396"),
                                         Field("pid", "100.5"), Field("pid", "true"), Field("start", "-1"),
                                         Field("audit_session", "4294967296"), Field("user_uid", "-1"),
                                         Field("created_ms", "18446744073709551615"), Field("login_uid", "1e300")));

TEST_F(LedgerTest, DoesNotTakeASessionThatItCannotWrite) {
  std::filesystem::create_directory(path_ + ".new");  // in the way of the fresh file
  Ledger ledger = Open().ledger;
  EXPECT_FALSE(ledger.Add(SessionOf(100, 42)));
  EXPECT_TRUE(ledger.All().empty());
}

TEST_F(LedgerTest, SweepsWhatHasNoProcessLeft) {
  Ledger ledger = Open().ledger;
  ASSERT_TRUE(ledger.Add(SessionOf(100, 42, "alice")));
  ASSERT_TRUE(ledger.Add(SessionOf(200, 43, "bob")));
  proc_.Invent(100, 42, 5000);
  const auto over = ledger.Sweep(ProcFolder(proc_.root()));
  ASSERT_EQ(over.size(), 1U);
  EXPECT_EQ(over[0].user_name, "bob");
  ASSERT_EQ(Open().ledger.All().size(), 1U);
  EXPECT_EQ(Open().ledger.All()[0].user_name, "alice");
  EXPECT_TRUE(ledger.Sweep(ProcFolder(proc_.root())).empty());
}

TEST_F(LedgerTest, KeepsASessionWhoseMonitorWasKilledWhileItsSshdLives) {
  Ledger ledger = Open().ledger;
  ASSERT_TRUE(ledger.Add(SessionOf(100, 42)));
  proc_.Invent(101, 42, 5001, "sshd-session");
  EXPECT_TRUE(ledger.Sweep(ProcFolder(proc_.root())).empty());
  proc_.Remove(101);
  EXPECT_EQ(ledger.Sweep(ProcFolder(proc_.root())).size(), 1U);
}

TEST_F(LedgerTest, DoesNotKeepASessionForWhatRunsOnInTheBackground) {
  Ledger ledger = Open().ledger;
  ASSERT_TRUE(ledger.Add(SessionOf(100, 42)));
  proc_.Invent(150, 42, 6000, "nohup");
  proc_.Invent(151, 43, 6000, "sshd");       // of another session
  proc_.Invent(152, 42, 6000, "sshd", 'Z');  // ended, not yet asked for
  EXPECT_EQ(ledger.Sweep(ProcFolder(proc_.root())).size(), 1U);
}

TEST_F(LedgerTest, TellsAReusedPidApart) {
  Ledger ledger = Open().ledger;
  ASSERT_TRUE(ledger.Add(SessionOf(100, 42)));
  proc_.Invent(100, 50, 9999);
  EXPECT_EQ(ledger.Sweep(ProcFolder(proc_.root())).size(), 1U);
}

TEST_F(LedgerTest, DoesNotEndASessionBecauseProcIsUnreadable) {
  Ledger ledger = Open().ledger;
  ASSERT_TRUE(ledger.Add(SessionOf(100, 42)));
  proc_.Invent(100, 42, 5000);
  proc_.Write(100, "stat", "nonsense");
  EXPECT_TRUE(ledger.Sweep(ProcFolder(proc_.root())).empty());
}

}  // namespace
}  // namespace taglogin::daemon::sessions
