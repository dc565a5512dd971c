// SPDX-License-Identifier: Apache-2.0
#include "daemon/server.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <utility>

#include "base/printable.h"

namespace taglogin::daemon {
namespace {

constexpr std::size_t kMaxOthers = 1024;  // connections of all uids that are not favoured
constexpr std::size_t kMaxPerUid = 64;    // of one of them
// sshd runs up to MaxStartups (100) logins at a time, and each asks more than once.
constexpr std::size_t kMaxFavoured = 512;
// The directory, the replica, the records: what the rest of the daemon opens.
constexpr std::size_t kOwnDescriptors = 128;
constexpr int kBacklog = 512;  // who finds it full waits (client/), and whoever floods it makes nobody wait for more
constexpr std::chrono::milliseconds kPause{10};          // when there is no descriptor for a new connection
constexpr std::chrono::milliseconds kRequestTime{2000};  // to send the request
constexpr std::chrono::milliseconds kAnswerTime{30000};  // from request to the last packet taken
constexpr std::size_t kJsonPiece = 60000;                // bytes in one AdminAnswer

base::Error SocketError(const std::string& path, const char* what) {
  return base::Internal(base::Printable(path) + ": " + what + ": " + std::strerror(errno));
}

}  // namespace

// One accepted connection: reads one packet, then sends the packets of its answer.
class Answering : public std::enable_shared_from_this<Answering> {
 public:
  Answering(Server& server, base::UniqueFd fd, Peer peer) : server_(server), fd_(std::move(fd)), peer_(peer) {}

  void Start() {
    WatchFor(EPOLLIN);
    if (!closed_) timer_ = server_.loop_.After(kRequestTime, [this] { Close(); });
  }

  void Queue(std::string packet) {
    if (closed_) return;
    answered_ = true;
    packets_.push_back(std::move(packet));
  }

  void Flush() {
    while (!closed_ && !packets_.empty()) {
      const std::string& packet = packets_.front();
      const ssize_t sent = ::send(fd_.get(), packet.data(), packet.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return WatchFor(EPOLLOUT);
      if (sent < 0) return Close();
      packets_.pop_front();
    }
    Close();
  }

  void Close() {
    if (closed_) return;
    closed_ = true;
    const auto self = shared_from_this();  // Forget may drop the last other reference
    watch_ = {};
    timer_ = {};
    fd_.reset();
    packets_.clear();
    server_.Forget(this, peer_.uid);
  }

  bool waiting() const { return !closed_ && !answered_; }

 private:
  void WatchFor(std::uint32_t events) {
    watch_ = {};
    const auto rank = server_.IsFavoured(peer_.uid) ? EventLoop::Rank::kFirst : EventLoop::Rank::kLast;
    auto watch = server_.loop_.OnReady(
        fd_.get(), events, [this](std::uint32_t ready) { OnReady(ready); }, rank);
    if (!watch) return Close();
    watch_ = *std::move(watch);
  }

  void OnReady(std::uint32_t events) {
    const auto self = shared_from_this();
    if (received_) {
      if (answered_) return Flush();
      if ((events & (EPOLLHUP | EPOLLERR)) != 0) Close();  // the client gave up
      return;
    }
    ReadRequest();
  }

  void ReadRequest() {
    static char buffer[protocol::kMaxPacket];  // one loop, one thread
    const ssize_t got = ::recv(fd_.get(), buffer, sizeof buffer, MSG_DONTWAIT | MSG_TRUNC);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return Close();
    received_ = true;
    WatchFor(0);  // hang-ups only
    timer_ = server_.loop_.After(kAnswerTime, [this] { Close(); });
    const Responder responder = Server::MakeResponder(shared_from_this());
    if (static_cast<std::size_t>(got) > sizeof buffer) return responder.Fail(protocol::Status::kMalformed);
    protocol::Reader reader(buffer, static_cast<std::size_t>(got));
    std::uint8_t kind = 0;
    if (!protocol::DecodeHeader(reader, kind)) return responder.Fail(protocol::Status::kMalformed);
    server_.handler_(peer_, static_cast<protocol::RequestType>(kind), reader, responder);
  }

  Server& server_;  // outlives every connection that is not closed
  base::UniqueFd fd_;
  Peer peer_;
  EventLoop::Watch watch_;
  EventLoop::Watch timer_;
  std::deque<std::string> packets_;
  bool received_ = false;
  bool answered_ = false;
  bool closed_ = false;
};

namespace {

std::string StatusPacket(protocol::Status status) {
  std::string packet(8, '\0');
  protocol::Writer writer(packet.data(), packet.size());
  protocol::EncodeStatus(writer, status);
  packet.resize(writer.size());
  return packet;
}

}  // namespace

class Ticket {
 public:
  explicit Ticket(std::shared_ptr<Answering> answering) : answering_(std::move(answering)) {}
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;
  // NOLINTNEXTLINE(bugprone-exception-escape): only bad_alloc, and then taglogind ends: nobody hears a yes
  ~Ticket() {
    if (answering_->waiting()) {
      answering_->Queue(StatusPacket(protocol::Status::kUnavailable));
      answering_->Flush();
    }
  }
  Answering& answering() const { return *answering_; }

