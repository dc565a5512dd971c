// SPDX-License-Identifier: Apache-2.0
// The daemon's one loop: sd-event behind four verbs. Everything here belongs to the thread that
// calls Run(), but Post(), which any thread may call.
#pragma once

#include <systemd/sd-event.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace taglogin::daemon {

class EventLoop {
 public:
  struct Unref {
    void operator()(sd_event_source* source) const noexcept { sd_event_source_disable_unref(source); }
  };
  // A watch or timer: ends when this goes.
  class Watch {
   public:
    Watch() = default;

   private:
    friend class EventLoop;
    struct State;
    std::shared_ptr<State> state_;
  };

  static base::Result<std::unique_ptr<EventLoop>> Create();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Of what is ready at the same time, kLast comes when nothing of kFirst is left: it is for work that
  // anybody can cause. Timers, signals and posted tasks are of kFirst, in the order in which they came.
  enum class Rank { kFirst, kLast };

  // Calls `ready` with EPOLL* bits whenever `fd` has one of `events`. The fd must outlive the watch.
  base::Result<Watch> OnReady(int fd, std::uint32_t events, std::function<void(std::uint32_t)> ready,
                              Rank rank = Rank::kFirst);
  // Calls `fire` once after `delay` (CLOCK_BOOTTIME: suspended time counts).
  Watch After(std::chrono::milliseconds delay, std::function<void()> fire);
  // Calls `fire` on each delivery of the signal, which is blocked in the whole process first:
  // call before any thread is started.
  base::Result<Watch> OnSignal(int signal, std::function<void()> fire);
  // Runs `task` on the loop soon; from any thread. Tasks run in the order in which they came.
  void Post(std::function<void()> task);

  // Runs until Stop(), and may be run again after it. Returns the code given there, or an error of the
  // loop itself.
  base::Result<int> Run();
  void Stop(int code);

 private:
  EventLoop() = default;
  void RunPosted();

  sd_event* event_ = nullptr;
  base::UniqueFd wake_;
  Watch wake_watch_;
  Watch first_timer_;
  bool stopped_ = false;
  int code_ = 0;
  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;  // guarded by mutex_
};

}  // namespace taglogin::daemon
