// SPDX-License-Identifier: Apache-2.0
#include "daemon/server_watch.h"

#include <utility>

namespace taglogin::daemon {

ServerWatch::ServerWatch(std::shared_ptr<directory::ServerFinder> finder,
                         std::function<void(const directory::FinderState&)> report)
    : finder_(std::move(finder)), report_(std::move(report)) {
  // A task wakes the worker, which then ticks. Others use the finder only once this is made.
  finder_->OnChange([this] { worker_->Post([] {}); });
  worker_ = std::make_unique<Worker>([this] { return Tick(); });
}

std::chrono::milliseconds ServerWatch::Tick() {
  const std::chrono::milliseconds next(finder_->Look());
  report_(finder_->State());
  return next;
}

}  // namespace taglogin::daemon
