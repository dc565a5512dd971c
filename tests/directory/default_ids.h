// SPDX-License-Identifier: Apache-2.0
// The id that a SID has with SSSD's settings and nothing pinned.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "directory/id_map.h"

namespace taglogin::directory {

inline constexpr std::uint32_t kIdLower = 200000;
inline constexpr std::uint32_t kIdUpper = 2000200000;
inline constexpr std::uint32_t kSliceSize = 200000;

inline std::optional<std::uint32_t> IdOfSid(std::string_view sid) {
  IdMap map({}, {});
  map.Choose({std::string(sid)});
  return map.IdOf(sid);
}

}  // namespace taglogin::directory
