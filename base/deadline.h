// SPDX-License-Identifier: Apache-2.0
// A point on CLOCK_MONOTONIC by which something must be over; wall clock changes do not move it.
// Header only and free of the C++ library: the modules use it.
#pragma once

#include <time.h>

#include <cstdint>

namespace taglogin::base {

// Milliseconds of `clock` (CLOCK_MONOTONIC, CLOCK_BOOTTIME …); 0 if the kernel does not know it.
inline std::int64_t ClockMs(clockid_t clock) noexcept {
  timespec now{};
  if (::clock_gettime(clock, &now) != 0) return 0;
  return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1000000;
}

class Deadline {
 public:
  static Deadline After(std::int64_t milliseconds) noexcept {
    return Deadline(ClockMs(CLOCK_MONOTONIC) + milliseconds);
  }
  // 0 when it has passed; fits poll()'s timeout, and a zero there means "do not wait".
  int RemainingMs() const noexcept {
    const std::int64_t left = at_ms_ - ClockMs(CLOCK_MONOTONIC);
    if (left <= 0) return 0;
    return left > 3600000 ? 3600000 : static_cast<int>(left);
  }
  bool Passed() const noexcept { return RemainingMs() == 0; }

 private:
  explicit Deadline(std::int64_t at_ms) noexcept : at_ms_(at_ms) {}
  std::int64_t at_ms_;
};

}  // namespace taglogin::base
