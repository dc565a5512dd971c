// SPDX-License-Identifier: Apache-2.0
// How one rule's parts fit one case: the account, the client, the moment. Private to policy/.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "policy/decide.h"

namespace taglogin::policy {

// Everything a decision looks at; refers to what the caller of Decide() holds.
struct Case {
  const BoundRules& rules;
  const Account& account;
  const Ages& ages;
  const Request& request;
  std::chrono::sys_seconds now;
  // For each rule the first of its groups that the account is in, or kNoGroup.
  std::vector<std::size_t> first_groups;
};

inline constexpr std::size_t kNoGroup = static_cast<std::size_t>(-1);

// Case::first_groups.
std::vector<std::size_t> FirstGroups(const BoundRules& rules, const Account& account);

// By what the account belongs to a rule: a group, or (group and path empty) its own name or "*".
struct Membership {
  std::string group;
  GroupPath path;
};

// Of the rule at `index`. Ignores `when`, `from` and `hours`. The first group in the order written, else
// the accounts.
std::optional<Membership> FindMembership(std::size_t index, const Case& c);

bool FromHolds(const Rule& rule, const Request& request);
bool HoursHold(const Rule& rule, std::chrono::sys_seconds now);
bool IsStale(const BoundRule& bound, const Case& c);

}  // namespace taglogin::policy
