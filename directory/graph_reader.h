// SPDX-License-Identifier: Apache-2.0
// Fills a MembershipGraph from a server, breadth first, many objects to a request. Private to this
// room.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "directory/entry_reader.h"
#include "directory/ldap_searcher.h"
#include "directory/membership_graph.h"
#include "directory/pinned_name.h"

namespace taglogin::directory {

class GraphReader {
 public:
  // All must outlive it. `not_groups` holds guids of objects that are known to be no groups, from
  // walk to walk: what an object is never changes.
  GraphReader(LdapSearcher& searcher, const EntryReader& reader, MembershipGraph& graph,
              std::set<std::string>& not_groups, std::vector<std::string>& warnings, base::Deadline deadline);

  using OnObject = std::function<void(const EntryReader::Object& object)>;

  // Objects that match one of `filters` (at most kBatch to a request) below `base`, put into the
  // graph; groups come with all their members' guids. `kinds` is an RFC 4515 filter or empty.
  base::Result<void> Read(const std::string& base, const std::string& kinds, const std::vector<std::string>& filters,
                          bool paged, const OnObject& on_object = nullptr);
  // Everything below these groups, by guid: nested groups and accounts.
  base::Result<void> Descend(const std::vector<std::string>& roots);
  // Nested groups alone.
  base::Result<void> DescendGroups(const std::vector<std::string>& roots);
  // Accounts whose primary group is a security group below these roots.
  base::Result<void> ReadPrimaryMembers(const std::vector<std::string>& roots);

  using Foreign = std::map<std::string, std::set<std::string>>;
  // By guid of a group: SIDs of its members that are not of this domain.
  const Foreign& foreign_members() const { return foreign_; }
  // Of a group in the graph.
  EntryReader::Scope ScopeOf(const std::string& group_guid) const;

  // Adds warnings about what was left out so far.
  void ReportOmissions();

  // Nested security groups below (and with) these roots that are in the graph.
  std::set<std::string> GroupsBelow(const std::vector<std::string>& roots) const;

 private:
  std::set<std::string> UnknownMembers(const std::vector<std::string>& roots, bool groups_alone) const;
  base::Result<void> DescendBy(const std::vector<std::string>& roots, bool groups_alone);
  void Take(EntryReader::Object object, const OnObject& on_object);
  void TakeMembers(const Group& group, const MemberRange& range);
  base::Result<void> ReadFurtherMembers();

  LdapSearcher& searcher_;
  const EntryReader& reader_;
  MembershipGraph& graph_;
  std::set<std::string>& not_groups_;
  std::vector<std::string>& warnings_;
  base::Deadline deadline_;
  std::map<std::string, std::uint64_t> unfinished_;  // group guid -> where its members go on
  Foreign foreign_;
  std::map<std::string, EntryReader::Scope> scopes_;  // by group guid
  std::size_t outside_ = 0;                           // accounts outside the search base
  std::string first_outside_;
  std::size_t hidden_ = 0;  // members that the server did not give
  std::string broken_;      // name of a group whose members made no sense
};

// Filters for what a name or id stands for.
inline constexpr const char* kPersonFilter = "(&(objectCategory=person)(objectClass=user))";
inline constexpr const char* kGroupFilter = "(objectCategory=group)";

}  // namespace taglogin::directory
