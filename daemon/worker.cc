// SPDX-License-Identifier: Apache-2.0
#include "daemon/worker.h"

#include <utility>

namespace taglogin::daemon {

Worker::Worker(Tick tick) : tick_(std::move(tick)), thread_([this] { Run(); }) {}

Worker::~Worker() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Worker::Post(std::function<void()> task) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    inbox_.push_back(std::move(task));
  }
  wake_.notify_one();
}

void Worker::Run() {
  auto wait = tick_();
  for (;;) {
    std::function<void()> task;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      wake_.wait_for(lock, wait, [this] { return stop_ || !inbox_.empty(); });
      if (stop_) return;
      if (!inbox_.empty()) {
        task = std::move(inbox_.front());
        inbox_.pop_front();
      }
    }
    if (task) task();
    wait = tick_();
  }
}

}  // namespace taglogin::daemon
