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
  // Opens or creates PATH (0640) and finds the number of its last record, so that numbers go on
  // without a gap; where it is empty, as logrotate(8) leaves it, in PATH.1 (logrotate's `nodateext`
  // and `delaycompress`). A last line without its newline is the rest of a crash before any answer:
  // it is cut off, and cut_bytes() says how much. Errors: kInvalid (file or folder: not a regular
  // file, a link, owned by neither root nor this user, writable by others), kUnavailable (another
  // process holds it), kCorrupt (unreadable last record: numbering would be a guess).
  static base::Result<std::unique_ptr<Trail>> Open(const std::string& path, Host host);
  virtual ~Trail() = default;

  // Where events happen from now on (a cloud instance learns its own name after the start).
  virtual void SetHost(Host host) = 0;
  // Appends all events in order with one write and returns when the kernel has them. On error
  // (disk full …) nothing of the batch stays in the file and the numbers are not used up. Where
  // even that cannot be had, the trail is broken: every later Append is kCorrupt, and the next
  // Open cuts the rest off.
  virtual base::Result<void> Append(const std::vector<Event>& events) = 0;
  // After a rotation: goes on in a new file at PATH, with the numbers going on too. Nothing
  // happens while PATH is still the same file. On error (as Open; kCorrupt also when the new file
  // already holds other records) the old file stays in use.
  virtual base::Result<void> Reopen() = 0;
  virtual std::uint64_t last_sequence() const = 0;
  virtual std::uint64_t cut_bytes() const = 0;
  // PassOn calls `sink` with each encoded line that was appended since the last PassOn (journal). Apart from
  // Append, so that nobody waits for it who waits for the record. Without a sink lines are not kept.
  virtual void OnLine(std::function<void(const Event&, const std::string& line)> sink) = 0;
  virtual void PassOn() = 0;
};

}  // namespace taglogin::audit
