// SPDX-License-Identifier: Apache-2.0
#include "directory/account_state.h"

#include <limits>
#include <string_view>
#include <utility>

#include "directory/ad_values.h"

namespace taglogin::directory {
namespace {

using std::chrono::sys_seconds;

// userAccountControl (MS-ADTS 2.2.16) and msDS-User-Account-Control-Computed (3.1.1.4.5.17).
constexpr std::int64_t kAccountDisable = 0x2;
constexpr std::int64_t kLockout = 0x10;
// Accounts whose password neither expires nor must be changed (3.1.1.4.5.17): DONT_EXPIRE_PASSWD, SMARTCARD_REQUIRED,
// and those of trusts, workstations and servers.
constexpr std::int64_t kPasswordStays = 0x10000 | 0x40000 | 0x800 | 0x1000 | 0x2000;

// Until somebody unlocks it, or until what is read next says otherwise.
constexpr sys_seconds kNoEnd = sys_seconds::max();

// The server says whether an account is locked; this says how long that can stay so. Without an answer of its own
// the lock lasts until the server's is another one.
sys_seconds EndOfLock(const Entry& entry, const AccountPolicy& policy) {
  // A password settings object has a duration of its own, which this machine may not read.
  if (!entry.Values("msds-resultantpso").empty()) return kNoEnd;
  const auto locked_at = ParseInteger(entry.Single("lockouttime"));
  const auto duration = policy.lockout_duration;
  // Zero, like -2^63, is without end (MS-ADTS 3.1.1.4.5.17).
  if (!locked_at || *locked_at <= 0 || !duration || *duration >= 0) return kNoEnd;
  if (*duration == std::numeric_limits<std::int64_t>::min()) return kNoEnd;
  if (*locked_at > std::numeric_limits<std::int64_t>::max() + *duration) return kNoEnd;
  // The lock's last moment is its end; the account is free from the next second on.
  const sys_seconds free_from = TimeOf(*locked_at - *duration) + std::chrono::seconds(1);
  // By these numbers it is over, and yet the server says locked: it knows better.
  return free_from <= policy.read_at ? kNoEnd : free_from;
}

std::optional<sys_seconds> LockedUntil(const Entry& entry, const AccountPolicy& policy) {
  const auto computed = ParseInteger(entry.Single("msds-user-account-control-computed"));
  if (!computed) return kNoEnd;
  if ((*computed & kLockout) == 0) return std::nullopt;
  return EndOfLock(entry, policy);
}

std::optional<sys_seconds> PasswordExpires(const Entry& entry) {
  const auto ticks = ParseInteger(entry.Single("msds-userpasswordexpirytimecomputed"));
  if (ticks == std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  return ticks && *ticks > 0 ? TimeOf(*ticks) : sys_seconds{};
}

std::optional<std::vector<std::string>> Workstations(const Entry& entry) {
  if (entry.Values("userworkstations").empty()) return std::nullopt;
  return ParseWorkstations(entry.Single("userworkstations"));
}

}  // namespace

bool IsSamePolicy(const AccountPolicy& a, const AccountPolicy& b) {
  return a.lockout_duration == b.lockout_duration && a.max_password_age == b.max_password_age;
}

Query AccountPolicyQuery(const std::string& naming_context) {
  Query query;
  query.base = naming_context;
  query.attributes = {"lockoutDuration", "maxPwdAge"};
  return query;
}

AccountPolicy AccountPolicyOf(const Entry& domain) {
  return {ParseInteger(domain.Single("lockoutduration")), ParseInteger(domain.Single("maxpwdage")), {}};
}

base::Result<AccountPolicy> ReadAccountPolicy(LdapSearcher& searcher, const std::string& naming_context,
                                              base::Deadline deadline) {
  AccountPolicy policy;
  const auto take = [&policy](std::size_t, const Entry& entry) { policy = AccountPolicyOf(entry); };
  if (auto done = searcher.Search({AccountPolicyQuery(naming_context)}, deadline, take); !done) return done.error();
  policy.read_at = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  return policy;
}

std::vector<std::string> AccountStateAttributes() {
  return {"userAccountControl", "msDS-User-Account-Control-Computed",  "lockoutTime", "msDS-ResultantPSO",
          "pwdLastSet",         "msDS-UserPasswordExpiryTimeComputed", "logonHours",  "userWorkstations",
          "accountExpires"};
}

void ReadAccountState(const Entry& entry, const AccountPolicy& policy, Account& account) {
  const auto control = ParseInteger(entry.Single("useraccountcontrol"));
  account.disabled = !control || (*control & kAccountDisable) != 0;
  if (const auto& expires = entry.Values("accountexpires"); !expires.empty()) {
    account.expires = ParseAccountExpires(expires.front());
  }
  account.locked_until = LockedUntil(entry, policy);
  account.workstations = Workstations(entry);
  if (!entry.Values("logonhours").empty()) account.logon_hours = ParseLogonHours(entry.Single("logonhours"));
  if (control && (*control & kPasswordStays) != 0) return;
  const auto password_set = ParseInteger(entry.Single("pwdlastset"));
  account.password_must_change = !password_set || *password_set <= 0;
  if (!account.password_must_change) account.password_expires = PasswordExpires(entry);
}

}  // namespace taglogin::directory
