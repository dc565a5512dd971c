// SPDX-License-Identifier: Apache-2.0
// Looks for the directory's servers on a thread of its own, when it is time to and after one has failed.
#pragma once

#include <functional>
#include <memory>

#include "daemon/worker.h"
#include "directory/server_finder.h"

namespace taglogin::daemon {

class ServerWatch {
 public:
  // `report` runs on the watch's thread, after each look and whenever a server has failed or worked.
  // Nobody may use the finder any more when this ends.
  ServerWatch(std::shared_ptr<directory::ServerFinder> finder,
              std::function<void(const directory::FinderState&)> report);

 private:
  std::chrono::milliseconds Tick();

  std::shared_ptr<directory::ServerFinder> finder_;
  std::function<void(const directory::FinderState&)> report_;
  std::unique_ptr<Worker> worker_;
};

}  // namespace taglogin::daemon
