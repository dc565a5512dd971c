// SPDX-License-Identifier: Apache-2.0
// One packet of a hostile client, through a real socket into the daemon's server and request table: the
// handler sees exactly the fields that are in it, or nobody does and the answer says so.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <map>

#include "daemon/request_table.h"
#include "daemon/server.h"
#include "protocol/messages.h"
#include "tests/fuzz/scratch_file.h"
#include "tests/fuzz/wire_model.h"

namespace taglogin::daemon {
namespace {

using protocol::Status;
using Fields = std::vector<std::string>;

struct Shape {
  const char* fields;
  std::size_t most = 0;
};
const std::map<int, Shape>& Shapes() {
  static const std::map<int, Shape> shapes = {{1, {"s"}},  {2, {"n"}},       {3, {"s"}},    {4, {"n"}},
                                              {5, {"s"}},  {6, {"ss"}},      {7, {"ssss"}}, {8, {"sssss"}},
                                              {9, {"ss"}}, {10, {"*s", 32}}, {11, {"ssss"}}};
  return shapes;
}

// What docs/protocol.md makes of a packet; nullopt: malformed.
std::optional<Fields> Expected(std::string_view packet) {
  if (packet.size() < 4 || packet.substr(0, 3) != "TL\x01") return std::nullopt;
  const auto shape = Shapes().find(static_cast<unsigned char>(packet[3]));
  if (shape == Shapes().end()) return std::nullopt;
  return fuzz::WireModel::Read(shape->second.fields, shape->second.most, packet.substr(4));
}

// A daemon that notes what it is asked and answers "not found".
class Daemon {
 public:
  Daemon() : table_(std::nullopt) {
    loop_ = *EventLoop::Create();
    AddRows();
    server_ = *Server::Listen(
        *loop_, path_, [this](auto& peer, auto type, auto& body, auto& to) { table_.Dispatch(peer, type, body, to); });
  }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // The bytes of the answer, empty when the connection is closed without one.
  std::string Send(std::string_view packet) {
    seen_.reset();
    packet_ = packet;
    base::UniqueFd client(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{AF_UNIX, {}};
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    FUZZ_CHECK(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    FUZZ_CHECK(::send(client.get(), packet.data(), packet.size(), MSG_NOSIGNAL) >= 0);
    std::string answer(64, '\0');
    const auto watch = loop_->OnReady(client.get(), EPOLLIN, [&](std::uint32_t) {
      const ssize_t got = ::recv(client.get(), answer.data(), answer.size(), MSG_TRUNC);
      FUZZ_CHECK(got >= 0 && static_cast<std::size_t>(got) <= answer.size());
      answer.resize(static_cast<std::size_t>(got));
      loop_->Stop(0);
    });
    FUZZ_CHECK(watch && loop_->Run());
    return answer;
  }
  const std::optional<Fields>& seen() const { return seen_; }

 private:
  template <typename Message>
  void Add() {
    table_.Add<Message>(kRoot | kKeyhelper | kAnybody,
                        [this](const Peer&, const Message& message, const Responder& to) {
                          seen_ = fuzz::FieldList::Of(message);
                          // The codec has one spelling for each message: what was read is written back byte for byte.
                          std::string written(protocol::kMaxPacket, '\0');
                          protocol::Writer writer(written.data(), written.size());
                          FUZZ_CHECK(protocol::EncodeRequest(writer, message));
                          FUZZ_CHECK(std::string_view(written).substr(0, writer.size()) == packet_);
                          to.Fail(Status::kNotFound);
                        });
  }
  void AddRows() {
    Add<protocol::AccountByName>();
    Add<protocol::AccountByUid>();
    Add<protocol::GroupByName>();
    Add<protocol::GroupByGid>();
    Add<protocol::GroupsOfAccount>();
    Add<protocol::Keys>();
    Add<protocol::Principals>();
    Add<protocol::CheckAccount>();
    Add<protocol::OpenSession>();
    Add<protocol::CloseSession>();
    Add<protocol::Admin>();
  }

  fuzz::ScratchFolder folder_;
  const std::string path_ = folder_.File("socket");
  RequestTable table_;
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<Server> server_;
  std::string_view packet_;
  std::optional<Fields> seen_;
};

}  // namespace
}  // namespace taglogin::daemon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taglogin;
  static daemon::Daemon daemon;
  const std::string_view packet(reinterpret_cast<const char*>(data), size);
  const auto expected = daemon::Expected(packet);
  const std::string answer = daemon.Send(packet);
  FUZZ_CHECK(daemon.seen() == expected);
  const protocol::Status status = expected ? protocol::Status::kNotFound : protocol::Status::kMalformed;
  // A packet without a byte is the client's good-bye.
  FUZZ_CHECK(answer == (packet.empty() ? "" : std::string("TL\x01") + static_cast<char>(status)));
  return 0;
}
