// SPDX-License-Identifier: Apache-2.0
// What a change of the machine's tags may do at once (docs/tags.md): take away. What it adds waits.
#pragma once

#include <chrono>
#include <vector>

#include "policy/decide.h"

namespace taglogin::policy {

// Whether nobody at all could be let in under `after` whom the same rules would keep out under `before`, whoever is
// in which group, at any time and from anywhere: each rule that lets in then reaches no group that it did not reach
// before, and each that keeps out reaches all that it did. Unknown tags let in least of all.
bool AddsNothing(const RuleSet& rules, const TagSet& before, const TagSet& after);

// What is left of `decision`, made with the tags as they are, while the tags of `earlier` count as well: an allow stays
// one if each of them gives it too (Request::Client::kUnknown: from the addresses that all of them allow), else it
// becomes kDenyTagsHeld. A denial stays as it is. The other arguments are those that `decision` was made with.
Decision HoldBack(Decision decision, const std::vector<BoundRules>& earlier, const Account& account, const Ages& ages,
                  const Request& request, std::chrono::sys_seconds now);

}  // namespace taglogin::policy
