// SPDX-License-Identifier: Apache-2.0
// What the state of an account says, whatever the rules say. Private to policy/.
#pragma once

#include <chrono>
#include <optional>

#include "policy/account.h"
#include "policy/decide.h"

namespace taglogin::policy {

// The first reason that keeps the account out, in the order of docs/rules.md, "How a decision is made", 1;
// nullopt: none does.
std::optional<Reason> ReasonAgainst(const Account& account, const AccountChecks& checks, std::chrono::sys_seconds now);

}  // namespace taglogin::policy
