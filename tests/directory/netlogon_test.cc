// SPDX-License-Identifier: Apache-2.0
// The netlogon ping: messages written byte by byte, and servers on loopback that answer, are silent or lie.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <thread>

#include "base/unique_fd.h"
#include "directory/finder_network.h"
#include "directory/netlogon_ping.h"

namespace taglogin::directory {
namespace {

using base::ErrorCode;
using testing::HasSubstr;
using namespace std::string_literals;

// "corp.example" at 24; everything later that ends in it points there.
std::string Blob(const std::string& client_site = "\6Branch\0"s, char opcode = 23) {
  return std::string(1, opcode) + "\0\0\0"s + "\xfd\x33\0\0"s + std::string(16, 'G') +  // flags, DomainGuid
         "\4corp\7example\0"s +                                                         // DnsForestName, at 24
         "\xc0\x18"s +                                                                  // DnsDomainName
         "\3dc1\xc0\x18"s +                                                             // DnsHostName
         "\4CORP\0"s + "\3DC1\0"s + "\0"s +                                             // NetBIOS names, user
         "\3Hub\0"s + client_site +                                                     // sites
         "\5\0\0\0\xff\xff\xff\xff"s;                                                   // version, tokens
}

std::string Element(int tag, const std::string& content) {
  return static_cast<char>(tag) + (content.size() < 128 ? ""s : "\x82"s + static_cast<char>(content.size() >> 8)) +
         static_cast<char>(content.size() & 0xff) + content;
}

std::string Octets(const std::string& text) { return Element(4, text); }

// A message with the search's one entry, as RFC 4511 4.5.2 has it.
std::string Answer(int id, const std::string& blob, const std::string& attribute = "netlogon") {
  const std::string attributes = Element(0x30, Element(0x30, Octets(attribute) + Element(0x31, Octets(blob))));
  std::string number;
  for (int shift = 24; shift >= 0; shift -= 8) number += static_cast<char>((id >> shift) & 0xff);
  return Element(0x30, Element(2, number) + Element(0x64, Octets("") + attributes)) +
         Element(0x30, Element(2, number) + Element(0x65, "\x0a\x01\0\4\0\4\0"s));
}

TEST(NetlogonReply, TellsServerAndSites) {
  const auto reply = DecodeNetlogonReply(Blob());
  ASSERT_TRUE(reply) << reply.error().detail;
  EXPECT_EQ(reply->flags, 0x33fdU);
  EXPECT_EQ(reply->domain, "corp.example");
  EXPECT_EQ(reply->host, "dc1.corp.example");
  EXPECT_EQ(reply->server_site, "Hub");
  EXPECT_EQ(reply->client_site, "Branch");
}

TEST(NetlogonReply, AMachineInNoSubnetHasNoSite) {
  const auto reply = DecodeNetlogonReply(Blob("\0"s));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->client_site, "");
}

TEST(NetlogonReply, EveryCutIsRefused) {
  const std::string whole = Blob();
  const std::size_t needed = whole.size() - 8;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(DecodeNetlogonReply(whole.substr(0, size)).has_value(), size >= needed) << size;
  }
}

TEST(NetlogonReply, NamesThatDoNotEndAreRefused) {
  const std::size_t at = Blob("").size() - 8;
  const auto pointer = [](std::size_t to) {
    return std::string{static_cast<char>(0xc0 | to >> 8), static_cast<char>(to)};
  };
  for (const std::string& site :
       {pointer(at), pointer(at + 1), pointer(at + 2), "\1a" + pointer(at), "\1a" + pointer(at + 2), "\x3f"s,
        "\x40"s + std::string(64, 'a') + "\0"s, "\x80\0"s, "\xff\xff"s}) {
    const auto reply = DecodeNetlogonReply(Blob(site));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::kInvalid);
  }
  std::string longest, too_long;
  for (int i = 0; i < 4; ++i) longest += "\x3e"s + std::string(62, 'a');
  too_long = longest + "\4aaaa\0"s;
  longest += "\2aa\0"s;
  EXPECT_TRUE(DecodeNetlogonReply(Blob(longest)));
  EXPECT_FALSE(DecodeNetlogonReply(Blob(too_long)));
}

TEST(NetlogonReply, OtherAnswersAreNotTaken) {
  for (const int opcode : {0, 19, 21, 22, 25, 26}) {
    const auto reply = DecodeNetlogonReply(Blob("\0"s, static_cast<char>(opcode)));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::kInvalid) << opcode;
  }
  EXPECT_EQ(DecodeNetlogonReply(Blob("\0"s, 24)).error().code, ErrorCode::kUnavailable);
}

TEST(NetlogonPing, IsTheSearchOfMsAdts) {
  const std::string filter = Element(0xa0, Element(0xa3, Octets("DnsDomain") + Octets("corp.example")) +
                                               Element(0xa3, Octets("NtVer") + Octets("\6\0\0\0"s)));
  const std::string search =
      Octets("") + "\x0a\1\0\x0a\1\0\2\1\0\2\1\0\1\1\0"s + filter + Element(0x30, Octets("Netlogon"));
  EXPECT_EQ(EncodePing(0x1234, "corp.example"), Element(0x30, "\2\2\x12\x34"s + Element(0x63, search)));
  EXPECT_EQ(NetlogonFilter("corp.example"), "(&(DnsDomain=corp.example)(NtVer=\\06\\00\\00\\00))");
}

