// SPDX-License-Identifier: Apache-2.0
// Runs a piece of code in a process of its own and makes one of its system calls fail, or one of its
// allocations. A system call is what strace(1) would show; the process is traced with ptrace(2).
#pragma once

#include <functional>
#include <vector>

namespace taglogin::tests {

struct Fault {
  enum class Kind {
    kNone,
    kInstead,  // the call is not made; it gives `value`
    kAfter,    // the call is made; it gives `value`
    kCut,      // the call is made with `value` as its third argument, for most a length
  };
  Kind kind = Kind::kNone;
  int ordinal = 0;   // which call, from 1
  long number = -1;  // counting only calls of this number (SYS_…); -1: all
  long value = 0;    // kInstead, kAfter: the result, -errno for an error
};

struct SystemCall {
  long number;
  long result;
  bool faulty;  // the fault was put here
};

struct Outcome {
  int code = -1;   // what `body` returned; -1 when a signal ended it
  int signal = 0;  // that signal; SIGALRM when it took longer than 20 s
  std::vector<SystemCall> calls;

  bool HitBy(const Fault& fault) const;
};

// `body` returns 0 to 255. Whether this machine's processor is one the tracer knows: CanTrace().
bool CanTrace();
Outcome RunTraced(const std::function<int()>& body, const Fault& fault);

// The nth allocation by malloc(3) and its kin within `body` gives nullptr, n from 1; 0: none.
// `reached` says whether there were that many. The program must link failing_malloc.cc.
Outcome RunWithFailingAllocation(const std::function<int()>& body, int nth, bool& reached);

}  // namespace taglogin::tests
