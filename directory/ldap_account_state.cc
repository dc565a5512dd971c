// SPDX-License-Identifier: Apache-2.0
#include "directory/ldap_account_state.h"

#include <algorithm>

#include "directory/ad_values.h"
#include "directory/directory_name.h"

namespace taglogin::directory {
namespace {

using std::chrono::sys_seconds;

// Until the directory says otherwise.
constexpr sys_seconds kNoEnd = sys_seconds::max();
// About 2,000 years: beyond it, the clock's range would be in question.
constexpr std::int64_t kMaxDuration = std::int64_t{2000} * 366 * 86400;
constexpr std::int64_t kDay = 86400;

// Takes `count` digits off the front; -1 when they are not there.
int TakeDigits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return -1;
  int value = 0;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// [MM[SS]] or nothing; -1 when out of range.
int TakeSixty(std::string_view& text, int highest, bool& present) {
  present = !text.empty() && IsDigit(text.front());
  if (!present) return 0;
  const int value = TakeDigits(text, 2);
  return value > highest ? -1 : value;
}

// "Z", or "+hhmm" and its like, in minutes east.
std::optional<int> TakeZone(std::string_view text) {
  if (text == "Z") return 0;
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
  const int sign = text.front() == '+' ? 1 : -1;
  text.remove_prefix(1);
  const int hours = TakeDigits(text, 2);
  const int minutes = text.empty() ? 0 : TakeDigits(text, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || !text.empty()) return std::nullopt;
  return sign * (hours * 60 + minutes);
}

// A fraction of what was read last; its digits do not matter, as long as they are some.
bool TakeFraction(std::string_view& text) {
  if (text.empty() || (text.front() != '.' && text.front() != ',')) return true;
  text.remove_prefix(1);
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  text.remove_prefix(digits);
  return digits > 0;
}

std::optional<std::int64_t> LongestLockout(const LockoutPolicies& policies) {
  std::optional<std::int64_t> longest;
  for (const auto& [dn, duration] : policies.by_dn) {
    if (!duration) return std::nullopt;
    longest = std::max(longest.value_or(0), *duration);
  }
  return longest;
}

std::optional<std::int64_t> LockoutOf(const Entry& entry, const LockoutPolicies& policies) {
  if (entry.Values("pwdpolicysubentry").empty()) return LongestLockout(policies);
  const auto own = policies.by_dn.find(LowerAscii(entry.Single("pwdpolicysubentry")));
  return own == policies.by_dn.end() ? std::nullopt : own->second;
}

// ppolicy leaves the value where it is when the lock is over; "000001010000Z" is no time (section 5.3.3 of the
// draft): an administrator's lock.
std::optional<sys_seconds> PolicyLock(const Entry& entry, const LockoutPolicies& policies) {
  if (entry.Values("pwdaccountlockedtime").empty()) return std::nullopt;
  const auto locked_at = ParseGeneralizedTime(entry.Single("pwdaccountlockedtime"));
  const auto duration = LockoutOf(entry, policies);
  return locked_at && duration ? *locked_at + std::chrono::seconds(*duration) : kNoEnd;
}

// 389 Directory Server: the epoch stands for no end.
std::optional<sys_seconds> UnlockTime(const Entry& entry) {
  if (entry.Values("accountunlocktime").empty()) return std::nullopt;
  const auto until = ParseGeneralizedTime(entry.Single("accountunlocktime"));
  return until && *until != sys_seconds{} ? *until : kNoEnd;
}

// Before this moment the account does not exist yet (draft, section 5.3).
std::optional<sys_seconds> StartTime(const Entry& entry) {
  if (entry.Values("pwdstarttime").empty()) return std::nullopt;
  return ParseGeneralizedTime(entry.Single("pwdstarttime")).value_or(kNoEnd);
}

std::optional<sys_seconds> EndTime(const Entry& entry) {
  if (entry.Values("pwdendtime").empty()) return std::nullopt;
  return ParseGeneralizedTime(entry.Single("pwdendtime")).value_or(sys_seconds{});
}

std::optional<sys_seconds> ShadowEnd(const Entry& entry) {
  if (entry.Values("shadowexpire").empty()) return std::nullopt;
  return ParseShadowExpire(entry.Single("shadowexpire"));
}

// FreeIPA and MIT Kerberos.
std::optional<sys_seconds> PrincipalEnd(const Entry& entry) {
  if (entry.Values("krbprincipalexpiration").empty()) return std::nullopt;
  return ParseGeneralizedTime(entry.Single("krbprincipalexpiration")).value_or(sys_seconds{});
}

// The earlier of two moments of which either may be none.
std::optional<sys_seconds> Earlier(std::optional<sys_seconds> a, std::optional<sys_seconds> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

struct Password {
  bool must_change = false;
  std::optional<sys_seconds> expires;
};

// 389 Directory Server: the epoch stands for a password that somebody else has set.
Password ServersPassword(const Entry& entry) {
  if (entry.Values("passwordexpirationtime").empty()) return {};
  const auto expires = ParseGeneralizedTime(entry.Single("passwordexpirationtime")).value_or(sys_seconds{});
  return {expires == sys_seconds{}, expires};
}

// To the KDC the epoch stands for never. FreeIPA lets a password that somebody else has set be over when it begins.
Password KerberosPassword(const Entry& entry) {
  if (entry.Values("krbpasswordexpiration").empty()) return {};
  const auto expires = ParseGeneralizedTime(entry.Single("krbpasswordexpiration"));
  if (expires == sys_seconds{}) return {};
  const auto changed = ParseGeneralizedTime(entry.Single("krblastpwdchange"));
  return {expires && changed && *expires <= *changed, expires.value_or(sys_seconds{})};
}

// shadow(5): 0 days since 1970.
bool ShadowMustChange(const Entry& entry) {
  return !entry.Values("shadowlastchange").empty() && ParseInteger(entry.Single("shadowlastchange")) == 0;
}

// True unless it says FALSE, or nothing.
bool Says(const Entry& entry, const std::string& attribute) {
  return !entry.Values(attribute).empty() && !SameText(entry.Single(attribute), "false");
}

}  // namespace

std::vector<std::string> PolicyAttributes() { return {"pwdLockoutDuration"}; }

void AddPolicy(const Entry& entry, LockoutPolicies& into) {
  const auto duration = ParseInteger(entry.Single("pwdlockoutduration"));
  const bool ends = duration && *duration > 0 && *duration <= kMaxDuration;
  into.by_dn[LowerAscii(entry.dn)] = ends ? duration : std::nullopt;
}

std::optional<sys_seconds> ParseGeneralizedTime(std::string_view text) {
  const int year = TakeDigits(text, 4);
  const int month = TakeDigits(text, 2);
  const int day = TakeDigits(text, 2);
  const int hour = TakeDigits(text, 2);
  if (year <= 0 || month < 0 || day < 0 || hour < 0 || hour > 23) return std::nullopt;
  bool has_minute = false;
  bool has_second = false;
  const int minute = TakeSixty(text, 59, has_minute);
  const int second = has_minute ? TakeSixty(text, 60, has_second) : 0;
  if (minute < 0 || second < 0 || !TakeFraction(text)) return std::nullopt;
  const auto zone = TakeZone(text);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!zone || !date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute - *zone) +
         std::chrono::seconds(second);
}

std::optional<sys_seconds> ParseShadowExpire(std::string_view text) {
  const auto days = ParseInteger(text);
  if (days == -1) return std::nullopt;
  if (!days || *days < 0) return sys_seconds{};
  return sys_seconds{std::chrono::seconds(std::min(*days, kMaxDuration / kDay) * kDay)};
}

std::vector<std::string> LdapAccountStateAttributes() {
  return {"pwdAccountLockedTime",   "pwdPolicySubentry", "pwdReset",
          "pwdStartTime",           "pwdEndTime",        "shadowExpire",
          "shadowLastChange",       "accountUnlockTime", "nsAccountLock",
          "passwordExpirationTime", "krbLastPwdChange",  "krbPasswordExpiration",
          "krbPrincipalExpiration"};
}

void ReadLdapAccountState(const Entry& entry, const LockoutPolicies& policies, Account& account) {
  account.disabled = Says(entry, "nsaccountlock");
  account.locked_until = std::max({PolicyLock(entry, policies), UnlockTime(entry), StartTime(entry)});
  account.expires = Earlier(Earlier(EndTime(entry), ShadowEnd(entry)), PrincipalEnd(entry));
  const Password server = ServersPassword(entry);
  const Password kerberos = KerberosPassword(entry);
  account.password_must_change =
      Says(entry, "pwdreset") || ShadowMustChange(entry) || server.must_change || kerberos.must_change;
  if (!account.password_must_change) account.password_expires = Earlier(server.expires, kerberos.expires);
}

}  // namespace taglogin::directory
