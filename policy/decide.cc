// SPDX-License-Identifier: Apache-2.0
// Decide: the order of docs/rules.md, "How a decision is made".
#include "policy/decide.h"

#include <algorithm>

#include "policy/deny_rules.h"
#include "policy/detail.h"
#include "policy/membership.h"
#include "policy/network_set.h"
#include "policy/template.h"

namespace taglogin::policy {
namespace {

std::optional<Decision> DenyByState(const Case& c) {
  const Account& account = c.account;
  Decision decision;
  if (account.disabled) {
    decision.reason = Reason::kDenyDisabled;
  } else if (account.expires && *account.expires <= c.now) {
    decision.reason = Reason::kDenyExpired;
  } else if (account.locked) {
    decision.reason = Reason::kDenyLocked;
  } else if (account.password_must_change) {
    decision.reason = Reason::kDenyMustChange;
  } else if (account.contradicted) {
    decision.reason = Reason::kDenyContradicted;
  } else {
    return std::nullopt;
  }
  decision.detail = DetailOfState(account, decision.reason);
  return decision;
}

// What stands between a rule and letting in those who belong to it; higher is nearer to letting in.
enum class Obstacle { kFrom, kHours, kStale, kNone };

Obstacle FindObstacle(const Rule& rule, const Case& c) {
  if (!FromHolds(rule, c.request)) return Obstacle::kFrom;
  if (!HoursHold(rule, c.now)) return Obstacle::kHours;
  if (IsStale(rule, c) && rule.on_stale == OnStale::kDeny) return Obstacle::kStale;
  return Obstacle::kNone;
}

Reason ReasonOf(Obstacle obstacle) {
  switch (obstacle) {
    case Obstacle::kFrom:
      return Reason::kDenyFrom;
    case Obstacle::kHours:
      return Reason::kDenyHours;
    case Obstacle::kStale:
      return Reason::kDenyStale;
    case Obstacle::kNone:
      break;
  }
  return Reason::kAllowRule;
}

// A rule that the account belongs to.
struct Match {
  const Rule* rule;
  Membership membership;
  Obstacle obstacle;
};

// In file order.
std::vector<Match> FindMatches(const RuleSet& rules, const Case& c) {
  std::vector<Match> matches;
  for (const Rule& rule : rules.rules) {
    if (KeepsOut(rule) || !AppliesTo(rule, c.tags)) continue;
    auto membership = FindMembership(rule, c);
    if (membership) matches.push_back({&rule, *std::move(membership), FindObstacle(rule, c)});
  }
  return matches;
}

// The addresses from which the matches let in; empty: no limit.
std::vector<Network> FromLimits(const std::vector<Match>& matches) {
  std::vector<Network> limits;
  for (const Match& match : matches) {
    if (match.obstacle != Obstacle::kNone) continue;
    if (match.rule->from.empty()) return {};
    limits.insert(limits.end(), match.rule->from.begin(), match.rule->from.end());
  }
  return Without(limits, {});
}

Decision DecideByMatches(const std::vector<Match>& matches, const Case& c) {
  // The first of those nearest to letting in.
  const Match& best = *std::max_element(matches.begin(), matches.end(),
                                        [](const Match& a, const Match& b) { return a.obstacle < b.obstacle; });
  Decision decision;
  decision.allow = best.obstacle == Obstacle::kNone;
  decision.reason = ReasonOf(best.obstacle);
  decision.rule = best.rule->name;
  decision.group = best.membership.group;
  decision.path = best.membership.path;
  if (!decision.allow) {
    decision.detail = DetailOfMiss(c.account, decision, *best.rule, c.request);
    return decision;
  }
  decision.stale = IsStale(*best.rule, c);
  if (c.request.client == Request::Client::kUnknown) decision.from_limits = FromLimits(matches);
  decision.detail = DetailOfAllow(c.account, decision);
  return decision;
}

void AddOnce(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

// The account belongs to no rule.
Decision DecideWithoutMatch(const RuleSet& rules, const Case& c) {
  Decision decision;
  OtherGroups others;
  bool uses_tags = false;
  bool applies = false;
  for (const Rule& rule : rules.rules) {
    if (KeepsOut(rule)) continue;
    uses_tags = uses_tags || UsesTags(rule);
    if (!AppliesTo(rule, c.tags)) continue;
    applies = applies || !rule.users.empty();
    const bool obstructed = FindObstacle(rule, c) != Obstacle::kNone;
    for (const std::string& group_template : rule.login) {
      const auto group = Expand(group_template, c.tags);
      if (!group) continue;
      applies = true;
      const bool resolved = !IdOf(c.names.groups, *group).empty();
      AddOnce(!resolved ? others.unresolved : obstructed ? others.obstructed : decision.would_suffice, *group);
    }
  }
  if ((!c.tags.known && uses_tags) || !applies) {
    decision.reason = !c.tags.known && uses_tags ? Reason::kDenyTagsUnknown : Reason::kDenyNoRule;
    decision.would_suffice.clear();
    decision.detail = DetailOfNoRule(decision.reason, c.tags);
    return decision;
  }
  decision.reason = Reason::kDenyNoGroup;
  decision.detail = DetailOfNoGroup(c.account, decision, others);
  return decision;
}

// Takes the addresses from which the account is kept out away from those it is let in from.
Decision CutOut(Decision allowed, const DenyFindings& denied) {
  const auto limits = Without(allowed.from_limits.empty() ? AllNetworks() : allowed.from_limits, denied.holes);
  if (limits.empty()) return *denied.verdict_in_holes;
  allowed.from_limits = limits;
  return allowed;
}

}  // namespace

Decision Decide(const RuleSet& rules, const TagSet& tags, const ResolvedNames& names, const Account& account,
                const Request& request, std::chrono::sys_seconds now) {
  const Case c{tags, names, account, request, now};
  if (auto by_state = DenyByState(c)) return *std::move(by_state);
  DenyFindings denied = ApplyDenyRules(rules, c);
  if (denied.verdict) return *std::move(denied.verdict);
  const std::vector<Match> matches = FindMatches(rules, c);
  Decision decision = matches.empty() ? DecideWithoutMatch(rules, c) : DecideByMatches(matches, c);
  if (decision.allow && !denied.holes.empty()) return CutOut(std::move(decision), denied);
  return decision;
}

}  // namespace taglogin::policy
