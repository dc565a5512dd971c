// SPDX-License-Identifier: Apache-2.0
// Fills a MembershipGraph from an LDAP server, breadth first. A member is named by its DN or by its login name, an
// object goes by its id. Private to this room.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "directory/ldap_entries.h"
#include "directory/ldap_searcher.h"
#include "directory/membership_graph.h"

namespace taglogin::directory {

class LdapGraph {
 public:
  // All must outlive it.
  LdapGraph(LdapSearcher& searcher, const LdapEntryReader& reader, std::vector<std::string>& warnings,
            base::Deadline deadline)
      : searcher_(searcher), reader_(reader), warnings_(warnings), deadline_(deadline) {}

  using OnObject = std::function<void(const LdapObject& object)>;

  // Objects within the search base that match `kind` and one of `filters` (each of which matches a few at most).
  base::Result<void> Read(const std::string& kind, const std::vector<std::string>& filters,
                          const OnObject& on_object = nullptr);
  // Everything below these groups, by id: nested groups and accounts, those included whose primary group is one
  // of them. An error if one of the groups could not be read completely.
  base::Result<void> Descend(const std::vector<std::string>& roots);

  const MembershipGraph& graph() const { return graph_; }
  // The groups that Descend has come by.
  const std::set<std::string>& descended() const { return descended_; }
  const std::set<std::string>& names_seen() const { return names_seen_; }
  // Whether the account shares its name with another one, where a group says that name.
  bool IsDoubtful(const std::string& id) const { return doubtful_.contains(id); }
  // Adds warnings about what was left out so far.
  void ReportOmissions();

 private:
  // Members of a group as it names them.
  struct Named {
    std::vector<std::string> names;
    std::vector<std::string> dns;
  };
  base::Result<void> ReadDns(const std::set<std::string>& dns);
  base::Result<void> ReadNames(const std::set<std::string>& names);
  base::Result<void> ReadPrimaryMembers(const std::vector<std::string>& groups);
  base::Result<void> ReadMembersOf(const std::vector<std::string>& groups);
  std::vector<std::string> Link(const std::vector<std::string>& groups);
  Query ForObjects(std::string filter) const;
  std::string Take(LdapObject object);

  LdapSearcher& searcher_;
  const LdapEntryReader& reader_;
  std::vector<std::string>& warnings_;
  base::Deadline deadline_;
  MembershipGraph graph_;
  std::map<std::string, Named> named_;                        // by group id
  std::map<std::string, std::string> faults_;                 // by group id: why it is not known completely
  std::map<std::string, std::string> id_of_dn_;               // by DN as a group writes it; empty: nothing that counts
  std::map<std::string, std::set<std::string>> ids_of_name_;  // by NameKey
  std::map<std::string, std::set<std::string>> primary_members_;  // by group id
  std::set<std::string> descended_;
  std::set<std::string> names_seen_;  // NameKey
  std::string broken_;                // a group that has no id
  std::size_t outside_ = 0;
  std::size_t missing_ = 0;
  std::set<std::string> doubtful_;  // ids
  std::string first_doubtful_;      // a name
};

}  // namespace taglogin::directory
