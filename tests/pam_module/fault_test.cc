// SPDX-License-Identifier: Apache-2.0
// The built module in the system's libpam, with every system call and every allocation between
// pam_start and pam_end failing once, at every place, in every phase. Success needs a packet of the
// daemon that says so and was received whole; PAM_IGNORE never comes.
#include <gtest/gtest.h>
#include <security/pam_appl.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <map>
#include <thread>

#include "fake_daemon.h"
#include "fault_injector.h"
#include "protocol/messages.h"
#include "real_pam.h"

namespace taglogin::tests {
namespace {

using protocol::Verdict;

// What the stack gives when the module says PAM_IGNORE, which libpam would hide: a code that nothing
// else here gives.
constexpr int kIgnored = PAM_CRED_EXPIRED;

struct Place {
  const char* name;
  const char* management;  // the stack's first column
  int (*call)(pam_handle_t*);
  bool asks_the_daemon;
};

const Place kPlaces[] = {
    {"auth", "auth", [](pam_handle_t* pam) { return pam_authenticate(pam, 0); }, false},
    {"setcred", "auth", [](pam_handle_t* pam) { return pam_setcred(pam, PAM_ESTABLISH_CRED); }, false},
    {"account", "account", [](pam_handle_t* pam) { return pam_acct_mgmt(pam, 0); }, true},
    {"open_session", "session", [](pam_handle_t* pam) { return pam_open_session(pam, 0); }, true},
    {"close_session", "session", [](pam_handle_t* pam) { return pam_close_session(pam, 0); }, true},
    {"password", "password", [](pam_handle_t* pam) { return pam_chauthtok(pam, 0); }, false},
};

std::string Stack(const std::string& socket) {
  std::string stack;
  for (const std::string management : {"auth", "account", "session", "password"}) {
    stack += management + " [success=done ignore=1 default=die] " TAGLOGIN_MODULE " socket=" + socket + "\n";
    stack += management + " requisite pam_deny.so\n";
    stack += management +
             " required pam_debug.so auth=cred_expired cred=cred_expired acct=cred_expired prechauthtok=cred_expired "
             "chauthtok=cred_expired open_session=cred_expired close_session=cred_expired\n";
  }
  return stack;
}

// Runs in a process of its own, in which anything may fail: no C++ library, nothing that throws.
int Say(int, const pam_message**, pam_response**, void*) { return PAM_CONV_ERR; }

int CodeOf(const Place& place, const char* folder, const char* user) {
  const pam_conv conversation = {Say, nullptr};
  pam_handle_t* pam = nullptr;
  int code = pam_start_confdir("sshd", user, &conversation, folder, &pam);
  if (code == PAM_SUCCESS) code = place.call(pam);
  if (pam != nullptr) pam_end(pam, code);
  return code;
}

// A daemon that says `verdict` to whatever it is asked, and what its packets look like.
class Answerer {
 public:
  explicit Answerer(Verdict verdict, std::chrono::milliseconds delay = {})
      : verdict_(VerdictPacket(static_cast<std::uint32_t>(verdict), "TL-X", "No.")) {
    daemon_ = FakeDaemon::Open([this, delay](std::string_view request) {
      std::this_thread::sleep_for(delay);
      return Reply{Reply::Kind::kPacket, request.size() > 3 && IsClose(request) ? done_ : verdict_};
    });
    folder_.Write("sshd", Stack(daemon_->socket_path()));
  }
  int Code(const Place& place) const { return CodeOf(place, folder_.path().c_str(), "alice"); }
  std::size_t SizeOfAnswer(const Place& place) const {
    return std::string_view(place.name) == "close_session" ? done_.size() : verdict_.size();
  }

 private:
  static bool IsClose(std::string_view request) { return DescribeRequest(request).starts_with("CloseSession"); }

