// SPDX-License-Identifier: Apache-2.0
// Decision::detail: one sentence for the admin, printable ASCII, no trailing period. Private to
// policy/. `decision` has its reason, rule, group and path already.
#pragma once

#include <string>
#include <vector>

#include "policy/decide.h"

namespace taglogin::policy {

// A reason of ReasonAgainst().
std::string DetailOfState(const Account& account, const AccountChecks& checks, Reason reason);
std::string DetailOfDenyRule(const Account& account, const Decision& decision, bool everybody);
std::string DetailOfDoubtfulDenyRule(const Account& account, const Decision& decision);
std::string DetailOfAllow(const Account& account, const Decision& decision);
// kDenyFrom, kDenyHours, kDenyStale.
std::string DetailOfMiss(const Account& account, const Decision& decision, const Rule& rule, const Request& request,
                         bool age_known);
// kDenyPrincipal, kDenyKeyType, kDenyVerify.
std::string DetailOfKeyMiss(const Account& account, const Decision& decision, const BoundRule& bound,
                            const Proof& proof);
// What an allow, made without knowing the proof, still hangs on: "; it demands …", or nothing.
std::string DetailOfDemand(const Rule& rule);

// The first of some groups, and how many there are behind them.
struct NamedGroups {
  std::vector<std::string> names;
  std::size_t more = 0;
};

// Groups of the rules that apply, apart from those that would suffice.
struct OtherGroups {
  NamedGroups unresolved;  // not known to the directory
  NamedGroups obstructed;  // `from`, `hours` or age stand in the way as well
};
std::string DetailOfNoGroup(const Account& account, const NamedGroups& would_suffice, const OtherGroups& others);
// kDenyNoRule and kDenyTagsUnknown without a rule that spoke.
std::string DetailOfNoRule(Reason reason, const TagSet& tags);

}  // namespace taglogin::policy
