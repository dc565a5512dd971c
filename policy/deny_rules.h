// SPDX-License-Identifier: Apache-2.0
// The half of a decision that keeps out. Private to policy/.
#pragma once

#include <optional>
#include <vector>

#include "policy/decide.h"
#include "policy/membership.h"

namespace taglogin::policy {

struct DenyFindings {
  // The rule that keeps the account out, wherever it comes from.
  std::optional<Decision> verdict;
  // Client::kUnknown only: where rules with `from` keep the account out, and what to answer when
  // nothing else is left.
  std::vector<Network> holes;
  std::optional<Decision> verdict_in_holes;
};

DenyFindings ApplyDenyRules(const Case& c);

}  // namespace taglogin::policy
