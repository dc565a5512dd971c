// SPDX-License-Identifier: Apache-2.0
#include "daemon/sessions/peer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "fake_proc.h"

namespace taglogin::daemon::sessions {
namespace {

using tests::FakeProc;

TEST(ProcFolder, ReadsThisVeryProcess) {
  const auto me = ProcFolder().Read(::getpid());
  ASSERT_TRUE(me) << me.error().detail;
  EXPECT_EQ(me->parent, ::getppid());
  EXPECT_GT(me->start_ticks, 0U);
  EXPECT_FALSE(me->zombie);
  EXPECT_TRUE(me->SameProcess(*ProcFolder().Read(::getpid())));
}

TEST(ProcFolder, ReadsTheFactsOfAProcess) {
  const FakeProc fake;
  fake.Invent(4711, 42, 123456789, "sshd", 'S', 77);
  const auto peer = ProcFolder(fake.root()).Read(4711);
  ASSERT_TRUE(peer);
  EXPECT_EQ(peer->audit_session, 42U);
  EXPECT_EQ(peer->login_uid, 1000U);
  EXPECT_EQ(peer->start_ticks, 123456789U);
  EXPECT_EQ(peer->parent, 77);
  EXPECT_EQ(peer->command, "sshd");
}

TEST(ProcFolder, KnowsAProcessWithoutAnAuditSession) {
  const FakeProc fake;
  fake.Invent(1, 4294967295U, 5);
  EXPECT_EQ(ProcFolder(fake.root()).Read(1)->audit_session, kUnset);
}

TEST(ProcFolder, CallsASessionIdOfAKernelWithoutAuditUnset) {
  const FakeProc fake;
  fake.Invent(7, 42, 5);
  std::filesystem::remove(fake.root() + "/7/sessionid");
  const auto peer = ProcFolder(fake.root()).Read(7);
  ASSERT_TRUE(peer);
  EXPECT_EQ(peer->audit_session, kUnset);
}

// A process chooses its own name: it must not be able to move the fields behind it.
TEST(ProcFolder, IsNotMisledByAName) {
  const FakeProc fake;
  fake.Invent(9, 42, 1000, "a) R 1 2 (sshd) S 9");
  const auto peer = ProcFolder(fake.root()).Read(9);
  ASSERT_TRUE(peer);
  EXPECT_EQ(peer->start_ticks, 1000U);
  EXPECT_EQ(peer->parent, 1);
  EXPECT_EQ(peer->command, "a) R 1 2 (sshd) S 9");
}

TEST(ProcFolder, SaysWhenAProcessIsGone) {
  const FakeProc fake;
  const auto peer = ProcFolder(fake.root()).Read(12);
  ASSERT_FALSE(peer);
  EXPECT_EQ(peer.error().code, base::ErrorCode::kNotFound);
}

TEST(ProcFolder, RefusesWhatIsNotAsProcHasIt) {
  const FakeProc fake;
  for (const char* stat : {"", "9", "9 (sshd)", "9 (sshd) ", "9 (sshd) S x", "9 (sshd S 1", "9 (sshd) S 1 0 0"}) {
    fake.Invent(9, 42, 1);
    fake.Write(9, "stat", stat);
    EXPECT_FALSE(ProcFolder(fake.root()).Read(9)) << stat;
  }
  for (const char* id : {"", "x", "-1", "4294967296", "42 43"}) {
    fake.Invent(9, 42, 1);
    fake.Write(9, "sessionid", id);
    EXPECT_FALSE(ProcFolder(fake.root()).Read(9)) << id;
  }
}

TEST(ProcFolder, ListsProcessesAndNothingElse) {
  const FakeProc fake;
  fake.Invent(3, 1, 1);
  fake.Invent(44, 2, 1);
  std::filesystem::create_directories(fake.root() + "/self");
  std::filesystem::create_directories(fake.root() + "/99");  // ended meanwhile
  const auto all = ProcFolder(fake.root()).All();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].pid + all[1].pid, 47);
}

}  // namespace
}  // namespace taglogin::daemon::sessions
