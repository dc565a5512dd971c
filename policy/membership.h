// SPDX-License-Identifier: Apache-2.0
// How one rule's parts fit one case: the account, the client, the moment. Private to policy/.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "policy/decide.h"

namespace taglogin::policy {

// Everything a decision looks at besides the rules; refers to what the caller of Decide() holds.
struct Case {
  const TagSet& tags;
  const ResolvedNames& names;
  const Account& account;
  const Request& request;
  std::chrono::sys_seconds now;
};

// By what the account belongs to a rule: a group, or (group and path empty) its own name or "*".
struct Membership {
  std::string group;
  GroupPath path;
};

// Ignores `when`, `from` and `hours`. The first group in the order written, else the accounts.
std::optional<Membership> FindMembership(const Rule& rule, const Case& c);

bool FromHolds(const Rule& rule, const Request& request);
bool HoursHold(const Rule& rule, std::chrono::sys_seconds now);
bool IsStale(const Rule& rule, const Case& c);

// The id that a name was resolved to; empty if it was not.
std::string IdOf(const std::map<std::string, std::string, std::less<>>& names, std::string_view name);

}  // namespace taglogin::policy
