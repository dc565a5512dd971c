// SPDX-License-Identifier: Apache-2.0
#include "directory/ad_values.h"

#include <charconv>
#include <limits>

namespace taglogin::directory {

std::optional<std::int64_t> ParseInteger(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  const std::string_view digits = text.front() == '-' ? text.substr(1) : text;
  if (digits.front() == '0' && text.size() > 1) return std::nullopt;
  return value;
}

std::optional<std::chrono::sys_seconds> ParseAccountExpires(std::string_view text) {
  constexpr std::int64_t kTicksPerSecond = 10000000;
  constexpr std::int64_t kSecondsTo1970 = 11644473600;
  const auto ticks = ParseInteger(text);
  if (!ticks || *ticks < 0) return std::chrono::sys_seconds{};
  if (*ticks == 0 || *ticks == std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  return std::chrono::sys_seconds{std::chrono::seconds{*ticks / kTicksPerSecond - kSecondsTo1970}};
}

}  // namespace taglogin::directory
