// SPDX-License-Identifier: Apache-2.0
// The server and the request table over a real socket, with the real client.
#include "daemon/server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <thread>

#include "client/client.h"
#include "daemon/request_table.h"
#include "tests/base/temp_folder.h"

namespace taglogin::daemon {
namespace {

using protocol::Status;

class ServerTest : public testing::Test {
 protected:
  ServerTest() : path_(folder_.File("socket")) {
    auto loop = EventLoop::Create();
    EXPECT_TRUE(loop);
    loop_ = *std::move(loop);
  }
  void Serve(Server::Handler handler) {
    auto server = Server::Listen(*loop_, path_, std::move(handler));
    ASSERT_TRUE(server) << server.error().detail;
    server_ = *std::move(server);
  }
  // Runs `client` on a thread and the loop until it is done.
  void With(const std::function<void()>& client) {
    std::thread thread([&] {
      client();
      loop_->Post([this] { loop_->Stop(0); });
    });
    EXPECT_TRUE(loop_->Run());
    thread.join();
  }
  // Sends raw bytes, returns the answer's status (0: no answer).
  int StatusOf(const std::string& packet) {
    char buffer[256];
    std::size_t size = 0;
    const auto outcome = client::Ask(path_.c_str(), packet, buffer, sizeof buffer, size, base::Deadline::After(5000));
    if (outcome != client::Outcome::kAnswered) return 0;
    protocol::Reader reader(buffer, size);
    std::uint8_t status = 0;
    return protocol::DecodeHeader(reader, status) ? status : 0;
  }
  template <typename Message>
  static std::string Packet(const Message& message) {
    std::string packet(protocol::kMaxPacket, '\0');
    protocol::Writer writer(packet.data(), packet.size());
    EXPECT_TRUE(protocol::EncodeRequest(writer, message));
    packet.resize(writer.size());
    return packet;
  }

