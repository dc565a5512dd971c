// SPDX-License-Identifier: Apache-2.0
// T41: random and mutated packets at a live daemon, from root and from a person. TAGLOGIN_FRAMES says
// how many, TAGLOGIN_SEED replays a run.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "base/unique_fd.h"
#include "tests/base/in_child.h"
#include "tests/daemon/served_world.h"

namespace taglogin {
namespace {

using protocol::Status;
using namespace test;

// No service named sshd: the daemon ends a connection that it refuses a session, and the peer is this test.
std::vector<std::string> Seeds() {
  protocol::Admin test;
  test.count = 4;
  test.args[0] = "test";
  test.args[1] = "user=alice";
  test.args[2] = "from=10.0.0.1";
  test.args[3] = "tag=Environment=prod";
  protocol::Admin status;
  status.count = 1;
  status.args[0] = "status";
  return {Packet(protocol::AccountByName{"alice"}),
          Packet(protocol::AccountByUid{1101}),
          Packet(protocol::GroupByName{"taglogin-users"}),
          Packet(protocol::GroupByGid{2000200000}),
          Packet(protocol::GroupsOfAccount{"carol"}),
          Packet(protocol::Keys{"alice", "SHA256:AAAA"}),
          Packet(protocol::Principals{"alice", "SHA256:AAAA", "ssh-rsa-cert-v01@openssh.com", "SHA256:BBBB"}),
          Packet(protocol::CheckAccount{"alice", "su", "10.0.0.1", "ssh"}),
          Packet(protocol::OpenSession{"alice", "su", "10.0.0.1", "ssh", "publickey ssh-ed25519 AAAA\n"}),
          Packet(protocol::CloseSession{"alice", "su"}),
          Packet(test),
          Packet(status)};
}

// ASan keeps what was freed for a while.
#ifdef __SANITIZE_ADDRESS__
constexpr long kMostGrownKiB = 600 * 1024;
#else
constexpr long kMostGrownKiB = 16 * 1024;
#endif

class Lot {
 public:
  explicit Lot(unsigned seed) : random_(seed) {}
  std::size_t Below(std::size_t bound) { return random_() % bound; }
  char Byte() { return static_cast<char>(random_() & 0xff); }

