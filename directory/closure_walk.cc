// SPDX-License-Identifier: Apache-2.0
#include "directory/closure_walk.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/printable.h"
#include "directory/directory_name.h"
#include "directory/forest.h"
#include "directory/forest_walk.h"
#include "directory/graph_reader.h"
#include "directory/ldap_filter.h"
#include "directory/membership_graph.h"
#include "directory/sid.h"

namespace taglogin::directory {
namespace {

constexpr std::size_t kMaxNotGroups = 500000;

class Walk {
 public:
  Walk(LdapSearcher& searcher, const EntryReader& reader, const WalkRequest& request, WalkMemory& memory,
       base::Deadline deadline, Forest* forest)
      : searcher_(searcher),
        entry_reader_(reader),
        request_(request),
        memory_(memory),
        deadline_(deadline),
        reader_(searcher, reader, graph_, memory.not_groups, out_.closure.warnings, deadline),
        forest_(forest) {}

  base::Result<WalkOutcome> Run() {
    if (memory_.not_groups.size() > kMaxNotGroups) memory_.not_groups.clear();
    auto done = ResolveNames();
    if (done) done = reader_.Descend(Roots(selected_));
    if (done) done = reader_.ReadPrimaryMembers(Roots(selected_));
    if (done) done = ReadById(request_.lookup_ids, kPersonFilter);
    if (done) done = reader_.DescendGroups(Roots(nss_));
    if (done) done = ReadForest();
    if (!done) return done.error();
    AddMembers();
    NotePrimaryGroups();
    done = ReadById(missing_groups_, kGroupFilter);
    memory_.tokens.Doubt(request_.doubtful_ids);
    if (done) done = memory_.tokens.Apply(searcher_, Names(selected_), Names(nss_), out_.closure, deadline_);
    if (!done) return done.error();
    if (forest_walk_) forest_walk_->Settle(selected_, nss_, out_.closure);
    NoteKnownGroups();
    NoteWatched();
    if (forest_walk_) forest_walk_->Finish(out_.closure);
    reader_.ReportOmissions();
    ReportForeign();
    return std::move(out_);
  }

 private:
  using GroupsByGuid = std::map<std::string, const Group*>;

  static std::vector<std::string> Roots(const GroupsByGuid& groups) {
    std::vector<std::string> out;
    for (const auto& [guid, group] : groups) out.push_back(guid);
    return out;
  }

  static std::map<std::string, std::string> Names(const GroupsByGuid& groups) {
    std::map<std::string, std::string> out;
    for (const auto& [guid, group] : groups) out[group->id] = group->name;
    return out;
  }

  base::Result<void> ResolveNames() {
    NameResolver resolver(reader_, entry_reader_.domain(), out_.closure.warnings);
    std::vector<std::string> names = request_.groups;
    names.insert(names.end(), request_.nss_groups.begin(), request_.nss_groups.end());
    const auto groups = resolver.Resolve(names, NameResolver::Kind::kGroups, request_.pins);
    if (!groups) return groups.error();
    std::vector<std::string> own_users = request_.users;
    if (forest_ != nullptr) std::erase_if(own_users, [this](const auto& name) { return forest_->RouteOf(name); });
    const auto users = resolver.Resolve(own_users, NameResolver::Kind::kPersons, request_.pins);
    if (!users) return users.error();
    for (const auto& [name, found] : *groups) {
      const Group* group = graph_.FindGroup(found.guid);
      out_.closure.groups[name] = {found.resolution, group == nullptr ? Group{} : *group};
    }
    SelectGroups(*groups, request_.groups, selected_);
    SelectGroups(*groups, request_.nss_groups, nss_);
    for (const auto& [name, found] : *users) {
      const auto account = graph_.accounts().find(found.guid);
      if (account != graph_.accounts().end()) out_.closure.users[name] = account->second.id;
      if (found.resolution == Resolution::kFound) continue;
      if (found.resolution == Resolution::kAmbiguous) out_.closure.ambiguous_users.push_back(name);
      Warn(out_.closure.warnings, UserWarning(name, found.resolution));
    }
    return {};
  }

  void SelectGroups(const std::map<std::string, ResolvedName>& resolved, const std::vector<std::string>& names,
                    GroupsByGuid& into) {
    for (const std::string& name : names) {
      const std::string& guid = resolved.at(name).guid;
      const Group* group = graph_.FindGroup(guid);
      if (group != nullptr && group->security) into[guid] = group;
    }
  }

  base::Result<void> ReadById(const std::vector<std::string>& ids, const char* kinds) {
    std::vector<std::string> filters;
    for (const std::string& id : ids) {
      const auto sid = SplitSid(id) ? SidToBinary(id) : std::nullopt;
      if (sid) filters.push_back(Equals("objectSid", *sid));
    }
    return reader_.Read(entry_reader_.domain().naming_context, kinds, filters, false);
  }