  const test::TempFolder folder_;
  const std::string path_;
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, TellsTheHandlerWhoAsks) {
  std::uint32_t uid = 12345;
  std::int32_t pid = 0;
  Serve([&](const Peer& peer, protocol::RequestType, protocol::Reader&, const Responder& to) {
    uid = peer.uid;
    pid = peer.pid;
    to.Fail(Status::kNotFound);
  });
  With([&] { EXPECT_EQ(StatusOf(Packet(protocol::AccountByName{"alice"})), static_cast<int>(Status::kNotFound)); });
  EXPECT_EQ(uid, ::geteuid());
  EXPECT_EQ(pid, ::getpid());
}

TEST_F(ServerTest, AnswersUnavailableWhenTheHandlerForgets) {
  Serve([](const Peer&, protocol::RequestType, protocol::Reader&, const Responder&) {});
  With([&] { EXPECT_EQ(StatusOf(Packet(protocol::AccountByName{"a"})), static_cast<int>(Status::kUnavailable)); });
}

TEST_F(ServerTest, RefusesPacketsWithoutAHeader) {
  int handled = 0;
  Serve([&](const Peer&, protocol::RequestType, protocol::Reader&, const Responder&) { ++handled; });
  With([&] {
    EXPECT_EQ(StatusOf("x"), static_cast<int>(Status::kMalformed));
    EXPECT_EQ(StatusOf("GET / HTTP/1.1"), static_cast<int>(Status::kMalformed));
    EXPECT_EQ(StatusOf(std::string(protocol::kMaxPacket + 1, 'x')), static_cast<int>(Status::kMalformed));
  });
  EXPECT_EQ(handled, 0);
}

TEST_F(ServerTest, SendsLongDocumentsInPieces) {
  const std::string document = "\"" + std::string(300000, 'j') + "\"";
  Serve(
      [&](const Peer&, protocol::RequestType, protocol::Reader&, const Responder& to) { to.AnswerJson(document, 7); });
  std::string got;
  int exit_code = 0;
  With([&] {
    client::Connection connection;
    const auto deadline = base::Deadline::After(5000);
    protocol::Admin who;
    who.count = 1;
    who.args[0] = "who";
    ASSERT_EQ(connection.Send(path_.c_str(), Packet(who), deadline), client::Outcome::kAnswered);
    std::string buffer(protocol::kMaxPacket, '\0');
    protocol::AdminAnswer answer;
    do {
      std::size_t size = 0;
      ASSERT_EQ(connection.Receive(buffer.data(), buffer.size(), size, deadline), client::Outcome::kAnswered);
      protocol::Reader reader(buffer.data(), size);
      std::uint8_t status = 0;
      ASSERT_TRUE(protocol::DecodeHeader(reader, status));
      ASSERT_TRUE(protocol::DecodeBody(reader, answer));
      got += answer.json;
      exit_code = answer.exit_code;
    } while (answer.more != 0);
  });
  EXPECT_EQ(got, document);
  EXPECT_EQ(exit_code, 7);
}

TEST_F(ServerTest, ClosesConnectionsThatSayNothing) {
  Serve([](const Peer&, protocol::RequestType, protocol::Reader&, const Responder&) {});
  With([&] {
    const base::UniqueFd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
    ASSERT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    char byte = 0;
    EXPECT_EQ(::recv(fd.get(), &byte, 1, 0), 0);  // blocks until the server hangs up
  });
}

TEST_F(ServerTest, ReplacesAStaleSocketAndRefusesAFolderThatIsNotThere) {
  Serve([](const Peer&, protocol::RequestType, protocol::Reader&, const Responder&) {});
  server_.reset();
  Serve([](const Peer&, protocol::RequestType, protocol::Reader&, const Responder& to) { to.Fail(Status::kNotFound); });
  With([&] { EXPECT_EQ(StatusOf(Packet(protocol::AccountByUid{5})), static_cast<int>(Status::kNotFound)); });
  EXPECT_FALSE(Server::Listen(*loop_, folder_.File("none/socket"), {}));
}

class RequestTableTest : public ServerTest {
 protected:
  void ServeTable(const RequestTable& table) {
    Serve([&table](const Peer& peer, protocol::RequestType type, protocol::Reader& body, const Responder& to) {
      table.Dispatch(peer, type, body, to);
    });
  }
};

TEST_F(RequestTableTest, LetsOnlyTheRowsPeersThrough) {
  RequestTable table(std::nullopt);
  int handled = 0;
  const auto handle = [&](const Peer&, const auto&, const Responder& to) {
    ++handled;
    to.Fail(Status::kNotFound);
  };
  const unsigned mine = ::geteuid() == 0 ? kRoot : kAnybody;
  table.Add<protocol::AccountByName>(mine, handle);
  table.Add<protocol::AccountByUid>(~mine & (kRoot | kKeyhelper | kAnybody), handle);
  ServeTable(table);
  With([&] {
    EXPECT_EQ(StatusOf(Packet(protocol::AccountByName{"alice"})), static_cast<int>(Status::kNotFound));
    EXPECT_EQ(StatusOf(Packet(protocol::AccountByUid{1})), static_cast<int>(Status::kNotPermitted));
    EXPECT_EQ(StatusOf(Packet(protocol::GroupByGid{1})), static_cast<int>(Status::kMalformed));  // no row
    std::string trailing = Packet(protocol::AccountByName{"alice"}) + "x";
    EXPECT_EQ(StatusOf(trailing), static_cast<int>(Status::kMalformed));
  });
  EXPECT_EQ(handled, 1);
}

TEST(RequestTableKinds, TellsPeersApartByUidAlone) {
  const RequestTable table(991);
  EXPECT_EQ(table.KindOf({0, 1}), kRoot);
  EXPECT_EQ(table.KindOf({991, 1}), kKeyhelper);
  EXPECT_EQ(table.KindOf({990, 1}), kAnybody);
  EXPECT_EQ(table.KindOf({65534, 1}), kAnybody);
  EXPECT_EQ(RequestTable(std::nullopt).KindOf({991, 1}), kAnybody);
}

}  // namespace
}  // namespace taglogin::daemon
