// SPDX-License-Identifier: Apache-2.0
#include "fake_daemon.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/printable.h"
#include "protocol/messages.h"

namespace taglogin::tests {
namespace {

using base::Printable;

[[noreturn]] void Die(const char* what) {
  std::perror(what);
  std::abort();
}

template <typename Message>
bool Decode(protocol::Reader& reader, Message& message) {
  return protocol::DecodeBody(reader, message);
}

std::string Quoted(std::string_view text) { return "\"" + Printable(text, 100000) + "\""; }

std::string Field(const char* name, std::string_view value) { return std::string(" ") + name + "=" + Quoted(value); }

template <typename Encode>
std::string Packet(Encode encode) {
  std::string buffer(protocol::kMaxPacket, '\0');
  protocol::Writer writer(buffer.data(), buffer.size());
  if (!encode(writer)) Die("an answer does not fit into a packet");
  buffer.resize(writer.size());
  return buffer;
}

}  // namespace

std::unique_ptr<FakeDaemon> FakeDaemon::Open(Handler handler, unsigned folder_mode) {
  std::unique_ptr<FakeDaemon> fake(new FakeDaemon);
  fake->handler_ = std::move(handler);
  char folder[] = "/tmp/taglogin-fake-XXXXXX";
  if (::mkdtemp(folder) == nullptr) Die("mkdtemp");
  fake->folder_ = folder;
  fake->socket_path_ = fake->folder_ + "/socket";
  if (::chmod(folder, folder_mode) != 0) Die("chmod");
  fake->listening_.reset(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, fake->socket_path_.c_str(), sizeof address.sun_path - 1);
  if (::bind(fake->listening_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) Die("bind");
  if (::listen(fake->listening_.get(), 64) != 0) Die("listen");
  fake->stop_.reset(::eventfd(0, EFD_CLOEXEC));
  fake->thread_ = std::thread([raw = fake.get()] { raw->Serve(); });
  return fake;
}

FakeDaemon::~FakeDaemon() {
  Stop();
  ::unlink(socket_path_.c_str());
  ::rmdir(folder_.c_str());
}

void FakeDaemon::Stop() {
  if (!thread_.joinable()) return;
  if (::eventfd_write(stop_.get(), 1) != 0) Die("eventfd_write");
  thread_.join();
  held_.clear();
}

void FakeDaemon::Serve() {
  for (;;) {
    pollfd waiting[2] = {{stop_.get(), POLLIN, 0}, {listening_.get(), POLLIN, 0}};
    if (::poll(waiting, 2, -1) < 0) Die("poll");
    // Connections first: what was sent before Stop() is still seen.
    if ((waiting[1].revents & POLLIN) != 0) {
      const int connection = ::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) Die("accept");
      ServeOne(connection);
    } else if (waiting[0].revents != 0) {
      return;
    }
  }
}

void FakeDaemon::ServeOne(int connection) {
  base::UniqueFd owned(connection);
  std::string packet(protocol::kMaxPacket + 1, '\0');
  const ssize_t got = ::recv(connection, packet.data(), packet.size(), 0);
  if (got <= 0) return;  // the client looked who listens here and left
  packet.resize(static_cast<std::size_t>(got));
  const Reply reply = handler_(packet);
  if (reply.kind == Reply::Kind::kSilence) held_.push_back(std::move(owned));
  if (reply.kind != Reply::Kind::kPacket) return;
  // The client may have left already.
  if (::send(connection, reply.bytes.data(), reply.bytes.size(), MSG_NOSIGNAL) < 0 && errno != EPIPE)
    std::perror("send");
}

std::string DescribeRequest(std::string_view packet) {
  protocol::Reader reader(packet.data(), packet.size());
  std::uint8_t type = 0;
  if (!protocol::DecodeHeader(reader, type)) return "malformed header";
  switch (static_cast<protocol::RequestType>(type)) {
    case protocol::RequestType::kCheckAccount: {
      protocol::CheckAccount m;
      if (!Decode(reader, m)) return "malformed CheckAccount";
      return "CheckAccount" + Field("name", m.name) + Field("service", m.service) + Field("rhost", m.rhost) +
             Field("tty", m.tty);
    }
    case protocol::RequestType::kOpenSession: {
      protocol::OpenSession m;
      if (!Decode(reader, m)) return "malformed OpenSession";
      return "OpenSession" + Field("name", m.name) + Field("service", m.service) + Field("rhost", m.rhost) +
             Field("tty", m.tty) + Field("auth_info", m.auth_info);
    }
    case protocol::RequestType::kCloseSession: {
      protocol::CloseSession m;
      if (!Decode(reader, m)) return "malformed CloseSession";
      return "CloseSession" + Field("name", m.name) + Field("service", m.service);
    }
    case protocol::RequestType::kPrincipals: {
      protocol::Principals m;
      if (!Decode(reader, m)) return "malformed Principals";
      return "Principals" + Field("name", m.name) + Field("fingerprint", m.fingerprint) + Field("type", m.type) +
             Field("authority", m.authority);
    }
    case protocol::RequestType::kKeys: {
      protocol::Keys m;
      if (!Decode(reader, m)) return "malformed Keys";
      return "Keys" + Field("name", m.name) + Field("fingerprint", m.fingerprint);
    }
    default:
      return "unexpected type " + std::to_string(type);
  }
}

std::string VerdictPacket(std::uint32_t verdict, std::string_view code, std::string_view message) {
  return Packet([&](protocol::Writer& writer) {
    return protocol::EncodeAnswer(writer, protocol::VerdictAnswer{verdict, code, message});
  });
}

std::string StatusPacket(std::uint8_t status) {
  return Packet(
      [&](protocol::Writer& writer) { return protocol::EncodeStatus(writer, static_cast<protocol::Status>(status)); });
}

std::string DonePacket() {
  return Packet([](protocol::Writer& writer) { return protocol::EncodeAnswer(writer, protocol::DoneAnswer{}); });
}

std::string KeysPacket(std::string_view lines) {
  return Packet([&](protocol::Writer& writer) { return protocol::EncodeAnswer(writer, protocol::KeysAnswer{lines}); });
}

}  // namespace taglogin::tests
