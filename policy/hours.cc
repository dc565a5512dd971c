// SPDX-License-Identifier: Apache-2.0
#include "policy/hours.h"

#include <date/tz.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <exception>

namespace taglogin::policy {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr int kMinutesOfDay = 1440;

std::optional<unsigned> ParseDay(std::string_view text) {
  const auto* found = std::find(kDays.begin(), kDays.end(), text);
  if (found == kDays.end()) return std::nullopt;
  return static_cast<unsigned>(found - kDays.begin());
}

// "Mon" or "Fri-Mon" as bits; nullopt when malformed.
std::optional<unsigned> ParseDayRange(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = ParseDay(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : ParseDay(text.substr(dash + 1));
  if (!first || !last) return std::nullopt;
  unsigned bits = 0;
  for (unsigned day = *first;; day = (day + 1) % 7) {
    bits |= 1U << day;
    if (day == *last) return bits;
  }
}

std::optional<unsigned> ParseDays(std::string_view text) {
  unsigned bits = 0;
  for (;;) {
    const std::size_t comma = text.find(',');
    const auto range = ParseDayRange(text.substr(0, comma));
    if (!range) return std::nullopt;
    bits |= *range;
    if (comma == std::string_view::npos) return bits;
    text.remove_prefix(comma + 1);
  }
}

// "08:00" .. "24:00" as minutes.
std::optional<int> ParseMinute(std::string_view text) {
  const auto is_digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (text.size() != 5 || text[2] != ':' || !is_digit(0) || !is_digit(1) || !is_digit(3) || !is_digit(4)) {
    return std::nullopt;
  }
  const int hour = (text[0] - '0') * 10 + (text[1] - '0');
  const int minute = (text[3] - '0') * 10 + (text[4] - '0');
  if (minute > 59 || hour * 60 + minute > kMinutesOfDay) return std::nullopt;
  return hour * 60 + minute;
}

bool Covers(const WeekHours& hours, unsigned weekday, int minute) {
  const bool today = (hours.days >> weekday & 1U) != 0;
  if (hours.begin_minute < hours.end_minute) {
    return today && minute >= hours.begin_minute && minute < hours.end_minute;
  }
  const bool yesterday = (hours.days >> ((weekday + 6) % 7) & 1U) != 0;
  return (today && minute >= hours.begin_minute) || (yesterday && minute < hours.end_minute);
}

}  // namespace

std::optional<WeekHours> ParseHours(std::string_view text) {
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::string_view times = text.substr(space + 1);
  const std::size_t dash = times.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto days = ParseDays(text.substr(0, space));
  const auto begin = ParseMinute(times.substr(0, dash));
  const auto end = ParseMinute(times.substr(dash + 1));
  if (!days || !begin || !end || *begin == kMinutesOfDay) return std::nullopt;
  return WeekHours{*days, *begin, *end == 0 ? kMinutesOfDay : *end};
}

const date::time_zone* LoadZone(const std::string& name) {
  try {
    const date::time_zone* zone = date::locate_zone(name);
    // The library reads a zone's file at its first use.
    static_cast<void>(zone->get_info(std::chrono::sys_seconds{}));
    return zone;
  } catch (const std::exception&) {
    return nullptr;
  }
}

std::vector<std::string> ZoneNames() {
  std::vector<std::string> names;
  try {
    for (const date::time_zone& zone : date::get_tzdb().zones) names.push_back(zone.name());
  } catch (const std::exception&) {
    names.clear();
  }
  return names;
}

bool IsWithin(const std::vector<WeekHours>& hours, const date::time_zone& zone, std::chrono::sys_seconds now) {
  const std::int64_t local = (now + zone.get_info(now).offset).time_since_epoch().count();
  // Counted by hand: the calendar types of <chrono> hold days in an int.
  std::int64_t day = local / 86400;
  std::int64_t second = local % 86400;
  if (second < 0) {
    second += 86400;
    --day;
  }
  const auto weekday = static_cast<unsigned>(((day % 7) + 7 + 3) % 7);  // 1970-01-01 was a Thursday
  const auto minute = static_cast<int>(second / 60);
  return std::any_of(hours.begin(), hours.end(), [&](const WeekHours& span) { return Covers(span, weekday, minute); });
}

}  // namespace taglogin::policy
