// SPDX-License-Identifier: Apache-2.0
// Settings that are refused, and servers that are absent, silent or rude: every call is over by its
// deadline.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <thread>

#include "base/unique_fd.h"
#include "directory/directory.h"
#include "directory/host_resolver.h"
#include "directory/tcp_connect.h"

namespace taglogin::directory {
namespace {

using base::Deadline;
using base::ErrorCode;
using namespace std::string_literals;

constexpr int kDeadlineMs = 400;
constexpr int kGraceMs = 200;

Connection Simple(int port, Transport transport) {
  Connection connection;
  connection.domain = "corp.example";
  connection.servers = {"127.0.0.1"};
  connection.port = port;
  connection.bind = Bind::kSimple;
  connection.transport = transport;
  connection.bind_dn = "CN=x";
  connection.bind_password_file = "/nonexistent";
  return connection;
}

// A listening socket on loopback; `serve` runs for each connection until Stop.
class Listener {
 public:
  explicit Listener(std::function<void(int)> serve) : serve_(std::move(serve)) {
    socket_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(socket_.get(), 16), 0);
    socklen_t size = sizeof address;
    EXPECT_EQ(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Run(); });
  }
  ~Listener() {
    stop_ = true;
    ::shutdown(socket_.get(), SHUT_RDWR);
    thread_.join();
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  int port() const { return port_; }
  int connections() const { return connections_; }

 private:
  void Run() {
    std::vector<base::UniqueFd> open;
    while (!stop_) {
      base::UniqueFd fd(::accept(socket_.get(), nullptr, nullptr));
      if (!fd.valid()) continue;
      ++connections_;
      serve_(fd.get());
      open.push_back(std::move(fd));
    }
  }

  std::function<void(int)> serve_;
  base::UniqueFd socket_;
  int port_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<int> connections_ = 0;
  std::thread thread_;
};

// What the client sends next; empty when it closes, or sends nothing for a second.
std::string ReadSome(int fd) {
  const timeval limit{1, 0};
  (void)::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  char buffer[4096];
  const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
  return {buffer, got > 0 ? static_cast<std::size_t>(got) : 0};
}

// Success for the StartTLS request with message id 1 (RFC 4511 4.12).
const std::string kStartTlsDone = "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"s;

struct Rude {
  const char* name;
  ErrorCode start_tls;  // what a client of StartTLS says, and of ldaps
  ErrorCode ldaps;
  std::function<void(int)> serve;
};

std::vector<Rude> RudeServers() {
  return {
      {"silent", ErrorCode::kDeadline, ErrorCode::kDeadline, [](int) {}},
      {"half a message", ErrorCode::kDeadline, ErrorCode::kDeadline,
       [](int fd) { (void)::send(fd, "\x30\x84\x00\x00", 4, MSG_NOSIGNAL); }},
      {"silent behind StartTLS", ErrorCode::kDeadline, ErrorCode::kRefused,
       [](int fd) {
         (void)ReadSome(fd);
         (void)::send(fd, kStartTlsDone.data(), kStartTlsDone.size(), MSG_NOSIGNAL);
       }},
      {"half a handshake", ErrorCode::kDeadline, ErrorCode::kRefused,
       [](int fd) {
         (void)ReadSome(fd);
         (void)::send(fd, kStartTlsDone.data(), kStartTlsDone.size(), MSG_NOSIGNAL);
         (void)ReadSome(fd);
         (void)::send(fd, "\x16\x03\x03\x40\x00\x02", 6, MSG_NOSIGNAL);
       }},
      {"huge message", ErrorCode::kUnavailable, ErrorCode::kRefused,
       [](int fd) { (void)::send(fd, "\x30\x84\x7f\xff\xff\xff\x02\x01\x01", 9, MSG_NOSIGNAL); }},
      {"closes at once", ErrorCode::kUnavailable, ErrorCode::kRefused, [](int fd) { ::shutdown(fd, SHUT_RDWR); }},
      {"talks rubbish", ErrorCode::kDeadline, ErrorCode::kRefused,
       [](int fd) { (void)::send(fd, "HTTP/1.1 400 no\r\n\r\n", 19, MSG_NOSIGNAL); }},
  };
}

void ExpectFailureInTime(Connection connection, const char* name, ErrorCode code) {
  auto directory = OpenDirectory(std::move(connection));
  ASSERT_TRUE(directory) << name;
  const auto timed = [name, code](const auto& call) {
    const std::int64_t begin = base::ClockMs(CLOCK_MONOTONIC);
    const auto result = call();
    ASSERT_FALSE(result) << name;
    EXPECT_EQ(result.error().code, code) << name << ": " << result.error().detail;
    EXPECT_LE(base::ClockMs(CLOCK_MONOTONIC) - begin, kDeadlineMs + kGraceMs) << name;
  };
  timed([&] { return (*directory)->Walk({}, Deadline::After(kDeadlineMs)); });
  timed([&] { return (*directory)->FindAccount("alice", Deadline::After(kDeadlineMs)); });
  timed([&] { return (*directory)->Changed(Deadline::After(kDeadlineMs)); });
  EXPECT_EQ((*directory)->server(), "");
}

TEST(ActiveDirectory, RudeServersCostNoMoreThanTheDeadline) {
  for (const Rude& rude : RudeServers()) {
    for (const Transport transport : {Transport::kStartTls, Transport::kLdaps}) {
      const Listener listener(rude.serve);
      ExpectFailureInTime(Simple(listener.port(), transport), rude.name,
                          transport == Transport::kLdaps ? rude.ldaps : rude.start_tls);
      EXPECT_EQ(listener.connections(), 3) << rude.name;
    }
  }
}

TEST(ActiveDirectory, SendsNoBindBeforeTlsIsUp) {
  // "protocolError" to StartTLS (message id 1), then whatever comes.
  std::atomic<bool> bound = false;
  const Listener listener([&bound](int fd) {
    (void)ReadSome(fd);
    const std::string refused = "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00"s;
    (void)::send(fd, refused.data(), refused.size(), MSG_NOSIGNAL);
    const std::string next = ReadSome(fd);
    // A BindRequest is [APPLICATION 0]; an UnbindRequest, which is welcome, is [APPLICATION 2].
    bound = bound || next.find('\x60') != std::string::npos;
  });
  ExpectFailureInTime(Simple(listener.port(), Transport::kStartTls), "refused StartTLS", ErrorCode::kUnavailable);
  EXPECT_FALSE(bound);
}

TEST(ActiveDirectory, ADeadServerIsNoticedAtOnce) {
  int port = 0;
  {
    const Listener listener([](int) {});
    port = listener.port();
  }
  auto directory = OpenDirectory(Simple(port, Transport::kLdaps));
  ASSERT_TRUE(directory);
  const std::int64_t begin = base::ClockMs(CLOCK_MONOTONIC);
  const auto changed = (*directory)->Changed(Deadline::After(5000));
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(changed.error().detail, testing::HasSubstr("127.0.0.1"));
  EXPECT_LT(base::ClockMs(CLOCK_MONOTONIC) - begin, 2000);
}

TEST(ActiveDirectory, EverySilentServerGetsItsShareAndNoMore) {
  const Listener listener([](int) {});
  Connection connection = Simple(listener.port(), Transport::kLdaps);
  connection.servers = {"127.0.0.1", "127.0.0.1", "127.0.0.1"};
  connection.timeout = std::chrono::milliseconds(100);
  auto directory = OpenDirectory(connection);
  ASSERT_TRUE(directory);
  const std::int64_t begin = base::ClockMs(CLOCK_MONOTONIC);
  EXPECT_FALSE((*directory)->Changed(Deadline::After(60000)));
  EXPECT_LT(base::ClockMs(CLOCK_MONOTONIC) - begin, 300 + 3 * kGraceMs);
  EXPECT_EQ(listener.connections(), 3);
}

TEST(ActiveDirectory, APassedDeadlineReachesNobody) {
  const Listener listener([](int) {});
  auto directory = OpenDirectory(Simple(listener.port(), Transport::kLdaps));
  ASSERT_TRUE(directory);
  const auto walked = (*directory)->Walk({}, Deadline::After(0));
  ASSERT_FALSE(walked);
  EXPECT_EQ(walked.error().code, ErrorCode::kDeadline);
  EXPECT_EQ(listener.connections(), 0);
  EXPECT_EQ((*directory)->operations(), 0U);
}

TEST(ActiveDirectory, UnusableNamesCostNoOperation) {
  const Listener listener([](int) {});
  auto directory = OpenDirectory(Simple(listener.port(), Transport::kLdaps));
  ASSERT_TRUE(directory);
  for (const std::string& name : {""s, std::string(300, 'a')}) {
    const auto found = (*directory)->FindAccount(name, Deadline::After(1000));
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ErrorCode::kNotFound);
  }
  EXPECT_EQ(listener.connections(), 0);
}