 private:
  std::shared_ptr<Answering> answering_;
};

void Responder::SendPacket(std::string packet) const {
  if (!waiting()) return;
  ticket_->answering().Queue(std::move(packet));
  ticket_->answering().Flush();
}

void Responder::Fail(protocol::Status status) const { SendPacket(StatusPacket(status)); }

void Responder::AnswerJson(std::string_view json, std::uint8_t exit_code) const {
  if (!waiting()) return;
  do {
    const std::string_view piece = json.substr(0, kJsonPiece);
    json.remove_prefix(piece.size());
    const protocol::AdminAnswer answer{static_cast<std::uint8_t>(json.empty() ? 0 : 1), exit_code, piece};
    std::string packet(protocol::kMaxPacket, '\0');
    protocol::Writer writer(packet.data(), packet.size());
    if (!protocol::EncodeAnswer(writer, answer)) return Fail(protocol::Status::kUnavailable);
    packet.resize(writer.size());
    ticket_->answering().Queue(std::move(packet));
  } while (!json.empty());
  ticket_->answering().Flush();
}

bool Responder::waiting() const { return ticket_->answering().waiting(); }

Server::Server(EventLoop& loop, Handler handler, std::set<std::uint32_t> favoured, Places places)
    : loop_(loop), handler_(std::move(handler)), favoured_(std::move(favoured)), places_(places) {}

// NOLINTNEXTLINE(bugprone-exception-escape): as with Ticket
Server::~Server() {
  const auto open = std::move(open_);
  open_.clear();
  for (const auto& [raw, answering] : open) answering->Close();
}

Responder Server::MakeResponder(std::shared_ptr<Answering> answering) {
  return Responder(std::make_shared<Ticket>(std::move(answering)));
}

// So that connections alone never use the descriptors up, whoever makes them.
base::Result<Server::Places> Server::DividePlaces(std::size_t favoured) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return base::Internal("getrlimit: no limit of descriptors");
  if (limit.rlim_cur < kDescriptors) {
    const rlimit wanted{std::min<rlim_t>(kDescriptors, limit.rlim_max), limit.rlim_max};
    if (::setrlimit(RLIMIT_NOFILE, &wanted) == 0) limit = wanted;
  }
  if (limit.rlim_cur < kFewestDescriptors) {
    return base::Invalid("only " + std::to_string(limit.rlim_cur) + " files may be open at a time: give taglogind " +
                         std::to_string(kDescriptors) + " (LimitNOFILE= in its unit)");
  }
  const std::size_t all = std::min<std::size_t>(limit.rlim_cur, kDescriptors) - kOwnDescriptors;
  Places places;
  places.others = std::min(kMaxOthers, all / 4);
  places.per_uid = std::min(kMaxPerUid, places.others / 4);
  places.favoured = favoured == 0 ? 0 : std::min(kMaxFavoured, all / 4 / favoured);
  places.root = all - places.others - favoured * places.favoured;
  return places;
}

base::Result<std::unique_ptr<Server>> Server::Listen(EventLoop& loop, const std::string& path, Handler handler,
                                                     std::set<std::uint32_t> favoured) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return base::Invalid(base::Printable(path) + ": path too long");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const auto places = DividePlaces(favoured.size());
  if (!places) return places.error();

