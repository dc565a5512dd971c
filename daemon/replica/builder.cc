// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/printable.h"
#include "daemon/replica/login_names.h"
#include "daemon/replica/passwd_fields.h"
#include "daemon/replica/tag_hold.h"
#include "directory/id_map.h"
#include "directory/ssh_key.h"
#include "policy/decide.h"
#include "protocol/login_name.h"
#include "protocol/messages.h"

namespace taglogin::daemon::replica {
namespace {

constexpr std::size_t kMaxWarnings = 100;

using directory::IdSettings;

// What occurs more than once among the entries' values of `key`.
template <typename Entries, typename Key>
auto Repeated(const Entries& entries, Key key) {
  std::set<decltype(key(*entries.begin()))> seen;
  std::set<decltype(key(*entries.begin()))> repeated;
  for (const auto& entry : entries) {
    if (!seen.insert(key(entry)).second) repeated.insert(key(entry));
  }
  return repeated;
}

// Why a group's name is not simply that group; empty when it is.
std::string_view FaultOf(const directory::ResolvedGroup& resolved) {
  switch (resolved.resolution) {
    case directory::Resolution::kFound:
      return {};
    case directory::Resolution::kNotFound:
      return "the directory has no such group within the search base; it stands for nobody";
    case directory::Resolution::kAmbiguous:
      return "the directory has several; it stands for nobody";
    case directory::Resolution::kNotSecurity:
      return "a distribution group grants nothing; it stands for nobody";
    case directory::Resolution::kPinMismatch:
      return "the name now belongs to another object than before; the earlier one counts, or nobody "
             "(taglogin refresh --repin NAME accepts the new one)";
  }
  return "not understood; it stands for nobody";
}

class Builder {
 public:
  explicit Builder(const BuildInput& input)
      : input_(input),
        ids_(input.nss->ids),
        id_map_(input.nss->ids, input.contents->slices),
        snapshot_(std::make_shared<Snapshot>()),
        spellings_(*input.nss, *input.local, [this](std::string line) { Warn(std::move(line)); }) {}
  std::shared_ptr<const Snapshot> Run();

 private:
  void TakeSources();
  void ResolveNames(const directory::Closure& closure);
  void FindOpeningIds();
  void ChooseSlices();
  std::optional<std::uint32_t> IdOf(const std::string& sid, std::optional<std::uint32_t> number) const;
  std::string NoIdBecause(std::string_view attribute, std::optional<std::uint32_t> number) const;
  bool WasAskedFor(const policy::RuleSet& rules) const;
  bool AreOneGroupEach(const policy::RuleSet& rules);
  bool AreOneAccountEach(const policy::RuleSet& rules);
  void AddGroups(const directory::Closure& closure);
  std::optional<GroupEntry> MakeGroup(const std::string& id, const directory::Group& group);
  void AddEveryoneGroup();
  void AddAccount(const directory::Member& member, const Moment& read_at);
  bool FillIdentity(AccountEntry& entry);
  void FillMemberships(const directory::Member& member, AccountEntry& entry);
  void FillGids(const directory::Member& member, AccountEntry& entry);
  void ReadKeysOf(AccountEntry& entry);
  void HideRepeatedAccounts();
  void HideRepeatedGroups();
  void Index();
  void Warn(std::string line);
  bool Hide(const directory::Account& account, std::string_view why);

