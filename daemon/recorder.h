// SPDX-License-Identifier: Apache-2.0
// From the loop to the audit trail and back: an answer waits here until its record is written.
// Record() belongs to the loop; the trail belongs to the audit thread inside.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "audit/trail.h"
#include "daemon/event_loop.h"
#include "daemon/worker.h"

namespace taglogin::daemon {

class Recorder {
 public:
  // Runs on the loop when the record is in the file (true) or could not be written (false: then
  // the answer must not be a yes).
  using Done = std::function<void(bool recorded)>;

  Recorder(EventLoop& loop, std::unique_ptr<audit::Trail> trail);
  // Writes what was given to Record() and is not written yet; the Done of those is not called.
  ~Recorder();

  void Record(audit::Event event, Done done);
  // Where the events of later records happen. From any thread.
  void SetHost(audit::Host host);
  // Opens the file anew (it was rotated away).
  void Reopen();

 private:
  using Pending = std::pair<audit::Event, Done>;
  void Flush();

  EventLoop& loop_;
  std::unique_ptr<audit::Trail> trail_;  // audit thread
  std::vector<Pending> waiting_;         // loop: collected while a batch is being written
  bool writing_ = false;                 // loop
  std::unique_ptr<Worker> worker_;
};

}  // namespace taglogin::daemon
