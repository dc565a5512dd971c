// SPDX-License-Identifier: Apache-2.0
#include "policy/toml_keys.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>

#include "base/printable.h"

namespace taglogin::policy {
namespace {

using base::Printable;
using std::chrono::seconds;

constexpr std::int64_t kMaxDuration = 100LL * 366 * 86400;

struct Unit {
  char letter;
  std::int64_t length;
};
constexpr std::array<Unit, 4> kUnits = {{{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}}};

std::string Quoted(std::string_view text) { return "\"" + Printable(text) + "\""; }

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

// "an integer (5)": what stands there instead.
std::string Found(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return "the string " + Quoted(node.as_string()->get());
    case toml::node_type::integer:
      return "the number " + std::to_string(node.as_integer()->get());
    case toml::node_type::floating_point:
      return "a fraction";
    case toml::node_type::boolean:
      return node.as_boolean()->get() ? "true" : "false";
    default:
      return "a date or time";
  }
}

base::Error WrongKind(const toml::node& node, std::string_view key, const TomlPlace& place, std::string_view right) {
  return TomlError(place, LineOf(node),
                   Quoted(key) + " in " + place.table + " is " + Found(node) + "; write " + std::string(right));
}

// U+0000..U+001F, U+007F and, in UTF-8 as C2 80..C2 9F, U+0080..U+009F.
bool HasControlCharacter(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return true;
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return true;
  }
  return false;
}

base::Result<std::string> CheckedText(const toml::value<std::string>& value, std::string_view key,
                                      const TomlPlace& place) {
  const std::string& text = value.get();
  if (text.empty()) {
    return TomlError(place, LineOf(value),
                     Quoted(key) + " in " + place.table + " is empty; give it a value or leave the key out");
  }
  if (HasControlCharacter(text)) {
    return TomlError(place, LineOf(value),
                     Quoted(key) + " in " + place.table + " holds a control character: " + Quoted(text) +
                         "; write it on one line of plain text");
  }
  return text;
}

}  // namespace

base::Error TomlError(const TomlPlace& place, int line, std::string_view what) {
  return base::Invalid(Printable(place.path) + ":" + std::to_string(line) + ": " + std::string(what));
}

int LineOf(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

int LineOf(const toml::table& table, std::string_view key) {
  const auto found = table.find(key);
  return found == table.end() ? LineOf(table) : static_cast<int>(found->first.source().begin.line);
}

std::string_view NearestName(std::string_view key, std::span<const std::string_view> known) {
  // Keeps the cost of a hostile key within bounds; no known name is longer.
  key = key.substr(0, 256);
  const auto nearest = std::min_element(known.begin(), known.end(), [&](std::string_view a, std::string_view b) {
    return EditDistance(key, a) < EditDistance(key, b);
  });
  return nearest == known.end() ? std::string_view() : *nearest;
}

std::string Suggestion(std::string_view key, std::span<const std::string_view> known) {
  const std::string_view nearest = NearestName(key, known);
  if (nearest.empty()) return {};
  const bool likely = EditDistance(key.substr(0, 256), nearest) <= std::max<std::size_t>(2, nearest.size() / 2);
  if (likely) return " did you mean " + Quoted(nearest) + "?";
  return " the nearest known one is " + Quoted(nearest);
}

base::Result<void> CheckKeys(const toml::table& table, std::span<const std::string_view> known,
                             const TomlPlace& place) {
  const toml::key* unknown = nullptr;
  for (const auto& [key, node] : table) {
    if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
    if (unknown == nullptr || key.source().begin < unknown->source().begin) unknown = &key;
  }
  if (unknown == nullptr) return {};
  return TomlError(
      place, static_cast<int>(unknown->source().begin.line),
      "unknown key " + Quoted(unknown->str()) + " in " + place.table + ";" + Suggestion(unknown->str(), known));
}

base::Result<std::optional<std::string>> GetString(const toml::table& table, std::string_view key,
                                                   const TomlPlace& place) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return std::optional<std::string>();
  if (!node->is_string()) return WrongKind(*node, key, place, "a string in quotes");
  auto text = CheckedText(*node->as_string(), key, place);
  if (!text) return text.error();
  return std::optional<std::string>(*std::move(text));
}

