// SPDX-License-Identifier: Apache-2.0
// Preloaded into the measured sshds, all alike: sshd stretches each authentication request to a slot of 5 to 9 ms, or
// the next multiple by a power of two (ensure_minimum_time_since() in auth2.c), by nanosleep(2). That would hide a
// difference of milliseconds in its steps. Longer sleeps pass.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

int nanosleep(const struct timespec* asked, struct timespec* left) {
  static int (*next)(const struct timespec*, struct timespec*);
  if (asked->tv_sec == 0) return 0;
  if (next == NULL) next = (int (*)(const struct timespec*, struct timespec*))dlsym(RTLD_NEXT, "nanosleep");
  return next(asked, left);
}
