// SPDX-License-Identifier: Apache-2.0
#include "policy/account_state.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace taglogin::policy {
namespace {

char Lower(char c) {
  const bool upper = c >= 'A' && c <= 'Z';
  return upper ? static_cast<char>(c - 'A' + 'a') : c;
}

bool IsSameName(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return Lower(x) == Lower(y); });
}

bool IsThisMachine(const std::string& workstation, const AccountChecks& checks) {
  return std::any_of(checks.host_names.begin(), checks.host_names.end(),
                     [&](const std::string& name) { return IsSameName(name, workstation); });
}

bool MayLogOnHere(const Account& account, const AccountChecks& checks) {
  return !account.workstations ||
         std::any_of(account.workstations->begin(), account.workstations->end(),
                     [&](const std::string& workstation) { return IsThisMachine(workstation, checks); });
}

std::size_t HourOfWeek(std::chrono::sys_seconds now) {
  constexpr std::int64_t kWeek = 168;
  constexpr std::int64_t kThursday = 96;  // 1970-01-01 was one
  const std::int64_t seconds = now.time_since_epoch().count();
  const std::int64_t hours = seconds / 3600 - (seconds % 3600 < 0 ? 1 : 0);
  return static_cast<std::size_t>((hours % kWeek + kWeek + kThursday) % kWeek);
}

bool MayLogOnAt(const Account& account, std::chrono::sys_seconds now) {
  if (!account.logon_hours) return true;
  return account.logon_hours->readable && account.logon_hours->open[HourOfWeek(now)];
}

}  // namespace

std::optional<Reason> ReasonAgainst(const Account& account, const AccountChecks& checks, std::chrono::sys_seconds now) {
  if (account.disabled) return Reason::kDenyDisabled;
  if (account.expires && *account.expires <= now) return Reason::kDenyExpired;
  if (account.locked_until && now < *account.locked_until) return Reason::kDenyLocked;
  if (!MayLogOnHere(account, checks)) return Reason::kDenyWorkstation;
  if (!MayLogOnAt(account, now)) return Reason::kDenyLogonHours;
  if (account.password_must_change && checks.must_change_denies) return Reason::kDenyMustChange;
  if (checks.password_expired_denies && account.password_expires && *account.password_expires <= now) {
    return Reason::kDenyPasswordExpired;
  }
  if (account.contradicted) return Reason::kDenyContradicted;
  return std::nullopt;
}

}  // namespace taglogin::policy
