// SPDX-License-Identifier: Apache-2.0
// bench_first NAME: prints how long the first getpwnam(3) of this process took, in ns: reading nsswitch.conf,
// loading the modules, opening what they open. In C, so that the process holds as little as a small program does.
#include <pwd.h>
#include <stdio.h>
#include <time.h>

int main(int argc, char** argv) {
  struct timespec began, ended;
  if (argc != 2) return 2;
  clock_gettime(CLOCK_MONOTONIC, &began);
  const struct passwd* found = getpwnam(argv[1]);
  clock_gettime(CLOCK_MONOTONIC, &ended);
  if (found == NULL) return 1;
  printf("%lld\n", (long long)(ended.tv_sec - began.tv_sec) * 1000000000 + (ended.tv_nsec - began.tv_nsec));
  return 0;
}
