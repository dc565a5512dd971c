// SPDX-License-Identifier: Apache-2.0
#include "daemon/directory_worker.h"

#include <algorithm>
#include <utility>

#include "base/deadline.h"
#include "daemon/jitter.h"
#include "daemon/replica/freshness.h"

namespace taglogin::daemon {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kMaxBackOff{4000};
constexpr std::int64_t kSilentMs = 3000;
// AD closes idle connections after 15 minutes (MS-ADTS 3.1.1.3.4.6, MaxConnIdleTime).
constexpr milliseconds kIdle{300000};
constexpr char kNobody[] = "taglogin.nobody";
// A walk is many operations; each has its own deadline, and the whole has this many times that.
constexpr int kOperationsInWalk = 12;

std::int64_t BootMs() { return base::ClockMs(CLOCK_BOOTTIME); }

}  // namespace

DirectoryWorker::DirectoryWorker(std::unique_ptr<directory::Directory> directory, Times times, Reports reports)
    : directory_(std::move(directory)),
      times_(times),
      reports_(std::move(reports)),
      worker_(std::make_unique<Worker>([this] { return Tick(); })) {}

void DirectoryWorker::SetTarget(directory::WalkRequest target, bool at_once) {
  worker_->Post([this, target = std::move(target), at_once] {
    target_ = target;
    walk_due_ = walk_due_ || at_once || !has_target_;
    has_target_ = true;
  });
}

void DirectoryWorker::WalkNow(std::function<void(const std::string& error)> done) {
  worker_->Post([this, done = std::move(done)] { done(Walk()); });
}

milliseconds DirectoryWorker::Tick() {
  if (!has_target_) return milliseconds(60000);
  if (walk_due_ || BootMs() >= next_sweep_ms_) {
    Walk();
  } else if (BootMs() >= next_poll_ms_) {
    Poll();
  }
  const std::int64_t next = std::min(next_poll_ms_, next_sweep_ms_);
  return milliseconds(std::max<std::int64_t>(next - BootMs(), 1));
}

std::string DirectoryWorker::Walk() {
  replica::Moment begun = replica::Now();
  auto closure = directory_->Walk(target_, base::Deadline::After(times_.operation.count() * kOperationsInWalk));
  if (!closure) return Failed(closure.error());
  walk_due_ = false;
  back_off_ = milliseconds(0);
  next_poll_ms_ = BootMs() + WithJitter(times_.poll).count();
  next_sweep_ms_ = BootMs() + WithJitter(times_.sweep).count();
  reports_.walked(*std::move(closure), target_, std::move(begun));
  return {};
}

void DirectoryWorker::Poll() {
  replica::Moment begun = replica::Now();
  const auto changed = directory_->Changed(base::Deadline::After(times_.operation.count()));
  if (!changed) {
    Failed(changed.error());
    return;
  }
  next_poll_ms_ = BootMs() + WithJitter(times_.poll).count();
  if (*changed) {
    Walk();
    return;
  }
  back_off_ = milliseconds(0);
  reports_.unchanged(std::move(begun));
}

// What could have changed while the directory was away is unknown: walk as soon as it is back.
std::string DirectoryWorker::Failed(const base::Error& error) {
  back_off_ = std::clamp(back_off_ * 2, milliseconds(1000), kMaxBackOff);
  walk_due_ = false;
  next_poll_ms_ = next_sweep_ms_ = BootMs() + WithJitter(back_off_).count();
  reports_.failed(error);
  return error.detail;
}

LookupWorker::LookupWorker(std::unique_ptr<directory::Directory> directory, milliseconds operation, Found found)
    : directory_(std::move(directory)),
      operation_(operation),
      found_(std::move(found)),
      worker_(std::make_unique<Worker>([this] { return KeepConnected(); })) {}

void LookupWorker::Find(const std::string& name) {
  worker_->Post([this, name] { FindNow(name); });
}

void LookupWorker::Renew() {
  worker_->Post([this] { idle_until_ms_ = 0; });
}

void LookupWorker::Run(std::function<void(directory::Directory&)> task) {
  worker_->Post([this, task = std::move(task)] { task(*directory_); });
}

// The name service gives a lookup less time than Kerberos and a bind may take. A name that can be
// nobody's is asked for: the answer does not matter.
milliseconds LookupWorker::KeepConnected() {
  if (BootMs() >= idle_until_ms_ && BootMs() >= silent_until_ms_) (void)Search(kNobody);
  return milliseconds(std::max<std::int64_t>(std::max(idle_until_ms_, silent_until_ms_) - BootMs(), 1));
}

void LookupWorker::FindNow(const std::string& name) {
  if (BootMs() < silent_until_ms_) return found_(name, base::Unavailable("the directory did not answer just now"));
  found_(name, Search(name));
}

base::Result<directory::Member> LookupWorker::Search(const std::string& name) {
  auto member = directory_->FindAccount(name, base::Deadline::After(operation_.count()));
  idle_until_ms_ = BootMs() + WithJitter(kIdle).count();
  const bool answered = member.has_value() || member.error().code == base::ErrorCode::kNotFound ||
                        member.error().code == base::ErrorCode::kAmbiguous ||
                        member.error().code == base::ErrorCode::kInvalid;
  if (!answered) {
    silent_until_ms_ = BootMs() + kSilentMs;
    idle_until_ms_ = 0;
  }
  return member;
}

}  // namespace taglogin::daemon
