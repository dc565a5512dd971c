// SPDX-License-Identifier: Apache-2.0
#include "policy/bound_rules.h"

#include <algorithm>
#include <map>
#include <optional>

#include "policy/decide.h"
#include "policy/principal.h"
#include "policy/template.h"

namespace taglogin::policy {
namespace {

// The id that a name was resolved to; empty if it was not.
std::string IdOf(const std::map<std::string, std::string, std::less<>>& names, std::string_view name) {
  const auto found = names.find(name);
  return found == names.end() ? std::string() : found->second;
}

std::vector<std::string> IdsOf(const std::vector<std::string>& users, const ResolvedNames& names) {
  std::vector<std::string> ids;
  for (const std::string& user : users) {
    // Two ids that are both missing are not the same account.
    if (std::string id = IdOf(names.users, user); !id.empty()) ids.push_back(std::move(id));
  }
  return ids;
}

BoundRule BindOne(const Rule& rule, const TagSet& tags, const ResolvedNames& names,
                  std::map<std::string, std::size_t>& numbers) {
  BoundRule bound;
  bound.rule = &rule;
  bound.keeps_out = KeepsOut(rule);
  bound.denies_everybody = DeniesEverybody(rule);
  const std::vector<std::string>& templates = bound.keeps_out ? rule.deny : rule.login;
  bound.applies = AppliesTo(rule, tags);
  bound.uses_tags = UsesTags(rule);
  bound.has_tag_templates = std::any_of(templates.begin(), templates.end(), NeedsTags);
  bound.users = IdsOf(bound.keeps_out ? rule.deny_users : rule.users, names);
  for (const std::string& principal : rule.principals) {
    if (auto text = ExpandAllButName(principal, tags)) bound.principals.push_back(*std::move(text));
  }
  for (const std::string& group_template : templates) {
    auto name = Expand(group_template, tags);
    if (!name) continue;
    const std::size_t number = numbers.emplace(*name, numbers.size()).first->second;
    std::string id = IdOf(names.groups, *name);
    bound.groups.push_back({*std::move(name), std::move(id), number});
  }
  return bound;
}

}  // namespace

BoundRules Bind(const RuleSet& rules, const TagSet& tags, const ResolvedNames& names, AccountChecks checks) {
  BoundRules bound;
  bound.tags = tags;
  bound.checks = std::move(checks);
  std::map<std::string, std::size_t> numbers;
  bound.rules.reserve(rules.rules.size());
  for (const Rule& rule : rules.rules) {
    bound.rules.push_back(BindOne(rule, tags, names, numbers));
    const auto& groups = bound.rules.back().groups;
    for (std::size_t group = 0; group < groups.size(); ++group) {
      if (!groups[group].id.empty()) bound.by_id.push_back({bound.rules.size() - 1, group});
    }
  }
  std::sort(bound.by_id.begin(), bound.by_id.end(),
            [&bound](const auto& a, const auto& b) { return bound.IdAt(a) < bound.IdAt(b); });
  bound.distinct_groups = numbers.size();
  return bound;
}

}  // namespace taglogin::policy