base::Result<std::optional<std::vector<TomlString>>> GetStrings(const toml::table& table, std::string_view key,
                                                                const TomlPlace& place) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return std::optional<std::vector<TomlString>>();
  if (!node->is_array()) return WrongKind(*node, key, place, "a list of strings, such as [\"one\", \"two\"]");
  const toml::array& list = *node->as_array();
  if (list.empty()) {
    return TomlError(place, LineOf(list),
                     Quoted(key) + " in " + place.table + " is an empty list; name something or leave the key out");
  }
  std::vector<TomlString> strings;
  for (const toml::node& element : list) {
    if (!element.is_string()) {
      return TomlError(place, LineOf(element),
                       "an element of " + Quoted(key) + " in " + place.table + " is " + Found(element) +
                           "; write a string in quotes");
    }
    auto text = CheckedText(*element.as_string(), key, place);
    if (!text) return text.error();
    strings.push_back({*std::move(text), LineOf(element)});
  }
  return std::optional<std::vector<TomlString>>(std::move(strings));
}

base::Result<std::optional<bool>> GetBool(const toml::table& table, std::string_view key, const TomlPlace& place) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return std::optional<bool>();
  if (!node->is_boolean()) return WrongKind(*node, key, place, "true or false, without quotes");
  return std::optional<bool>(node->as_boolean()->get());
}

base::Result<std::optional<std::int64_t>> GetInteger(const toml::table& table, std::string_view key,
                                                     const TomlPlace& place, const IntegerBounds& bounds) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return std::optional<std::int64_t>();
  const bool fits =
      node->is_integer() && node->as_integer()->get() >= bounds.min && node->as_integer()->get() <= bounds.max;
  if (fits) return std::optional<std::int64_t>(node->as_integer()->get());
  return WrongKind(
      *node, key, place,
      "a whole number from " + std::to_string(bounds.min) + " to " + std::to_string(bounds.max) + ", without quotes");
}

base::Result<std::optional<seconds>> GetDuration(const toml::table& table, std::string_view key, const TomlPlace& place,
                                                 const DurationBounds& bounds) {
  static constexpr std::string_view kRight = "a whole number with s, m, h or d in quotes, such as \"90s\" or \"24h\"";
  const toml::node* node = table.get(key);
  if (node == nullptr) return std::optional<seconds>();
  if (!node->is_string()) return WrongKind(*node, key, place, kRight);
  const auto duration = ParseDuration(node->as_string()->get());
  if (!duration) return WrongKind(*node, key, place, kRight);
  if (*duration < bounds.min || *duration > bounds.max) {
    return WrongKind(*node, key, place,
                     "a duration from \"" + DurationText(bounds.min) + "\" to \"" + DurationText(bounds.max) + "\"");
  }
  return std::optional<seconds>(*duration);
}

std::optional<seconds> ParseDuration(std::string_view text) {
  if (text.size() < 2 || text.front() < '0' || text.front() > '9') return std::nullopt;
  const auto* unit = std::find_if(kUnits.begin(), kUnits.end(), [&](Unit u) { return u.letter == text.back(); });
  if (unit == kUnits.end()) return std::nullopt;
  std::int64_t number = 0;
  const char* const digits_end = text.data() + text.size() - 1;
  const auto [end, error] = std::from_chars(text.data(), digits_end, number);
  if (error != std::errc() || end != digits_end || number > kMaxDuration / unit->length) return std::nullopt;
  return seconds(number * unit->length);
}

std::string DurationText(seconds duration) {
  const auto* unit =
      std::find_if(kUnits.begin(), kUnits.end(), [&](Unit u) { return duration.count() % u.length == 0; });
  return std::to_string(duration.count() / unit->length) + unit->letter;
}

}  // namespace taglogin::policy
