// SPDX-License-Identifier: Apache-2.0
#include "directory/tcp_connect.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "base/printable.h"

namespace taglogin::directory {
namespace {

constexpr std::size_t kMaxKdcReply = 1 << 20;
constexpr unsigned kUnacknowledgedMs = 1500;  // tcp(7), TCP_USER_TIMEOUT

base::Error TimedOut() { return {base::ErrorCode::kDeadline, "no answer in time"}; }

base::Error FromErrno(int number) { return base::Unavailable(std::strerror(number)); }

base::Result<void> WaitFor(int fd, short events, base::Deadline deadline) {
  for (;;) {
    const int left = deadline.RemainingMs();
    if (left == 0) return TimedOut();
    pollfd entry{fd, events, 0};
    const int ready = ::poll(&entry, 1, left);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return FromErrno(errno);
  }
}

base::Result<base::UniqueFd> ConnectOne(const Address& address, base::Deadline deadline) {
  base::UniqueFd fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return FromErrno(errno);
  const int on = 1;
  (void)::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  (void)::setsockopt(fd.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, &kUnacknowledgedMs, sizeof kUnacknowledgedMs);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) == 0) return fd;
  if (errno != EINPROGRESS) return FromErrno(errno);
  if (auto writable = WaitFor(fd.get(), POLLOUT, deadline); !writable) return writable.error();
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) return FromErrno(error);
  return fd;
}

base::Result<void> SendAll(int fd, std::string_view bytes, base::Deadline deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (auto ready = WaitFor(fd, POLLOUT, deadline); !ready) return ready;
    } else if (errno != EINTR) {
      return FromErrno(errno);
    }
  }
  return {};
}

base::Result<std::string> ReceiveExactly(int fd, std::size_t size, base::Deadline deadline) {
  std::string out(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    if (auto ready = WaitFor(fd, POLLIN, deadline); !ready) return ready.error();
    const ssize_t got = ::recv(fd, out.data() + have, size - have, 0);
    if (got == 0) return base::Unavailable("the connection was closed");
    if (got > 0) have += static_cast<std::size_t>(got);
    if (got < 0 && errno != EINTR && errno != EAGAIN) return FromErrno(errno);
  }
  return out;
}

}  // namespace

base::Result<base::UniqueFd> ConnectTcp(const std::vector<Address>& addresses, const std::string& name,
                                        base::Deadline deadline) {
  base::Error last = TimedOut();
  for (std::size_t i = 0; i < addresses.size() && !deadline.Passed(); ++i) {
    const auto share = base::Deadline::After(deadline.RemainingMs() / static_cast<int>(addresses.size() - i));
    auto fd = ConnectOne(addresses[i], share);
    if (fd) return fd;
    last = fd.error();
  }
  return base::Error{last.code, "connecting to " + base::Printable(name) + ": " + last.detail};
}

base::Result<std::string> ExchangeWithKdc(int fd, std::string_view message, base::Deadline deadline) {
  std::string frame;
  for (int shift = 24; shift >= 0; shift -= 8) frame += static_cast<char>((message.size() >> shift) & 0xff);
  frame += message;
  if (auto sent = SendAll(fd, frame, deadline); !sent) return sent.error();
  const auto head = ReceiveExactly(fd, 4, deadline);
  if (!head) return head.error();
  std::size_t size = 0;
  for (const char c : *head) size = (size << 8) | static_cast<std::uint8_t>(c);
  if (size > kMaxKdcReply) return base::Unavailable("the reply is larger than 1 MiB");
  return ReceiveExactly(fd, size, deadline);
}

}  // namespace taglogin::directory
