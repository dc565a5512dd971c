// SPDX-License-Identifier: Apache-2.0
// What an LDAP directory has against an account: ppolicy (draft-behera-ldap-password-policy), shadowExpire and
// shadowLastChange (RFC 2307), nsAccountLock, accountUnlockTime and passwordExpirationTime (389 Directory Server),
// krbPrincipalExpiration and krbPasswordExpiration (FreeIPA, MIT Kerberos). Private to this room. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "directory/ldap_searcher.h"
#include "directory/records.h"

namespace taglogin::directory {

// How long accounts stay locked, by policies found in the directory.
struct LockoutPolicies {
  // By DN in lower case: pwdLockoutDuration in seconds; nullopt: until somebody unlocks them (absent or 0).
  std::map<std::string, std::optional<std::int64_t>> by_dn;
};

inline constexpr const char* kPolicyFilter = "(objectClass=pwdPolicy)";
std::vector<std::string> PolicyAttributes();
void AddPolicy(const Entry& entry, LockoutPolicies& into);

// GeneralizedTime (RFC 4517 3.3.13), cut to the second; nullopt for anything else, a day that no calendar has
// and the year 0 included.
std::optional<std::chrono::sys_seconds> ParseGeneralizedTime(std::string_view text);

// shadowExpire: the account is over from that day since 1970 on, in UTC. -1: never. What is no number of days counts
// as long ago; 0, of which shadow(5) says that it may be read both ways, does too.
std::optional<std::chrono::sys_seconds> ParseShadowExpire(std::string_view text);

// The attributes that ReadLdapAccountState looks at.
std::vector<std::string> LdapAccountStateAttributes();

// Fills in what speaks against an account. What cannot be read and could speak against it counts as speaking. Which
// policy holds for an account that names none (pwdPolicySubentry) is not to be seen from outside: it is locked for as
// long as the most patient of all policies says.
void ReadLdapAccountState(const Entry& entry, const LockoutPolicies& policies, Account& account);

}  // namespace taglogin::directory
