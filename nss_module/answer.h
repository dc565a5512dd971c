// SPDX-License-Identifier: Apache-2.0
// What a look-up comes to, before it is put into the words of nsswitch (entry_points.cc).
#pragma once

#include <cstdint>

namespace taglogin::nss_module {

enum class Answer : std::uint8_t {
  kFound,
  kNotFound,     // certain: it is not a name or id of the directory
  kUnavailable,  // nobody can say now
  kTooSmall,     // found, but the caller's buffer does not hold it; nothing of the caller's was touched
  kNoMemory,
};

}  // namespace taglogin::nss_module
