// SPDX-License-Identifier: Apache-2.0
#include "tests/daemon/served_world.h"

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>

#include "client/client.h"
#include "tests/daemon/trial_world.h"

namespace taglogin::test {
namespace {

struct Hello {
  char folder[200];
  char socket[200];
  std::uint32_t alice_uid;
  std::uint32_t carol_uid;
};

[[noreturn]] void Serve(int ready, const std::function<void()>& prepare) {
  if (prepare) prepare();
  if (::geteuid() == 0) BecomeUser(kDaemonUid);
  TrialWorld world(TrialWorld::RealPeers{kKeyhelperUid});
  if (::chmod(world.folder().path().c_str(), 0755) != 0) ::_exit(1);
  Hello hello{};
  std::strncpy(hello.folder, world.folder().path().c_str(), sizeof hello.folder - 1);
  std::strncpy(hello.socket, world.socket().c_str(), sizeof hello.socket - 1);
  hello.alice_uid = world.core().Find("alice")->uid;
  hello.carol_uid = world.core().Find("carol")->uid;
  if (::write(ready, &hello, sizeof hello) != sizeof hello) ::_exit(2);
  ::close(ready);
  (void)world.loop().Run().has_value();
  ::_exit(3);
}

}  // namespace

ServedWorld::ServedWorld(const std::function<void()>& prepare) {
  int ready[2];
  if (::pipe2(ready, O_CLOEXEC) != 0) std::abort();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    Serve(ready[1], prepare);
  }
  ::close(ready[1]);
  Hello hello{};
  const ssize_t got = ::read(ready[0], &hello, sizeof hello);
  ::close(ready[0]);
  EXPECT_EQ(got, static_cast<ssize_t>(sizeof hello)) << "the daemon did not start";
  folder_ = hello.folder;
  socket_ = hello.socket;
  alice_uid_ = hello.alice_uid;
  carol_uid_ = hello.carol_uid;
}

ServedWorld::~ServedWorld() {
  EXPECT_EQ(::waitpid(pid_, nullptr, WNOHANG), 0) << "the daemon has ended by itself";
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

int StatusOf(const std::string& socket, const std::string& packet, std::int64_t patience_ms) {
  char buffer[protocol::kMaxPacket];
  std::size_t size = 0;
  const auto deadline = base::Deadline::After(patience_ms);
  const auto outcome = client::Ask(socket.c_str(), packet, buffer, sizeof buffer, size, deadline);
  if (outcome != client::Outcome::kAnswered) return 0;
  protocol::Reader reader(buffer, size);
  std::uint8_t status = 0;
  return protocol::DecodeHeader(reader, status) ? status : 0;
}

void BecomeUser(std::uint32_t uid) {
  if (::setgroups(0, nullptr) != 0 || ::setresgid(uid, uid, uid) != 0 || ::setresuid(uid, uid, uid) != 0) std::abort();
  // Else the kernel gives this process's /proc to root.
  ::prctl(PR_SET_DUMPABLE, 1);
}

Running::Running(const std::function<void()>& body) : pid_(::fork()) {
  if (pid_ != 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  body();
  ::_exit(0);
}

Running::~Running() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

}  // namespace taglogin::test
