// SPDX-License-Identifier: Apache-2.0
#include "daemon/sessions/ender.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

namespace taglogin::daemon::sessions {
namespace {

// glibc 2.36 has wrappers for both, older ones have not.
int PidfdOpen(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }
int PidfdSend(int fd, int signal) { return static_cast<int>(::syscall(SYS_pidfd_send_signal, fd, signal, nullptr, 0)); }

std::vector<Peer> Descendants(const ProcFolder& proc, pid_t root) {
  const std::vector<Peer> all = proc.All();
  std::vector<pid_t> parents = {root};
  std::vector<Peer> found;
  for (std::size_t i = 0; i < parents.size(); ++i) {
    for (const Peer& peer : all) {
      const bool seen = std::find(parents.begin(), parents.end(), peer.pid) != parents.end();
      if (peer.parent != parents[i] || seen) continue;
      parents.push_back(peer.pid);
      found.push_back(peer);
    }
  }
  return found;
}

}  // namespace

Ender::Next Ender::Step() {
  switch (state_) {
    case State::kNew:
      return Begin();
    case State::kTermSent:
    case State::kKilling:
      return Kill();
    case State::kDone:
      break;
  }
  return Done();
}

Ender::Next Ender::Begin() {
  state_ = State::kTermSent;
  const auto monitor = MonitorNow();
  if (!monitor) return Kill();
  if (monitor_.audit_session == kUnset) family_ = Descendants(proc_, monitor_.pid);
  Signal(*monitor, SIGTERM);
  return {false, kAfterTerm};
}

Ender::Next Ender::Kill() {
  state_ = State::kKilling;
  const std::vector<Peer> others = Others();
  const auto monitor = MonitorNow();
  if (others.empty() && !monitor) return Done();
  if (++rounds_ > kMaxKillRounds) {
    if (failure_ == 0) failure_ = EBUSY;
    return Done();
  }
  failure_ = 0;
  for (const Peer& peer : others) Signal(peer, SIGKILL);
  if (others.empty() && monitor) Signal(*monitor, SIGKILL);
  return {false, kAfterKill};
}

Ender::Next Ender::Done() {
  state_ = State::kDone;
  return {true, std::chrono::milliseconds(0)};
}

std::optional<Peer> Ender::MonitorNow() const {
  auto now = proc_.Read(monitor_.pid);
  if (!now || !now->SameProcess(monitor_) || now->zombie) return std::nullopt;
  return *std::move(now);
}

std::vector<Peer> Ender::Others() const {
  std::vector<Peer> others;
  if (monitor_.audit_session != kUnset) {
    for (Peer& peer : proc_.All()) {
      if (peer.audit_session == monitor_.audit_session && !peer.SameProcess(monitor_))
        others.push_back(std::move(peer));
    }
    return others;
  }
  for (const Peer& peer : family_) {
    const auto now = proc_.Read(peer.pid);
    if (now && now->SameProcess(peer) && !now->zombie) others.push_back(*now);
  }
  return others;
}

void Ender::Signal(const Peer& peer, int signal) {
  const base::UniqueFd fd(PidfdOpen(peer.pid));
  if (!fd.valid()) {
    if (errno != ESRCH) failure_ = errno;
    return;
  }
  // The descriptor now stands for one process: is it the one that was looked at?
  const auto now = proc_.Read(peer.pid);
  if (!now || !now->SameProcess(peer)) return;
  if (PidfdSend(fd.get(), signal) != 0 && errno != ESRCH) failure_ = errno;
}

}  // namespace taglogin::daemon::sessions