  // After everything else is read: from here on the graph holds what the own domain knows nothing of.
  base::Result<void> ReadForest() {
    if (forest_ == nullptr) return {};
    forest_walk_.emplace(*forest_, reader_, entry_reader_.domain(), graph_, out_.closure.warnings, deadline_);
    auto done = forest_walk_->Read(Roots(selected_), Roots(nss_), {request_.users, request_.lookup_ids, request_.pins});
    for (const auto& [name, id] : forest_walk_->users()) out_.closure.users[name] = id;
    for (const auto& name : forest_walk_->ambiguous_users()) out_.closure.ambiguous_users.push_back(name);
    return done;
  }

  void ReportForeign() {
    for (const auto& [guid, sids] : reader_.foreign_members()) {
      const auto left_out =
          std::count_if(sids.begin(), sids.end(), [this](const auto& sid) { return !graph_.Knows(sid); });
      if (left_out == 0) continue;
      Warn(out_.closure.warnings,
           "group " + base::Printable(graph_.FindGroup(guid)->name) + ": " + std::to_string(left_out) +
               " members of other domains are left out ([directory] domains names those to read)");
    }
  }

  // Everybody in a selected group, then those that were asked for by name or id, then what nss
  // groups these are in.
  void AddMembers() {
    auto& members = out_.closure.members;
    for (const auto& [guid, group] : selected_) {
      for (auto& [account_guid, way] : graph_.WaysFrom(guid)) {
        MemberOf(account_guid).memberships.push_back({group->id, std::move(way), false});
      }
    }
    std::set<std::string> wanted(request_.lookup_ids.begin(), request_.lookup_ids.end());
    for (const auto& [name, id] : out_.closure.users) wanted.insert(id);
    for (const auto& [guid, account] : graph_.accounts()) {
      if (wanted.contains(account.id)) (void)MemberOf(guid);
    }
    for (const auto& [guid, group] : nss_) {
      for (const auto& [account_guid, way] : graph_.WaysFrom(guid)) {
        const auto member = members.find(graph_.accounts().at(account_guid).id);
        if (member != members.end()) member->second.nss_group_ids.push_back(group->id);
      }
    }
    for (auto& [id, member] : members) std::sort(member.nss_group_ids.begin(), member.nss_group_ids.end());
  }

  Member& MemberOf(const std::string& account_guid) {
    const Account& account = graph_.accounts().at(account_guid);
    Member& member = out_.closure.members[account.id];
    member.account = account;
    return member;
  }

  void NotePrimaryGroups() {
    std::set<std::string> known;
    for (const auto& [guid, group] : graph_.groups()) known.insert(group.id);
    std::set<std::string> missing;
    for (const auto& [id, member] : out_.closure.members) {
      const std::string& primary = member.account.primary_group_id;
      if (!primary.empty() && !known.contains(primary)) missing.insert(primary);
    }
    missing_groups_.assign(missing.begin(), missing.end());
  }

  void NoteKnownGroups() {
    std::set<std::string> primary;
    for (const auto& [id, member] : out_.closure.members) primary.insert(member.account.primary_group_id);
    for (const auto& [guid, group] : graph_.groups()) {
      if (selected_.contains(guid) || nss_.contains(guid) || primary.contains(group.id)) {
        out_.closure.known_groups[group.id] = group;
      }
    }
  }

  void NoteWatched() {
    Watched& watched = out_.watched;
    watched.policy = entry_reader_.account_policy();
    for (const auto& [guid, group] : graph_.groups()) watched.guids.insert(guid);
    for (const auto& [guid, account] : graph_.accounts()) watched.guids.insert(guid);
    for (const auto* names : {&request_.groups, &request_.nss_groups, &request_.users}) {
      for (const std::string& name : *names) watched.names.insert(NameKey(name));
    }
    for (const std::string& guid : reader_.GroupsBelow(Roots(selected_))) {
      watched.group_ids.insert(graph_.FindGroup(guid)->id);
    }
    for (const auto& [guid, group] : nss_) watched.nss_ids.insert(group->id);
  }

  LdapSearcher& searcher_;
  const EntryReader& entry_reader_;
  const WalkRequest& request_;
  WalkMemory& memory_;
  base::Deadline deadline_;
  WalkOutcome out_;
  MembershipGraph graph_;
  GraphReader reader_;
  Forest* forest_;  // may be null
  std::optional<ForestWalk> forest_walk_;
  GroupsByGuid selected_;
  GroupsByGuid nss_;
  std::vector<std::string> missing_groups_;
};

}  // namespace

base::Result<WalkOutcome> WalkClosure(LdapSearcher& searcher, const EntryReader& reader, const WalkRequest& request,
                                      WalkMemory& memory, base::Deadline deadline, Forest* forest) {
  return Walk(searcher, reader, request, memory, deadline, forest).Run();
}

}  // namespace taglogin::directory
