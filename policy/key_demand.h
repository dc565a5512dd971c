// SPDX-License-Identifier: Apache-2.0
// What a rule that lets in demands of the login's proof. Private to policy/.
#pragma once

#include <optional>

#include "policy/decide.h"
#include "policy/membership.h"

namespace taglogin::policy {

// The nearest miss of the proof under a rule (kDenyPrincipal, kDenyKeyType, kDenyVerify; a later one is nearer);
// nullopt: the proof is good, or not known yet.
std::optional<Reason> KeyMiss(const BoundRule& bound, const Case& c);

// The principals that the rule gives the account.
std::vector<std::string> PrincipalsOf(const BoundRule& bound, const Account& account);

}  // namespace taglogin::policy