  std::string verdict_;
  std::string done_ = DonePacket();
  std::unique_ptr<FakeDaemon> daemon_;
  ServiceFolder folder_;
};

bool ReceivedWhole(const Outcome& outcome, std::size_t size) {
  for (const SystemCall& call : outcome.calls) {
    if (call.number == SYS_recvfrom && !call.faulty && call.result == static_cast<long>(size)) return true;
  }
  return false;
}

// What the first call of this number gave.
long ResultOf(const Outcome& outcome, long number) {
  for (const SystemCall& call : outcome.calls) {
    if (call.number == number) return call.result;
  }
  return -1;
}

struct Tally {
  int runs = 0;
  int successes = 0;  // all with a whole packet
  std::map<int, int> codes;
  int killed = 0;
};

void Expect(const Outcome& outcome, const Place& place, std::size_t size, bool may_succeed, Tally& tally) {
  ++tally.runs;
  ++tally.codes[outcome.code];
  if (outcome.signal != 0) ++tally.killed;
  EXPECT_NE(outcome.signal, SIGALRM) << "took too long";
  EXPECT_NE(outcome.code, PAM_IGNORE);
  EXPECT_NE(outcome.code, kIgnored) << "the module said PAM_IGNORE";
  if (outcome.code != PAM_SUCCESS) return;
  ++tally.successes;
  EXPECT_TRUE(may_succeed && place.asks_the_daemon) << "success without a daemon that says so";
  EXPECT_TRUE(ReceivedWhole(outcome, size)) << "success without the whole packet";
}

void Print(const char* what, const Place& place, const Tally& tally) {
  std::printf("  %-24s %-13s %5d faults, %4d of them without effect on the allow, %3d ended by a signal; codes", what,
              place.name, tally.runs, tally.successes, tally.killed);
  for (const auto& [code, count] : tally.codes) std::printf(" %d:%d", code, count);
  std::printf("\n");
}

bool Long() { return std::getenv("TAGLOGIN_LONG") != nullptr; }

std::vector<int> Errors() {
  if (!Long()) return {EINTR, EIO, ENOMEM};
  return {EPERM,     ENOENT, EINTR,  EIO,     E2BIG,  EBADF,  EAGAIN,   ENOMEM,  EACCES,       EFAULT,
          EBUSY,     EEXIST, ENODEV, EINVAL,  ENFILE, EMFILE, ENOSPC,   ENOSYS,  ENAMETOOLONG, ECONNRESET,
          ETIMEDOUT, EPIPE,  ELOOP,  ENOTDIR, EISDIR, EROFS,  EMSGSIZE, ENOBUFS, ECONNREFUSED, EOVERFLOW};
}

class Faults : public testing::Test {
 protected:
  void SetUp() override {
    if (!CanTrace()) GTEST_SKIP() << "system calls of this processor are not known";
  }

