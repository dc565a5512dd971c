// SPDX-License-Identifier: Apache-2.0
// Linked into every program of the coverage build with --wrap: counts are written when a process ends, so the key
// helper's cage, which lets nothing be opened for writing, is not entered, and _exit(2) writes them first.
#include <linux/prctl.h>

void __gcov_dump(void);
int __real_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
_Noreturn void __real__exit(int status);

int __wrap_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
  return option == PR_SET_SECCOMP ? 0 : __real_prctl(option, a, b, c, d);
}

_Noreturn void __wrap__exit(int status) {
  __gcov_dump();
  __real__exit(status);
}
