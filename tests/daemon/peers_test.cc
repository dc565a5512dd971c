// SPDX-License-Identifier: Apache-2.0
// T40: every request of the table, and every verb, from every kind of peer. Each peer is a process
// of its own; the daemon runs as its own user. Needs root.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <map>

#include "daemon/admin_service.h"
#include "directory/id_map.h"
#include "tests/base/in_child.h"
#include "tests/daemon/served_world.h"
#include "tests/daemon/trial_world.h"

namespace taglogin {
namespace {

using protocol::RequestType;
using protocol::Status;
using namespace test;

struct Peer {
  const char* name;
  std::uint32_t uid;             // 0: alice's where `alice` is set, else root
  bool alice = false;            // runs as alice
  bool about_another = false;    // asks about carol; the others ask about alice
  bool user_namespace = false;   // in one of its own …
  const char* inside = nullptr;  // … where it has this uid ("alice": hers); null: none at all
  bool pid_namespace = false;    // in one of its own
};

constexpr Peer kPeers[] = {
    {"root", 0},
    {"daemon", kDaemonUid},
    {"keyhelper", kKeyhelperUid},
    {"self", 0, true},
    {"another", 0, true, true},
    {"nobody", kNobodyUid},
    {"ns-root", kPersonUid, false, false, true, "0"},
    {"ns-alice", kPersonUid, false, false, true, "alice"},
    {"ns-none", kPersonUid, false, false, true},
    {"pid-ns", kPersonUid, false, false, false, nullptr, true},
    {"pid-ns root", 0, false, false, false, nullptr, true},
    {"ns-none root", 0, false, false, true},
};

// One letter for each peer, in the order above. o: answered; n: answered, there is none; x: not
// permitted. (A process that was root when it made its user namespace is root to everybody outside.)
//                              rdk sanNAnpPR
const std::map<std::string, std::string> kCells = {
    {"AccountByName", "oooooooooooo"},     {"AccountByUid", "oooooooooooo"},    {"GroupByName", "oooooooooooo"},
    {"GroupByGid", "oooooooooooo"},        {"GroupsOfAccount", "oooooooooooo"}, {"Keys", "oxoxxxxxxxoo"},
    {"CheckAccount", "oxxxxxxxxxoo"},      {"OpenSession", "oxxxxxxxxxoo"},     {"CloseSession", "nxxxxxxxxxnn"},
    {"Admin status", "ooxooooooooo"},      {"Admin why", "oxxoxxxxxxoo"},       {"Admin who", "oxxxxxxxxxoo"},
    {"Admin tags", "oxxxxxxxxxoo"},        {"Admin test", "oxxxxxxxxxoo"},      {"Admin refresh", "oxxxxxxxxxoo"},
    {"Admin accept-tags", "oxxxxxxxxxoo"}, {"Principals", "oxoxxxxxxxoo"},
};

std::string NameOf(RequestType type) {
  switch (type) {
    case RequestType::kAccountByName:
      return "AccountByName";
    case RequestType::kAccountByUid:
      return "AccountByUid";
    case RequestType::kGroupByName:
      return "GroupByName";
    case RequestType::kGroupByGid:
      return "GroupByGid";
    case RequestType::kGroupsOfAccount:
      return "GroupsOfAccount";
    case RequestType::kKeys:
      return "Keys";
    case RequestType::kCheckAccount:
      return "CheckAccount";
    case RequestType::kOpenSession:
      return "OpenSession";
    case RequestType::kCloseSession:
      return "CloseSession";
    case RequestType::kPrincipals:
      return "Principals";
    case RequestType::kAdmin:
      return "Admin";
  }
  return "a request without a name here";
}

std::string VerbPacket(const std::string& verb, const std::string& user) {
  const std::string test = "user=" + user;
  protocol::Admin request;
  request.count = 1;
  request.args[0] = verb;
  if (verb == "why" || verb == "test") {
    request.count = 2;
    request.args[1] = verb == "why" ? user : test;
  }
  return Packet(request);
}

std::string RequestPacket(const std::string& row, const std::string& user, std::uint32_t uid) {
  if (row.starts_with("Admin ")) return VerbPacket(row.substr(6), user);
  const std::map<std::string, std::string> packets = {
      {"AccountByName", Packet(protocol::AccountByName{user})},
      {"AccountByUid", Packet(protocol::AccountByUid{uid})},
      {"GroupByName", Packet(protocol::GroupByName{"taglogin-users"})},
      {"GroupByGid", Packet(protocol::GroupByGid{directory::IdSettings{}.upper})},
      {"GroupsOfAccount", Packet(protocol::GroupsOfAccount{user})},
      {"Keys", Packet(protocol::Keys{user, "SHA256:" + std::string(43, 'A')})},
      {"Principals", Packet(protocol::Principals{user, "SHA256:" + std::string(43, 'A'), "ssh-rsa-cert-v01@openssh.com",
                                                 "SHA256:" + std::string(43, 'B')})},
      {"CheckAccount", Packet(protocol::CheckAccount{user, "su", "", ""})},
      {"OpenSession", Packet(protocol::OpenSession{user, "su", "", "", ""})},
      {"CloseSession", Packet(protocol::CloseSession{user, "su"})},
  };
  const auto packet = packets.find(row);
  return packet == packets.end() ? std::string() : packet->second;
}

bool WriteText(const char* path, const std::string& text) {
  const base::UniqueFd fd(::open(path, O_WRONLY | O_CLOEXEC));
  return fd.valid() && ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

// Makes this process that peer; false where the kernel does not let it.
bool Become(const Peer& peer, std::uint32_t alice_uid) {
  const std::uint32_t uid = peer.alice ? alice_uid : peer.uid;
  if (peer.pid_namespace && ::unshare(CLONE_NEWPID) != 0) return false;
  if (uid != 0) BecomeUser(uid);
  if (!peer.user_namespace) return true;
  if (::unshare(CLONE_NEWUSER) != 0) return false;
  if (peer.inside == nullptr) return ::getuid() == kNobodyUid;
  const std::string inside = std::string(peer.inside) == "alice" ? std::to_string(alice_uid) : peer.inside;
  if (!WriteText("/proc/self/uid_map", inside + " " + std::to_string(uid) + " 1")) return false;
  return std::to_string(::getuid()) == inside;
}

class Peers : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root: every peer is a process of another user";
    world_.emplace();
  }
  int StatusFor(const Peer& peer, const std::string& packet) {
    constexpr int kCannotBe = 99;
    const int status = ExitOf([&] {
      if (!Become(peer, world_->alice_uid())) return kCannotBe;
      // A new pid namespace holds its maker's children only.
      if (peer.pid_namespace) return ExitOf([&] { return StatusOf(world_->socket(), packet); });
      return StatusOf(world_->socket(), packet);
    });
    EXPECT_NE(status, kCannotBe) << peer.name << ": the kernel does not allow such a process here";
    return status;
  }
  std::optional<ServedWorld> world_;
};

char LetterOf(int status) {
  switch (static_cast<Status>(status)) {
    case Status::kOk:
      return 'o';
    case Status::kNotFound:
      return 'n';
    case Status::kNotPermitted:
      return 'x';
    case Status::kMalformed:
      return 'm';
    case Status::kUnavailable:
      return 'u';
  }
  return '?';
}

// The rows come from the daemon's own table: a new request without cells here fails.
std::vector<std::string> RowsOfTheDaemon() {
  std::vector<std::string> rows;
  TrialWorld world;
  for (const auto& [type, peers] : world.requests().Rows()) {
    if (type != RequestType::kAdmin) rows.push_back(NameOf(type));
  }
  for (const std::string& verb : daemon::AdminService::VerbNames()) rows.push_back("Admin " + verb);
  return rows;
}

TEST_F(Peers, EveryRequestFromEveryKindOfPeer) {
  const std::vector<std::string> rows = RowsOfTheDaemon();
  EXPECT_EQ(rows.size(), kCells.size());
  int cells = 0;
  for (const std::string& row : rows) {
    ASSERT_TRUE(kCells.contains(row)) << row << ": say here who may ask it";
    std::string got;
    for (const Peer& peer : kPeers) {
      const std::string packet = RequestPacket(row, peer.about_another ? "carol" : "alice",
                                               peer.about_another ? world_->carol_uid() : world_->alice_uid());
      ASSERT_FALSE(packet.empty()) << row;
      got += LetterOf(StatusFor(peer, packet));
      ++cells;
    }
    EXPECT_EQ(got, kCells.at(row)) << row;
  }
  std::printf("T40: %d cells: %zu requests and verbs, %zu kinds of peer\n", cells, rows.size(), std::size(kPeers));
}

TEST_F(Peers, UnknownRequestsAndVerbsAreMalformedToEverybody) {
  for (const Peer& peer : kPeers) {
    std::string unknown = Packet(protocol::AccountByName{"alice"});
    unknown[3] = 99;
    EXPECT_EQ(LetterOf(StatusFor(peer, unknown)), 'm') << peer.name;
    const char verb = peer.uid == kKeyhelperUid ? 'x' : 'm';  // the keyhelper has no verbs at all
    EXPECT_EQ(LetterOf(StatusFor(peer, VerbPacket("sudo", "alice"))), verb) << peer.name;
  }
}

int ConnectTo(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? fd : -1;
}

int SendOver(int fd, const std::string& packet) {
  char answer[protocol::kMaxPacket];
  if (::send(fd, packet.data(), packet.size(), 0) < 0) return 0;
  const ssize_t got = ::recv(fd, answer, sizeof answer, 0);
  return got < 4 ? 0 : answer[3];
}

// sshd's children keep descriptors of root's; what counts is who connected.
TEST_F(Peers, WhoConnectedCountsNotWhoSends) {
  const std::string packet = Packet(protocol::CheckAccount{"alice", "su", "", ""});
  const auto as = [&](std::uint32_t connects, std::uint32_t sends) {
    return LetterOf(ExitOf([&] {
      int fd = -1;
      if (connects != 0 && ::seteuid(connects) != 0) return 98;
      fd = ConnectTo(world_->socket());
      if (connects != 0 && ::seteuid(0) != 0) return 97;
      if (sends != 0) BecomeUser(sends);
      return SendOver(fd, packet);
    }));
  };
  EXPECT_EQ(as(0, kNobodyUid), 'o');
  EXPECT_EQ(as(kNobodyUid, 0), 'x');
}

// What the daemon is told when it lives in a user namespace that has no number for the peer: 65534,
// who is a plain user even where an installation made that number the keyhelper's.
TEST_F(Peers, APeerWithoutANumberHereIsNobody) {
  const int told = ExitOf([] {
    int ends[2];
    // As listening and connecting: each end carries who made it.
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return 1;
    BecomeUser(kPersonUid);
    if (::unshare(CLONE_NEWUSER) != 0) return 2;
    if (!WriteText("/proc/self/uid_map", "0 " + std::to_string(kPersonUid) + " 1")) return 3;
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(ends[0], SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return 4;
    return credentials.uid == kNobodyUid ? 42 : 5;  // it was root who made it
  });
  EXPECT_EQ(told, 42);
  EXPECT_EQ(daemon::RequestTable(kNobodyUid).KindOf({kNobodyUid, 1}), daemon::kAnybody);
}

// A daemon that can not see the peer's process is told pid 0: no session is opened for that.
TEST(PeersOutside, ASessionNeedsAProcessThatTheDaemonCanSee) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  const int served = ExitOf([] {
    if (::unshare(CLONE_NEWPID) != 0) return 98;
    ServedWorld world;  // its process is the first of the new namespace
    const std::string open = Packet(protocol::OpenSession{"alice", "su", "", "", ""});
    const std::string check = Packet(protocol::CheckAccount{"alice", "su", "", ""});
    return StatusOf(world.socket(), check) * 10 + StatusOf(world.socket(), open);
  });
  EXPECT_EQ(served, static_cast<int>(Status::kOk) * 10 + static_cast<int>(Status::kUnavailable));
}

}  // namespace
}  // namespace taglogin
