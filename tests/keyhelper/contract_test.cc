// SPDX-License-Identifier: Apache-2.0
// T24: the built taglogin-keys in the worst of circumstances that a caller could leave it: it ends by itself, with 0,
// and prints the line or nothing.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/close_range.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "child.h"
#include "fake_daemon.h"
#include "tests/base/temp_folder.h"

namespace taglogin::tests {
namespace {

constexpr char kFingerprint[] = "SHA256:AbCdEfGhIjKlMnOpQrStUvWxYz0123456789+/AbCdE";
constexpr char kLine[] = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA\n";

struct Outcome {
  std::string output;
  int code = -1;  // or 1000 + signal
};

// Runs the program in a child that `prepare` has made uncomfortable; its standard output is a pipe.
Outcome RunAfter(const std::function<void()>& prepare, const std::string& socket, bool with_arguments = true) {
  int out[2];
  EXPECT_EQ(::pipe2(out, O_CLOEXEC), 0);
  const std::string arguments[] = {TAGLOGIN_KEYS, "--socket", socket, "alice", kFingerprint};
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  char* nothing[] = {nullptr};
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(out[1], STDOUT_FILENO);
    prepare();
    ::execve(TAGLOGIN_KEYS, with_arguments ? argv.data() : nothing, nothing);
    ::_exit(126);
  }
  ::close(out[1]);
  const base::UniqueFd reading(out[0]);
  Outcome outcome;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::read(reading.get(), buffer, sizeof buffer)) > 0;) {
    outcome.output.append(buffer, static_cast<std::size_t>(got));
  }
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  return outcome;
}

class Contract : public testing::Test {
 protected:
  Contract() {
    daemon_ = FakeDaemon::Open([this](std::string_view packet) {
      if (DescribeRequest(packet).starts_with("Keys name=\"alice\"")) {
        ++asked_;
      } else {
        ++nonsense_;
      }
      return Reply{Reply::Kind::kPacket, KeysPacket(kLine)};
    });
  }
  ~Contract() override { EXPECT_EQ(nonsense_, 0); }
  const std::string& socket() const { return daemon_->socket_path(); }

  std::atomic<int> asked_{0};
  std::atomic<int> nonsense_{0};
  std::unique_ptr<FakeDaemon> daemon_;
};

// A descriptor that is free becomes the socket's or the log's: nothing meant for sshd may go there.
TEST_F(Contract, StandardDescriptorsMayBeClosed) {
  for (int closed = 0; closed < 8; ++closed) {
    for (const bool absent : {false, true}) {
      const Outcome outcome = RunAfter(
          [closed] {
            for (int fd = 0; fd < 3; ++fd) {
              if ((closed & (1 << fd)) != 0) ::close(fd);
            }
          },
          absent ? "/nonexistent/socket" : socket());
      EXPECT_EQ(outcome.code, 0) << closed;
      EXPECT_EQ(outcome.output, absent || (closed & 2) != 0 ? "" : kLine) << closed;
    }
  }
  daemon_->Stop();
  EXPECT_EQ(asked_, 8);
}

TEST_F(Contract, StandardDescriptorsMayBeAnything) {
  for (const char* path : {"/dev/null", "/dev/full", "/", "/dev/zero", "/proc/self/mem"}) {
    const Outcome outcome = RunAfter(
        [path] {
          const int fd = ::open(path, O_RDONLY);
          ::dup2(fd, STDIN_FILENO);
          ::dup2(fd, STDOUT_FILENO);  // not open for writing
          ::dup2(fd, STDERR_FILENO);
        },
        socket());
    EXPECT_EQ(outcome.code, 0) << path;
  }
  const Outcome full = RunAfter([] { ::dup2(::open("/dev/full", O_WRONLY), STDOUT_FILENO); }, socket());
  EXPECT_EQ(full.code, 0);
}

