// SPDX-License-Identifier: Apache-2.0
#include "daemon/recorder.h"

#include <future>

#include "daemon/log.h"

namespace taglogin::daemon {
namespace {

constexpr std::chrono::hours kNoTick{1};

}  // namespace

Recorder::Recorder(EventLoop& loop, std::unique_ptr<audit::Trail> trail)
    : loop_(loop),
      trail_(std::move(trail)),
      worker_(std::make_unique<Worker>([] { return std::chrono::milliseconds(kNoTick); })) {}

// The end of a session waits for nobody: its record may still be on the way.
Recorder::~Recorder() {
  writing_ = false;
  Flush();
  std::promise<void> written;
  worker_->Post([&written] { written.set_value(); });
  written.get_future().wait();
}

void Recorder::Record(audit::Event event, Done done) {
  waiting_.emplace_back(std::move(event), std::move(done));
  if (!writing_) Flush();
}

// One batch at a time: what comes meanwhile forms the next one, so that a slow disk groups commits.
void Recorder::Flush() {
  if (waiting_.empty()) return;
  writing_ = true;
  auto batch = std::make_shared<std::vector<Pending>>(std::move(waiting_));
  waiting_.clear();
  worker_->Post([this, batch] {
    std::vector<audit::Event> events;
    events.reserve(batch->size());
    for (const auto& pending : *batch) events.push_back(pending.first);
    const auto appended = trail_->Append(events);
    if (!appended) LogError("audit: " + appended.error().detail + "; logins are refused until it can be written");
    loop_.Post([this, batch, recorded = appended.has_value()] {
      for (const auto& pending : *batch) pending.second(recorded);
      writing_ = false;
      Flush();
    });
    trail_->PassOn();
  });
}

void Recorder::SetHost(audit::Host host) {
  worker_->Post([this, host = std::move(host)] { trail_->SetHost(host); });
}

void Recorder::Reopen() {
  worker_->Post([this] {
    if (auto reopened = trail_->Reopen(); !reopened) LogError("audit: " + reopened.error().detail);
  });
}

}  // namespace taglogin::daemon
