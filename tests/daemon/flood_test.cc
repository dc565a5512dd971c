// SPDX-License-Identifier: Apache-2.0
// T53: what others do to the socket, and how long root and the keyhelper wait meanwhile. Timed: the
// promise is 200 ms for the slowest of hundreds of requests, while the attack goes on. The daemon has the
// priority that its unit gives it, and so has who measures: what else runs on the machine is not the matter.
// Needs root.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <new>
#include <vector>

#include "base/deadline.h"
#include "base/unique_fd.h"
#include "tests/daemon/served_world.h"

namespace taglogin {
namespace {

using protocol::Status;
using namespace test;

constexpr std::uint32_t kFirstAttacker = 62000;
constexpr int kRequests = 200;  // of each of the two who must get in
constexpr int kBound = 200;     // ms
constexpr int kNice = -10;      // as Nice= in conf/systemd/taglogind.service.in

std::int64_t NowUs() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000000 + now.tv_nsec / 1000;
}

int Connect(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

void BecomeAttacker(std::uint32_t uid) {
  ::setpriority(PRIO_PROCESS, 0, 0);
  BecomeUser(uid);
}

// Keeps `count` connections for ever: what the daemon closes is opened again. `send`, if not empty,
// goes over each of them once in every round, `piece` bytes at a time.
[[noreturn]] void Hold(const std::string& path, std::uint32_t uid, std::size_t count, const std::string& send,
                       std::size_t piece, int round_ms) {
  const rlimit many{20000, 20000};
  ::setrlimit(RLIMIT_NOFILE, &many);
  BecomeAttacker(uid);
  std::vector<base::UniqueFd> held(count);
  for (std::size_t sent = 0;; sent += piece) {
    for (base::UniqueFd& fd : held) {
      char byte = 0;
      const bool gone = fd.valid() && ::recv(fd.get(), &byte, 1, MSG_DONTWAIT) >= 0;
      if (gone || !fd.valid()) fd.reset(Connect(path));
      if (!fd.valid() || send.empty()) continue;
      const std::string part = send.substr(sent % send.size(), piece);
      (void)!::send(fd.get(), part.data(), part.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    ::usleep(static_cast<useconds_t>(round_ms) * 1000);
  }
}

std::string WholePacket() { return Packet(protocol::AccountByName{"alice"}); }
std::string HalfPacket() { return WholePacket().substr(0, 9); }

struct Waits {
  std::vector<std::int64_t> us;
  int unanswered = 0;
};

// Requests of one uid, one after the other; runs in this process with that uid.
Waits Measure(const std::string& path, std::uint32_t uid) {
  Waits waits;
  const std::string packet = uid == 0 ? Packet(protocol::CheckAccount{"alice", "su", "", ""})
                                      : Packet(protocol::Keys{"alice", "SHA256:" + std::string(43, 'A')});
  for (int i = 0; i < kRequests; ++i) {
    const std::int64_t began = NowUs();
    if (uid != 0 && ::seteuid(uid) != 0) std::abort();
    const int status = StatusOf(path, packet, 2000);
    if (uid != 0 && ::seteuid(0) != 0) std::abort();
    waits.us.push_back(NowUs() - began);
    if (status != static_cast<int>(Status::kOk)) ++waits.unanswered;
    ::usleep(1000);
  }
  std::sort(waits.us.begin(), waits.us.end());
  return waits;
}

class Flood : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root: attackers and those who must get in are different users";
    ASSERT_EQ(::setpriority(PRIO_PROCESS, 0, kNice), 0);
  }
  // A stall of the whole machine is not the daemon's: what is too slow once is measured once more.
  void Expect(const char* attack, const ServedWorld& world) {
    for (const std::uint32_t uid : {0U, kKeyhelperUid}) {
      double worst = ExpectOf(attack, world, uid);
      if (worst >= kBound) worst = ExpectOf(attack, world, uid);
      EXPECT_LT(worst, kBound) << attack;
    }
  }
  double ExpectOf(const char* attack, const ServedWorld& world, std::uint32_t uid) {
    const Waits waits = Measure(world.socket(), uid);
    const double worst = static_cast<double>(waits.us.back()) / 1000;
    const double median = static_cast<double>(waits.us[waits.us.size() / 2]) / 1000;
    std::printf("T53: %-44s %-9s median %.2f ms, worst of %d %.2f ms, unanswered %d\n", attack,
                uid == 0 ? "root" : "keyhelper", median, kRequests, worst, waits.unanswered);
    EXPECT_EQ(waits.unanswered, 0) << attack;
    return worst;
  }
  void UnderAttack(const char* attack, const std::function<void(const std::string& path)>& body) {
    const ServedWorld world;
    const Running attacker([&] { body(world.socket()); });
    ::usleep(300000);  // the attack is in full swing
    Expect(attack, world);
  }
};

TEST_F(Flood, NobodyAttacks) {
  const ServedWorld world;
  Expect("no attack", world);
}

TEST_F(Flood, FiveThousandIdleConnectionsOfOneUser) {
  UnderAttack("5,000 idle connections of one uid",
              [](const std::string& path) { Hold(path, kFirstAttacker, 5000, "", 1, 50); });
}

TEST_F(Flood, HalfWrittenRequests) {
  UnderAttack("5,000 connections that send half a request",
              [](const std::string& path) { Hold(path, kFirstAttacker, 5000, HalfPacket(), 9, 50); });
}

TEST_F(Flood, AByteASecond) {
  UnderAttack("5,000 connections, 1 byte a second each",
              [](const std::string& path) { Hold(path, kFirstAttacker, 5000, WholePacket(), 1, 1000); });
}

// All the places that others have are taken, by users none of whom has more than is one's due.
TEST_F(Flood, FiftyUsersWithAllTheirPlaces) {
  const ServedWorld world;
  std::vector<Running> attackers;
  for (std::uint32_t i = 0; i < 50; ++i) {
    attackers.emplace_back([&, i] { Hold(world.socket(), kFirstAttacker + i, 64, "", 1, 1000); });
  }
  ::usleep(1000000);
  Expect("50 uids, 64 idle connections each", world);
}

TEST_F(Flood, RequestsAsFastAsOneUserCan) {
  UnderAttack("64 connections, requests without a pause",
              [](const std::string& path) { Hold(path, kFirstAttacker, 64, WholePacket(), 4096, 0); });
}

// Four processes with the daemon's priority: they fill the queue as fast as the daemon empties it.
TEST_F(Flood, ConnectionsAsFastAsOneUserCan) {
  const ServedWorld world;
  std::vector<Running> attackers;
  for (int i = 0; i < 4; ++i) {
    attackers.emplace_back([&] {
      BecomeUser(kFirstAttacker);
      for (;;) ::close(Connect(world.socket()));
    });
  }
  ::usleep(300000);
  Expect("connections without a pause", world);
}

std::size_t DescriptorsOf(pid_t pid) {
  const std::filesystem::directory_iterator files("/proc/" + std::to_string(pid) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

double CpuSecondsOf(pid_t pid) {
  clockid_t clock{};
  timespec used{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return 1e9;
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

// The soft limit that the daemon's process is to give itself when it gets SIGUSR1.
std::atomic<rlim_t>* told_limit = nullptr;

void LimitYourself(int) {
  const rlimit limit{told_limit->load(), 20000};
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void LimitDescriptorsOf(const ServedWorld& world, rlim_t soft) {
  told_limit->store(soft);
  ASSERT_EQ(::kill(world.pid(), SIGUSR1), 0);
  ::usleep(50000);
}

class Shortage : public Flood {
 protected:
  void SetUp() override {
    Flood::SetUp();
    void* shared = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(shared, MAP_FAILED);
    told_limit = new (shared) std::atomic<rlim_t>(0);
  }
  static void Prepare() {
    const rlimit limit{20000, 20000};
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::signal(SIGUSR1, LimitYourself);
  }
};

// No descriptor is left in the whole daemon, the listener is ready all the time.
TEST_F(Shortage, RootStillGetsInAndTheLoopRests) {
  const ServedWorld world(Prepare);
  LimitDescriptorsOf(world, DescriptorsOf(world.pid()) + 20);
  const Running attacker([&] { Hold(world.socket(), kFirstAttacker, 60, "", 1, 10); });
  const Running second([&] { Hold(world.socket(), kFirstAttacker + 1, 60, "", 1, 10); });
  ::usleep(300000);
  Expect("no descriptor left (EMFILE), 2 uids", world);
  const double before = CpuSecondsOf(world.pid());
  ::usleep(1000000);
  const double used = CpuSecondsOf(world.pid()) - before;
  std::printf("T53: without a descriptor the daemon used %.0f ms of CPU in 1 s\n", used * 1000);
  EXPECT_LT(used, 0.5);
}

// As above with root itself holding what there is: then nobody can be served, and nothing may spin.
TEST_F(Shortage, MadeByRootEndsWithIt) {
  const ServedWorld world(Prepare);
  LimitDescriptorsOf(world, DescriptorsOf(world.pid()));
  std::vector<base::UniqueFd> held;
  for (int i = 0; i < 50; ++i) held.emplace_back(Connect(world.socket()));
  ::usleep(100000);
  const double before = CpuSecondsOf(world.pid());
  ::usleep(1000000);
  EXPECT_LT(CpuSecondsOf(world.pid()) - before, 0.2);
  held.clear();
  Expect("after a shortage that root made", world);
  LimitDescriptorsOf(world, 4096);
  Expect("with descriptors again", world);
}

}  // namespace
}  // namespace taglogin
