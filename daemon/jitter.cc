// SPDX-License-Identifier: Apache-2.0
#include "daemon/jitter.h"

#include <openssl/rand.h>

#include <cstdint>

namespace taglogin::daemon {

std::chrono::milliseconds WithJitter(std::chrono::milliseconds interval) {
  std::uint16_t random = 0x8000;
  // Without randomness the interval itself is a fair answer: spreading is a courtesy, not a secret.
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&random), sizeof random) != 1) random = 0x8000;
  return interval * 8 / 10 + interval * 4 / 10 * random / 0x10000;
}

}  // namespace taglogin::daemon
