// SPDX-License-Identifier: Apache-2.0
// The decision: a pure function. No clock, no I/O, no locale; a denial is a value, and nothing here
// can fail.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/account.h"
#include "policy/bound_rules.h"
#include "policy/network.h"
#include "policy/rules.h"
#include "policy/tags.h"

namespace taglogin::policy {

// Stable reason codes: text in docs/reasons.md, in records, and shown to people.
enum class Reason {
  kAllowRule,            // TL-ALLOW-RULE
  kDenyRule,             // TL-DENY-RULE       a deny rule names the account or a group of it
  kDenyDisabled,         // TL-DENY-DISABLED
  kDenyExpired,          // TL-DENY-EXPIRED
  kDenyLocked,           // TL-DENY-LOCKED
  kDenyWorkstation,      // TL-DENY-WORKSTATION   userWorkstations names other computers
  kDenyLogonHours,       // TL-DENY-LOGONHOURS    outside the account's logonHours
  kDenyMustChange,       // TL-DENY-MUSTCHANGE
  kDenyPasswordExpired,  // TL-DENY-PWEXPIRED
  kDenyContradicted,     // TL-DENY-CONTRADICTED  walk and tokenGroups differ
  kDenyNoGroup,          // TL-DENY-NOGROUP    in none of the groups that would open this machine
  kDenyFrom,             // TL-DENY-FROM       right group, wrong client address
  kDenyHours,            // TL-DENY-HOURS      right group, wrong time
  kDenyStale,            // TL-DENY-STALE      right group, data older than the rule's max_staleness
  kDenyNoRule,           // TL-DENY-NORULE     no rule applies to this machine's tags
  kDenyTagsUnknown,      // TL-DENY-TAGS       no tag source has ever answered, and a rule needs tags
  kDenyTagsHeld,         // TL-DENY-TAGSHELD  a change of the tags would let in and does not count yet
  kDenyPrincipal,        // TL-DENY-PRINCIPAL  right group, but none of the certificate's principals counts here
  kDenyKeyType,          // TL-DENY-KEYTYPE    right group, but not the kind of key that the rule demands
  kDenyVerify,           // TL-DENY-VERIFY     right kind of key, which has not been seen to verify its user
};
std::string_view ReasonCode(Reason reason);

// An SSH key that showed who it is.
struct Credential {
  std::string type;       // as in kKeyTypes; of a certificate that of the certified key
  bool verified = false;  // the key has verified its user, for certain
  std::optional<std::vector<std::string>> principals = {};  // of a certificate; nullopt: a plain key
};

// By what a login is proven.
struct Proof {
  std::vector<Credential> keys;  // that count by themselves: of the directory, or certified
  bool otherwise = false;        // by something else as well, which is enough where a rule demands no key
};

struct Request {
  // The client's address. kUnknown: not known yet (keyhelper): `from` conditions count as met and
  // Decision::from_limits says what they were. kNone: there is none (console, cron): `from`
  // conditions are not met. kName: a name instead of an address: not met where a rule lets in, met
  // where it keeps out.
  enum class Client { kUnknown, kNone, kName, kAddress };
  Client client = Client::kNone;
  IpAddress address;
  // nullopt: not known yet (keyhelper, account phase): counts as what every rule demands.
  std::optional<Proof> proof = {};
};

// Immutable ids of the groups and accounts that rules name, by name as written after expansion.
// A name that is missing could not be resolved: it matches nobody.
struct ResolvedNames {
  std::map<std::string, std::string, std::less<>> groups;
  std::map<std::string, std::string, std::less<>> users;
};

// How old what a decision rests on is, by the freshness clock (never reduced by setting the wall clock
// back).
struct Ages {
  std::chrono::seconds account{0};  // what is known of the account and its groups
  // False when the freshness clock cannot be trusted (wall time earlier than the stored one):
  // counts as older than any max_staleness.
  bool account_known = true;
  std::chrono::seconds tags{0};  // the oldest answer the tags rest on
};

inline constexpr std::size_t kMaxNamedGroups = 32;

struct Decision {
  bool allow = false;
  Reason reason = Reason::kDenyNoGroup;
  std::string rule;   // name of the rule that spoke; empty if none did
  std::string group;  // the selected group that decided, as named in the rule after expansion
  GroupPath path;     // from that group down to the account's own group; empty for `users`
  // kDenyNoGroup: the first kMaxNamedGroups of the groups that would have been enough, in the order of the
  // rules, and how many there are behind them. A machine may have a thousand rules.
  std::vector<std::string> would_suffice;
  std::size_t more_would_suffice = 0;
  bool stale = false;  // older than max_staleness, allowed by on_stale
  std::vector<Network>
      from_limits;     // Client::kUnknown only: every rule that allows needs one of these; empty: no limit
  std::string detail;  // one sentence for the admin
};

// What the person is told: one line, no code, no group names of others; ends with a period.
std::string MessageFor(const Decision& decision);

// Order: account state (disabled, expired, locked, workstation, logon hours, must change, password expired),
// contradiction, deny rules, then the first rule in file order that lets the account in under all its conditions. When
// none does, the reason is the nearest miss: kDenyVerify, kDenyKeyType, kDenyPrincipal, kDenyStale, kDenyHours,
// kDenyFrom (in that order) of a rule whose group the account is in; else kDenyTagsUnknown, kDenyNoRule or
// kDenyNoGroup. "In" a group means: its expanded name is resolved and the account has that id; a name that cannot be
// expanded is passed over, the rule's other names still count. An empty id matches nobody. Client::kUnknown: a deny
// rule with `from` takes its networks out of from_limits, and denies only when nothing is left. docs/rules.md has the
// whole order. While tags are unknown, a deny rule with `when` or a template that could concern the account (its other
// parts match) denies: kDenyTagsUnknown.
Decision Decide(const BoundRules& rules, const Account& account, const Ages& ages, const Request& request,
                std::chrono::sys_seconds now);

// A template expanded with these tags; nullopt when a tag it needs is missing or unusable.
std::optional<std::string> Expand(std::string_view group_template, const TagSet& tags);

// The principals of certificates that the rules that let in and apply here give this account, whether or not it belongs
// to them, in file order without duplicates, at most kMaxPrincipals; the account's name when there are none. Each is
// ^[A-Za-z0-9_][A-Za-z0-9._+@-]{0,127}\$?$; what would be anything else is left out.
inline constexpr std::size_t kMaxPrincipals = 64;
std::vector<std::string> PrincipalsOf(const BoundRules& rules, const Account& account);

// Whether all `when` conditions of the rule hold.
bool AppliesTo(const Rule& rule, const TagSet& tags);

// The names the directory must be asked for: expanded groups (login and deny) and users of every
// rule that applies under these tags, and while tags are unknown those of every deny rule, which
// Decide() then needs; "*" is not a name. Sorted, without duplicates.
struct SelectedNames {
  std::vector<std::string> groups;
  std::vector<std::string> users;
};
SelectedNames Select(const RuleSet& rules, const TagSet& tags);

}  // namespace taglogin::policy
