// SPDX-License-Identifier: Apache-2.0
// What the kernel says about a process: facts that nobody but root can forge (proc(5)). Used on the
// daemon's loop thread; reads /proc only.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace taglogin::daemon::sessions {

// The audit session id of a process that has none (AUDIT_SID_UNSET), and the same for loginuid.
inline constexpr std::uint32_t kUnset = 4294967295U;

struct Peer {
  pid_t pid = 0;
  std::uint64_t start_ticks = 0;  // since boot; with the pid it names one process
  pid_t parent = 0;
  std::uint32_t audit_session = kUnset;  // set once by pam_loginuid, inherited by all children
  std::uint32_t login_uid = kUnset;
  bool zombie = false;  // it has ended, and its parent has not asked yet
  std::string command;  // comm: at most 15 bytes, and the process's own choice

  bool SameProcess(const Peer& other) const { return pid == other.pid && start_ticks == other.start_ticks; }
};

// A /proc. Tests hand in a folder of their own.
class ProcFolder {
 public:
  explicit ProcFolder(std::string root = "/proc") : root_(std::move(root)) {}

  // kNotFound: no such process, or it ended meanwhile. kInternal: /proc makes no sense. A kernel
  // without audit has no session ids: kUnset then.
  base::Result<Peer> Read(pid_t pid) const;
  // Every process that could be read.
  std::vector<Peer> All() const;

 private:
  std::string root_;
};

}  // namespace taglogin::daemon::sessions