TEST(ActiveDirectory, RefusesSettingsThatCannotWork) {
  const Connection good = Simple(389, Transport::kLdaps);
  ASSERT_TRUE(OpenDirectory(good));
  const std::vector<std::function<void(Connection&)>> faults = {
      [](Connection& c) { c.domain.clear(); },
      [](Connection& c) { c.domain = "corp example"; },
      [](Connection& c) { c.servers.clear(); },
      [](Connection& c) { c.servers = {"dc1/x"}; },
      [](Connection& c) { c.servers = {"dc1?x"}; },
      [](Connection& c) { c.servers = {""}; },
      [](Connection& c) { c.servers = {"dc1\ndc2"}; },
      [](Connection& c) { c.servers = std::vector<std::string>(33, "dc1"); },
      [](Connection& c) { c.transport = Transport::kSignSeal; },
      [](Connection& c) { c.bind_dn.clear(); },
      [](Connection& c) { c.bind_password_file.clear(); },
      [](Connection& c) { c.key_attributes = {"ssh Public"}; },
      [](Connection& c) { c.key_attributes = {"*"}; },
      [](Connection& c) { c.key_attributes = {"member;range=0-1"}; },
      [](Connection& c) { c.key_attributes = std::vector<std::string>(9, "a"); },
      [](Connection& c) { c.port = 65536; },
      [](Connection& c) { c.timeout = std::chrono::milliseconds(0); },
      [](Connection& c) {
        c.bind = Bind::kGssapi;
        c.keytab.clear();
      },
  };
  for (std::size_t i = 0; i < faults.size(); ++i) {
    Connection bad = good;
    faults[i](bad);
    const auto opened = OpenDirectory(bad);
    ASSERT_FALSE(opened) << i;
    EXPECT_EQ(opened.error().code, ErrorCode::kInvalid) << i;
  }
}

