// SPDX-License-Identifier: Apache-2.0
// The machine's tags as the decision sees them.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

namespace taglogin::policy {

struct Tag {
  std::string value;                 // as the source gave it, NFC
  std::string source;                // "imds", "file:/etc/taglogin/tags.toml", …
  std::chrono::sys_seconds read_at;  // when the source last confirmed it (wall clock)
};

struct TagSet {
  // False until some source has ever answered: then nobody knows what this machine is.
  bool known = false;
  std::map<std::string, Tag, std::less<>> tags;
  std::string hostname;     // {@hostname}: short name, lower case; empty if unknown
  std::string instance_id;  // {@instance_id}; empty if unknown
  // Age of the oldest answer the set rests on, by the freshness clock (never reduced by setting
  // the wall clock back).
  std::chrono::seconds age{0};
};

// `text` in Unicode normalisation form C. Empty when it is not valid UTF-8.
std::string ToNfc(std::string_view text);

// Whether a value may stand in a template: not empty, and only letters (Unicode L*), digits (Nd),
// marks that NFC keeps (Mn, Mc), space, '.', '_', '-'.
bool IsUsableTagValue(std::string_view nfc_value);

}  // namespace taglogin::policy
