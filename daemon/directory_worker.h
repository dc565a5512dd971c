// SPDX-License-Identifier: Apache-2.0
// Follows the directory on a thread of its own: walks what is asked for, polls for changes, walks
// again. And, on a second thread with a connection of its own, looks single accounts up, so that
// no lookup waits behind a walk; that connection is kept open, so that a lookup is one search.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "daemon/replica/snapshot.h"
#include "daemon/worker.h"
#include "directory/directory.h"
#include "policy/decide.h"

namespace taglogin::daemon {

class DirectoryWorker {
 public:
  struct Times {
    std::chrono::milliseconds poll{3000};
    std::chrono::milliseconds sweep{45000};
    std::chrono::milliseconds operation{5000};
  };
  // All run on the worker's thread.
  struct Reports {
    // `begun`: when the walk, or the question, was begun.
    std::function<void(directory::Closure, const directory::WalkRequest& asked, replica::Moment begun)> walked;
    std::function<void(replica::Moment begun)> unchanged;  // nothing has changed since the walk
    std::function<void(const base::Error&)> failed;
  };
  DirectoryWorker(std::unique_ptr<directory::Directory> directory, Times times, Reports reports);

  // What to walk from now on; with `at_once` soon, else when the next walk is due. From any thread.
  void SetTarget(directory::WalkRequest target, bool at_once);
  // Walks the target; then, and after Reports::walked or failed, calls `done` on the worker's thread with an
  // empty text or with what went wrong. From any thread.
  void WalkNow(std::function<void(const std::string& error)> done);

 private:
  std::chrono::milliseconds Tick();
  std::string Walk();  // empty, or what went wrong
  void Poll();
  std::string Failed(const base::Error& error);

  std::unique_ptr<directory::Directory> directory_;
  Times times_;
  Reports reports_;
  directory::WalkRequest target_;
  bool has_target_ = false;
  bool walk_due_ = false;
  std::int64_t next_poll_ms_ = 0;
  std::int64_t next_sweep_ms_ = 0;
  std::chrono::milliseconds back_off_{0};
  std::unique_ptr<Worker> worker_;
};

class LookupWorker {
 public:
  using Found = std::function<void(const std::string& name, base::Result<directory::Member>)>;
  // `found` runs on the worker's thread, once for each Find.
  LookupWorker(std::unique_ptr<directory::Directory> directory, std::chrono::milliseconds operation, Found found);
  void Find(const std::string& name);
  // Uses the connection for its own sake, so that the next lookup need not wait for one: another server may be
  // better now.
  void Renew();
  // Runs `task` with the connection, on the worker's thread.
  void Run(std::function<void(directory::Directory&)> task);

 private:
  void FindNow(const std::string& name);
  base::Result<directory::Member> Search(const std::string& name);
  std::chrono::milliseconds KeepConnected();

  std::unique_ptr<directory::Directory> directory_;
  std::chrono::milliseconds operation_;
  Found found_;
  std::int64_t silent_until_ms_ = 0;  // after a failure: do not make the next ones wait as well
  std::int64_t idle_until_ms_ = 0;    // when the connection is to be used for its own sake
  std::unique_ptr<Worker> worker_;
};

}  // namespace taglogin::daemon
