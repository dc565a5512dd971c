// SPDX-License-Identifier: Apache-2.0
// Keeps one session with some server of a directory: begins it, replaces it when there is better, gives it up after a
// failure. For those who ask the directory to derive from. Private to this room. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/deadline.h"
#include "base/result.h"
#include "directory/broken_pipe.h"
#include "directory/server_session.h"

namespace taglogin::directory {

class SessionKeeper {
 public:
  SessionKeeper(const SessionKeeper&) = delete;
  SessionKeeper& operator=(const SessionKeeper&) = delete;

  std::string server() const { return session_ ? session_->host : std::string(); }
  std::uint64_t operations() const { return pool_.operations(); }

 protected:
  SessionKeeper(Connection connection, std::shared_ptr<ServerFinder> finder)
      : pool_(std::move(connection), std::move(finder)) {}
  ~SessionKeeper() {
    const BrokenPipeGuard guard;
    session_.reset();
  }

  // Sees to a session that can be used; true when it is a new one.
  base::Result<bool> Connected(base::Deadline deadline) {
    if (session_ && pool_.RenewalDue(*session_)) session_.reset();
    if (session_) return false;
    auto session = pool_.Connect(deadline);
    if (!session) return session.error();
    session_ = std::move(*session);
    return true;
  }

  // After a failure the state of the connection is unknown: it goes, and the next server is tried.
  template <typename T>
  base::Result<T> Checked(base::Result<T> result) {
    if (!result && session_) {
      pool_.MoveOn(*session_, result.error().detail);
      session_.reset();
    }
    return result;
  }

  // A connection that has stood for a while may have lost its server: that says nothing of the others.
  template <typename Operation>
  auto Twice(Operation operation, base::Deadline deadline) -> decltype(operation()) {
    const bool stood = session_.has_value();
    auto result = operation();
    if (result || !stood || session_ || deadline.Passed()) return result;
    const base::ErrorCode code = result.error().code;
    if (code != base::ErrorCode::kUnavailable && code != base::ErrorCode::kDeadline) return result;
    return operation();
  }

  ServerPool pool_;
  std::optional<ServerSession> session_;
};

}  // namespace taglogin::directory
