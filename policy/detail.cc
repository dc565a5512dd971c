// SPDX-License-Identifier: Apache-2.0
#include "policy/detail.h"

#include <algorithm>

#include "base/printable.h"
#include "policy/key_demand.h"
#include "policy/toml_keys.h"

namespace taglogin::policy {
namespace {

using base::Printable;

// A record stays readable, and bounded, whatever the rules and the directory hold.
constexpr std::size_t kMaxListed = 8;

std::string Quoted(std::string_view text) { return "\"" + Printable(text) + "\""; }

std::string Listed(const std::vector<std::string>& names, std::string_view separator, std::size_t more = 0) {
  std::string list;
  for (std::size_t i = 0; i < std::min(names.size(), kMaxListed); ++i) {
    if (i > 0) list += separator;
    list += Quoted(names[i]);
  }
  if (names.size() > kMaxListed) more += names.size() - kMaxListed;
  if (more > 0) list += " and " + std::to_string(more) + " more";
  return list;
}

std::string Listed(const NamedGroups& groups) { return Listed(groups.names, ", ", groups.more); }

// `alice is in "ssh-prod-web" through "ssh-prod-web" > "team-web"`
std::string Belonging(const Account& account, const Decision& decision) {
  if (decision.group.empty()) return Printable(account.name) + " is named";
  std::string text = Printable(account.name) + " is in " + Quoted(decision.group);
  if (decision.path.size() > 1) text += " through " + Listed(decision.path, " > ");
  return text;
}

// How every sentence about a near miss begins.
std::string ButForTheRule(const Account& account, const Decision& decision) {
  return Belonging(account, decision) + (decision.group.empty() ? " in " : ", but for ") + "the rule " +
         Quoted(decision.rule) + (decision.group.empty() ? ", but " : " ");
}

std::vector<std::string> PrincipalsIn(const Proof& proof) {
  std::vector<std::string> principals;
  for (const Credential& key : proof.keys) {
    if (key.principals) principals.insert(principals.end(), key.principals->begin(), key.principals->end());
  }
  return principals;
}

// What the rule demands of keys; empty: nothing.
std::string DemandOf(const Rule& rule) {
  if (rule.key_types.empty()) return {};
  return "a key of type " + Listed(rule.key_types, " or ") +
         (rule.verify_required ? " that has verified its user (PIN, fingerprint)" : "");
}

std::string ListOf(const std::vector<Network>& networks) {
  std::vector<std::string> texts;
  texts.reserve(networks.size());
  for (const Network& network : networks) texts.push_back(network.ToString());
  return Listed(texts, ", ");
}

std::string Client(const Request& request) {
  return request.client == Request::Client::kAddress ? "the client " + request.address.ToString()
                                                     : "a client without an address";
}

constexpr std::chrono::sys_seconds kFirstYear = std::chrono::sys_days{std::chrono::year{1} / 1 / 1};
constexpr std::chrono::sys_seconds kYear10000 = std::chrono::sys_days{std::chrono::year{10000} / 1 / 1};

// "2026-11-22T06:37:40Z"; what has no four digits of a year is cut to what has.
std::string UtcText(std::chrono::sys_seconds when) {
  when = std::clamp(when, kFirstYear, kYear10000 - std::chrono::seconds(1));
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(when - day);
  const auto digits = [](std::int64_t number, std::size_t width) {
    std::string text = std::to_string(number);
    return std::string(width - std::min(width, text.size()), '0') + text;
  };
  return digits(static_cast<int>(date.year()), 4) + '-' + digits(static_cast<unsigned>(date.month()), 2) + '-' +
         digits(static_cast<unsigned>(date.day()), 2) + 'T' + digits(time.hours().count(), 2) + ':' +
         digits(time.minutes().count(), 2) + ':' + digits(time.seconds().count(), 2) + 'Z';
}

std::string EndOfLock(std::chrono::sys_seconds until) {
  return until < kYear10000 ? UtcText(until) : "somebody unlocks it";
}

std::string NamesOf(const std::vector<std::string>& names) { return names.empty() ? "none" : Listed(names, ", "); }

}  // namespace

std::string DetailOfState(const Account& account, const AccountChecks& checks, Reason reason) {
  const std::string name = Printable(account.name);
  switch (reason) {
    case Reason::kDenyDisabled:
      return name + " is disabled in the directory";
    case Reason::kDenyExpired:
      return name + " has expired in the directory";
    case Reason::kDenyLocked:
      return name + " is locked in the directory until " + EndOfLock(*account.locked_until);
    case Reason::kDenyWorkstation:
      return name + " may log on at other computers only (userWorkstations: " + NamesOf(*account.workstations) +
             "), and this is " + NamesOf(checks.host_names);
    case Reason::kDenyLogonHours:
      if (account.logon_hours->readable) return name + " may not log on at this hour (logonHours in the directory)";
      return "the logonHours of " + name + " in the directory are not 21 bytes, so no hour counts as allowed";
    case Reason::kDenyMustChange:
      return name + " must change the password before logging in";
    case Reason::kDenyPasswordExpired:
      return "the password of " + name + " expired at " + UtcText(*account.password_expires) +
             ", and [account] password_expired says deny";
    default:
      return "the directory contradicts itself about the groups of " + name +
             ": the members of a group lead to the account, its tokenGroups do not lead back; "
             "look for a distribution group in between";
  }
}

std::string DetailOfDenyRule(const Account& account, const Decision& decision, bool everybody) {
  const std::string rule = "the rule " + Quoted(decision.rule);
  if (everybody) return rule + " keeps everybody out";
  return Belonging(account, decision) + (decision.group.empty() ? " in " : ", which is kept out by ") + rule;
}

std::string DetailOfDoubtfulDenyRule(const Account& account, const Decision& decision) {
  return "no tag source has answered yet, so the rule " + Quoted(decision.rule) + " may keep " +
         Printable(account.name) + " out of this machine";
}

std::string DetailOfAllow(const Account& account, const Decision& decision) {
  std::string text = Belonging(account, decision) + (decision.group.empty() ? " in " : ", which is let in by ") +
                     "the rule " + Quoted(decision.rule);
  if (decision.stale) text += "; the data is older than the rule's max_staleness, and on_stale allows that";
  return text;
}

std::string DetailOfMiss(const Account& account, const Decision& decision, const Rule& rule, const Request& request,
                         bool age_known) {
  const std::string start = ButForTheRule(account, decision);
  if (decision.reason == Reason::kDenyFrom) {
    return start + Client(request) + " is in none of its networks (" + ListOf(rule.from) + ")";
  }
  if (decision.reason == Reason::kDenyHours) {
    return start + "it is outside its hours (line " + std::to_string(rule.line) + ", clock of " + rule.zone + ")";
  }
  if (!age_known) return start + "the age of the data is unknown, because the clock was set back";
  return start + "the data is older than " + DurationText(rule.max_staleness);
}

std::string DetailOfKeyMiss(const Account& account, const Decision& decision, const BoundRule& bound,
                            const Proof& proof) {
  const std::string start = ButForTheRule(account, decision);
  if (decision.reason == Reason::kDenyPrincipal) {
    return start + "the principals of the certificate (" + Listed(PrincipalsIn(proof), ", ") + ") are none of its (" +
           Listed(PrincipalsOf(bound, account), ", ") + ")";
  }
  const std::string demand = DemandOf(*bound.rule);
  if (decision.reason == Reason::kDenyVerify)
    return start + "it demands " + demand + ", which is not known to have happened";
  std::vector<std::string> types;
  for (const Credential& key : proof.keys) types.push_back(key.type);
  const std::string used = types.empty() ? "no key that counts was used" : "the key is " + Listed(types, ", ");
  return start + (demand.empty() ? std::string() : "it demands " + demand + ", and ") + used;
}

std::string DetailOfDemand(const Rule& rule) {
  const std::string demand = DemandOf(rule);
  return demand.empty() ? demand : "; it demands " + demand;
}

std::string DetailOfNoGroup(const Account& account, const NamedGroups& would_suffice, const OtherGroups& others) {
  const std::string name = Printable(account.name);
  std::string text = would_suffice.names.empty()
                         ? name + " is named by no rule for this machine, and no group would be enough now"
                         : name + " is in none of the groups that open this machine now: " + Listed(would_suffice);
  if (!others.unresolved.names.empty()) text += "; not found in the directory: " + Listed(others.unresolved);
  if (!others.obstructed.names.empty()) {
    text += "; not enough now because of from, hours, max_staleness or the key: " + Listed(others.obstructed);
  }
  return text;
}

std::string DetailOfNoRule(Reason reason, const TagSet& tags) {
  if (reason == Reason::kDenyTagsUnknown) {
    return "no tag source has answered yet, and no rule that works without tags lets the account in";
  }
  if (!tags.known) return "no rule lets anybody in on this machine";
  std::vector<std::string> texts;
  texts.reserve(tags.tags.size());
  for (const auto& [key, tag] : tags.tags) texts.push_back(key + "=" + tag.value);
  return "no rule lets anybody in on a machine with " + (texts.empty() ? "no tags" : "the tags " + Listed(texts, ", "));
}

}  // namespace taglogin::policy
