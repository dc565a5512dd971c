// SPDX-License-Identifier: Apache-2.0
// uids and gids computed from SIDs exactly as SSSD does by default (sss_idmap, ldap_id_mapping):
// range 200000..2000200000, slices of 200000, MurmurHash3 of the domain SID.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace taglogin::directory {

inline constexpr std::uint32_t kIdLower = 200000;
inline constexpr std::uint32_t kIdUpper = 2000200000;  // exclusive
inline constexpr std::uint32_t kSliceSize = 200000;

// The uid or gid of a domain member's SID; nullopt when the SID is not of the form S-1-5-21-a-b-c-RID.
std::optional<std::uint32_t> IdOfSid(std::string_view sid);

}  // namespace taglogin::directory
