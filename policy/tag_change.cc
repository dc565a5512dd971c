// SPDX-License-Identifier: Apache-2.0
#include "policy/tag_change.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "policy/network_set.h"
#include "policy/principal.h"
#include "policy/template.h"

namespace taglogin::policy {
namespace {

// The groups, and principals of certificates, that a rule reaches; nullopt: it does not apply.
std::optional<std::set<std::string>> Reach(const Rule& rule, const TagSet& tags) {
  if (!AppliesTo(rule, tags)) return std::nullopt;
  std::set<std::string> groups;
  for (const std::string& group_template : KeepsOut(rule) ? rule.deny : rule.login) {
    if (auto name = Expand(group_template, tags)) groups.insert(*std::move(name));
  }
  // What opens to more certificates reaches further. No group's name has the braces of {name}.
  for (const std::string& principal : rule.principals) {
    if (auto text = ExpandAllButName(principal, tags)) groups.insert(*std::move(text));
  }
  return groups;
}

bool Covers(const std::optional<std::set<std::string>>& wide, const std::optional<std::set<std::string>>& narrow) {
  if (!narrow) return true;
  return wide && std::includes(wide->begin(), wide->end(), narrow->begin(), narrow->end());
}

// The addresses in both lists, where an empty list stands for all; nullopt: there are none.
std::optional<std::vector<Network>> Common(const std::vector<Network>& a, const std::vector<Network>& b) {
  if (a.empty() || b.empty()) return a.empty() ? b : a;
  auto common = Without(a, Without(AllNetworks(), b));
  if (common.empty()) return std::nullopt;
  return common;
}

Decision Held(Decision decision, const Account& account, const std::string& why) {
  decision.detail = "rule \"" + decision.rule + "\" lets account " + account.name +
                    " in by the tags as they are now, but not by what they were: " + why;
  decision.allow = false;
  decision.reason = Reason::kDenyTagsHeld;
  decision.from_limits.clear();
  decision.stale = false;
  return decision;
}

}  // namespace

bool AddsNothing(const RuleSet& rules, const TagSet& before, const TagSet& after) {
  if (!before.known) return !after.known;
  return std::all_of(rules.rules.begin(), rules.rules.end(), [&](const Rule& rule) {
    const auto reach_before = Reach(rule, before);
    const auto reach_after = Reach(rule, after);
    return KeepsOut(rule) ? Covers(reach_after, reach_before) : Covers(reach_before, reach_after);
  });
}

Decision HoldBack(Decision decision, const std::vector<BoundRules>& earlier, const Account& account, const Ages& ages,
                  const Request& request, std::chrono::sys_seconds now) {
  for (const BoundRules& rules : earlier) {
    if (!decision.allow) break;
    const Decision then = Decide(rules, account, ages, request, now);
    if (!then.allow) return Held(std::move(decision), account, then.detail);
    auto common = Common(decision.from_limits, then.from_limits);
    if (!common) return Held(std::move(decision), account, "from other addresses only");
    decision.from_limits = *std::move(common);
  }
  return decision;
}

}  // namespace taglogin::policy
