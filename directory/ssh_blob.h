// SPDX-License-Identifier: Apache-2.0
// The binary form of SSH public keys, checked part by part (RFC 4253 6.6, RFC 5656 3.1, RFC 8709 4,
// PROTOCOL.u2f of OpenSSH). Pure.
#pragma once

#include <string_view>

namespace taglogin::directory {

// True for the types that are accepted at all.
bool IsKeyType(std::string_view type);

// True when `blob` is exactly one key of `type`: the type inside is the same, every number has its
// shortest form, points lie on their curve, RSA has 2048 to 16384 bits, and nothing is left over.
bool IsSoundBlob(std::string_view type, std::string_view blob);

// Bits of the modulus; 0 when `blob` is no sound RSA key.
int RsaBits(std::string_view blob);

}  // namespace taglogin::directory
