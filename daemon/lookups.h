// SPDX-License-Identifier: Apache-2.0
// Accounts that the replica does not hold: asked for once however many wait, with a deadline, at a
// bounded rate, and with a bounded memory of names that do not exist. Belongs to the loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "daemon/event_loop.h"

namespace taglogin::daemon {

class Lookups {
 public:
  enum class Result { kFound, kNotFound, kUnavailable };
  using Waiter = std::function<void(Result)>;
  // Starts the search for one canonical login name; its end is told by Finish().
  using Search = std::function<void(const std::string& name)>;

  Lookups(EventLoop& loop, Search search);

  // Calls `waiter` on the loop: at once for a name known not to exist or over the rate, else when
  // the search ends or `deadline` passes (kUnavailable).
  void Want(const std::string& name, std::chrono::milliseconds deadline, Waiter waiter);
  // The search for `name` has ended; a found account is in the view by now.
  void Finish(const std::string& name, Result result);
  // Forgets a negative entry (the name exists now).
  void Exists(const std::string& name);
  // Names known not to exist, with the boot clock's milliseconds at which that ends.
  const std::map<std::string, std::int64_t>& negatives() const { return negatives_; }

 private:
  struct Waiting {
    Waiter waiter;
    EventLoop::Watch timer;
  };
  bool TakeToken();
  void Remember(const std::string& name);
  void GiveUp(const std::string& name, std::uint64_t id);

  EventLoop& loop_;
  Search search_;
  std::map<std::string, std::map<std::uint64_t, Waiting>> waiting_;  // by name; a search runs for each
  std::map<std::string, std::int64_t> negatives_;
  std::uint64_t next_id_ = 1;
  double tokens_;
  std::int64_t tokens_at_ms_;
};

}  // namespace taglogin::daemon
