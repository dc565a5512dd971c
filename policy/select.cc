// SPDX-License-Identifier: Apache-2.0
// Which rules and names count on this machine.
#include <set>

#include "policy/decide.h"
#include "policy/template.h"

namespace taglogin::policy {
namespace {

bool Holds(std::string_view key, const TagCondition& condition, const TagSet& tags) {
  const auto tag = tags.tags.find(key);
  if (tag == tags.tags.end()) return false;
  if (condition.values.empty()) return true;
  const std::string value = ToNfc(tag->second.value);
  for (const std::string& wanted : condition.values) {
    if (value == wanted) return true;
  }
  return false;
}

}  // namespace

bool AppliesTo(const Rule& rule, const TagSet& tags) {
  for (const auto& [key, condition] : rule.when) {
    if (!tags.known || !Holds(key, condition, tags)) return false;
  }
  return true;
}

SelectedNames Select(const RuleSet& rules, const TagSet& tags) {
  std::set<std::string> groups;
  std::set<std::string> users;
  for (const Rule& rule : rules.rules) {
    // While tags are unknown every deny rule may turn out to apply, and Decide() asks for its names.
    const bool may_apply = AppliesTo(rule, tags) || (KeepsOut(rule) && !tags.known);
    if (!may_apply) continue;
    for (const std::string& group_template : KeepsOut(rule) ? rule.deny : rule.login) {
      if (DeniesEverybody(rule)) break;
      if (auto group = Expand(group_template, tags)) groups.insert(*std::move(group));
    }
    users.insert(rule.users.begin(), rule.users.end());
    users.insert(rule.deny_users.begin(), rule.deny_users.end());
  }
  return {{groups.begin(), groups.end()}, {users.begin(), users.end()}};
}

}  // namespace taglogin::policy
