// SPDX-License-Identifier: Apache-2.0
#include "policy/deny_rules.h"

#include <algorithm>

#include "policy/detail.h"
#include "policy/template.h"

namespace taglogin::policy {
namespace {

// Whether the rule keeps the account out, for certain (kDenyRule) or because the tags that would
// tell are unknown (kDenyTagsUnknown); nullopt if it does not.
std::optional<Decision> Judge(const Rule& rule, const Case& c) {
  if (!FromHolds(rule, c.request) || !HoursHold(rule, c.now)) return std::nullopt;
  const auto membership = FindMembership(rule, c);
  Decision decision;
  decision.rule = rule.name;
  if (membership) {
    decision.group = membership->group;
    decision.path = membership->path;
  }
  if (membership && AppliesTo(rule, c.tags)) {
    decision.reason = Reason::kDenyRule;
    decision.detail = DetailOfDenyRule(c.account, decision, DeniesEverybody(rule));
    return decision;
  }
  const bool perhaps = membership || std::any_of(rule.deny.begin(), rule.deny.end(), NeedsTags);
  if (c.tags.known || !perhaps) return std::nullopt;
  decision.reason = Reason::kDenyTagsUnknown;
  decision.detail = DetailOfDoubtfulDenyRule(c.account, decision);
  return decision;
}

// Keeps the first of each reason, and a certain one rather than a doubtful one.
void Keep(std::optional<Decision>& kept, const Decision& found) {
  if (!kept || (kept->reason == Reason::kDenyTagsUnknown && found.reason == Reason::kDenyRule)) kept = found;
}

}  // namespace

DenyFindings ApplyDenyRules(const RuleSet& rules, const Case& c) {
  DenyFindings findings;
  for (const Rule& rule : rules.rules) {
    if (!KeepsOut(rule)) continue;
    const auto found = Judge(rule, c);
    if (!found) continue;
    if (c.request.client == Request::Client::kUnknown && !rule.from.empty()) {
      findings.holes.insert(findings.holes.end(), rule.from.begin(), rule.from.end());
      Keep(findings.verdict_in_holes, *found);
    } else {
      Keep(findings.verdict, *found);
    }
  }
  return findings;
}

}  // namespace taglogin::policy
