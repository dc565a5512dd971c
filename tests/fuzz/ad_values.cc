// SPDX-License-Identifier: Apache-2.0
// Values of Active Directory: SIDs and GUIDs survive both ways and have one spelling; numbers and moments
// are what arithmetic of another width says.
#include "directory/ad_values.h"

#include <regex>

#include "directory/sid.h"
#include "tests/directory/default_ids.h"
#include "tests/fuzz/fuzz.h"

namespace taglogin::directory {
namespace {

void CheckSidText(const std::string& text) {
  static const std::regex kSid("^S-1-(0|[1-9][0-9]{0,14})(-(0|[1-9][0-9]{0,9})){1,15}$");
  FUZZ_CHECK(std::regex_match(text, kSid));
  const auto parts = SplitSid(text);
  if (parts) FUZZ_CHECK(parts->domain + '-' + std::to_string(parts->rid) == text);
  const auto id = IdOfSid(text);
  FUZZ_CHECK(!id || parts);
  if (id) FUZZ_CHECK(*id >= kIdLower && *id < kIdUpper);
  if (id && parts->rid < kSliceSize) FUZZ_CHECK(*id % kSliceSize == parts->rid);
}

void TrySid(std::string_view bytes) {
  if (const auto text = SidFromBinary(bytes)) {
    CheckSidText(*text);
    FUZZ_CHECK(SidToBinary(*text) == bytes);
  }
  if (const auto binary = SidToBinary(bytes)) {
    CheckSidText(std::string(bytes));
    FUZZ_CHECK(SidFromBinary(*binary) == bytes);
  } else {
    FUZZ_CHECK(!SplitSid(bytes) && !IdOfSid(bytes));
  }
}

void TryGuid(std::string_view bytes) {
  static const std::regex kGuid("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$");
  const auto text = GuidFromBinary(bytes);
  FUZZ_CHECK(text.has_value() == (bytes.size() == 16));
  if (text) FUZZ_CHECK(std::regex_match(*text, kGuid) && GuidToBinary(*text) == bytes);
  const auto binary = GuidToBinary(bytes);
  FUZZ_CHECK(binary.has_value() == std::regex_match(bytes.begin(), bytes.end(), kGuid));
  if (binary) FUZZ_CHECK(GuidFromBinary(*binary) == bytes);
}

// The number that `text` is in its one spelling, as far as 64 bits hold it.
std::optional<std::int64_t> Spelled(std::string_view text) {
  static const std::regex kNumber("^(0|-?[1-9][0-9]{0,18})$");
  if (!std::regex_match(text.begin(), text.end(), kNumber)) return std::nullopt;
  const bool negative = text.front() == '-';
  __int128 value = 0;
  for (const char c : text.substr(negative ? 1 : 0)) value = value * 10 + (c - '0');
  if (negative) value = -value;
  if (value < INT64_MIN || value > INT64_MAX) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

void TryNumber(std::string_view text) {
  const auto expected = Spelled(text);
  FUZZ_CHECK(ParseInteger(text) == expected);
  const auto expires = ParseAccountExpires(text);
  const bool never = expected && (*expected == 0 || *expected == INT64_MAX);
  FUZZ_CHECK(expires.has_value() != never);
  if (never) return;
  // MS-ADA1 2.3: 100 ns since 1601-01-01, which is 134774 days before 1970-01-01.
  const std::int64_t moment = expected && *expected > 0 ? *expected / 10000000 - INT64_C(134774) * 86400 : 0;
  FUZZ_CHECK(expires->time_since_epoch().count() == moment);
}

}  // namespace
}  // namespace taglogin::directory

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  taglogin::directory::TrySid(bytes);
  taglogin::directory::TryGuid(bytes);
  taglogin::directory::TryNumber(bytes);
  return 0;
}
