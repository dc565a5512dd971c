// SPDX-License-Identifier: Apache-2.0
#include "directory/ad_values.h"

#include <algorithm>
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
  const auto ticks = ParseInteger(text);
  if (!ticks || *ticks < 0) return std::chrono::sys_seconds{};
  if (*ticks == 0 || *ticks == std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  return TimeOf(*ticks);
}

std::chrono::sys_seconds TimeOf(std::int64_t ticks) {
  constexpr std::int64_t kTicksPerSecond = 10000000;
  constexpr std::int64_t kSecondsTo1970 = 11644473600;
  return std::chrono::sys_seconds{std::chrono::seconds{ticks / kTicksPerSecond - kSecondsTo1970}};
}

LogonHours ParseLogonHours(std::string_view bytes) {
  LogonHours hours;
  hours.readable = bytes.size() * 8 == hours.open.size();
  if (!hours.readable) return hours;
  for (std::size_t hour = 0; hour < hours.open.size(); ++hour) {
    const unsigned byte = static_cast<unsigned char>(bytes[hour / 8]);
    hours.open[hour] = (byte >> (hour % 8) & 1U) != 0;
  }
  return hours;
}

std::vector<std::string> ParseWorkstations(std::string_view text) {
  constexpr std::size_t kMaxWorkstations = 8192;
  std::vector<std::string> names;
  if (text.size() > kMaxWorkstations) return names;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    std::string_view name = text.substr(begin, end - begin);
    while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    if (!name.empty()) names.emplace_back(name);
    begin = end + 1;
  }
  return names;
}

}  // namespace taglogin::directory
