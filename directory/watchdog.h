// SPDX-License-Identifier: Apache-2.0
// Ends a blocking call of a library by its deadline: libldap's TLS handshake keeps to no limit (with
// GnuTLS and a non-blocking socket it spins). Private to this room.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/deadline.h"

namespace taglogin::directory {

// While it lives, a thread of its own waits for the deadline and then shuts the socket down, on
// which every read or write of it returns. Throws std::system_error when no thread can be had.
class Watchdog {
 public:
  Watchdog(int socket, base::Deadline deadline);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void Wait(int socket, base::Deadline deadline);

  std::mutex mutex_;
  std::condition_variable over_changed_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace taglogin::directory
