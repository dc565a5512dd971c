// SPDX-License-Identifier: Apache-2.0
#include "policy/template.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "base/printable.h"
#include "policy/decide.h"
#include "policy/principal.h"

namespace taglogin::policy {
namespace {

constexpr std::string_view kHostname = "@hostname";
constexpr std::string_view kInstanceId = "@instance_id";

// Calls `text` and `placeholder` for the pieces in order; false when braces do not match or a
// callback returns false.
bool ForEachPiece(std::string_view group_template, const std::function<bool(std::string_view)>& text,
                  const std::function<bool(std::string_view)>& placeholder) {
  while (!group_template.empty()) {
    const std::size_t brace = group_template.find_first_of("{}");
    if (!text(group_template.substr(0, brace))) return false;
    if (brace == std::string_view::npos) return true;
    if (group_template[brace] == '}') return false;
    const std::size_t end = group_template.find_first_of("{}", brace + 1);
    if (end == std::string_view::npos || group_template[end] == '{') return false;
    if (!placeholder(group_template.substr(brace + 1, end - brace - 1))) return false;
    group_template.remove_prefix(end + 1);
  }
  return true;
}

bool Ignore(std::string_view /*piece*/) { return true; }

std::string ValueOf(std::string_view placeholder, const TagSet& tags) {
  if (placeholder == kHostname) return tags.hostname;
  if (!tags.known || placeholder.empty()) return {};
  if (placeholder == kInstanceId) return tags.instance_id;
  const auto tag = tags.tags.find(placeholder);
  return tag == tags.tags.end() ? std::string() : tag->second.value;
}

std::string PlaceholderFault(std::string_view name) {
  if (name.empty()) return "has an empty {}; name a tag in it, such as {Role}";
  if (name.front() == ' ' || name.back() == ' ') {
    return "has a space beside the tag name in {" + base::Printable(name) + "}; remove it";
  }
  if (name.front() == '@' && name != kHostname && name != kInstanceId) {
    return "has the unknown {" + base::Printable(name) + "}; there are {@hostname} and {@instance_id}";
  }
  return {};
}

}  // namespace

std::string TemplateFault(std::string_view group_template) {
  if (group_template == "*") return "is not allowed here; \"*\" stands for everybody in deny alone";
  std::string fault;
  const bool balanced = ForEachPiece(group_template, Ignore, [&](std::string_view name) {
    if (fault.empty()) fault = PlaceholderFault(name);
    return true;
  });
  if (!balanced) return "has braces that do not match; write {Key} with one brace on each side";
  return fault;
}

bool NeedsTags(std::string_view group_template) {
  bool needs = false;
  ForEachPiece(group_template, Ignore, [&](std::string_view name) {
    needs = needs || name != kHostname;
    return true;
  });
  return needs;
}

std::optional<std::string> Expand(std::string_view group_template, const TagSet& tags) {
  std::string expanded;
  const bool whole = ForEachPiece(
      group_template,
      [&](std::string_view text) {
        expanded += text;
        return true;
      },
      [&](std::string_view name) {
        const std::string value = ToNfc(ValueOf(name, tags));
        expanded += value;
        return IsUsableTagValue(value);
      });
  if (!whole || expanded.empty()) return std::nullopt;
  return expanded;
}

bool UsesTags(const Rule& rule) {
  return !rule.when.empty() || std::any_of(rule.login.begin(), rule.login.end(), NeedsTags) ||
         std::any_of(rule.deny.begin(), rule.deny.end(), NeedsTags) ||
         std::any_of(rule.principals.begin(), rule.principals.end(), PrincipalNeedsTags);
}

bool DeniesEverybody(const Rule& rule) { return rule.deny.size() == 1 && rule.deny.front() == "*"; }

bool KeepsOut(const Rule& rule) { return !rule.deny.empty() || !rule.deny_users.empty(); }

}  // namespace taglogin::policy
