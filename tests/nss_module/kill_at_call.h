// SPDX-License-Identifier: Apache-2.0
// SIGKILL at a chosen system call: ptrace(2) stops a child before and behind each of its calls.
#pragma once

#include <functional>

namespace taglogin::tests {

enum class End { kKilled, kDone, kFailed };

// Runs `part` in a child, until its nth stop (from 1) or its end; kDone when `part` ended first and
// returned true. Stop 2k-1 is before the kth call, stop 2k behind it.
End RunUntilStop(long stop, const std::function<bool()>& part);

}  // namespace taglogin::tests
