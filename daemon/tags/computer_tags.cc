// SPDX-License-Identifier: Apache-2.0
#include "daemon/tags/computer_tags.h"

#include <set>
#include <utility>

#include "base/printable.h"
#include "daemon/tags/check_tag.h"

namespace taglogin::daemon::tags {
namespace {

constexpr std::size_t kMaxShown = 64;

std::string Quoted(std::string_view text) { return "\"" + base::Printable(text, kMaxShown) + "\""; }

char LowerOf(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameButCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (LowerOf(a[i]) != LowerOf(b[i])) return false;
  }
  return true;
}

void Put(const std::string& key, const std::string& value, Reading& reading) {
  auto checked = CheckValue(key, value);
  if (!checked) {
    reading.warnings.push_back(checked.error().detail + ": left out");
  } else {
    reading.tags.emplace(key, *std::move(checked));
  }
}

void TakeAttribute(const std::string& key, const std::string& attribute, const directory::Computer& computer,
                   Reading& reading) {
  const auto found = computer.attributes.find(attribute);
  const std::string left_out = "tag " + Quoted(key) + ": " + base::Printable(attribute);
  if (computer.writable.contains(attribute)) {
    reading.warnings.push_back(left_out + " may be written by this machine's own account: left out");
  } else if (found != computer.attributes.end() && found->second.size() != 1) {
    reading.warnings.push_back(left_out + " has several values: left out");
  } else if (found != computer.attributes.end()) {
    Put(key, found->second.front(), reading);
  }
}

void TakeGroups(const std::string& key, const std::string& pattern, const directory::Computer& computer,
                Reading& reading) {
  std::set<std::string> values;
  for (const std::string& group : computer.groups) {
    if (auto match = MatchOf(pattern, group)) values.insert(*std::move(match));
  }
  if (values.size() > 1) {
    reading.warnings.push_back("tag " + Quoted(key) + ": this machine is in several groups " + Quoted(pattern) +
                               ", for " + Quoted(*values.begin()) + " and " + Quoted(*values.rbegin()) + ": left out");
  } else if (!values.empty()) {
    Put(key, *values.begin(), reading);
  }
}

}  // namespace

std::optional<std::string> MatchOf(std::string_view pattern, std::string_view name) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos || name.size() + 1 < pattern.size()) return std::nullopt;
  const std::size_t behind = pattern.size() - star - 1;
  const bool matches = SameButCase(name.substr(0, star), pattern.substr(0, star)) &&
                       SameButCase(name.substr(name.size() - behind), pattern.substr(star + 1));
  if (!matches) return std::nullopt;
  return std::string(name.substr(star, name.size() - behind - star));
}

Reading TagsOf(const directory::Computer& computer, const DirectoryTags& wanted) {
  Reading reading;
  for (const auto& [key, attribute] : wanted.attributes) TakeAttribute(key, attribute, computer, reading);
  for (const auto& [key, pattern] : wanted.groups) TakeGroups(key, pattern, computer, reading);
  if (!wanted.unit.empty() && !computer.unit.empty()) Put(wanted.unit, computer.unit, reading);
  return reading;
}

}  // namespace taglogin::daemon::tags
