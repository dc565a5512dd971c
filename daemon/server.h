// SPDX-License-Identifier: Apache-2.0
// The socket: accepts, bounds and decodes packets, and hands them to one handler. Lives on the loop.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "daemon/event_loop.h"
#include "protocol/messages.h"

namespace taglogin::daemon {

// Who asks, as the kernel says (SO_PEERCRED, unix(7)). `pid` is good as long as the peer waits.
struct Peer {
  std::uint32_t uid = 0;
  std::int32_t pid = 0;
};

class Answering;  // one accepted connection
class Ticket;     // the duty to answer it

// The way back to one client. Copies share it; the first answer counts. When the last copy goes
// without an answer the client gets Status::kUnavailable: forgetting is never a yes.
class Responder {
 public:
  template <typename Message>
  void Answer(const Message& message) const {
    std::string packet(protocol::kMaxPacket, '\0');
    protocol::Writer writer(packet.data(), packet.size());
    if (!protocol::EncodeAnswer(writer, message)) return Fail(protocol::Status::kUnavailable);
    packet.resize(writer.size());
    SendPacket(std::move(packet));
  }
  void Fail(protocol::Status status) const;
  // A whole JSON document in as many packets as it needs (AdminAnswer).
  void AnswerJson(std::string_view json, std::uint8_t exit_code) const;
  // Whether the client is still there and unanswered.
  bool waiting() const;

 private:
  friend class Server;
  explicit Responder(std::shared_ptr<Ticket> ticket) : ticket_(std::move(ticket)) {}
  void SendPacket(std::string packet) const;
  std::shared_ptr<Ticket> ticket_;
};

class Server {
 public:
  // One whole request packet behind its header. Runs on the loop and must not block; views into
  // `body` end when it returns.
  using Handler =
      std::function<void(const Peer& peer, protocol::RequestType type, protocol::Reader& body, const Responder& to)>;

  // Listens at `path` (mode 0666; what is there is removed, unless it is a folder). The folder must exist.
  // Root and the uids in `favoured` have places of their own, which nobody else can take, and go first.
  // Raises this process's soft limit of descriptors to kDescriptors where that is allowed, and divides
  // what the limit gives; kInvalid when that is less than kFewestDescriptors.
  static base::Result<std::unique_ptr<Server>> Listen(EventLoop& loop, const std::string& path, Handler handler,
                                                      std::set<std::uint32_t> favoured = {});
  static constexpr std::uint64_t kDescriptors = 4096;
  static constexpr std::uint64_t kFewestDescriptors = 256;

  ~Server();  // NOLINT(bugprone-exception-escape): as in server.cc
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

 private:
  friend class Answering;
  // How many connections there may be at a time.
  struct Places {
    std::size_t root = 0;
    std::size_t favoured = 0;  // of each such uid
    std::size_t others = 0;    // of all the others together
    std::size_t per_uid = 0;   // of each of them
  };

  Server(EventLoop& loop, Handler handler, std::set<std::uint32_t> favoured, Places places);
  static base::Result<Places> DividePlaces(std::size_t favoured);
  base::Result<void> WatchListener();
  void Accept();
  bool AcceptOne();
  void Pause();
  void Resume();
  bool IsFavoured(std::uint32_t uid) const { return uid == 0 || favoured_.contains(uid); }
  bool Admit(std::uint32_t uid);
  void Forget(Answering* answering, std::uint32_t uid);
  static Responder MakeResponder(std::shared_ptr<Answering> answering);

  EventLoop& loop_;
  Handler handler_;
  const std::set<std::uint32_t> favoured_;
  const Places places_;
  base::UniqueFd listener_;
  base::UniqueFd spare_;  // given up for a moment when descriptors have run out
  bool scarce_ = false;   // they have
  bool resting_ = false;  // between Pause() and Resume()
  EventLoop::Watch watch_;
  EventLoop::Watch pause_;
  std::map<Answering*, std::shared_ptr<Answering>> open_;
  std::map<std::uint32_t, std::size_t> open_of_;  // by uid
  std::size_t others_ = 0;                        // of uids that are not favoured
};

}  // namespace taglogin::daemon
