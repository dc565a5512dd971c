// SPDX-License-Identifier: Apache-2.0
// Ends one connection and every process of it, in steps: no waiting, no thread. The loop calls
// Step() and again after the time it was told, until it is done.
//
// Order, tried with OpenSSH 9.2 (docs/decisions/0002-ending-refused-sessions.md): SIGTERM to the
// monitor, which lets it close the connection and its PAM session; then SIGKILL to every process
// with the audit session id, because what has no terminal lives on (setsid, nohup); the monitor
// last, because with the monitor killed first shells and forwards live on.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "base/unique_fd.h"
#include "daemon/sessions/peer.h"

namespace taglogin::daemon::sessions {

class Ender {
 public:
  // What to do next. `done`: nothing is left (or nothing more can be done, see failure()).
  struct Next {
    bool done = false;
    std::chrono::milliseconds wait{0};  // call Step() again after this long
  };

  // Between the refusal's answer and the first Step(): the message has to reach the client.
  static constexpr std::chrono::milliseconds kBeforeFirstStep{300};
  static constexpr std::chrono::milliseconds kAfterTerm{500};
  static constexpr std::chrono::milliseconds kAfterKill{200};
  static constexpr int kMaxKillRounds = 20;  // a process that forks faster than it is killed

  // `monitor` as it was when the session opened. Without an audit session id the processes are
  // found by parentage instead, as they stand at the first step: what left it before is missed.
  Ender(Peer monitor, ProcFolder proc) : monitor_(std::move(monitor)), proc_(std::move(proc)) {}

  Next Step();

  // Why processes may be left: the errno of a signal that could not be sent (EPERM without CAP_KILL),
  // or EBUSY when they outlived every round. 0: none is.
  int failure() const { return failure_; }

 private:
  enum class State { kNew, kTermSent, kKilling, kDone };

  Next Begin();
  Next Kill();
  Next Done();
  // The monitor's own process, or nothing when it is gone or the pid is another's now.
  std::optional<Peer> MonitorNow() const;
  std::vector<Peer> Others() const;
  void Signal(const Peer& peer, int signal);

  Peer monitor_;
  ProcFolder proc_;
  State state_ = State::kNew;
  int rounds_ = 0;
  int failure_ = 0;
  std::vector<Peer> family_;  // by parentage; only without an audit session id
};

}  // namespace taglogin::daemon::sessions
