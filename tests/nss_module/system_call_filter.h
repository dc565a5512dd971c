// SPDX-License-Identifier: Apache-2.0
// seccomp(2) filters as sandboxes put them on, for a child of a test: what is not allowed is answered with
// an error or ends the process.
#pragma once

#include <cstdint>
#include <vector>

namespace taglogin::tests {

inline constexpr std::uint32_t kKill = 0x80000000;  // SECCOMP_RET_KILL_PROCESS
std::uint32_t FailWith(int error);

struct CallFilter {
  std::uint32_t otherwise = kKill;   // for every call not listed
  std::vector<long> allowed;         // SYS_…
  std::uint32_t other_families = 0;  // of socket() beyond AF_UNIX; 0: as `allowed` says
};

// From now on, for this process. False when the kernel does not take it.
bool Confine(const CallFilter& filter);

}  // namespace taglogin::tests
