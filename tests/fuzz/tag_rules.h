// SPDX-License-Identifier: Apache-2.0
// What daemon/tags/source.h promises of every reading, whatever the source said.
#pragma once

#include <algorithm>
#include <regex>

#include "daemon/tags/check_tag.h"
#include "daemon/tags/source.h"
#include "policy/tags.h"
#include "tests/fuzz/fuzz.h"

namespace taglogin::fuzz {

inline void CheckTagText(const std::string& text) {
  FUZZ_CHECK(policy::ToNfc(text) == text);
  FUZZ_CHECK(!text.starts_with(' ') && !text.ends_with(' '));
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    FUZZ_CHECK(byte >= 0x20 && byte != 0x7f);
    if (byte == 0xc2) FUZZ_CHECK(static_cast<unsigned char>(text.at(i + 1)) >= 0xa0);
  }
  // Line separator, right-to-left override, zero-width space, byte order mark.
  for (const char* hidden : {"\u2028", "\u202e", "\u200b", "\ufeff"})
    FUZZ_CHECK(text.find(hidden) == std::string::npos);
}

inline void CheckReading(const daemon::tags::Reading& reading) {
  FUZZ_CHECK(reading.tags.size() <= daemon::tags::kMaxTags);
  for (const auto& [key, value] : reading.tags) {
    FUZZ_CHECK(!key.empty() && key != "." && key != "..");
    CheckTagText(key);
    CheckTagText(value);
    FUZZ_CHECK(*daemon::tags::CheckKey(key) == key && *daemon::tags::CheckValue(key, value) == value);
  }
  static const std::regex kIdentifier("^[A-Za-z0-9-]{0,64}$");
  for (const auto* id : {&reading.instance_id, &reading.account_id, &reading.region}) {
    FUZZ_CHECK(std::regex_match(*id, kIdentifier));
  }
  for (const std::string& warning : reading.warnings) FUZZ_CHECK(!warning.empty() && IsPrintableLine(warning));
}

}  // namespace taglogin::fuzz
