// SPDX-License-Identifier: Apache-2.0
#include "directory/watchdog.h"

#include <sys/socket.h>

#include <chrono>

namespace taglogin::directory {

Watchdog::Watchdog(int socket, base::Deadline deadline) {
  thread_ = std::thread([this, socket, deadline] { Wait(socket, deadline); });
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    over_ = true;
  }
  over_changed_.notify_all();
  thread_.join();
}

void Watchdog::Wait(int socket, base::Deadline deadline) {
  std::unique_lock<std::mutex> lock(mutex_);
  const std::chrono::milliseconds left(deadline.RemainingMs());
  if (!over_changed_.wait_for(lock, left, [this] { return over_; })) ::shutdown(socket, SHUT_RDWR);
}

}  // namespace taglogin::directory
