// SPDX-License-Identifier: Apache-2.0
// Real processes and real signals; the audit session ids are the test's.
#include "daemon/sessions/ender.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

#include "fake_proc.h"

namespace taglogin::daemon::sessions {
namespace {

using tests::FakeProc;

constexpr std::uint32_t kSession = 42;

// A child that is ready when the constructor returns and runs until a signal ends it.
class Process {
 public:
  explicit Process(bool ignores_term = false, bool own_session = false) {
    int ready[2];
    if (::pipe(ready) != 0) std::abort();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (ignores_term) (void)::signal(SIGTERM, SIG_IGN);
      if (own_session) ::setsid();
      (void)!::write(ready[1], "r", 1);
      for (;;) ::pause();
    }
    char byte = 0;
    if (::read(ready[0], &byte, 1) != 1) std::abort();
    ::close(ready[0]);
    ::close(ready[1]);
  }
  ~Process() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    (void)AwaitEnd();
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  // Waits until it has ended; the signal that ended it.
  int AwaitEnd() {
    int status = 0;
    if (::waitpid(pid_, &status, 0) != pid_) return -1;
    pid_ = -1;
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }
  bool Running() const { return ::waitpid(pid_, nullptr, WNOHANG) == 0; }

 private:
  pid_t pid_ = -1;
};

Peer PeerOf(const FakeProc& fake, const Process& process) {
  const auto peer = ProcFolder(fake.root()).Read(process.pid());
  if (!peer) std::abort();
  return *peer;
}

TEST(Ender, AsksTheMonitorFirstAndThenKillsWhatIsLeft) {
  const FakeProc fake;
  Process monitor;
  Process background(/*ignores_term=*/true, /*own_session=*/true);
  Process stranger;
  fake.Adopt(monitor.pid(), kSession);
  fake.Adopt(background.pid(), kSession);
  fake.Adopt(stranger.pid(), kSession + 1);
  Ender ender(PeerOf(fake, monitor), ProcFolder(fake.root()));

  EXPECT_FALSE(ender.Step().done);
  EXPECT_EQ(monitor.AwaitEnd(), SIGTERM);
  EXPECT_TRUE(background.Running());

  EXPECT_FALSE(ender.Step().done);
  EXPECT_EQ(background.AwaitEnd(), SIGKILL);

  EXPECT_TRUE(ender.Step().done);
  EXPECT_TRUE(stranger.Running());
  EXPECT_EQ(ender.failure(), 0);
}

TEST(Ender, KillsAStubbornMonitorOnlyWhenItIsTheLastOne) {
  const FakeProc fake;
  Process monitor(/*ignores_term=*/true);
  Process shell(/*ignores_term=*/true);
  fake.Adopt(monitor.pid(), kSession);
  fake.Adopt(shell.pid(), kSession);
  Ender ender(PeerOf(fake, monitor), ProcFolder(fake.root()));

  EXPECT_FALSE(ender.Step().done);
  EXPECT_TRUE(monitor.Running());
  EXPECT_FALSE(ender.Step().done);
  EXPECT_EQ(shell.AwaitEnd(), SIGKILL);
  EXPECT_TRUE(monitor.Running());
  EXPECT_FALSE(ender.Step().done);
  EXPECT_EQ(monitor.AwaitEnd(), SIGKILL);
  EXPECT_TRUE(ender.Step().done);
}

TEST(Ender, TouchesNobodyWhoHasTheMonitorsPidNow) {
  const FakeProc fake;
  Process reused;
  fake.Adopt(reused.pid(), kSession + 5);
  Peer monitor = PeerOf(fake, reused);
  monitor.audit_session = kSession;
  monitor.start_ticks -= 1;
  Ender ender(monitor, ProcFolder(fake.root()));
  EXPECT_TRUE(ender.Step().done);
  EXPECT_TRUE(reused.Running());
}

TEST(Ender, KillsWhatAMonitorThatIsGoneLeftBehind) {
  const FakeProc fake;
  Process orphan;
  fake.Adopt(orphan.pid(), kSession);
  Peer monitor = PeerOf(fake, orphan);
  monitor.pid = 999999999;  // above any pid_max: nobody's
  Ender ender(monitor, ProcFolder(fake.root()));
  EXPECT_FALSE(ender.Step().done);
  EXPECT_EQ(orphan.AwaitEnd(), SIGKILL);
  EXPECT_TRUE(ender.Step().done);
}

TEST(Ender, DoesNotWaitForProcessesThatNobodyReaps) {
  const FakeProc fake;
  Process monitor;
  fake.Adopt(monitor.pid(), kSession);
  Ender ender(PeerOf(fake, monitor), ProcFolder(fake.root()));
  EXPECT_FALSE(ender.Step().done);
  siginfo_t ended{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(monitor.pid()), &ended, WEXITED | WNOWAIT), 0);
  EXPECT_TRUE(ender.Step().done) << "a zombie was taken for a process";
}

struct Family {
  pid_t monitor = -1;
  pid_t child = -1;  // of the monitor; ignores SIGTERM
};

// The child becomes ours when the monitor ends, so that its end can be awaited.
Family ForkFamily() {
  int pipe_ends[2];
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 || ::pipe(pipe_ends) != 0) std::abort();
  Family family;
  family.monitor = ::fork();
  if (family.monitor == 0) {
    if (::fork() == 0) {
      (void)::signal(SIGTERM, SIG_IGN);
      const pid_t self = ::getpid();
      (void)!::write(pipe_ends[1], &self, sizeof self);
    }
    for (;;) ::pause();
  }
  if (::read(pipe_ends[0], &family.child, sizeof family.child) != sizeof family.child) std::abort();
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
  return family;
}

int SignalThatEnded(pid_t pid) {
  int status = 0;
  return ::waitpid(pid, &status, 0) == pid ? WTERMSIG(status) : -1;
}

// Without audit in the kernel: the monitor's children and theirs, as they were at the first step.
TEST(Ender, FindsProcessesByParentageWithoutAnAuditSession) {
  const FakeProc fake;
  const Family family = ForkFamily();
  const Process stranger;
  for (const pid_t pid : {family.monitor, family.child, stranger.pid()}) fake.Adopt(pid, kUnset);

  Ender ender(*ProcFolder(fake.root()).Read(family.monitor), ProcFolder(fake.root()));
  EXPECT_FALSE(ender.Step().done);
  EXPECT_EQ(SignalThatEnded(family.monitor), SIGTERM);
  EXPECT_FALSE(ender.Step().done);
  EXPECT_EQ(SignalThatEnded(family.child), SIGKILL);
  EXPECT_TRUE(ender.Step().done);
  EXPECT_TRUE(stranger.Running());
}

TEST(Ender, GivesUpOnWhatCannotBeKilled) {
  const FakeProc fake;
  // Invented, so that no signal reaches it; the pid is nobody's.
  fake.Invent(999999999, kSession, 1);
  Peer monitor = *ProcFolder(fake.root()).Read(999999999);
  Ender ender(monitor, ProcFolder(fake.root()));
  int steps = 0;
  while (!ender.Step().done && steps < 1000) ++steps;
  EXPECT_LE(steps, Ender::kMaxKillRounds + 1);
  EXPECT_NE(ender.failure(), 0);
}

}  // namespace
}  // namespace taglogin::daemon::sessions
