// SPDX-License-Identifier: Apache-2.0
#include "directory/entry_values.h"

#include <algorithm>

#include "directory/directory_name.h"

namespace taglogin::directory {

bool HasClass(const Entry& entry, std::string_view name) {
  const auto& classes = entry.Values("objectclass");
  return std::any_of(classes.begin(), classes.end(), [name](const std::string& c) { return SameText(c, name); });
}

std::string BoundedText(const Entry& entry, const std::string& attribute) {
  constexpr std::size_t kMaxText = 4096;
  const std::string_view value = entry.Single(attribute);
  return value.size() > kMaxText ? std::string() : std::string(value);
}

std::vector<std::string> KeyValues(const Entry& entry, const std::vector<std::string>& attributes) {
  constexpr std::size_t kMaxKeyValues = 100;
  constexpr std::size_t kMaxKeyBytes = 65536;
  std::vector<std::string> out;
  std::size_t bytes = 0;
  for (const std::string& attribute : attributes) {
    for (const std::string& value : entry.Values(LowerAscii(attribute))) {
      if (out.size() == kMaxKeyValues) return out;
      if (value.size() > kMaxKeyBytes - bytes) continue;
      bytes += value.size();
      out.push_back(value);
    }
  }
  return out;
}

}  // namespace taglogin::directory
