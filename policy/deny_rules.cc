// SPDX-License-Identifier: Apache-2.0
#include "policy/deny_rules.h"

#include "policy/detail.h"

namespace taglogin::policy {
namespace {

// Whether the rule keeps the account out, for certain (kDenyRule) or because the tags that would
// tell are unknown (kDenyTagsUnknown); nullopt if it does not.
std::optional<Decision> Judge(std::size_t index, const Case& c) {
  const BoundRule& bound = c.rules.rules[index];
  const Rule& rule = *bound.rule;
  if (!FromHolds(rule, c.request) || !HoursHold(rule, c.now)) return std::nullopt;
  const auto membership = FindMembership(index, c);
  Decision decision;
  decision.rule = rule.name;
  if (membership) {
    decision.group = membership->group;
    decision.path = membership->path;
  }
  if (membership && bound.applies) {
    decision.reason = Reason::kDenyRule;
    decision.detail = DetailOfDenyRule(c.account, decision, bound.denies_everybody);
    return decision;
  }
  const bool perhaps = membership || bound.has_tag_templates;
  if (c.rules.tags.known || !perhaps) return std::nullopt;
  decision.reason = Reason::kDenyTagsUnknown;
  decision.detail = DetailOfDoubtfulDenyRule(c.account, decision);
  return decision;
}

// Keeps the first of each reason, and a certain one rather than a doubtful one.
void Keep(std::optional<Decision>& kept, const Decision& found) {
  if (!kept || (kept->reason == Reason::kDenyTagsUnknown && found.reason == Reason::kDenyRule)) kept = found;
}

}  // namespace

DenyFindings ApplyDenyRules(const Case& c) {
  DenyFindings findings;
  for (std::size_t index = 0; index < c.rules.rules.size(); ++index) {
    if (!c.rules.rules[index].keeps_out) continue;
    const auto found = Judge(index, c);
    if (!found) continue;
    const Rule& rule = *c.rules.rules[index].rule;
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
