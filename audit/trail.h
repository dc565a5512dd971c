// SPDX-License-Identifier: Apache-2.0
// The audit file: numbered records, one a line, appended by one process.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "audit/event.h"
#include "base/result.h"

namespace taglogin::audit {

// Owned and used by one thread (the daemon's audit thread).
class Trail {
 public:
  // Opens or creates PATH (0640, in a folder that others cannot write) and finds the number of its
  // last record, so that numbers go on without a gap. A last line without its newline is the rest
  // of a crash before any answer: it is cut off, and *cut_bytes (if given) says how much. An
  // unreadable last record is kCorrupt: move the file away, numbering would be a guess.
  static base::Result<std::unique_ptr<Trail>> Open(const std::string& path, Host host);
  virtual ~Trail() = default;

  // Appends all events in order with one write and returns when the kernel has them. On error
  // (disk full …) nothing of the batch stays in the file and the numbers are not used up.
  virtual base::Result<void> Append(const std::vector<Event>& events) = 0;
  virtual std::uint64_t last_sequence() const = 0;
  virtual std::uint64_t cut_bytes() const = 0;
  // Called with each encoded line after it was appended (journal).
  virtual void OnLine(std::function<void(const Event&, const std::string& line)> sink) = 0;
};

}  // namespace taglogin::audit
