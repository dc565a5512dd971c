// SPDX-License-Identifier: Apache-2.0
// Reads the tag sources on a thread of its own, again and again, and reports whole readings.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
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
    // What was left out or is said differently by two sources: once, until it is over.
    std::function<void(const std::string& warning)> warn;
  };
  // `agree`: names of sources that must say the same, or the reading says that it is not to be trusted.
  TagsWorker(std::vector<std::unique_ptr<tags::Source>> sources, std::vector<std::string> agree,
             std::chrono::seconds refresh, Reports reports);

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
  std::optional<replica::TagReading> Merge();
  void MergeTags(std::size_t source, replica::TagReading& merged);
  std::string Disagreement() const;
  bool IsAgreed(const std::string& key, const std::string& value) const;
  void Warn(const std::string& warning);

  std::vector<std::unique_ptr<tags::Source>> sources_;
  std::vector<std::size_t> agree_;  // indexes of sources_
  std::chrono::seconds refresh_;
  Reports reports_;
  std::set<std::string> warned_;                // in the last reading
  std::set<std::string> warnings_;              // in this one
  std::vector<std::optional<Answer>> answers_;  // by source
  std::int64_t next_ms_ = 0;
  std::unique_ptr<Worker> worker_;  // last: its thread uses the rest
};

// The short host name in lower case; empty if the kernel has none.
std::string HostName();

}  // namespace taglogin::daemon
