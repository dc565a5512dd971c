// SPDX-License-Identifier: Apache-2.0
// libldap writes to its socket without MSG_NOSIGNAL: with this object alive, a connection that the
// server has closed gives this thread an error and no SIGPIPE. Private to this room.
#pragma once

#include <pthread.h>
#include <signal.h>
#include <time.h>

namespace taglogin::directory {

class BrokenPipeGuard {
 public:
  BrokenPipeGuard() noexcept {
    sigset_t pending;
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    was_pending_ = ::sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~BrokenPipeGuard() {
    // One that came meanwhile was meant for us.
    const timespec now{};
    if (!was_pending_) (void)::sigtimedwait(&pipe_, nullptr, &now);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  BrokenPipeGuard(const BrokenPipeGuard&) = delete;
  BrokenPipeGuard& operator=(const BrokenPipeGuard&) = delete;

 private:
  sigset_t pipe_;
  sigset_t before_;
  bool was_pending_ = false;
};

}  // namespace taglogin::directory
