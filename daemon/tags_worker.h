// SPDX-License-Identifier: Apache-2.0
// Reads the tag sources on a thread of its own, again and again, and reports whole readings.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/replica/contents.h"
#include "daemon/tags/source.h"
#include "daemon/worker.h"

namespace taglogin::daemon {

class TagsWorker {
 public:
  // `read`: a reading in which every source has answered at least once in this process; its
  // read_at is that of the oldest answer. `answered`: for each source each time, with an empty text
  // or with why it did not answer (its last good answer stays in use). Both run on the worker's
  // thread.
  struct Reports {
    std::function<void(replica::TagReading)> read;
    std::function<void(const std::string& source, const std::string& error)> answered;
  };
  TagsWorker(std::vector<std::unique_ptr<tags::Source>> sources, std::chrono::seconds refresh, Reports reports);

  // Reads all sources, whatever the interval says, reports, and then calls `done` on the worker's
  // thread. From any thread.
  void ReadNow(std::function<void()> done);

 private:
  struct Answer {
    tags::Reading reading;
    replica::Moment read_at;
  };
  std::chrono::milliseconds Tick();
  void ReadAll();
  std::optional<replica::TagReading> Merge() const;

  std::vector<std::unique_ptr<tags::Source>> sources_;
  std::chrono::seconds refresh_;
  Reports reports_;
  std::vector<std::optional<Answer>> answers_;  // by source
  std::int64_t next_ms_ = 0;
  std::unique_ptr<Worker> worker_;  // last: its thread uses the rest
};

// The short host name in lower case; empty if the kernel has none.
std::string HostName();

}  // namespace taglogin::daemon
