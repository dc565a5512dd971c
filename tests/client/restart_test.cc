// SPDX-License-Identifier: Apache-2.0
// A thousand logins in flight while the daemon is killed, stopped and started anew: the real server, request
// table, login handlers and audit trail, in a process of their own. Nobody is ever allowed who should not be.
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "client/client.h"
#include "protocol/messages.h"
#include "tests/base/temp_folder.h"
#include "tests/daemon/trial_world.h"

namespace taglogin::client {
namespace {

using base::Deadline;
using protocol::Verdict;

constexpr int kLogins = 1000;
// alice alone may log in; carol is disabled, bob in no group, mallory nobody's.
constexpr const char* kNames[] = {"bob", "alice", "carol", "mallory"};

struct Login {
  const char* name = nullptr;
  Connection connection;
  Outcome outcome = Outcome::kAbsent;
  Verdict verdict = Verdict::kDeny;  // once answered with one
  bool decided = false;
};

class RestartTest : public testing::Test {
 protected:
  RestartTest() : socket_(folder_.File("socket")) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 8192);
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  ~RestartTest() override { Kill(); }

  void Start() {
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    daemon_ = ::fork();
    ASSERT_GE(daemon_, 0);
    if (daemon_ == 0) Serve(ready[1]);
    ::close(ready[1]);
    char path[512];
    const ssize_t got = ::read(ready[0], path, sizeof path);
    ::close(ready[0]);
    ASSERT_GT(got, 0);
    state_.assign(path, static_cast<std::size_t>(got));
  }
  void Kill() {
    if (daemon_ <= 0) return;
    ::kill(daemon_, SIGKILL);
    ::waitpid(daemon_, nullptr, 0);
    daemon_ = -1;
    std::filesystem::remove_all(state_);
  }

  static std::vector<Login> People() {
    std::vector<Login> logins(kLogins);
    for (int i = 0; i < kLogins; ++i) logins[static_cast<std::size_t>(i)].name = kNames[i % 4];
    return logins;
  }
  // Sends every login's request that is not decided yet. They go one after the other, where real logins are processes
  // of their own: who finds the daemon's queue full gives up after `patience_ms`.
  void SendAll(std::vector<Login>& logins, int patience_ms = 5000) {
    for (Login& login : logins) {
      if (login.decided) continue;
      char packet[256];
      protocol::Writer writer(packet, sizeof packet);
      ASSERT_TRUE(protocol::EncodeRequest(writer, protocol::CheckAccount{login.name, "sshd", "10.0.0.1", "ssh"}));
      login.outcome = login.connection.Send(socket_.c_str(), {packet, writer.size()}, Deadline::After(patience_ms));
    }
  }
  static void Receive(Login& login, Deadline deadline) {
    if (login.decided || login.outcome != Outcome::kAnswered) return;
    char packet[4096];
    std::size_t size = 0;
    login.outcome = login.connection.Receive(packet, sizeof packet, size, deadline);
    if (login.outcome != Outcome::kAnswered) return;
    protocol::Reader reader(packet, size);
    std::uint8_t status = 0;
    protocol::VerdictAnswer answer;
    if (!protocol::DecodeHeader(reader, status) || status != static_cast<std::uint8_t>(protocol::Status::kOk)) return;
    if (!protocol::DecodeBody(reader, answer)) return;
    login.decided = true;
    login.verdict = static_cast<Verdict>(answer.verdict);
  }
  static void ReceiveAll(std::vector<Login>& logins, int milliseconds) {
    const Deadline deadline = Deadline::After(milliseconds);
    for (Login& login : logins) Receive(login, deadline);
  }
  static int Decided(const std::vector<Login>& logins) {
    return static_cast<int>(std::count_if(logins.begin(), logins.end(), [](const Login& l) { return l.decided; }));
  }
  static void ExpectNoWrongAllow(const std::vector<Login>& logins) {
    for (const Login& login : logins) {
      if (!login.decided) continue;
      EXPECT_EQ(login.verdict == Verdict::kAllow, std::string_view(login.name) == "alice") << login.name;
    }
  }
  // The daemon is back: who had no answer asks again, and everybody is told what is right.
  void ExpectAllDecidedByTheNext(std::vector<Login>& logins) {
    for (int turn = 0; turn < 5 && Decided(logins) < kLogins; ++turn) {
      SendAll(logins);
      ReceiveAll(logins, 10000);
    }
    EXPECT_EQ(Decided(logins), kLogins);
    ExpectNoWrongAllow(logins);
  }

  pid_t daemon_ = -1;

 private:
  [[noreturn]] void Serve(int ready) const {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    test::TrialWorld world;
    const std::string& state = world.folder().path();
    if (::rename(world.folder().File("socket").c_str(), socket_.c_str()) != 0) ::_exit(1);
    if (::write(ready, state.data(), state.size()) < 0) ::_exit(1);
    ::close(ready);
    world.With([] {
      for (;;) ::pause();
    });
    ::_exit(0);
  }

  test::TempFolder folder_;
  std::string socket_;
  std::string state_;  // the running daemon's folder
};

TEST_F(RestartTest, AThousandLoginsAcrossAKillAreDecidedRightOrNotAtAll) {
  for (const int answers : {0, 1, 250, 900}) {
    ASSERT_NO_FATAL_FAILURE(Start());
    std::vector<Login> logins = People();
    SendAll(logins);
    for (int i = 0; i < answers; ++i) Receive(logins[static_cast<std::size_t>(i)], Deadline::After(10000));
    Kill();
    ReceiveAll(logins, 10000);
    const int before = Decided(logins);
    EXPECT_GE(before, answers);
    ExpectNoWrongAllow(logins);
    ASSERT_NO_FATAL_FAILURE(Start());
    ExpectAllDecidedByTheNext(logins);
    Kill();
    std::printf("killed behind %d answers: %d of %d decided, the others by the next daemon\n", answers, before,
                kLogins);
  }
}

TEST_F(RestartTest, AThousandLoginsAtAStoppedDaemonEndAtTheirDeadline) {
  ASSERT_NO_FATAL_FAILURE(Start());
  std::vector<Login> logins = People();
  ::kill(daemon_, SIGSTOP);
  SendAll(logins, 2);
  const std::int64_t before = base::ClockMs(CLOCK_MONOTONIC);
  ReceiveAll(logins, 500);
  EXPECT_LT(base::ClockMs(CLOCK_MONOTONIC) - before, 2000);
  EXPECT_EQ(Decided(logins), 0);
  ::kill(daemon_, SIGCONT);
  ExpectAllDecidedByTheNext(logins);
}

}  // namespace
}  // namespace taglogin::client
