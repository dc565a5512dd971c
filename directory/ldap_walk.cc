// SPDX-License-Identifier: Apache-2.0
#include "directory/ldap_walk.h"

#include <utility>

#include "directory/account_name.h"
#include "directory/directory_name.h"
#include "directory/ldap_filter.h"
#include "directory/ldap_graph.h"
#include "directory/pinned_name.h"

namespace taglogin::directory {
namespace {

class LdapWalk {
 public:
  LdapWalk(LdapSearcher& searcher, const LdapEntryReader& reader, const WalkRequest& request, base::Deadline deadline)
      : entry_reader_(reader), request_(request), graph_(searcher, reader, out_.closure.warnings, deadline) {}

  base::Result<LdapWalkOutcome> Run() {
    auto done = ResolveGroups();
    if (done) done = ResolveUsers();
    if (done) done = graph_.Descend(Together(selected_, nss_));
    if (done) done = ReadLookups();
    if (!done) return done.error();
    AddMembers();
    if (auto read = ReadPrimaryGroups(); !read) return read.error();
    for (const std::string& id : Together(selected_, nss_)) {
      out_.closure.known_groups[id] = *graph_.graph().FindGroup(id);
    }
    NoteWatched();
    graph_.ReportOmissions();
    return std::move(out_);
  }

 private:
  static std::vector<std::string> Together(const std::set<std::string>& a, const std::set<std::string>& b) {
    std::set<std::string> all = a;
    all.insert(b.begin(), b.end());
    return {all.begin(), all.end()};
  }

  std::string Short(const std::string& user) const { return WithoutDomain(user, entry_reader_.facts().domain); }

  // What the names stand for; everything that was found is in the graph then.
  base::Result<std::map<std::string, ResolvedName>> Resolve(const std::vector<std::string>& names, bool groups) {
    const LdapSchema& schema = entry_reader_.schema();
    std::vector<std::string> name_filters;
    std::vector<std::string> id_filters;
    for (const std::string& name : names) {
      if (name.empty() || name.size() > kMaxNameBytes) continue;
      name_filters.push_back(groups ? Equals(schema.group_name, name) : Equals(schema.account_name, Short(name)));
      const auto pin = request_.pins.find(name);
      if (pin != request_.pins.end()) id_filters.push_back(Equals(entry_reader_.facts().id_attribute, pin->second));
    }
    NameCandidates by_name;
    NameCandidates by_id;
    // Groups and accounts may have one name, and then one pin, which is the one's or the other's.
    std::set<std::string> of_other_kind;
    const auto collect = [&of_other_kind, groups](NameCandidates& into, bool by_id_alone) {
      return [&of_other_kind, groups, by_id_alone, &into](const LdapObject& object) {
        const std::string& id = object.kind == LdapObject::Kind::kGroup ? object.group.id : object.account.id;
        if (object.kind != (groups ? LdapObject::Kind::kGroup : LdapObject::Kind::kAccount)) {
          of_other_kind.insert(id);
          return;
        }
        const std::string& name = groups ? object.group.name : object.account.name;
        into.emplace(by_id_alone ? id : NameKey(name), NameCandidate{id, id});
      };
    };
    const std::string kind = groups ? entry_reader_.GroupFilter() : entry_reader_.AccountFilter();
    auto done = graph_.Read(kind, name_filters, collect(by_name, false));
    const std::string any_kind = AnyOf({entry_reader_.GroupFilter(), entry_reader_.AccountFilter()});
    if (done) done = graph_.Read(any_kind, id_filters, collect(by_id, true));
    if (!done) return done.error();
    std::map<std::string, ResolvedName> out;
    for (const std::string& name : names) {
      const auto pin = request_.pins.find(name);
      const bool pinned = pin != request_.pins.end() && !of_other_kind.contains(pin->second);
      const std::string asked = groups ? name : Short(name);
      out[name] = JudgeName(asked, by_name, by_id, pinned ? pin->second : "", out_.closure.warnings);
    }
    return out;
  }

  base::Result<void> ResolveGroups() {
    std::vector<std::string> names = request_.groups;
    names.insert(names.end(), request_.nss_groups.begin(), request_.nss_groups.end());
    const auto groups = Resolve(names, true);
    if (!groups) return groups.error();
    for (const auto& [name, found] : *groups) {
      const Group* group = graph_.graph().FindGroup(found.guid);
      out_.closure.groups[name] = {found.resolution, group == nullptr ? Group{} : *group};
    }
    for (const std::string& name : request_.groups) Select(groups->at(name).guid, selected_);
    for (const std::string& name : request_.nss_groups) Select(groups->at(name).guid, nss_);
    return {};
  }

  void Select(const std::string& id, std::set<std::string>& into) const {
    if (graph_.graph().FindGroup(id) != nullptr) into.insert(id);
  }

