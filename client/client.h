// SPDX-License-Identifier: Apache-2.0
// One deadline-bound request to taglogind. Keeps no state between calls, starts no thread, takes no
// lock, changes no signal: the modules call it inside sshd, sudo, PID 1 and everything else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/deadline.h"
#include "base/unique_fd.h"

namespace taglogin::client {

enum class Outcome : std::uint8_t {
  kAnswered,   // a packet came; decode it
  kAbsent,     // nobody listens at the path: the daemon is not there for us
  kTimeout,    // the deadline passed, in the daemon's queue or waiting for its answer
  kUntrusted,  // the socket or its folder is not root's or the daemon's: never believe it
  kBroken,     // the other side closed or sent nonsense
};

// A connection that carries one request.
class Connection {
 public:
  // Connects, waiting for a place in the daemon's queue if that is full, and sends `request` (one encoded packet).
  // Trust: the socket's folder must be owned by root or by the very uid that listens (SO_PEERCRED), and be writable by
  // its owner only; root made that folder, so whoever owns it is who root meant (design: T55).
  Outcome Send(const char* socket_path, std::string_view request, base::Deadline deadline) noexcept;
  // Receives the next packet into `buffer`; `size` is set on kAnswered only. A packet larger than
  // `capacity` is kBroken.
  Outcome Receive(char* buffer, std::size_t capacity, std::size_t& size, base::Deadline deadline) noexcept;

 private:
  base::UniqueFd fd_;
};

// Send and one Receive.
Outcome Ask(const char* socket_path, std::string_view request, char* buffer, std::size_t capacity, std::size_t& size,
            base::Deadline deadline) noexcept;

}  // namespace taglogin::client
