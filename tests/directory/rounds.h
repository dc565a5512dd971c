// SPDX-License-Identifier: Apache-2.0
// How often a property is tried: TAGLOGIN_ROUNDS times where that is set (the long suites), else as often as it says.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace taglogin::directory {

inline int Rounds(int usually, unsigned seed) {
  const char* set = std::getenv("TAGLOGIN_ROUNDS");
  const int rounds = set == nullptr ? usually : static_cast<int>(std::strtol(set, nullptr, 10));
  std::printf("%d rounds from seed %u\n", rounds, seed);
  return rounds;
}

}  // namespace taglogin::directory
