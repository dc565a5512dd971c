// SPDX-License-Identifier: Apache-2.0
// The binary form of SSH public keys, checked part by part (RFC 4253 6.6, RFC 5656 3.1, RFC 8709 4,
// PROTOCOL.u2f of OpenSSH). Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace taglogin::directory {

// RFC 4648 4 with its padding, all of it, and zero bits behind the last byte: the one spelling of
// those bytes, which is also what OpenSSH demands.
std::optional<std::string> DecodeBase64(std::string_view text);

// An SSH string (RFC 4251 5) taken off the front; nullopt when it is not all there.
std::optional<std::string_view> TakeString(std::string_view& blob);
// An unsigned number of 4 or 8 bytes, the highest first.
std::optional<std::uint64_t> TakeNumber(std::string_view& blob, std::size_t bytes);

// True for the types that are accepted at all.
bool IsKeyType(std::string_view type);

// True when `blob` is exactly one key of `type`: the type inside is the same, every number has its
// shortest form, points lie on their curve, RSA has 2048 to 16384 bits, and nothing is left over.
bool IsSoundBlob(std::string_view type, std::string_view blob);

// How many strings a key of `type` has behind its type; 0 for other types.
std::size_t FieldsOfKey(std::string_view type);

// Bits of the modulus; 0 when `blob` is no sound RSA key.
int RsaBits(std::string_view blob);

}  // namespace taglogin::directory