TEST(NetlogonPing, TakesTheAnswerToItsOwnMessageOnly) {
  EXPECT_EQ(DecodePingAnswer(Answer(77, Blob()), 77)->client_site, "Branch");
  EXPECT_EQ(DecodePingAnswer(Answer(77, Blob(), "NetLogon"), 77)->client_site, "Branch");
  EXPECT_EQ(DecodePingAnswer(Answer(78, Blob()), 77).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(DecodePingAnswer("", 77).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(DecodePingAnswer("hello", 77).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(DecodePingAnswer(Answer(77, Blob(), "other"), 77).error().code, ErrorCode::kNotFound);
  const std::string nothing = Element(0x30, "\2\1\x4d"s + Element(0x65, "\x0a\x01\0\4\0\4\0"s));
  EXPECT_EQ(DecodePingAnswer(nothing, 77).error().code, ErrorCode::kNotFound);
}

// What Samba 4.17 answered to message 1.
TEST(NetlogonPing, ReadsWhatSambaAnswers) {
  constexpr std::string_view kHex =
      "307602010164710400306d306b04086e65746c6f676f6e315f045d17000000fd130000a259fc21c003dc418c48fb7f2ef3e99104636f7270"
      "076578616d706c6500c01803646331c01804434f5250000344433100001744656661756c742d46697273742d536974652d4e616d6500c03a"
      "05000000ffffffff300c02010165070a010004000400";
  std::string datagram;
  for (std::size_t i = 0; i < kHex.size(); i += 2) {
    datagram += static_cast<char>(std::stoi(std::string(kHex.substr(i, 2)), nullptr, 16));
  }
  const auto reply = DecodePingAnswer(datagram, 1);
  ASSERT_TRUE(reply) << reply.error().detail;
  EXPECT_EQ(reply->flags, 0x13fdU);
  EXPECT_EQ(reply->domain, "corp.example");
  EXPECT_EQ(reply->host, "dc1.corp.example");
  EXPECT_EQ(reply->server_site, "Default-First-Site-Name");
  EXPECT_EQ(reply->client_site, "Default-First-Site-Name");
}

TEST(NetlogonPing, EveryCutOfAnAnswerIsRefused) {
  const std::string whole = Answer(77, Blob());
  const std::size_t entry = whole.size() - Element(0x30, "\2\4\0\0\0\0"s + Element(0x65, "\x0a\x01\0\4\0\4\0"s)).size();
  for (std::size_t size = 0; size < entry; ++size) {
    EXPECT_FALSE(DecodePingAnswer(whole.substr(0, size), 77)) << size;
  }
}

// A UDP socket on loopback; `serve` gives the datagrams to send back for one that came.
class UdpServer {
 public:
  using Serve = std::function<std::vector<std::string>(const std::string&)>;
  explicit UdpServer(Serve serve) : serve_(std::move(serve)), socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    target_.addresses.resize(1);
    target_.addresses[0].length = sizeof address;
    EXPECT_EQ(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&target_.addresses[0].storage),
                            &target_.addresses[0].length),
              0);
    thread_ = std::thread([this] { Run(); });
  }
  ~UdpServer() {
    stop_ = true;
    thread_.join();
  }
  UdpServer(const UdpServer&) = delete;
  UdpServer& operator=(const UdpServer&) = delete;
  const PingTarget& target() const { return target_; }
  int datagrams() const { return datagrams_; }

 private:
  void Run() {
    while (!stop_) {
      pollfd entry{socket_.get(), POLLIN, 0};
      if (::poll(&entry, 1, 20) <= 0) continue;
      char buffer[4096];
      sockaddr_in from{};
      socklen_t size = sizeof from;
      const ssize_t got =
          ::recvfrom(socket_.get(), buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (got <= 0) continue;
      ++datagrams_;
      for (const std::string& answer : serve_({buffer, static_cast<std::size_t>(got)})) {
        (void)::sendto(socket_.get(), answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
      }
    }
  }

  Serve serve_;
  base::UniqueFd socket_;
  PingTarget target_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> datagrams_ = 0;
  std::thread thread_;
};

// The message id of a ping: the first element of the message, whose length has one byte, or five as libldap's.
int IdOf(const std::string& request) {
  int id = 0;
  const std::size_t at = static_cast<unsigned char>(request[1]) < 0x80 ? 2 : 2 + (request[1] & 0x7fU);
  const std::size_t size = static_cast<unsigned char>(request[at + 1]);
  for (std::size_t i = 0; i < size; ++i) id = id << 8 | static_cast<unsigned char>(request[at + 2 + i]);
  return id;
}

std::int64_t TimeMs(const std::function<void()>& work) {
  const std::int64_t begun = base::ClockMs(CLOCK_MONOTONIC);
  work();
  return base::ClockMs(CLOCK_MONOTONIC) - begun;
}

TEST(NetlogonPing, ASilentServerCostsHalfASecondWhenAnotherAnswers) {
  UdpServer good([](const std::string& request) { return std::vector{Answer(IdOf(request), Blob())}; });
  UdpServer silent([](const std::string&) { return std::vector<std::string>(); });
  std::vector<PingOutcome> outcomes;
  const auto took = TimeMs([&] {
    outcomes = PingAll({silent.target(), good.target()}, "corp.example", base::Deadline::After(5000));
  });
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_FALSE(outcomes[0].reply);
  ASSERT_TRUE(outcomes[1].reply) << outcomes[1].reply.error().detail;
  EXPECT_EQ(outcomes[1].reply->client_site, "Branch");
  EXPECT_GE(outcomes[1].latency_us, 0);
  EXPECT_GE(took, 490);
  EXPECT_LT(took, 900);
  EXPECT_EQ(silent.datagrams(), 2);
  EXPECT_EQ(good.datagrams(), 1);
}

TEST(NetlogonPing, SilenceOfAllEndsAfterThreeTries) {
  UdpServer silent([](const std::string&) { return std::vector<std::string>(); });
  std::vector<PingOutcome> outcomes;
  const auto took = TimeMs([&] { outcomes = PingAll({silent.target()}, "corp.example", base::Deadline::After(5000)); });
  EXPECT_FALSE(outcomes.at(0).reply);
  EXPECT_EQ(silent.datagrams(), 3);
  EXPECT_GE(took, 1190);
  EXPECT_LT(took, 1700);
  EXPECT_LT(TimeMs([&] { (void)PingAll({silent.target()}, "corp.example", base::Deadline::After(100)); }), 400);
}

TEST(NetlogonPing, AllAnswersEndItAtOnce) {
  UdpServer good([](const std::string& request) { return std::vector{Answer(IdOf(request), Blob())}; });
  EXPECT_LT(
      TimeMs([&] {
        EXPECT_TRUE(PingAll({good.target(), good.target()}, "corp.example", base::Deadline::After(5000))[1].reply);
      }),
      350);
}

TEST(NetlogonPing, ALostDatagramIsSentAgain) {
  std::atomic<int> seen = 0;
  UdpServer lossy([&seen](const std::string& request) {
    return ++seen < 2 ? std::vector<std::string>() : std::vector{Answer(IdOf(request), Blob())};
  });
  EXPECT_TRUE(PingAll({lossy.target()}, "corp.example", base::Deadline::After(5000))[0].reply);
}

TEST(NetlogonPing, NonsenseDoesNotKeepTheTrueAnswerOut) {
  UdpServer noisy([](const std::string& request) {
    return std::vector<std::string>{"nonsense", Answer(IdOf(request) ^ 1, Blob("\4Evil\0"s)),
                                    Answer(IdOf(request), Blob())};
  });
  const auto outcomes = PingAll({noisy.target()}, "corp.example", base::Deadline::After(5000));
  ASSERT_TRUE(outcomes[0].reply) << outcomes[0].reply.error().detail;
  EXPECT_EQ(outcomes[0].reply->client_site, "Branch");
}

// One connection, one search, its answer.
void ServeOneSearch(int listener) {
  const base::UniqueFd fd(::accept(listener, nullptr, nullptr));
  char buffer[4096];
  const ssize_t got = ::recv(fd.get(), buffer, sizeof buffer, 0);
  ASSERT_GT(got, 8);
  const std::string request(buffer, static_cast<std::size_t>(got));
  EXPECT_NE(request.find("corp.example"), std::string::npos);
  const std::string answer = Answer(IdOf(request), Blob());
  (void)::send(fd.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
  (void)::recv(fd.get(), buffer, sizeof buffer, 0);  // until the client is done
}

TEST(FinderNetwork, AsksOverTcpWhenNobodyAnswersUdp) {
  const base::UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener.get(), 4), 0);
  socklen_t size = sizeof address;
  ASSERT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  std::thread serving([&listener] { ServeOneSearch(listener.get()); });
  const auto network = RealFinderNetwork("corp.example");
  const auto pinged = network->Ping({{0, 0, ntohs(address.sin_port), "127.0.0.1"}}, base::Deadline::After(5000));
  serving.join();
  ASSERT_EQ(pinged.size(), 1U);
  ASSERT_TRUE(pinged[0].outcome.reply) << pinged[0].outcome.reply.error().detail;
  EXPECT_EQ(pinged[0].outcome.reply->client_site, "Branch");
  EXPECT_FALSE(pinged[0].addresses.empty());
}

TEST(NetlogonPing, AServerWithoutAddressIsSaidToHaveNone) {
  const auto outcomes = PingAll({{"dc1.corp.example", {}}}, "corp.example", base::Deadline::After(5000));
  ASSERT_FALSE(outcomes[0].reply);
  EXPECT_THAT(outcomes[0].reply.error().detail, HasSubstr("address"));
}

}  // namespace
}  // namespace taglogin::directory