TEST(ExchangeWithKdc, EndsByItsDeadlineAndBoundsTheReply) {
  struct Case {
    std::string reply;
    ErrorCode code;
  };
  for (const Case& test :
       {Case{"", ErrorCode::kDeadline}, Case{"\0\0"s, ErrorCode::kDeadline},
        Case{"\0\0\0\x05half"s, ErrorCode::kDeadline}, Case{"\x7f\xff\xff\xff"s, ErrorCode::kUnavailable}}) {
    const Listener listener([&test](int fd) { (void)::send(fd, test.reply.data(), test.reply.size(), MSG_NOSIGNAL); });
    HostResolver resolver;
    const auto addresses = resolver.Resolve("127.0.0.1", listener.port(), Deadline::After(5000));
    ASSERT_TRUE(addresses);
    const auto fd = ConnectTcp(*addresses, "kdc", Deadline::After(5000));
    ASSERT_TRUE(fd);
    const std::int64_t begin = base::ClockMs(CLOCK_MONOTONIC);
    const auto reply = ExchangeWithKdc(fd->get(), "ask", Deadline::After(kDeadlineMs));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, test.code);
    EXPECT_LE(base::ClockMs(CLOCK_MONOTONIC) - begin, kDeadlineMs + kGraceMs);
  }
}

TEST(ExchangeWithKdc, GivesTheReplyWhole) {
  const Listener listener([](int fd) {
    if (ReadSome(fd) == "\0\0\0\x03"s + "ask")
      (void)::send(fd,
                   "\0\0\0\x06"
                   "answer",
                   10, MSG_NOSIGNAL);
  });
  HostResolver resolver;
  const auto addresses = resolver.Resolve("127.0.0.1", listener.port(), Deadline::After(5000));
  ASSERT_TRUE(addresses);
  const auto fd = ConnectTcp(*addresses, "kdc", Deadline::After(5000));
  ASSERT_TRUE(fd);
  const auto reply = ExchangeWithKdc(fd->get(), "ask", Deadline::After(5000));
  ASSERT_TRUE(reply);
  EXPECT_EQ(*reply, "answer");
}

}  // namespace
}  // namespace taglogin::directory
