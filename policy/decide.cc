// SPDX-License-Identifier: Apache-2.0
// Decide: the order of docs/rules.md, "How a decision is made".
#include "policy/decide.h"

#include <algorithm>
#include <utility>

#include "policy/account_state.h"
#include "policy/deny_rules.h"
#include "policy/detail.h"
#include "policy/key_demand.h"
#include "policy/membership.h"
#include "policy/network_set.h"

namespace taglogin::policy {
namespace {

std::optional<Decision> DenyByState(const Case& c) {
  const auto reason = ReasonAgainst(c.account, c.rules.checks, c.now);
  if (!reason) return std::nullopt;
  Decision decision;
  decision.reason = *reason;
  decision.detail = DetailOfState(c.account, c.rules.checks, *reason);
  return decision;
}

// What stands between a rule and letting in those who belong to it; higher is nearer to letting in.
enum class Obstacle { kFrom, kHours, kStale, kPrincipal, kKeyType, kVerify, kNone };

Obstacle FindKeyObstacle(const BoundRule& bound, const Case& c) {
  const auto miss = KeyMiss(bound, c);
  if (!miss) return Obstacle::kNone;
  if (*miss == Reason::kDenyPrincipal) return Obstacle::kPrincipal;
  return *miss == Reason::kDenyVerify ? Obstacle::kVerify : Obstacle::kKeyType;
}

Obstacle FindObstacle(const BoundRule& bound, const Case& c) {
  const Rule& rule = *bound.rule;
  if (!FromHolds(rule, c.request)) return Obstacle::kFrom;
  if (!HoursHold(rule, c.now)) return Obstacle::kHours;
  if (IsStale(bound, c) && rule.on_stale == OnStale::kDeny) return Obstacle::kStale;
  return FindKeyObstacle(bound, c);
}

Reason ReasonOf(Obstacle obstacle) {
  switch (obstacle) {
    case Obstacle::kFrom:
      return Reason::kDenyFrom;
    case Obstacle::kHours:
      return Reason::kDenyHours;
    case Obstacle::kStale:
      return Reason::kDenyStale;
    case Obstacle::kPrincipal:
      return Reason::kDenyPrincipal;
    case Obstacle::kKeyType:
      return Reason::kDenyKeyType;
    case Obstacle::kVerify:
      return Reason::kDenyVerify;
    case Obstacle::kNone:
      break;
  }
  return Reason::kAllowRule;
}

// A rule that the account belongs to.
struct Match {
  const BoundRule* bound;
  Membership membership;
  Obstacle obstacle;
};

// In file order.
std::vector<Match> FindMatches(const Case& c) {
  std::vector<Match> matches;
  for (std::size_t index = 0; index < c.rules.rules.size(); ++index) {
    const BoundRule& bound = c.rules.rules[index];
    if (bound.keeps_out || !bound.applies) continue;
    auto membership = FindMembership(index, c);
    if (membership) matches.push_back({&bound, *std::move(membership), FindObstacle(bound, c)});
  }
  return matches;
}

// The addresses from which the matches let in; empty: no limit.
std::vector<Network> FromLimits(const std::vector<Match>& matches) {
  std::vector<Network> limits;
  for (const Match& match : matches) {
    if (match.obstacle != Obstacle::kNone) continue;
    const std::vector<Network>& from = match.bound->rule->from;
    if (from.empty()) return {};
    limits.insert(limits.end(), from.begin(), from.end());
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
  decision.rule = best.bound->rule->name;
  decision.group = best.membership.group;
  decision.path = best.membership.path;
  if (!decision.allow) {
    decision.detail = best.obstacle < Obstacle::kPrincipal
                          ? DetailOfMiss(c.account, decision, *best.bound->rule, c.request, c.ages.account_known)
                          : DetailOfKeyMiss(c.account, decision, *best.bound, *c.request.proof);
    return decision;
  }
  decision.stale = IsStale(*best.bound, c);
  if (c.request.client == Request::Client::kUnknown) decision.from_limits = FromLimits(matches);
  decision.detail = DetailOfAllow(c.account, decision);
  if (!c.request.proof) decision.detail += DetailOfDemand(*best.bound->rule);
  return decision;
}

// Groups, each once, in the order in which they came.
class DistinctGroups {
 public:
  explicit DistinctGroups(std::size_t distinct_groups) : seen_(distinct_groups, false) {}
  void Add(const BoundGroup& group) {
    if (seen_[group.number]) return;
    seen_[group.number] = true;
    if (named_.names.size() < kMaxNamedGroups) {
      named_.names.push_back(group.name);
    } else {
      ++named_.more;
    }
  }
  NamedGroups Take() { return std::move(named_); }

 private:
  std::vector<bool> seen_;
  NamedGroups named_;
};

// The account belongs to no rule.
Decision DecideWithoutMatch(const Case& c) {
  DistinctGroups would_suffice(c.rules.distinct_groups);
  DistinctGroups unresolved(c.rules.distinct_groups);
  DistinctGroups obstructed(c.rules.distinct_groups);
  bool uses_tags = false;
  bool applies = false;
  for (const BoundRule& bound : c.rules.rules) {
    if (bound.keeps_out) continue;
    uses_tags = uses_tags || bound.uses_tags;
    if (!bound.applies) continue;
    applies = applies || !bound.rule->users.empty() || !bound.groups.empty();
    DistinctGroups& resolved = FindObstacle(bound, c) == Obstacle::kNone ? would_suffice : obstructed;
    for (const BoundGroup& group : bound.groups) (group.id.empty() ? unresolved : resolved).Add(group);
  }
  Decision decision;
  if ((!c.rules.tags.known && uses_tags) || !applies) {
    decision.reason = !c.rules.tags.known && uses_tags ? Reason::kDenyTagsUnknown : Reason::kDenyNoRule;
    decision.detail = DetailOfNoRule(decision.reason, c.rules.tags);
    return decision;
  }
  decision.reason = Reason::kDenyNoGroup;
  const NamedGroups enough = would_suffice.Take();
  decision.detail = DetailOfNoGroup(c.account, enough, {unresolved.Take(), obstructed.Take()});
  decision.would_suffice = enough.names;
  decision.more_would_suffice = enough.more;
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

Decision Decide(const BoundRules& rules, const Account& account, const Ages& ages, const Request& request,
                std::chrono::sys_seconds now) {
  const Case c{rules, account, ages, request, now, FirstGroups(rules, account)};
  if (auto by_state = DenyByState(c)) return *std::move(by_state);
  DenyFindings denied = ApplyDenyRules(c);
  if (denied.verdict) return *std::move(denied.verdict);
  const std::vector<Match> matches = FindMatches(c);
  Decision decision = matches.empty() ? DecideWithoutMatch(c) : DecideByMatches(matches, c);
  if (decision.allow && !denied.holes.empty()) return CutOut(std::move(decision), denied);
  return decision;
}

}  // namespace taglogin::policy
