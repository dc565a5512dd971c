// SPDX-License-Identifier: Apache-2.0
// What Active Directory has against an account: the attributes that say so, read together with what the
// domain says about all accounts. Private to this room. Pure but for ReadAccountPolicy.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "directory/ldap_searcher.h"
#include "directory/records.h"

namespace taglogin::directory {

// The domain's own word on locks and passwords, as its object has it (100 ns, negative; MS-ADA1 lockoutDuration,
// MS-ADA2 maxPwdAge). nullopt: not there, hidden or no number.
struct AccountPolicy {
  std::optional<std::int64_t> lockout_duration;
  std::optional<std::int64_t> max_password_age;
  std::chrono::sys_seconds read_at{};  // by this machine's clock
};

// Whether both say the same, whenever they were read.
bool IsSamePolicy(const AccountPolicy& a, const AccountPolicy& b);

// The query that gives a domain's object, and what it says; read_at stays unset.
Query AccountPolicyQuery(const std::string& naming_context);
AccountPolicy AccountPolicyOf(const Entry& domain);
// Both, and the clock.
base::Result<AccountPolicy> ReadAccountPolicy(LdapSearcher& searcher, const std::string& naming_context,
                                              base::Deadline deadline);

// The attributes that ReadAccountState looks at.
std::vector<std::string> AccountStateAttributes();

// Fills in what speaks against an account. What cannot be read and could speak against it counts as speaking.
void ReadAccountState(const Entry& entry, const AccountPolicy& policy, Account& account);

}  // namespace taglogin::directory
