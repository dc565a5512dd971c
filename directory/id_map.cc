// SPDX-License-Identifier: Apache-2.0
#include "directory/id_map.h"

#include <bit>
#include <string>

#include "directory/sid.h"

namespace taglogin::directory {
namespace {

constexpr std::uint32_t kSeed = 0xdeadbeef;
constexpr std::uint32_t kSlices = (kIdUpper - kIdLower) / kSliceSize;

std::uint32_t Scramble(std::uint32_t block) { return std::rotl(block * 0xcc9e2d51U, 15) * 0x1b873593U; }

// MurmurHash3_x86_32 with little-endian blocks, as in SSSD's src/util/murmurhash3.c.
std::uint32_t MurmurHash3(std::string_view key) {
  std::uint32_t hash = kSeed;
  std::uint32_t block = 0;
  for (std::size_t i = 0; i < key.size(); ++i) {
    block |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(key[i])) << (8 * (i % 4));
    if (i % 4 != 3) continue;
    hash = std::rotl(hash ^ Scramble(block), 13) * 5 + 0xe6546b64U;
    block = 0;
  }
  if (key.size() % 4 != 0) hash ^= Scramble(block);
  hash ^= static_cast<std::uint32_t>(key.size());
  hash = (hash ^ (hash >> 16)) * 0x85ebca6bU;
  hash = (hash ^ (hash >> 13)) * 0xc2b2ae35U;
  return hash ^ (hash >> 16);
}

}  // namespace

std::optional<std::uint32_t> IdOfSid(std::string_view sid) {
  const auto parts = SplitSid(sid);
  if (!parts) return std::nullopt;
  const std::uint32_t first = parts->rid / kSliceSize * kSliceSize;
  // RIDs beyond the first slice have slices of their own, named after the first RID in them.
  const std::string range = first == 0 ? parts->domain : parts->domain + '-' + std::to_string(first);
  return kIdLower + MurmurHash3(range) % kSlices * kSliceSize + (parts->rid - first);
}

}  // namespace taglogin::directory
