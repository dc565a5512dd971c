// SPDX-License-Identifier: Apache-2.0
#include "fault_injector.h"

#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "failing_malloc.h"

namespace taglogin::tests {
namespace {

constexpr unsigned kTooLong = 20;  // seconds
constexpr int kSystemCallStop = SIGTRAP | 0x80;

[[noreturn]] void Die(const char* what) {
  std::perror(what);
  std::abort();
}

void Fill(Outcome& outcome, int status) {
  if (WIFEXITED(status)) outcome.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) outcome.signal = WTERMSIG(status);
}

#if defined(__x86_64__)

class Tracer {
 public:
  Tracer(pid_t pid, const Fault& fault) : pid_(pid), fault_(fault) {}

  Outcome Run() {
    int status = Wait();
    if (!WIFSTOPPED(status)) Die("the traced process did not stop");
    if (::ptrace(PTRACE_SETOPTIONS, pid_, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) != 0) Die("ptrace");
    bool inside = false;
    int signal = 0;
    for (;;) {
      if (::ptrace(PTRACE_SYSCALL, pid_, nullptr, signal) != 0) Die("ptrace");
      status = Wait();
      if (!WIFSTOPPED(status)) break;
      signal = WSTOPSIG(status) == kSystemCallStop ? 0 : WSTOPSIG(status);
      if (signal != 0) continue;
      inside = !inside;
      if (inside) Enter();
      if (!inside) Leave();
    }
    Fill(outcome_, status);
    return std::move(outcome_);
  }

 private:
  int Wait() const {
    int status = 0;
    if (::waitpid(pid_, &status, 0) != pid_) Die("waitpid");
    return status;
  }

  user_regs_struct Registers() const {
    user_regs_struct registers{};
    if (::ptrace(PTRACE_GETREGS, pid_, nullptr, &registers) != 0) Die("ptrace");
    return registers;
  }
  void Set(const user_regs_struct& registers) const {
    if (::ptrace(PTRACE_SETREGS, pid_, nullptr, &registers) != 0) Die("ptrace");
  }

  void Enter() {
    user_regs_struct registers = Registers();
    const auto number = static_cast<long>(registers.orig_rax);
    const bool counts = (fault_.number == -1 || fault_.number == number) && number != SYS_exit_group;
    if (counts) ++seen_;
    const bool faulty = fault_.kind != Fault::Kind::kNone && counts && seen_ == fault_.ordinal;
    outcome_.calls.push_back({number, 0, faulty});
    if (!faulty) return;
    if (fault_.kind == Fault::Kind::kInstead) registers.orig_rax = ~0ULL;
    if (fault_.kind == Fault::Kind::kCut) registers.rdx = static_cast<unsigned long long>(fault_.value);
    Set(registers);
  }

  void Leave() {
    user_regs_struct registers = Registers();
    SystemCall& call = outcome_.calls.back();
    if (call.faulty && fault_.kind != Fault::Kind::kCut) {
      registers.rax = static_cast<unsigned long long>(fault_.value);
      Set(registers);
    }
    call.result = static_cast<long>(registers.rax);
  }

  pid_t pid_;
  const Fault& fault_;
  int seen_ = 0;
  Outcome outcome_;
};

#endif

}  // namespace

bool Outcome::HitBy(const Fault& fault) const {
  return fault.kind != Fault::Kind::kNone &&
         std::any_of(calls.begin(), calls.end(), [](const SystemCall& call) { return call.faulty; });
}

#if defined(__x86_64__)

bool CanTrace() { return true; }

Outcome RunTraced(const std::function<int()>& body, const Fault& fault) {
  const pid_t pid = ::fork();
  if (pid < 0) Die("fork");
  if (pid == 0) {
    ::alarm(kTooLong);
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(255);
    ::raise(SIGSTOP);
    ::_exit(body());
  }
  return Tracer(pid, fault).Run();
}

#else

bool CanTrace() { return false; }
Outcome RunTraced(const std::function<int()>&, const Fault&) { Die("no tracer for this processor"); }

#endif

Outcome RunWithFailingAllocation(const std::function<int()>& body, int nth, bool& reached) {
  auto* left =
      static_cast<int*>(::mmap(nullptr, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  if (left == MAP_FAILED) Die("mmap");
  const pid_t pid = ::fork();
  if (pid < 0) Die("fork");
  if (pid == 0) {
    ::alarm(kTooLong);
    allocations_until_failure = nth;
    const int code = body();
    *left = allocations_until_failure;
    allocations_until_failure = 0;
    ::_exit(code);
  }
  int status = 0;
  if (::waitpid(pid, &status, 0) != pid) Die("waitpid");
  Outcome outcome;
  Fill(outcome, status);
  reached = nth > 0 && *left == 0;
  ::munmap(left, sizeof(int));
  return outcome;
}

}  // namespace taglogin::tests
