// SPDX-License-Identifier: Apache-2.0
#include "daemon/session_keeper.h"

#include <cstring>
#include <utility>

#include "daemon/log.h"

namespace taglogin::daemon {
namespace {

constexpr std::chrono::milliseconds kSweep{5000};

}  // namespace

SessionKeeper::SessionKeeper(EventLoop& loop, sessions::Ledger::Opened opened, Ended ended)
    : loop_(loop), ledger_(std::move(opened.ledger)), ended_(std::move(ended)), ended_before_(std::move(opened.ended)) {
  sweep_timer_ = loop_.After(std::chrono::milliseconds(0), [this] { Sweep(); });
}

void SessionKeeper::Sweep() {
  sweep_timer_ = loop_.After(kSweep, [this] { Sweep(); });
  for (const auto& session : ended_before_) ended_(session, [](bool) {});
  ended_before_.clear();
  for (const auto& session : ledger_.Sweep(proc_)) ended_(session, [](bool) {});
}

base::Result<void> SessionKeeper::Close(pid_t pid, Recorded recorded) {
  const auto monitor = proc_.Read(pid);
  if (!monitor) return monitor.error();
  const sessions::Session* session = ledger_.FindByMonitor(*monitor);
  if (session == nullptr) return base::NotFound("pid " + std::to_string(pid) + " has no open session");
  const auto closed = ledger_.Close(session->uid);
  if (!closed) return closed.error();
  ended_(*closed, std::move(recorded));
  return {};
}

void SessionKeeper::EndSoon(const sessions::Peer& monitor) {
  running_.push_back({sessions::Ender(monitor, proc_), {}});
  const auto running = std::prev(running_.end());
  running->timer = loop_.After(sessions::Ender::kBeforeFirstStep, [this, running] { Step(running); });
}

void SessionKeeper::Step(std::list<Running>::iterator running) {
  const auto next = running->ender.Step();
  if (!next.done) {
    running->timer = loop_.After(next.wait, [this, running] { Step(running); });
    return;
  }
  if (const int failure = running->ender.failure(); failure != 0) {
    LogError(std::string("a refused connection could not be ended, processes of it live on: ") +
             std::strerror(failure));
  }
  running_.erase(running);
}

}  // namespace taglogin::daemon