  const BuildInput& input_;
  const IdSettings& ids_;
  directory::IdMap id_map_;
  std::shared_ptr<Snapshot> snapshot_;
  std::set<std::string> opening_groups_;             // ids of groups that a login rule names
  std::set<std::string> opening_users_;              // ids of accounts that a login rule names
  std::set<std::string> session_groups_;             // ids of groups whose gid a session gets
  std::map<std::string, std::uint32_t> shown_gids_;  // by id, of snapshot_->groups
  Spellings spellings_;
  bool everyone_ = false;
  std::size_t warned_ = 0;
};

void Builder::Warn(std::string line) {
  if (++warned_ <= kMaxWarnings) snapshot_->warnings.push_back(std::move(line));
}

bool Builder::Hide(const directory::Account& account, std::string_view why) {
  Warn(fmt::format("account {} ({}) is hidden: {}", base::Printable(account.name, 64), base::Printable(account.id, 64),
                   why));
  return false;
}

void Builder::TakeSources() {
  snapshot_->generation = input_.previous_generation + 1;
  snapshot_->rules = input_.rules;
  snapshot_->tags = *input_.tags;
  snapshot_->tags_read_at = input_.tags_read_at;
  if (!input_.contents->walk) return;
  snapshot_->server = input_.contents->walk->closure.server;
  snapshot_->walked_at = input_.contents->walk->walked_at;
  snapshot_->complete = WasAskedFor(*input_.rules);
  policy::RuleSet denials = *input_.rules;
  std::erase_if(denials.rules, [](const policy::Rule& rule) { return rule.deny.empty() && rule.deny_users.empty(); });
  snapshot_->denials_complete = WasAskedFor(denials) && AreOneGroupEach(denials) && AreOneAccountEach(denials);
}

// A group that is to keep people out and that somebody made a second one of keeps nobody out: then nobody gets in.
bool Builder::AreOneGroupEach(const policy::RuleSet& rules) {
  const auto& groups = input_.contents->walk->closure.groups;
  bool clear = true;
  for (const std::string& name : SelectForAll(rules, *input_.tags, *input_.contents).groups) {
    const auto found = groups.find(name);
    if (found == groups.end() || found->second.resolution != directory::Resolution::kAmbiguous) continue;
    Warn(fmt::format("nobody gets in: a rule keeps out group {}, and there are several of that name",
                     base::Printable(name, 64)));
    clear = false;
  }
  return clear;
}

// Likewise an account that somebody gave a second one the name of.
bool Builder::AreOneAccountEach(const policy::RuleSet& rules) {
  const auto& several = input_.contents->walk->closure.ambiguous_users;
  bool clear = true;
  for (const std::string& name : SelectForAll(rules, *input_.tags, *input_.contents).users) {
    if (std::find(several.begin(), several.end(), name) == several.end()) continue;
    Warn(fmt::format("nobody gets in: a rule keeps out account {}, and that name could mean several",
                     base::Printable(name, 64)));
    clear = false;
  }
  return clear;
}

bool Builder::WasAskedFor(const policy::RuleSet& rules) const {
  const policy::SelectedNames now = SelectForAll(rules, *input_.tags, *input_.contents);
  const policy::SelectedNames& asked = input_.contents->walk->asked;
  const auto covers = [](const std::vector<std::string>& all, const std::vector<std::string>& some) {
    const std::set<std::string_view> known(all.begin(), all.end());
    return std::all_of(some.begin(), some.end(), [&known](const std::string& name) { return known.contains(name); });
  };
  return covers(asked.groups, now.groups) && covers(asked.users, now.users);
}

void Builder::ResolveNames(const directory::Closure& closure) {
  for (const auto& [name, resolved] : closure.groups) {
    const bool stands = resolved.resolution == directory::Resolution::kFound ||
                        resolved.resolution == directory::Resolution::kPinMismatch;
    if (stands && !resolved.group.id.empty()) snapshot_->names.groups[name] = resolved.group.id;
    const std::string_view fault = FaultOf(resolved);
    if (!fault.empty()) Warn(fmt::format("group {}: {}", base::Printable(name), fault));
  }
  for (const auto& [name, id] : closure.users) snapshot_->names.users[name] = id;
  for (const std::string& warning : closure.warnings) Warn(base::Printable(warning, 512));
}

// Which ids open this machine, and which groups' gids a session gets: those that rules name under
// these tags (to let in or to keep out) and those under [nss] groups.
void Builder::FindOpeningIds() {
  const auto add = [](const auto& ids, std::string_view name, std::set<std::string>& out) {
    const auto found = ids.find(name);
    if (found != ids.end()) out.insert(found->second);
  };
  for (const policy::Rule& rule : input_.rules->rules) {
    if (!policy::AppliesTo(rule, snapshot_->tags)) continue;
    for (const std::string& group_template : rule.login) {
      const auto name = policy::Expand(group_template, snapshot_->tags);
      if (name) add(snapshot_->names.groups, *name, opening_groups_);
    }
    for (const std::string& name : rule.users) add(snapshot_->names.users, name, opening_users_);
  }
  // A gid opens files: it waits, too.
  std::vector<std::string> named = policy::Select(*input_.rules, snapshot_->tags).groups;
  for (const policy::TagSet& tags : EarlierTagSets(*input_.contents)) {
    const std::vector<std::string> before = policy::Select(*input_.rules, tags).groups;
    std::erase_if(named,
                  [&](const std::string& name) { return !std::binary_search(before.begin(), before.end(), name); });
  }
  for (const std::string& name : named) add(snapshot_->names.groups, name, session_groups_);
  for (const std::string& name : input_.nss->groups) add(snapshot_->names.groups, name, session_groups_);
}

// Numbers of the directory's own need no slices.
void Builder::ChooseSlices() {
  if (ids_.source == IdSettings::Source::kDirectory) return;
  std::set<std::string> sids;
  const auto add = [&sids](const directory::Account& account) {
    sids.insert(account.id);
    sids.insert(account.primary_group_id);
  };
  if (input_.contents->walk) {
    const directory::Closure& closure = input_.contents->walk->closure;
    for (const auto& [id, group] : closure.known_groups) sids.insert(id);
    for (const auto& [id, member] : closure.members) add(member.account);
  }
  for (const auto& [id, extra] : input_.contents->extras) add(extra.member.account);
  id_map_.Choose(sids);
  for (const std::string& warning : id_map_.warnings()) Warn(warning);
  snapshot_->slices = id_map_.slices();
}

// The uid or gid of an object; nullopt when it has none that may be given out.
std::optional<std::uint32_t> Builder::IdOf(const std::string& sid, std::optional<std::uint32_t> number) const {
  if (ids_.source == IdSettings::Source::kSid) return id_map_.IdOf(sid);
  if (!number || !directory::IsAllowedId(*number, ids_)) return std::nullopt;
  return number;
}

std::string Builder::NoIdBecause(std::string_view attribute, std::optional<std::uint32_t> number) const {
  if (ids_.source == IdSettings::Source::kSid) return "its SID gives no id within the range";
  if (!number) return fmt::format("{} is missing, or not one number", attribute);
  if (directory::IsSystemId(*number)) return fmt::format("{} {} is the system's", attribute, *number);
  return fmt::format("{} {} is not from [ids] lower {} to below upper {}", attribute, *number, ids_.lower, ids_.upper);
}

std::optional<GroupEntry> Builder::MakeGroup(const std::string& id, const directory::Group& group) {
  // A group that is none of POSIX has nothing to show, and nothing is wrong with it.
  if (ids_.source == IdSettings::Source::kDirectory && !group.gid_number) return std::nullopt;
  GroupEntry entry{id, GroupNameOf(group), 0};
  std::string why;
  const auto gid = IdOf(id, group.gid_number);
  if (!gid) {
    why = NoIdBecause("gidNumber", group.gid_number);
  } else if (entry.name.empty()) {
    why = "its name cannot be shown";
  } else if (IsReservedGroup(LowerCase(group.name))) {
    why = "its name is reserved for the system";
  } else if (entry.name == input_.nss->everyone_group) {
    why = "its name is that of the group of all directory accounts";
  } else if (input_.local->groups.contains(entry.name)) {
    why = "/etc/group has that name";
  } else if (input_.local->gids.contains(*gid)) {
    why = fmt::format("gid {} is in use locally", *gid);
  }
  if (!why.empty()) {
    Warn(fmt::format("group {} ({}) is hidden: {}", base::Printable(group.name, 64), base::Printable(id, 64), why));
    return std::nullopt;
  }
  entry.gid = *gid;
  return entry;
}

void Builder::AddGroups(const directory::Closure& closure) {
  for (const auto& [id, group] : closure.known_groups) {
    if (auto entry = MakeGroup(id, group)) snapshot_->groups.push_back(*std::move(entry));
  }
  HideRepeatedGroups();
  for (const GroupEntry& entry : snapshot_->groups) shown_gids_[entry.id] = entry.gid;
}

void Builder::HideRepeatedGroups() {
  const auto names = Repeated(snapshot_->groups, [](const GroupEntry& entry) { return entry.name; });
  const auto gids = Repeated(snapshot_->groups, [](const GroupEntry& entry) { return entry.gid; });
  std::erase_if(snapshot_->groups, [&](const GroupEntry& entry) {
    if (!names.contains(entry.name) && !gids.contains(entry.gid)) return false;
    Warn(fmt::format("group {} ({}) is hidden: another group has its name or gid {}", entry.name,
                     base::Printable(entry.id, 64), entry.gid));
    return true;
  });
}

void Builder::AddEveryoneGroup() {
  const std::string& name = input_.nss->everyone_group;
  const std::uint32_t gid = ids_.upper;
  if (input_.local->gids.contains(gid)) {
    Warn(fmt::format("group {} is hidden: gid {} is in use locally; sshd's Match Group will not see directory accounts",
                     name, gid));
    return;
  }
  // Still shown: hiding it would take directory accounts out of sshd's Match block.
  if (input_.local->groups.contains(name)) {
    Warn(fmt::format("group {} exists in /etc/group, too: remove it there, its members count as directory accounts",
                     name));
  }
  snapshot_->groups.push_back({"", name, gid});
  everyone_ = true;
}

// Name and ids, and whether they may be shown.
bool Builder::FillIdentity(AccountEntry& entry) {
  const directory::Account& account = entry.record;
  if (!input_.local->known) return Hide(account, "the local accounts are not known");
  protocol::LoginName name;
  if (!protocol::LoginName::From(LoginNamesOf(account, *input_.nss).canonical, name)) {
    return Hide(account, "its name is no login name");
  }
  entry.login_name = std::string(name.view());
  if (const auto why = WhyNobodys(name, *input_.nss, *input_.local); !why.empty()) return Hide(account, why);
  const auto uid = IdOf(account.id, account.uid_number);
  if (!uid) return Hide(account, NoIdBecause("uidNumber", account.uid_number));
  const auto gid = IdOf(account.primary_group_id, account.gid_number);
  if (!gid) return Hide(account, "primary group: " + NoIdBecause("gidNumber", account.gid_number));
  if (input_.local->uids.contains(*uid)) return Hide(account, fmt::format("uid {} is in use locally", *uid));
  if (input_.local->gids.contains(*gid)) return Hide(account, fmt::format("gid {} is in use locally", *gid));
  entry.uid = *uid;
  entry.gid = *gid;
  auto home = HomeOf(account, name, *input_.nss, *input_.local);
  if (!home) return Hide(account, "neither the directory nor [nss] home gives it a usable home");
  entry.home = *std::move(home);
  return true;
}

void FillState(const directory::Account& account, policy::Account& facts) {
  facts.disabled = account.disabled;
  facts.expires = account.expires;
  facts.locked_until = account.locked_until;
  facts.workstations = account.workstations;
  if (account.logon_hours)
    facts.logon_hours = policy::LogonHours{account.logon_hours->open, account.logon_hours->readable};
  facts.password_must_change = account.password_must_change;
  facts.password_expires = account.password_expires;
}

void Builder::FillMemberships(const directory::Member& member, AccountEntry& entry) {
  policy::Account& facts = entry.facts;
  for (const directory::Membership& membership : member.memberships) {
    if (membership.contradicted) {
      facts.contradicted = true;
    } else {
      facts.groups.emplace(membership.group_id, membership.path);
    }
  }
  entry.permitted = opening_users_.contains(facts.id) ||
                    std::any_of(facts.groups.begin(), facts.groups.end(),
                                [this](const auto& group) { return opening_groups_.contains(group.first); });
}

void Builder::FillGids(const directory::Member& member, AccountEntry& entry) {
  std::set<std::uint32_t> further;
  const auto add = [this, &further](const std::string& id) {
    const auto shown = shown_gids_.find(id);
    if (shown != shown_gids_.end() && session_groups_.contains(id)) further.insert(shown->second);
  };
  for (const auto& [id, path] : entry.facts.groups) add(id);
  for (const std::string& id : member.nss_group_ids) add(id);
  further.erase(entry.gid);
  entry.gids.push_back(entry.gid);
  if (everyone_) entry.gids.push_back(ids_.upper);
  entry.gids.insert(entry.gids.end(), further.begin(), further.end());
  if (entry.gids.size() > protocol::kMaxGroups) {
    Warn(fmt::format("account {} is in {} groups, only {} are shown", entry.login_name, entry.gids.size(),
                     protocol::kMaxGroups));
    entry.gids.resize(protocol::kMaxGroups);
  }
}

void Builder::ReadKeysOf(AccountEntry& entry) {
  directory::KeyReading reading = directory::ReadKeys(entry.record.key_values, input_.keys);
  entry.keys = std::move(reading.keys);
  for (const std::string& why : reading.rejected) {
    Warn(fmt::format("account {}: a key is not used: {}", entry.login_name, base::Printable(why)));
  }
}

void Builder::AddAccount(const directory::Member& member, const Moment& read_at) {
  AccountEntry entry;
  entry.record = member.account;
  if (!FillIdentity(entry)) return;
  entry.gecos = GecosOf(member.account.display_name);
  entry.shell = ShellOf(member.account, *input_.nss, *input_.local);
  entry.read_at = read_at;
  entry.facts.name = entry.login_name;
  entry.facts.id = member.account.id;
  FillState(member.account, entry.facts);
  FillMemberships(member, entry);
  FillGids(member, entry);
  ReadKeysOf(entry);
  const auto used = input_.contents->last_used.find(member.account.id);
  if (used != input_.contents->last_used.end()) entry.last_used_s = used->second;
  snapshot_->accounts.push_back(std::move(entry));
}

// Neither of two that would be one to the kernel or to sshd: whichever we took could be the wrong one.
void Builder::HideRepeatedAccounts() {
  const auto names = Repeated(snapshot_->accounts, [](const AccountEntry& entry) { return entry.login_name; });
  const auto uids = Repeated(snapshot_->accounts, [](const AccountEntry& entry) { return entry.uid; });
  std::erase_if(snapshot_->accounts, [&](const AccountEntry& entry) {
    if (!names.contains(entry.login_name) && !uids.contains(entry.uid)) return false;
    Hide(entry.record, fmt::format("another account has the name {} or uid {}", entry.login_name, entry.uid));
    return true;
  });
}

void Builder::Index() {
  for (std::size_t i = 0; i < snapshot_->accounts.size(); ++i) {
    const AccountEntry& entry = snapshot_->accounts[i];
    snapshot_->by_uid[entry.uid] = i;
    snapshot_->by_id[entry.record.id] = i;
  }
  spellings_.ForEach([this](const std::string& name, const directory::Account& account) {
    const auto shown = snapshot_->by_id.find(account.id);
    if (shown != snapshot_->by_id.end()) snapshot_->by_name[name] = shown->second;
  });
  for (std::size_t i = 0; i < snapshot_->accounts.size(); ++i) {
    snapshot_->by_name[snapshot_->accounts[i].login_name] = i;
  }
  for (std::size_t i = 0; i < snapshot_->groups.size(); ++i) {
    snapshot_->group_by_name[snapshot_->groups[i].name] = i;
    snapshot_->group_by_gid[snapshot_->groups[i].gid] = i;
  }
  if (warned_ > kMaxWarnings) {
    snapshot_->warnings.push_back(fmt::format("and {} more", warned_ - kMaxWarnings));
  }
}

std::shared_ptr<const Snapshot> Builder::Run() {
  TakeSources();
  const auto& walk = input_.contents->walk;
  ChooseSlices();
  if (walk) {
    ResolveNames(walk->closure);
    AddGroups(walk->closure);
  }
  snapshot_->bound = policy::Bind(*input_.rules, snapshot_->tags, snapshot_->names, input_.checks);
  for (const policy::TagSet& tags : EarlierTagSets(*input_.contents)) {
    snapshot_->earlier.push_back(policy::Bind(*input_.rules, tags, snapshot_->names, input_.checks));
  }
  FindOpeningIds();
  AddEveryoneGroup();
  if (walk) {
    for (const auto& [id, member] : walk->closure.members) {
      spellings_.Add(member.account);
      AddAccount(member, walk->ReadAt(member.account.domain));
    }
  }
  for (const auto& [id, extra] : input_.contents->extras) {
    spellings_.Add(extra.member.account);
    directory::Member member = extra.member;
    member.memberships.clear();
    AddAccount(member, extra.read_at);
  }
  HideRepeatedAccounts();
  Index();
  return snapshot_;
}

}  // namespace

std::shared_ptr<const Snapshot> Build(const BuildInput& input) { return Builder(input).Run(); }

}  // namespace taglogin::daemon::replica
