// SPDX-License-Identifier: Apache-2.0
// A part of a test in a process of its own.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace taglogin::test {

// What `part` returns (0..255), in a child; -1 when it ended otherwise.
inline int ExitOf(const std::function<int()>& part) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(part());
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

}  // namespace taglogin::test