  // Every call, each of `values` instead of it.
  void FailEach(const Place& place, Verdict verdict, const std::vector<int>& errors, Tally& tally) {
    const Answerer answerer(verdict);
    const bool allows = verdict == Verdict::kAllow || std::string_view(place.name) == "close_session";
    const std::size_t size = answerer.SizeOfAnswer(place);
    for (const int error : errors) {
      for (int ordinal = 1;; ++ordinal) {
        const Fault fault{Fault::Kind::kInstead, ordinal, -1, -error};
        const Outcome outcome = RunTraced([&] { return answerer.Code(place); }, fault);
        if (!outcome.HitBy(fault)) break;
        SCOPED_TRACE(std::string(place.name) + ", call " + std::to_string(ordinal) + " gives errno " +
                     std::to_string(error));
        Expect(outcome, place, size, allows, tally);
      }
    }
  }
};

TEST_F(Faults, WithoutOneTheStackGivesWhatTheModuleSays) {
  const std::map<std::string_view, int> expected = {{"auth", PAM_CRED_UNAVAIL},     {"setcred", PAM_CRED_UNAVAIL},
                                                    {"account", PAM_SUCCESS},       {"open_session", PAM_SUCCESS},
                                                    {"close_session", PAM_SUCCESS}, {"password", PAM_CRED_UNAVAIL}};
  const Answerer allowing(Verdict::kAllow);
  for (const Place& place : kPlaces) {
    const Outcome outcome = RunTraced([&] { return allowing.Code(place); }, {});
    EXPECT_EQ(outcome.code, expected.at(place.name)) << place.name;
    EXPECT_EQ(ReceivedWhole(outcome, allowing.SizeOfAnswer(place)), place.asks_the_daemon) << place.name;
  }
}

// The stack of this test shows PAM_IGNORE, which libpam takes for no answer, as a code of its own.
TEST_F(Faults, TheStackWouldShowPamIgnore) {
  ServiceFolder folder;
  std::string stack = Stack("/nonexistent");
  const std::string ignoring = "pam_debug.so acct=ignore";
  for (std::size_t at; (at = stack.find(TAGLOGIN_MODULE " socket=/nonexistent")) != std::string::npos;) {
    stack.replace(at, sizeof(TAGLOGIN_MODULE " socket=/nonexistent") - 1, ignoring);
  }
  folder.Write("sshd", stack);
  EXPECT_EQ(CodeOf(kPlaces[2], folder.path().c_str(), "alice"), kIgnored);
}

TEST_F(Faults, EverySystemCallFailedLeavesSuccessToAWholeAllow) {
  for (const Place& place : kPlaces) {
    Tally tally;
    FailEach(place, Verdict::kAllow, Errors(), tally);
    Print("daemon allows:", place, tally);
    EXPECT_GT(tally.runs, 20 * static_cast<int>(Errors().size())) << "too few calls were failed";
    EXPECT_LT(tally.successes, tally.runs);
  }
}

TEST_F(Faults, EverySystemCallFailedTurnsNoDenialIntoSuccess) {
  for (const Verdict verdict : {Verdict::kDeny, Verdict::kUnknownUser, static_cast<Verdict>(1)}) {
    if (verdict != Verdict::kDeny && !Long()) continue;
    for (const Place& place : kPlaces) {
      if (!place.asks_the_daemon || std::string_view(place.name) == "close_session") continue;
      Tally tally;
      FailEach(place, verdict, Long() ? Errors() : std::vector<int>{EIO}, tally);
      Print("daemon does not allow:", place, tally);
      EXPECT_EQ(tally.successes, 0);
    }
  }
}

TEST_F(Faults, NoShortReadIsTakenForAnAllow) {
  for (const Place& place : kPlaces) {
    if (!place.asks_the_daemon) continue;
    const Answerer answerer(Verdict::kAllow);
    Tally tally;
    for (std::size_t got = 0; got < answerer.SizeOfAnswer(place); ++got) {
      const Fault fault{Fault::Kind::kAfter, 1, SYS_recvfrom, static_cast<long>(got)};
      const Outcome outcome = RunTraced([&] { return answerer.Code(place); }, fault);
      ASSERT_TRUE(outcome.HitBy(fault));
      SCOPED_TRACE(std::string(place.name) + " received " + std::to_string(got) + " bytes");
      Expect(outcome, place, answerer.SizeOfAnswer(place), false, tally);
    }
    Print("cut answers:", place, tally);
  }
}

TEST_F(Faults, NoCutRequestIsTakenForAnAllow) {
  for (const Place& place : kPlaces) {
    if (!place.asks_the_daemon) continue;
    const Answerer answerer(Verdict::kAllow);
    Tally tally;
    const long whole = ResultOf(RunTraced([&] { return answerer.Code(place); }, {}), SYS_sendto);
    ASSERT_GT(whole, 8) << "no request was sent";
    for (long sent = 0; sent < whole; ++sent) {
      const Fault fault{Fault::Kind::kCut, 1, SYS_sendto, sent};
      const Outcome outcome = RunTraced([&] { return answerer.Code(place); }, fault);
      ASSERT_TRUE(outcome.HitBy(fault));
      SCOPED_TRACE(std::string(place.name) + " sent " + std::to_string(sent) + " bytes");
      Expect(outcome, place, answerer.SizeOfAnswer(place), false, tally);
    }
    Print("cut requests:", place, tally);
  }
}

TEST(Allocations, EachFailedOnceLeavesSuccessToTheDaemon) {
  for (const bool allow : {true, false}) {
    for (const Place& place : kPlaces) {
      const Answerer answerer(allow ? Verdict::kAllow : Verdict::kDeny);
      const bool may_succeed = place.asks_the_daemon && (allow || std::string_view(place.name) == "close_session");
      Tally tally;
      bool reached = true;
      for (int nth = 1; reached; ++nth) {
        const Outcome outcome = RunWithFailingAllocation([&] { return answerer.Code(place); }, nth, reached);
        if (!reached) break;
        SCOPED_TRACE(std::string(place.name) + ", allocation " + std::to_string(nth));
        ++tally.runs;
        ++tally.codes[outcome.code];
        tally.killed += outcome.signal != 0 ? 1 : 0;
        tally.successes += outcome.code == PAM_SUCCESS ? 1 : 0;
        EXPECT_NE(outcome.code, kIgnored);
        EXPECT_NE(outcome.signal, SIGALRM);
        EXPECT_TRUE(may_succeed || outcome.code != PAM_SUCCESS);
      }
      EXPECT_GT(tally.runs, 5);
      Print(allow ? "allocations, allowing:" : "allocations, denying:", place, tally);
    }
  }
}

// SIGALRM a thousand times a second, with a handler and without SA_RESTART: every wait is interrupted.
int InStormOfSignals(const std::function<int()>& body) {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  const itimerval every_millisecond{{0, 1000}, {0, 1000}};
  if (::sigaction(SIGALRM, &action, nullptr) != 0 || ::setitimer(ITIMER_REAL, &every_millisecond, nullptr) != 0) {
    return 255;
  }
  return body();
}

TEST(Interruptions, ChangeNoVerdict) {
  const int rounds = Long() ? 100 : 5;
  for (const auto& [verdict, code] : {std::pair{Verdict::kAllow, PAM_SUCCESS}, {Verdict::kDeny, PAM_PERM_DENIED}}) {
    const Answerer answerer(verdict, std::chrono::milliseconds(30));
    for (const Place& place : {kPlaces[2], kPlaces[3]}) {
      for (int round = 0; round < rounds; ++round) {
        bool reached = false;
        const Outcome outcome = RunWithFailingAllocation(
            [&] { return InStormOfSignals([&] { return answerer.Code(place); }); }, 0, reached);
        EXPECT_EQ(outcome.code, code) << place.name;
      }
    }
  }
}

}  // namespace
}  // namespace taglogin::tests