TEST_F(Contract, LimitsMayBeTight) {
  struct Limit {
    int resource;
    rlim_t value;
  };
  // Below four descriptors not even libc can be loaded.
  for (const Limit& limit : {Limit{RLIMIT_NOFILE, 4}, Limit{RLIMIT_NOFILE, 20000}, Limit{RLIMIT_NPROC, 0},
                             Limit{RLIMIT_FSIZE, 0}, Limit{RLIMIT_CORE, RLIM_INFINITY}, Limit{RLIMIT_STACK, 512 << 10},
                             Limit{RLIMIT_AS, 32 << 20}, Limit{RLIMIT_DATA, 1 << 20}, Limit{RLIMIT_MEMLOCK, 0},
                             Limit{RLIMIT_CPU, 1}, Limit{RLIMIT_SIGPENDING, 0}, Limit{RLIMIT_MSGQUEUE, 0}}) {
    const Outcome outcome = RunAfter(
        [limit] {
          ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);  // whoever started this test may have left some open
          rlimit now{};
          ::getrlimit(static_cast<__rlimit_resource>(limit.resource), &now);
          now.rlim_cur = std::min(limit.value, now.rlim_max);
          ::setrlimit(static_cast<__rlimit_resource>(limit.resource), &now);
        },
        socket());
    EXPECT_EQ(outcome.code, 0) << limit.resource << " " << limit.value;
    EXPECT_EQ(outcome.output, kLine) << limit.resource << " " << limit.value;
  }
}

TEST_F(Contract, WithoutADescriptorToSpareThereIsNoKey) {
  // All that is left after libc has been loaded is taken by what was inherited at or below the limit.
  const Outcome outcome = RunAfter(
      [] {
        const rlimit three{3, 3};
        ::setrlimit(RLIMIT_NOFILE, &three);
      },
      socket());
  EXPECT_EQ(outcome.output, "");
}

TEST_F(Contract, SignalsMayBeBlockedOrIgnored) {
  const Outcome blocked = RunAfter(
      [] {
        sigset_t all;
        sigfillset(&all);
        ::sigprocmask(SIG_SETMASK, &all, nullptr);
      },
      socket());
  EXPECT_EQ(blocked.code, 0);
  EXPECT_EQ(blocked.output, kLine);
  const Outcome ignored = RunAfter(
      [] {
        for (int number = 1; number < SIGRTMAX; ++number) (void)std::signal(number, SIG_IGN);
      },
      socket());
  EXPECT_EQ(ignored.code, 0);
  EXPECT_EQ(ignored.output, kLine);
}

TEST_F(Contract, TheWorkingFolderMayBeGoneAndTheUmaskOpen) {
  const Outcome outcome = RunAfter(
      [] {
        char folder[] = "/tmp/taglogin-gone-XXXXXX";
        if (::mkdtemp(folder) == nullptr || ::chdir(folder) != 0 || ::rmdir(folder) != 0) ::_exit(125);
        ::umask(0);
      },
      socket());
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.output, kLine);
}

TEST_F(Contract, NoArgumentsAtAllGiveNothing) {
  const Outcome outcome = RunAfter([] {}, socket(), false);
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.output, "");
}

// What is in force while it waits for the daemon.
TEST(TagloginKeys, WaitsWithNothingOpenButItsSocket) {
  std::atomic<bool> asked = false;
  const auto daemon = FakeDaemon::Open([&](std::string_view) {
    asked = true;
    return Reply{Reply::Kind::kSilence, {}};
  });
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const base::UniqueFd reading(ends[0]);
  const base::UniqueFd writing(ends[1]);
  Child child({TAGLOGIN_KEYS, "--socket", daemon->socket_path(), "alice", kFingerprint}, {}, writing.get());
  while (!asked && child.Running()) ::usleep(1000);
  const std::string proc = "/proc/" + std::to_string(child.pid());
  const std::filesystem::directory_iterator open(proc + "/fd");
  EXPECT_EQ(std::distance(begin(open), end(open)), 4);
  std::ifstream file(proc + "/status");
  const std::string status(std::istreambuf_iterator<char>(file), {});
  EXPECT_NE(status.find("NoNewPrivs:\t1"), std::string::npos) << status;
  EXPECT_NE(status.find("Threads:\t1"), std::string::npos) << status;
  std::ifstream limits(proc + "/limits");
  const std::string text(std::istreambuf_iterator<char>(limits), {});
  EXPECT_NE(text.find("Max core file size        0                    0"), std::string::npos) << text;
}

}  // namespace
}  // namespace taglogin::tests
