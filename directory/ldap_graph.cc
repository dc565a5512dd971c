// SPDX-License-Identifier: Apache-2.0
#include "directory/ldap_graph.h"

#include <algorithm>
#include <utility>

#include "base/printable.h"
#include "directory/directory_name.h"
#include "directory/ldap_filter.h"
#include "directory/pinned_name.h"

namespace taglogin::directory {
namespace {

// A server as it comes gives 500 entries to one search; each of these terms matches one, or a few.
constexpr std::size_t kBatch = 25;
constexpr std::size_t kMaxGroups = 100000;

}  // namespace

Query LdapGraph::ForObjects(std::string filter) const {
  Query query;
  query.base = reader_.facts().search_base;
  query.subtree = true;
  query.whole = true;
  query.filter = std::move(filter);
  query.attributes = reader_.Attributes();
  return query;
}

base::Result<void> LdapGraph::Read(const std::string& kind, const std::vector<std::string>& filters,
                                   const OnObject& on_object) {
  std::vector<Query> queries;
  for (std::size_t at = 0; at < filters.size(); at += kBatch) {
    const auto begin = filters.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end = filters.begin() + static_cast<std::ptrdiff_t>(std::min(at + kBatch, filters.size()));
    queries.push_back(ForObjects(AllOf({kind, AnyOf(std::vector<std::string>(begin, end))})));
  }
  const auto take = [&](std::size_t, const Entry& entry) {
    LdapObject object = reader_.Read(entry);
    if (on_object) on_object(object);
    (void)Take(std::move(object));
  };
  if (auto done = searcher_.Search(queries, deadline_, take); !done) return done;
  if (!broken_.empty()) return base::Unavailable(broken_);
  return {};
}

// The id of what counts; empty when it does not.
std::string LdapGraph::Take(LdapObject object) {
  switch (object.kind) {
    case LdapObject::Kind::kAccount: {
      std::string id = object.account.id;
      if (!graph_.Knows(id)) graph_.AddAccount(std::move(object.account));
      return id;
    }
    case LdapObject::Kind::kGroup: {
      std::string id = object.group.id;
      if (graph_.Knows(id)) return id;
      graph_.AddGroup(std::move(object.group));
      named_[id] = {std::move(object.member_names), std::move(object.member_dns)};
      if (!object.fault.empty()) faults_[id] = std::move(object.fault);
      return id;
    }
    case LdapObject::Kind::kOutside:
      ++outside_;
      return {};
    case LdapObject::Kind::kUnsound:
      // A person who is nobody gets nothing; a group that is nobody's business could have kept people out.
      if (object.fault.starts_with("group ")) broken_ = object.fault;
      Warn(warnings_, object.fault);
      return {};
    case LdapObject::Kind::kOther:
      return {};
  }
  return {};
}

base::Result<void> LdapGraph::Descend(const std::vector<std::string>& roots) {
  std::vector<std::string> frontier;
  const auto add = [&](const std::string& id) {
    if (graph_.FindGroup(id) != nullptr && descended_.insert(id).second) frontier.push_back(id);
  };
  for (const std::string& id : roots) add(id);
  while (!frontier.empty()) {
    if (descended_.size() > kMaxGroups) return base::Unavailable("more nested groups than are believable");
    const std::vector<std::string> groups = std::exchange(frontier, {});
    if (auto done = ReadMembersOf(groups); !done) return done;
    if (auto done = ReadPrimaryMembers(groups); !done) return done;
    for (const std::string& id : Link(groups)) add(id);
  }
  return {};
}

base::Result<void> LdapGraph::ReadMembersOf(const std::vector<std::string>& groups) {
  std::set<std::string> dns;
  std::set<std::string> names;
  for (const std::string& id : groups) {
    if (const auto fault = faults_.find(id); fault != faults_.end()) return base::Unavailable(fault->second);
    const Named& named = named_.at(id);
    for (const std::string& dn : named.dns) {
      if (!dn.empty() && !id_of_dn_.contains(dn)) dns.insert(dn);
    }
    for (const std::string& name : named.names) {
      if (name.empty() || name.size() > kMaxNameBytes) continue;
      names_seen_.insert(NameKey(name));
      if (!ids_of_name_.contains(NameKey(name))) names.insert(name);
    }
  }
  auto done = ReadDns(dns);
  return done ? ReadNames(names) : done;
}

// One base search each: whatever case and spaces a group writes a DN with, the server knows what it means.
base::Result<void> LdapGraph::ReadDns(const std::set<std::string>& dns) {
  const std::vector<std::string> asked(dns.begin(), dns.end());
  std::vector<Query> queries;
  for (const std::string& dn : asked) {
    Query query;
    query.base = dn;
    query.attributes = reader_.Attributes();
    queries.push_back(std::move(query));
    id_of_dn_[dn].clear();
  }
  std::size_t found = 0;
  const auto take = [&](std::size_t index, const Entry& entry) {
    ++found;
    id_of_dn_[asked[index]] = Take(reader_.Read(entry));
  };
  if (auto done = searcher_.Search(queries, deadline_, take); !done) return done;
  missing_ += asked.size() - std::min(found, asked.size());
  if (!broken_.empty()) return base::Unavailable(broken_);
  return {};
}

base::Result<void> LdapGraph::ReadNames(const std::set<std::string>& names) {
  std::vector<std::string> filters;
  for (const std::string& name : names) filters.push_back(Equals(reader_.schema().account_name, name));
  std::map<std::string, std::set<std::string>> ids;  // by NameKey
  const auto collect = [&ids](const LdapObject& object) {
    if (object.kind == LdapObject::Kind::kAccount) ids[NameKey(object.account.name)].insert(object.account.id);
  };
  if (auto done = Read(reader_.AccountFilter(), filters, collect); !done) return done;
  for (const std::string& name : names) {
    const std::set<std::string>& found = ids_of_name_[NameKey(name)] = ids[NameKey(name)];
    if (found.empty()) ++missing_;
    if (found.size() < 2) continue;
    if (doubtful_.empty()) first_doubtful_ = name;
    doubtful_.insert(found.begin(), found.end());
  }
  return {};
}

base::Result<void> LdapGraph::ReadPrimaryMembers(const std::vector<std::string>& groups) {
  for (const std::string& id : groups) {
    const auto gid = graph_.FindGroup(id)->gid_number;
    if (!gid) continue;
    // Nobody knows how many these are. One at a time: slapd holds no more than one paged search on a connection.
    Query query =
        ForObjects(AllOf({reader_.AccountFilter(), Equals(reader_.schema().gid_number, std::to_string(*gid))}));
    query.paged = true;
    const auto take = [&](std::size_t, const Entry& entry) {
      LdapObject object = reader_.Read(entry);
      if (object.kind == LdapObject::Kind::kAccount && object.account.gid_number == gid) {
        primary_members_[id].insert(object.account.id);
      }
      (void)Take(std::move(object));
    };
    if (auto done = searcher_.Search({query}, deadline_, take); !done) return done;
  }
  return {};
}

// Gives the groups their members by id; the groups among those.
std::vector<std::string> LdapGraph::Link(const std::vector<std::string>& groups) {
  std::vector<std::string> nested;
  for (const std::string& id : groups) {
    const Named& named = named_.at(id);
    std::set<std::string> members = primary_members_[id];
    for (const std::string& dn : named.dns) {
      if (const auto known = id_of_dn_.find(dn); known != id_of_dn_.end()) members.insert(known->second);
    }
    for (const std::string& name : named.names) {
      const auto known = ids_of_name_.find(NameKey(name));
      if (known != ids_of_name_.end()) members.insert(known->second.begin(), known->second.end());
    }
    members.erase("");
    for (const std::string& member : members) {
      if (graph_.FindGroup(member) != nullptr) nested.push_back(member);
    }
    graph_.AddMembers(id, {members.begin(), members.end()});
  }
  return nested;
}

void LdapGraph::ReportOmissions() {
  if (outside_ > 0) Warn(warnings_, std::to_string(outside_) + " accounts lie outside search_base and are left out");
  if (missing_ > 0) {
    Warn(warnings_, std::to_string(missing_) +
                        " members of groups are not there, or not shown by the server, and are "
                        "left out");
  }
  if (!doubtful_.empty()) {
    Warn(warnings_, std::to_string(doubtful_.size()) +
                        " accounts share a name that a group holds, and are refused; one of the names is " +
                        base::Printable(first_doubtful_));
  }
}

}  // namespace taglogin::directory
