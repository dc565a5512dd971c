// SPDX-License-Identifier: Apache-2.0
// A thread with an inbox: runs what is posted, in order, and a tick of its own when nothing comes.
// Whatever the tasks touch belongs to this thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace taglogin::daemon {

class Worker {
 public:
  // `tick` runs on the thread after every task and whenever the time it returned last has passed;
  // it returns how long to wait for the next call at most.
  using Tick = std::function<std::chrono::milliseconds()>;
  explicit Worker(Tick tick);
  // Finishes the task in hand, drops the others, joins.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // From any thread.
  void Post(std::function<void()> task);

 private:
  void Run();

  Tick tick_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> inbox_;  // guarded by mutex_
  bool stop_ = false;                        // guarded by mutex_
  std::thread thread_;                       // last: it starts using the rest at once
};

}  // namespace taglogin::daemon
