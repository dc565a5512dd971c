// SPDX-License-Identifier: Apache-2.0
#include "kill_at_call.h"

#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace taglogin::tests {
namespace {

int WaitFor(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) != child) {
    if (errno != EINTR) return -1;
  }
  return status;
}

}  // namespace

End RunUntilStop(long stop, const std::function<bool()>& part) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0 || ::raise(SIGSTOP) != 0) ::_exit(2);
    ::_exit(part() ? 0 : 1);
  }
  if (child < 0) return End::kFailed;
  int status = WaitFor(child);
  if (!WIFSTOPPED(status)) return End::kFailed;
  ::ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
  // The first stop to come is behind raise()'s own call.
  for (long seen = -1; seen < stop; ++seen) {
    if (::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr) != 0) break;
    status = WaitFor(child);
    if (WIFEXITED(status)) return WEXITSTATUS(status) == 0 ? End::kDone : End::kFailed;
    if (WIFSIGNALED(status) || !WIFSTOPPED(status) || WSTOPSIG(status) != (SIGTRAP | 0x80)) break;
  }
  const bool stopped = WIFSTOPPED(status) && WSTOPSIG(status) == (SIGTRAP | 0x80);
  ::kill(child, SIGKILL);
  WaitFor(child);
  return stopped ? End::kKilled : End::kFailed;
}

}  // namespace taglogin::tests