 private:
  std::mt19937 random_;
};

std::string RandomPacket(Lot& lot) {
  const std::size_t sizes[] = {lot.Below(16), lot.Below(300), lot.Below(5000)};
  std::string packet(1 + sizes[lot.Below(3)], '\0');
  for (char& byte : packet) byte = lot.Byte();
  // Half of them get past the header.
  const std::string header{'T', 'L', '\x01', static_cast<char>(lot.Below(12))};
  if (packet.size() > header.size() && lot.Below(2) == 0) packet.replace(0, header.size(), header);
  return packet;
}

void Mutate(std::string& packet, const std::vector<std::string>& seeds, Lot& lot) {
  const std::size_t at = lot.Below(packet.size() + 1);
  switch (lot.Below(7)) {
    case 0:
      if (at < packet.size()) packet[at] = lot.Byte();
      break;
    case 1:
      if (at < packet.size()) packet[at] = static_cast<char>(packet[at] ^ (1 << lot.Below(8)));
      break;
    case 2:
      packet.resize(at);
      break;
    case 3:
      packet.insert(at, std::string(lot.Below(40), lot.Byte()));
      break;
    case 4:  // a length or count of its own making
      if (at + 4 <= packet.size()) packet.replace(at, 4, std::string(4, lot.Below(2) == 0 ? '\xff' : lot.Byte()));
      break;
    case 5: {
      const std::string& other = seeds[lot.Below(seeds.size())];
      packet = packet.substr(0, at) + other.substr(lot.Below(other.size()));
      break;
    }
    default:
      packet.erase(at, lot.Below(8));
  }
}

std::string MutatedPacket(const std::vector<std::string>& seeds, Lot& lot) {
  std::string packet = seeds[lot.Below(seeds.size())];
  for (std::size_t times = 1 + lot.Below(4); times > 0; --times) Mutate(packet, seeds, lot);
  if (packet.empty()) packet.push_back(lot.Byte());
  return packet;
}

// Sends one packet and takes what comes: each answer must be a whole packet with a status we know.
// 1: answered; 0: hung up on; -1: an answer that is none.
int Throw(const sockaddr_un& address, const std::string& packet) {
  const base::UniqueFd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return -1;
  if (::send(fd.get(), packet.data(), packet.size(), MSG_NOSIGNAL) < 0) return -1;
  static char answer[protocol::kMaxPacket];
  const ssize_t got = ::recv(fd.get(), answer, sizeof answer, MSG_TRUNC);
  if (got <= 0) return 0;
  protocol::Reader reader(answer, static_cast<std::size_t>(got));
  std::uint8_t status = 0;
  const bool known = protocol::DecodeHeader(reader, status) && status >= 1 && status <= 5;
  return known && (status == static_cast<int>(Status::kOk) || reader.AtEnd()) ? 1 : -1;
}

// Throws `count` packets; the exit code says how it went.
int ThrowAll(const std::string& path, std::uint32_t uid, std::size_t count, unsigned seed) {
  if (uid != 0 && ::geteuid() == 0) BecomeUser(uid);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const std::vector<std::string> seeds = Seeds();
  Lot lot(seed);
  std::size_t answered = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const int outcome = Throw(address, i % 4 == 0 ? RandomPacket(lot) : MutatedPacket(seeds, lot));
    if (outcome < 0) return 1;
    answered += static_cast<std::size_t>(outcome);
  }
  return answered * 10 > count * 9 ? 0 : 2;  // all but those whose sender the daemon hung up on
}

long ResidentKiB(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::atol(line.c_str() + 6);
  }
  return -1;
}

// The fewest within a second: the last connection may still be about to be closed.
std::ptrdiff_t DescriptorsOf(pid_t pid) {
  std::ptrdiff_t fewest = PTRDIFF_MAX;
  for (int i = 0; i < 20; ++i) {
    const std::filesystem::directory_iterator files("/proc/" + std::to_string(pid) + "/fd");
    fewest = std::min(fewest, std::distance(begin(files), end(files)));
    ::usleep(50000);
  }
  return fewest;
}

TEST(LiveFuzz, NoPacketHurtsTheDaemon) {
  const char* wanted = std::getenv("TAGLOGIN_FRAMES");
  const std::size_t frames = static_cast<std::size_t>(std::atol(wanted == nullptr ? "20000" : wanted));
  const char* given = std::getenv("TAGLOGIN_SEED");
  const auto seed = static_cast<unsigned>(given == nullptr ? std::random_device()() : std::strtoul(given, nullptr, 10));
  const ServedWorld world;
  const auto half = [&](std::size_t count, unsigned own_seed) {
    EXPECT_EQ(ExitOf([&] { return ThrowAll(world.socket(), 0, count / 4, own_seed); }), 0) << "as root";
    EXPECT_EQ(ExitOf([&] { return ThrowAll(world.socket(), kPersonUid, count / 4, own_seed + 1); }), 0)
        << "as a person";
  };
  half(frames, seed);
  const long memory = ResidentKiB(world.pid());
  const auto descriptors = DescriptorsOf(world.pid());
  half(frames, seed + 2);
  const long grown = ResidentKiB(world.pid()) - memory;
  std::printf("T41: %zu packets, seed %u: %ld KiB resident after half of them, %ld KiB more at the end\n", frames, seed,
              memory, grown);
  EXPECT_EQ(DescriptorsOf(world.pid()), descriptors);
  EXPECT_LT(grown, kMostGrownKiB);
  EXPECT_EQ(StatusOf(world.socket(), Packet(protocol::AccountByName{"alice"})), static_cast<int>(Status::kOk));
}

}  // namespace
}  // namespace taglogin