  base::Result<void> ResolveUsers() {
    const auto users = Resolve(request_.users, false);
    if (!users) return users.error();
    for (const auto& [name, found] : *users) {
      if (!found.guid.empty()) out_.closure.users[name] = found.guid;
      if (found.resolution == Resolution::kAmbiguous) out_.closure.ambiguous_users.push_back(name);
      if (found.resolution != Resolution::kFound) Warn(out_.closure.warnings, UserWarning(name, found.resolution));
    }
    return {};
  }

  base::Result<void> ReadLookups() {
    std::vector<std::string> filters;
    for (const std::string& id : request_.lookup_ids) {
      if (!id.empty()) filters.push_back(Equals(entry_reader_.facts().id_attribute, id));
    }
    return graph_.Read(entry_reader_.AccountFilter(), filters);
  }

  void AddMembers() {
    for (const std::string& group : selected_) {
      for (auto& [account, way] : graph_.graph().WaysFrom(group)) {
        // Nobody can tell which of those with that name is meant, also by a group that keeps out: both are refused.
        MemberOf(account).memberships.push_back({group, std::move(way), graph_.IsDoubtful(account)});
      }
    }
    for (const auto& [name, id] : out_.closure.users) (void)MemberOf(id);
    for (const std::string& id : request_.lookup_ids) {
      if (graph_.graph().accounts().contains(id)) (void)MemberOf(id);
    }
    for (const std::string& group : nss_) {
      for (const auto& [account, way] : graph_.graph().WaysFrom(group)) {
        const auto member = out_.closure.members.find(account);
        if (member != out_.closure.members.end()) member->second.nss_group_ids.push_back(group);
      }
    }
  }

  Member& MemberOf(const std::string& id) {
    Member& member = out_.closure.members[id];
    member.account = graph_.graph().accounts().at(id);
    return member;
  }

  // All groups with the members' gid numbers: two with one number are two too many, and who shows them must know.
  base::Result<void> ReadPrimaryGroups() {
    std::set<std::uint32_t> gids;
    for (const auto& [id, member] : out_.closure.members) {
      if (member.account.gid_number) gids.insert(*member.account.gid_number);
    }
    std::vector<std::string> filters;
    for (const std::uint32_t gid : gids) {
      filters.push_back(Equals(entry_reader_.schema().gid_number, std::to_string(gid)));
    }
    std::map<std::uint32_t, std::set<std::string>> found;
    const auto collect = [&](const LdapObject& object) {
      if (object.kind != LdapObject::Kind::kGroup || !object.group.gid_number) return;
      if (!gids.contains(*object.group.gid_number)) return;
      out_.closure.known_groups[object.group.id] = object.group;
      found[*object.group.gid_number].insert(object.group.id);
    };
    if (auto done = graph_.Read(entry_reader_.GroupFilter(), filters, collect); !done) return done;
    for (auto& [id, member] : out_.closure.members) {
      const auto groups = found.find(member.account.gid_number.value_or(0));
      if (groups != found.end() && groups->second.size() == 1) {
        member.account.primary_group_id = *groups->second.begin();
      }
    }
    return {};
  }

  void NoteWatched() {
    LdapWatched& watched = out_.watched;
    for (const auto& [id, group] : graph_.graph().groups()) watched.ids.insert(id);
    for (const auto& [id, account] : graph_.graph().accounts()) watched.ids.insert(id);
    watched.names = graph_.names_seen();
    for (const auto* names : {&request_.groups, &request_.nss_groups}) {
      for (const std::string& name : *names) watched.names.insert(NameKey(name));
    }
    for (const std::string& name : request_.users) watched.names.insert(NameKey(Short(name)));
    for (const std::string& id : graph_.descended()) {
      if (const auto gid = graph_.graph().FindGroup(id)->gid_number) watched.gid_numbers.insert(*gid);
    }
  }

  const LdapEntryReader& entry_reader_;
  const WalkRequest& request_;
  LdapWalkOutcome out_;
  LdapGraph graph_;
  std::set<std::string> selected_;  // ids
  std::set<std::string> nss_;
};

}  // namespace

base::Result<LdapWalkOutcome> WalkLdap(LdapSearcher& searcher, const LdapEntryReader& reader,
                                       const WalkRequest& request, base::Deadline deadline) {
  return LdapWalk(searcher, reader, request, deadline).Run();
}

base::Result<std::vector<Account>> FindLdapAccounts(LdapSearcher& searcher, const LdapEntryReader& reader,
                                                    const std::string& login_name, base::Deadline deadline) {
  Query query;
  query.base = reader.facts().search_base;
  query.subtree = true;
  query.whole = true;
  query.filter = AllOf({reader.AccountFilter(), Equals(reader.schema().account_name, login_name)});
  query.attributes = reader.Attributes();
  std::vector<Account> found;
  const auto take = [&](std::size_t, const Entry& entry) {
    LdapObject object = reader.Read(entry);
    if (object.kind != LdapObject::Kind::kAccount || NameKey(object.account.name) != NameKey(login_name)) return;
    found.push_back(std::move(object.account));
  };
  if (auto done = searcher.Search({query}, deadline, take); !done) return done.error();
  return found;
}

}  // namespace taglogin::directory
