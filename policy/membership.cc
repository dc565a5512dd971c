// SPDX-License-Identifier: Apache-2.0
#include "policy/membership.h"

#include <algorithm>

#include "policy/hours.h"
#include "policy/template.h"

namespace taglogin::policy {
namespace {

bool NamesAccount(const std::vector<std::string>& users, const Case& c) {
  return std::any_of(users.begin(), users.end(), [&](const std::string& user) {
    const std::string id = IdOf(c.names.users, user);
    // Two ids that are both missing are not the same account.
    return !id.empty() && id == c.account.id;
  });
}

}  // namespace

std::string IdOf(const std::map<std::string, std::string, std::less<>>& names, std::string_view name) {
  const auto found = names.find(name);
  return found == names.end() ? std::string() : found->second;
}

std::optional<Membership> FindMembership(const Rule& rule, const Case& c) {
  if (DeniesEverybody(rule)) return Membership{};
  for (const std::string& group_template : KeepsOut(rule) ? rule.deny : rule.login) {
    const auto group = Expand(group_template, c.tags);
    if (!group) continue;
    const std::string id = IdOf(c.names.groups, *group);
    if (id.empty()) continue;
    const auto member = c.account.groups.find(id);
    if (member != c.account.groups.end()) return Membership{*group, member->second};
  }
  if (NamesAccount(KeepsOut(rule) ? rule.deny_users : rule.users, c)) return Membership{};
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

bool IsStale(const Rule& rule, const Case& c) {
  const auto age = UsesTags(rule) ? std::max(c.account.data_age, c.tags.age) : c.account.data_age;
  return !c.account.age_known || age > rule.max_staleness;
}

}  // namespace taglogin::policy
