// SPDX-License-Identifier: Apache-2.0
#include "daemon/event_loop.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace taglogin::daemon {

struct EventLoop::Watch::State {
  std::unique_ptr<sd_event_source, EventLoop::Unref> source;
  std::function<void(std::uint32_t)> ready;
};

namespace {

base::Error LoopError(const char* what, int negative_errno) {
  return base::Internal(std::string("event loop: ") + what + ": " + std::strerror(-negative_errno));
}

using State = std::function<void(std::uint32_t)>;

// A callback may drop its own watch: the copy keeps what it runs alive until it returns.
int OnIo(sd_event_source*, int, std::uint32_t events, void* userdata) noexcept {
  const State ready = *static_cast<State*>(userdata);
  ready(events);
  return 0;
}
int OnTime(sd_event_source*, std::uint64_t, void* userdata) noexcept {
  const State ready = *static_cast<State*>(userdata);
  ready(0);
  return 0;
}
int OnUnixSignal(sd_event_source*, const signalfd_siginfo*, void* userdata) noexcept {
  const State ready = *static_cast<State*>(userdata);
  ready(0);
  return 0;
}

}  // namespace

base::Result<std::unique_ptr<EventLoop>> EventLoop::Create() {
  std::unique_ptr<EventLoop> loop(new EventLoop());
  if (const int failed = sd_event_new(&loop->event_); failed < 0) return LoopError("create", failed);
  // While the loop turns, the service manager hears of it as often as the unit asks (WatchdogSec=).
  if (const int failed = sd_event_set_watchdog(loop->event_, 1); failed < 0) return LoopError("watchdog", failed);
  loop->wake_ = base::UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!loop->wake_.valid()) return LoopError("eventfd", -errno);
  auto watch = loop->OnReady(loop->wake_.get(), EPOLLIN, [raw = loop.get()](std::uint32_t) { raw->RunPosted(); });
  if (!watch) return watch.error();
  loop->wake_watch_ = *std::move(watch);
  // Takes the descriptor that all timers share now, while there is one: After() must not fail later.
  loop->first_timer_ = loop->After(std::chrono::milliseconds(0), [] {});
  return loop;
}

EventLoop::~EventLoop() {
  wake_watch_ = {};
  first_timer_ = {};
  sd_event_unref(event_);
}

base::Result<EventLoop::Watch> EventLoop::OnReady(int fd, std::uint32_t events,
                                                  std::function<void(std::uint32_t)> ready, Rank rank) {
  Watch watch;
  watch.state_ = std::make_shared<Watch::State>();
  watch.state_->ready = std::move(ready);
  sd_event_source* source = nullptr;
  const int failed = sd_event_add_io(event_, &source, fd, events, OnIo, &watch.state_->ready);
  if (failed < 0) return LoopError("watch a descriptor", failed);
  watch.state_->source.reset(source);
  if (rank == Rank::kLast) {
    const int set = sd_event_source_set_priority(source, SD_EVENT_PRIORITY_IDLE);
    if (set < 0) return LoopError("rank a descriptor", set);
  }
  return watch;
}

EventLoop::Watch EventLoop::After(std::chrono::milliseconds delay, std::function<void()> fire) {
  Watch watch;
  watch.state_ = std::make_shared<Watch::State>();
  watch.state_->ready = [fire = std::move(fire)](std::uint32_t) { fire(); };
  sd_event_source* source = nullptr;
  const auto microseconds =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(delay).count());
  constexpr std::uint64_t kAccuracy = 1000;  // us
  if (sd_event_add_time_relative(event_, &source, CLOCK_BOOTTIME, microseconds, kAccuracy, OnTime,
                                 &watch.state_->ready) < 0) {
    std::abort();  // out of memory or descriptors for timers: deadlines could no longer be kept
  }
  watch.state_->source.reset(source);
  return watch;
}

base::Result<EventLoop::Watch> EventLoop::OnSignal(int signal, std::function<void()> fire) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  if (const int failed = ::pthread_sigmask(SIG_BLOCK, &set, nullptr); failed != 0) {
    return LoopError("block a signal", -failed);
  }
  Watch watch;
  watch.state_ = std::make_shared<Watch::State>();
  watch.state_->ready = [fire = std::move(fire)](std::uint32_t) { fire(); };
  sd_event_source* source = nullptr;
  const int failed = sd_event_add_signal(event_, &source, signal, OnUnixSignal, &watch.state_->ready);
  if (failed < 0) return LoopError("watch a signal", failed);
  watch.state_->source.reset(source);
  return watch;
}

void EventLoop::Post(std::function<void()> task) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    posted_.push_back(std::move(task));
  }
  const std::uint64_t one = 1;
  // EAGAIN means that the counter is full, that is, that the loop is woken already.
  [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
}

void EventLoop::RunPosted() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(wake_.get(), &count, sizeof count);
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    tasks.swap(posted_);
  }
  for (const auto& task : tasks) task();
}

base::Result<int> EventLoop::Run() {
  constexpr std::uint64_t kForEver = UINT64_MAX;
  stopped_ = false;
  while (!stopped_) {
    if (const int ran = sd_event_run(event_, kForEver); ran < 0) return LoopError("run", ran);
  }
  return code_;
}

void EventLoop::Stop(int code) {
  code_ = code;
  stopped_ = true;
}

}  // namespace taglogin::daemon