  std::unique_ptr<Server> server(new Server(loop, std::move(handler), std::move(favoured), *places));
  server->listener_ = base::UniqueFd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!server->listener_.valid()) return SocketError(path, "socket");
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    return SocketError(path, "remove what lies in the socket's place");
  if (::bind(server->listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return SocketError(path, "bind");
  }
  if (::chmod(path.c_str(), 0666) != 0) return SocketError(path, "chmod");
  if (::listen(server->listener_.get(), kBacklog) != 0) return SocketError(path, "listen");
  server->spare_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (auto watched = server->WatchListener(); !watched) return watched.error();
  return server;
}

base::Result<void> Server::WatchListener() {
  auto watch = loop_.OnReady(listener_.get(), EPOLLIN, [this](std::uint32_t) { Accept(); });
  if (!watch) return watch.error();
  watch_ = *std::move(watch);
  return {};
}

void Server::Accept() {
  constexpr int kAtOnce = 64;  // then the loop sees to others
  for (int i = 0; i < kAtOnce && AcceptOne(); ++i) {
  }
}

// False when there is nobody to accept, or no descriptor to do it with.
bool Server::AcceptOne() {
  base::UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd.valid()) {
    if (errno == EAGAIN) return false;
    if (errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS) return true;  // that one went away
    if (!spare_.valid()) {
      Pause();
      return false;
    }
    scarce_ = true;  // the spare one is for finding out who waits
    spare_.reset();
    return true;
  }
  ucred credentials{};
  socklen_t size = sizeof credentials;
  const bool known = ::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0;
  if (known && (!scarce_ || IsFavoured(credentials.uid)) && Admit(credentials.uid)) {
    const auto answering = std::make_shared<Answering>(*this, std::move(fd), Peer{credentials.uid, credentials.pid});
    open_.emplace(answering.get(), answering);
    answering->Start();
  } else {
    fd.reset();
  }
  if (!spare_.valid()) spare_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  scarce_ = !spare_.valid();
  return true;
}

// The listener stays ready all the while: watched, it would keep the loop from everything else.
void Server::Pause() {
  watch_ = {};
  resting_ = true;
  pause_ = loop_.After(kPause, [this] { Resume(); });
}

void Server::Resume() {
  resting_ = false;
  if (!spare_.valid()) spare_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!WatchListener()) Pause();
}

bool Server::Admit(std::uint32_t uid) {
  const auto found = open_of_.find(uid);
  const std::size_t already = found == open_of_.end() ? 0 : found->second;
  if (uid == 0) {
    if (already >= places_.root) return false;
  } else if (favoured_.contains(uid)) {
    if (already >= places_.favoured) return false;
  } else {
    if (others_ >= places_.others || already >= places_.per_uid) return false;
    ++others_;
  }
  open_of_[uid] = already + 1;
  return true;
}

void Server::Forget(Answering* answering, std::uint32_t uid) {
  open_.erase(answering);
  const auto found = open_of_.find(uid);
  if (found == open_of_.end()) return;
  if (--found->second == 0) open_of_.erase(found);
  if (!IsFavoured(uid)) --others_;
  // Its descriptor is free by now.
  if (resting_) pause_ = loop_.After(std::chrono::milliseconds(0), [this] { Resume(); });
}

}  // namespace taglogin::daemon
