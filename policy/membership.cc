// SPDX-License-Identifier: Apache-2.0
#include "policy/membership.h"

#include <algorithm>

#include "policy/hours.h"
#include "policy/template.h"

namespace taglogin::policy {
namespace {

bool NamesAccount(const BoundRule& bound, const Account& account) {
  return std::find(bound.users.begin(), bound.users.end(), account.id) != bound.users.end();
}

}  // namespace

// Both sides are in the order of ids, so that one pass finds all.
std::vector<std::size_t> FirstGroups(const BoundRules& rules, const Account& account) {
  std::vector<std::size_t> first(rules.rules.size(), kNoGroup);
  auto held = account.groups.begin();
  auto place = rules.by_id.begin();
  while (held != account.groups.end() && place != rules.by_id.end()) {
    const int order = held->first.compare(rules.IdAt(*place));
    if (order == 0) first[place->rule] = std::min(first[place->rule], place->group);
    if (order < 0) {
      ++held;
    } else {
      ++place;
    }
  }
  return first;
}

std::optional<Membership> FindMembership(std::size_t index, const Case& c) {
  const BoundRule& bound = c.rules.rules[index];
  if (bound.denies_everybody) return Membership{};
  if (c.first_groups[index] != kNoGroup) {
    const BoundGroup& group = bound.groups[c.first_groups[index]];
    return Membership{group.name, c.account.groups.at(group.id)};
  }
  if (NamesAccount(bound, c.account)) return Membership{};
  return std::nullopt;
}

bool FromHolds(const Rule& rule, const Request& request) {
  if (rule.from.empty() || request.client == Request::Client::kUnknown) return true;
  // It may be in any network: no reason to let in, a reason to keep out.
  if (request.client == Request::Client::kName) return KeepsOut(rule);
  return request.client == Request::Client::kAddress &&
         std::any_of(rule.from.begin(), rule.from.end(),
                     [&](const Network& network) { return network.Contains(request.address); });
}

bool HoursHold(const Rule& rule, std::chrono::sys_seconds now) {
  return rule.hours.empty() || IsWithin(rule.hours, *rule.zone_data, now);
}

bool IsStale(const BoundRule& bound, const Case& c) {
  const auto age = bound.uses_tags ? std::max(c.ages.account, c.ages.tags) : c.ages.account;
  return !c.ages.account_known || age > bound.rule->max_staleness;
}

}  // namespace taglogin::policy
