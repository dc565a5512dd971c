// SPDX-License-Identifier: Apache-2.0
// The daemon's side of open sessions: the ledger, its sweep, and endings driven by timers. Loop only.
#pragma once

#include <functional>
#include <list>
#include <string>
#include <vector>

#include "daemon/event_loop.h"
#include "daemon/sessions/ender.h"
#include "daemon/sessions/ledger.h"

namespace taglogin::daemon {

class SessionKeeper {
 public:
  // `ended` is called for each session that is over, however it ended; it writes the record and
  // then calls `recorded`.
  using Recorded = std::function<void(bool recorded)>;
  using Ended = std::function<void(const sessions::Session&, Recorded recorded)>;
  SessionKeeper(EventLoop& loop, sessions::Ledger::Opened opened, Ended ended);

  // The session as the ledger took it, with its uid.
  base::Result<sessions::Session> Open(sessions::Session session) { return ledger_.Add(std::move(session)); }
  // The session that this process opened is over (PAM close_session); kNotFound if it has none, and
  // then `recorded` is not called.
  base::Result<void> Close(pid_t pid, Recorded recorded);
  // Ends the connection behind a refused open_session: shortly, so that sshd can say why first.
  void EndSoon(const sessions::Peer& monitor);
  // Facts about the process that waits for our answer.
  base::Result<sessions::Peer> Read(pid_t pid) const { return proc_.Read(pid); }
  std::vector<sessions::Session> All() const { return ledger_.All(); }

 private:
  struct Running {
    sessions::Ender ender;
    EventLoop::Watch timer;
  };
  void Sweep();
  void Step(std::list<Running>::iterator running);

  EventLoop& loop_;
  sessions::Ledger ledger_;
  sessions::ProcFolder proc_;
  Ended ended_;
  std::vector<sessions::Session> ended_before_;  // in an earlier boot, not recorded yet
  EventLoop::Watch sweep_timer_;
  std::list<Running> running_;
};

}  // namespace taglogin::daemon
