// SPDX-License-Identifier: Apache-2.0
// The clock that the bench programs share.
#pragma once

#include <time.h>

#include <cstdint>

namespace taglogin::bench {

// CLOCK_MONOTONIC in nanoseconds: one call costs about 25 ns, so what is shorter is timed in batches.
inline std::int64_t NowNs() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000000000 + now.tv_nsec;
}

}  // namespace taglogin::bench
