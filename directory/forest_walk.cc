// SPDX-License-Identifier: Apache-2.0
#include "directory/forest_walk.h"

#include <algorithm>
#include <utility>

#include "base/printable.h"
#include "directory/directory_name.h"
#include "directory/ldap_filter.h"
#include "directory/pinned_name.h"
#include "directory/sid.h"

namespace taglogin::directory {

ForestWalk::ForestWalk(Forest& forest, GraphReader& own, const Domain& own_domain, MembershipGraph& graph,
                       std::vector<std::string>& warnings, base::Deadline deadline)
    : forest_(forest), own_(own), own_domain_(own_domain), graph_(graph), warnings_(warnings), deadline_(deadline) {}

base::Result<void> ForestWalk::Read(const std::vector<std::string>& selected, const std::vector<std::string>& nss,
                                    const Wanted& wanted) {
  selected_ = selected;
  nss_ = nss;
  for (const auto& domain : forest_.domains()) domain->Begin(deadline_);
  if (auto done = Explore(wanted); !done) return done;
  Merge();
  TakeUsers(wanted);
  ReportOmissions();
  return {};
}

// A domain that fails midway leaves nothing behind: all begins anew with what it said before, or without it.
base::Result<void> ForestWalk::Explore(const Wanted& wanted) {
  own_roots_ = {selected_.begin(), selected_.end()};
  for (;;) {
    roots_.clear();
    also_.clear();
    held_.clear();
    own_sids_.clear();
    const auto whole = ExploreOnce(wanted);
    if (!whole) return whole.error();
    if (*whole) return {};
  }
}

base::Result<bool> ForestWalk::ExploreOnce(const Wanted& wanted) {
  for (bool more = true; more;) {
    more = Step();
    if (auto done = ReadOwn(own_sids_); !done) return done.error();
    for (const auto& domain : forest_.domains()) {
      if (domain->identity() && !Asked(*domain, AskDomain(*domain, wanted))) return false;
    }
  }
  for (const auto& domain : forest_.domains()) {
    if (domain->identity() && !Asked(*domain, domain->ReadTokens(roots_[domain.get()]))) return false;
  }
  return true;
}

bool ForestWalk::Asked(ForeignDomain& domain, const base::Result<void>& result) {
  if (result) return true;
  if (domain.GiveUp(result.error())) domain.Begin(deadline_);
  return false;
}

// What further domains' groups hold of the configured domain, by what that itself says of these SIDs.
base::Result<void> ForestWalk::ReadOwn(const std::set<std::string>& sids) {
  std::vector<std::string> filters;
  for (const std::string& sid : sids) {
    if (!own_guids_.contains(sid)) filters.push_back(Equals("objectSid", *SidToBinary(sid)));
  }
  std::vector<std::string> groups;
  const auto take = [&](const EntryReader::Object& object) {
    if (object.kind == EntryReader::Kind::kAccount) own_guids_[object.account.id] = object.guid;
    if (object.kind != EntryReader::Kind::kGroup) return;
    own_guids_[object.group.id] = object.guid;
    if (object.scope == Scope::kGlobal || object.scope == Scope::kUniversal) groups.push_back(object.guid);
  };
  if (auto done = own_.Read(own_domain_.naming_context, "", filters, false, take); !done) return done;
  for (const std::string& sid : sids) own_guids_.try_emplace(sid, "");
  if (groups.empty()) return {};
  own_roots_.insert(groups.begin(), groups.end());
  if (auto done = own_.Descend(groups); !done) return done;
  return own_.ReadPrimaryMembers(groups);
}

// Looks at all that is known for what others hold; true when there was something new.
bool ForestWalk::Step() {
  const auto count = [this] {
    std::size_t sum = own_sids_.size();
    for (const auto& [domain, sids] : roots_) sum += sids.size();
    for (const auto& [domain, sids] : also_) sum += sids.size();
    return sum;
  };
  const std::size_t before = count();
  const auto look = [this](const std::vector<std::string>& roots, bool grants) {
    for (const std::string& guid : own_.GroupsBelow(roots)) {
      const auto foreign = own_.foreign_members().find(guid);
      if (foreign == own_.foreign_members().end()) continue;
      for (const std::string& sid : foreign->second) {
        if (grants) {
          Consider(guid, own_.ScopeOf(guid), nullptr, sid);
        } else if (ForeignDomain* domain = forest_.OfSid(sid); domain != nullptr) {
          also_[domain].insert(sid);
        }
      }
    }
  };
  look({own_roots_.begin(), own_roots_.end()}, true);
  look(nss_, false);
  const auto roots = roots_;
  for (const auto& [domain, sids] : roots) {
    for (const auto& [guid, members] : domain->part().foreign) {
      const Group* group = domain->part().graph.FindGroup(guid);
      const auto scope = domain->part().scopes.find(group->id);
      if (scope == domain->part().scopes.end()) continue;
      for (const std::string& sid : members) Consider(group->id, scope->second, domain, sid);
    }
  }
  return count() != before;
}

bool ForestWalk::Admits(Scope scope, bool in_forest, const std::string& sid) const {
  if (scope == Scope::kUniversal && in_forest) {
    const ForeignDomain* domain = forest_.OfSid(sid);
    return domain == nullptr || domain->identity()->in_forest;
  }
  return false;
}

void ForestWalk::Consider(const std::string& holder, Scope scope, const ForeignDomain* from, const std::string& sid) {
  const bool in_forest = from == nullptr || from->identity()->in_forest;
  const bool local = from == nullptr && scope == Scope::kDomainLocal;
  if (!local && !Admits(scope, in_forest, sid)) return;
  ForeignDomain* domain = forest_.OfSid(sid);
  const auto parts = SplitSid(sid);
  if (domain == nullptr && (from == nullptr || !parts || parts->domain != own_domain_.sid)) return;
  held_[holder].insert(sid);
  if (domain != nullptr) {
    roots_[domain].insert(sid);
  } else {
    own_sids_.insert(sid);
  }
}

base::Result<void> ForestWalk::AskDomain(ForeignDomain& domain, const Wanted& wanted) {
  std::set<std::string> names;
  std::set<std::string>& also = also_[&domain];
  for (const std::string& name : wanted.users) {
    const auto route = forest_.RouteOf(name);
    if (!route || route->domain != &domain) continue;
    names.insert(route->user);
    const auto pin = wanted.pins.find(name);
    if (pin != wanted.pins.end() && forest_.OfSid(pin->second) == &domain) also.insert(pin->second);
  }
  for (const std::string& id : wanted.ids) {
    if (forest_.OfSid(id) == &domain) also.insert(id);
  }
  if (auto done = domain.Read(roots_[&domain], true); !done) return done;
  if (auto done = domain.ReadNamed(names); !done) return done;
  // Also what the accounts' primary groups are called.
  if (auto done = domain.Read(also, false); !done) return done;
  std::set<std::string> primary;
  for (const auto& [guid, account] : domain.part().graph.accounts()) primary.insert(account.primary_group_id);
  primary.erase("");
  return domain.Read(primary, false);
}

void ForestWalk::Merge() {
  for (const auto& domain : forest_.domains()) {
    if (domain->identity()) MergeDomain(*domain);
  }
  for (const auto& [holder, sids] : held_) {
    if (graph_.FindGroup(holder) == nullptr) continue;
    std::vector<std::string> keys;
    for (const std::string& sid : sids) {
      const auto own = own_guids_.find(sid);
      keys.push_back(own == own_guids_.end() ? sid : own->second);
    }
    graph_.AddMembers(holder, keys);
  }
}

void ForestWalk::MergeDomain(const ForeignDomain& domain) {
  const ForeignDomain::Part& part = domain.part();
  for (const auto& [guid, account] : part.graph.accounts()) {
    Account copy = account;
    copy.guid = account.id;
    graph_.AddAccount(std::move(copy));
  }
  for (const auto& [guid, group] : part.graph.groups()) {
    const auto scope = part.scopes.find(group.id);
    if (scope == part.scopes.end() || (scope->second != Scope::kGlobal && scope->second != Scope::kUniversal)) continue;
    Group copy = group;
    copy.guid = group.id;
    graph_.AddGroup(std::move(copy));
    std::vector<std::string> keys;
    for (const std::string& member : part.graph.Members(guid)) {
      const auto account = part.graph.accounts().find(member);
      const Group* nested = part.graph.FindGroup(member);
      if (account != part.graph.accounts().end()) keys.push_back(account->second.id);
      if (nested != nullptr) keys.push_back(nested->id);
    }
    graph_.AddMembers(group.id, keys);
  }
}

void ForestWalk::TakeUsers(const Wanted& wanted) {
  for (const std::string& name : wanted.users) {
    const auto route = forest_.RouteOf(name);
    if (!route) continue;
    const ForeignDomain::Part& part = route->domain->part();
    NameCandidates by_name;
    NameCandidates by_id;
    const auto named = part.named.find(NameKey(route->user));
    if (named != part.named.end()) {
      for (const std::string& sid : named->second) by_name.emplace(NameKey(name), NameCandidate{sid, sid});
    } else {
      // A silent domain was not asked for a name that is new, but whoever of it could get in is known.
      for (const auto& [guid, account] : part.graph.accounts()) {
        if (NameKey(account.name) == NameKey(route->user)) {
          by_name.emplace(NameKey(name), NameCandidate{account.id, account.id});
        }
      }
    }
    const auto pin = wanted.pins.find(name);
    if (pin != wanted.pins.end() && forest_.OfSid(pin->second) == route->domain &&
        graph_.accounts().contains(pin->second)) {
      by_id.emplace(pin->second, NameCandidate{pin->second, pin->second});
    }
    const ResolvedName found = JudgeName(name, by_name, by_id, pin == wanted.pins.end() ? "" : pin->second, warnings_);
    if (!found.guid.empty()) users_[name] = found.guid;
    if (found.resolution == Resolution::kAmbiguous) ambiguous_users_.push_back(name);
    if (found.resolution != Resolution::kFound) Warn(warnings_, UserWarning(name, found.resolution));
  }
}

// SIDs of other domains' objects that the group holds by the configured domain's own word: in itself, or in groups of
// that domain below it.
std::set<std::string> ForestWalk::HeldBy(const std::string& group_guid) const {
  std::set<std::string> out;
  for (const std::string& guid : own_.GroupsBelow({group_guid})) {
    const auto foreign = own_.foreign_members().find(guid);
    if (foreign == own_.foreign_members().end()) continue;
    const Scope scope = own_.ScopeOf(guid);
    for (const std::string& sid : foreign->second) {
      if (scope == Scope::kDomainLocal || Admits(scope, true, sid)) out.insert(sid);
    }
  }
  return out;
}

void ForestWalk::Settle(const std::map<std::string, const Group*>& selected,
                        const std::map<std::string, const Group*>& nss, Closure& closure) {
  for (const auto* groups : {&selected, &nss}) {
    for (const auto& [guid, group] : *groups) held_by_.try_emplace(group->id, HeldBy(guid));
  }
  for (auto& [id, member] : closure.members) {
    if (!member.account.domain.empty()) SettleMember(member, selected, nss);
  }
}

void ForestWalk::SettleMember(Member& member, const std::map<std::string, const Group*>& selected,
                              const std::map<std::string, const Group*>& nss) {
  const std::string& id = member.account.id;
  const std::string who = "account " + base::Printable(member.account.name) + '@' + member.account.domain;
  const ForeignDomain* domain = forest_.OfSid(id);
  const ForeignDomain::Part& part = domain->part();
  const auto told = part.tokens.find(id);
  if (told == part.tokens.end()) Warn(warnings_, who + ": the server does not tell its tokenGroups");
  enum class Word { kNo, kYes, kDoubt };
  // What the account's own domain says, put together with what the configured one says.
  const auto word = [&](const std::string& group_id) {
    const std::set<std::string>& held = held_by_.at(group_id);
    if (told == part.tokens.end()) return Word::kNo;
    if (held.contains(id)) return Word::kYes;
    Word out = Word::kNo;
    for (const std::string& token : told->second) {
      if (!held.contains(token)) continue;
      const auto scope = part.scopes.find(token);
      if (scope == part.scopes.end()) {
        out = Word::kDoubt;
      } else if (scope->second == Scope::kGlobal || scope->second == Scope::kUniversal) {
        return Word::kYes;
      }
    }
    return out;
  };
  std::set<std::string> have;
  for (Membership& membership : member.memberships) {
    have.insert(membership.group_id);
    membership.contradicted = word(membership.group_id) == Word::kNo;
    if (membership.contradicted && told != part.tokens.end()) {
      Warn(warnings_, who + ": a member of " + base::Printable(membership.path.front()) + ", but not by tokenGroups");
    }
  }
  for (const auto& [guid, group] : selected) {
    const Word said = have.contains(group->id) ? Word::kNo : word(group->id);
    if (said == Word::kNo) continue;
    member.memberships.push_back({group->id, {group->name}, said == Word::kDoubt, true});
    Warn(warnings_, who + ": in " + base::Printable(group->name) +
                        (said == Word::kYes ? " by tokenGroups alone" : " perhaps: a domain on the way was not read"));
  }
  member.nss_group_ids.clear();
  for (const auto& [guid, group] : nss) {
    if (word(group->id) == Word::kYes) member.nss_group_ids.push_back(group->id);
  }
}

void ForestWalk::Finish(Closure& closure) {
  for (auto& [id, member] : closure.members) {
    const ForeignDomain* domain = member.account.domain.empty() ? nullptr : forest_.OfSid(id);
    if (domain == nullptr) continue;
    const ForeignDomain::Part& part = domain->part();
    member.account.guid = part.guids.at(id);
    const auto primary = part.guids.find(member.account.primary_group_id);
    const Group* group = primary == part.guids.end() ? nullptr : part.graph.FindGroup(primary->second);
    if (group != nullptr) closure.known_groups[group->id] = *group;
  }
  for (const auto& domain : forest_.domains()) {
    if (domain->behind()) {
      Warn(warnings_, "domain " + domain->name() + ": " +
                          (domain->BehindMs() ? "not read, its accounts are as they were: "
                                              : "not read, its accounts are left out: ") +
                          base::Printable(domain->problem(), 300));
      if (const auto age = domain->BehindMs()) closure.behind_ms[domain->name()] = *age;
    }
    domain->End();
  }
}

void ForestWalk::ReportOmissions() {
  for (const auto& domain : forest_.domains()) {
    if (domain->identity()) continue;
    Warn(warnings_, "domain " + domain->name() +
                        ": neither of the forest nor trusted, as far as the domain shows; its accounts are left out");
  }
}

}  // namespace taglogin::directory
