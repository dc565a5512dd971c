// SPDX-License-Identifier: Apache-2.0
#include "cli/instant.h"

#include <time.h>

#include <charconv>

namespace taglogin::cli {

std::optional<std::int64_t> ParseInstant(const std::string& text) {
  if (text.starts_with("@")) {
    std::int64_t seconds = 0;
    const auto [end, failed] = std::from_chars(text.data() + 1, text.data() + text.size(), seconds);
    if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return seconds;
  }
  for (const char* format : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"}) {
    tm parts{};
    parts.tm_isdst = -1;
    const char* rest = ::strptime(text.c_str(), format, &parts);
    if (rest == nullptr) continue;
    const std::string behind(rest);
    if (behind == "Z") return ::timegm(&parts);
    if (behind.empty()) return ::mktime(&parts);
  }
  return std::nullopt;
}

}  // namespace taglogin::cli
