// SPDX-License-Identifier: Apache-2.0
#include "client/client.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace taglogin::client {
namespace {

bool FillAddress(const char* path, sockaddr_un& address) noexcept {
  const std::size_t length = std::strlen(path);
  if (length == 0 || length >= sizeof address.sun_path) return false;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path, length + 1);
  return true;
}

bool FolderOf(const char* path, char (&folder)[sizeof(sockaddr_un::sun_path)]) noexcept {
  const char* slash = std::strrchr(path, '/');
  if (slash == nullptr || slash == path) return false;
  const auto length = static_cast<std::size_t>(slash - path);
  if (length >= sizeof folder) return false;
  std::memcpy(folder, path, length);
  folder[length] = '\0';
  return true;
}

// A full queue makes a blocking connect() wait until the daemon takes somebody out of it, at most as long as sending
// may take (socket(7), SO_SNDTIMEO). Whoever does not wait is passed by those who fill the queue on purpose.
Outcome WaitForPlace(int fd, const sockaddr_un& address, base::Deadline deadline) noexcept {
  if (::fcntl(fd, F_SETFL, 0) != 0) return Outcome::kAbsent;
  for (;;) {
    const int left = deadline.RemainingMs();
    if (left == 0) return Outcome::kTimeout;  // as a time to send it would mean "for ever"
    const timeval patience{left / 1000, left % 1000 * 1000L};
    if (::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0) return Outcome::kAbsent;
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return Outcome::kAnswered;
    if (errno != EINTR && errno != EAGAIN) return Outcome::kAbsent;
  }
}

Outcome Reach(int fd, const sockaddr_un& address, base::Deadline deadline) noexcept {
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return Outcome::kAnswered;
  return errno == EAGAIN ? WaitForPlace(fd, address, deadline) : Outcome::kAbsent;
}

bool ServerIsTrusted(int fd, const char* path) noexcept {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  char folder[sizeof(sockaddr_un::sun_path)];
  if (!FolderOf(path, folder)) return false;
  struct stat status {};
  if (::lstat(folder, &status) != 0 || !S_ISDIR(status.st_mode)) return false;
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) return false;
  return peer.uid == 0 || peer.uid == status.st_uid;
}

Outcome WaitReadable(int fd, base::Deadline deadline) noexcept {
  for (;;) {
    pollfd waiting{fd, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, deadline.RemainingMs());
    if (ready > 0) return Outcome::kAnswered;
    if (ready == 0 && deadline.Passed()) return Outcome::kTimeout;
    if (ready < 0 && errno != EINTR) return Outcome::kBroken;
  }
}

}  // namespace

Outcome Connection::Send(const char* socket_path, std::string_view request, base::Deadline deadline) noexcept {
  sockaddr_un address{};
  if (!FillAddress(socket_path, address)) return Outcome::kAbsent;
  fd_.reset(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd_.valid()) return Outcome::kAbsent;
  if (const Outcome reached = Reach(fd_.get(), address, deadline); reached != Outcome::kAnswered) return reached;
  if (!ServerIsTrusted(fd_.get(), socket_path)) return Outcome::kUntrusted;
  if (deadline.Passed()) return Outcome::kTimeout;
  const ssize_t sent = ::send(fd_.get(), request.data(), request.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent == static_cast<ssize_t>(request.size()) ? Outcome::kAnswered : Outcome::kBroken;
}

Outcome Connection::Receive(char* buffer, std::size_t capacity, std::size_t& size, base::Deadline deadline) noexcept {
  for (;;) {
    const Outcome readable = WaitReadable(fd_.get(), deadline);
    if (readable != Outcome::kAnswered) return readable;
    // MSG_TRUNC returns the packet's true length, so that a cut packet is seen as such.
    const ssize_t got = ::recv(fd_.get(), buffer, capacity, MSG_TRUNC | MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0 || static_cast<std::size_t>(got) > capacity) return Outcome::kBroken;
    size = static_cast<std::size_t>(got);
    return Outcome::kAnswered;
  }
}

Outcome Ask(const char* socket_path, std::string_view request, char* buffer, std::size_t capacity, std::size_t& size,
            base::Deadline deadline) noexcept {
  Connection connection;
  const Outcome sent = connection.Send(socket_path, request, deadline);
  if (sent != Outcome::kAnswered) return sent;
  return connection.Receive(buffer, capacity, size, deadline);
}

}  // namespace taglogin::client
