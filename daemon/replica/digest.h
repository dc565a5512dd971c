// SPDX-License-Identifier: Apache-2.0
// SHA-256 for the replica's checksums and its owner's mark. Private to daemon/replica.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace taglogin::daemon::replica {

using Digest = std::array<std::uint8_t, 32>;

// Aborts when libcrypto has no SHA-256: nothing could be trusted then.
Digest Sha256(std::string_view bytes);
std::string ToHex(const Digest& digest);
// Adds to, or takes from, a checksum over a set in any order.
void Toggle(Digest& sum, const Digest& digest);

}  // namespace taglogin::daemon::replica
