// SPDX-License-Identifier: Apache-2.0
// The part of a walk that lies in further domains: who there is in the configured domain's groups, by the rules of
// scope (MS-ADTS 3.1.1.3.1.1.5, "Groups" in Microsoft's "Active Directory security groups"): a global group holds its
// own domain's, a universal one its forest's, a domain local one anybody; a domain local group of another domain counts
// for nothing here. Private to this room.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "directory/directory.h"
#include "directory/forest.h"
#include "directory/graph_reader.h"
#include "directory/membership_graph.h"

namespace taglogin::directory {

class ForestWalk {
 public:
  // All must outlive it. Objects of further domains have their SID for a guid in `graph`.
  ForestWalk(Forest& forest, GraphReader& own, const Domain& own_domain, MembershipGraph& graph,
             std::vector<std::string>& warnings, base::Deadline deadline);

  // What else to read: names of users out of rules, and ids, both of further domains; others are left alone.
  struct Wanted {
    std::vector<std::string> users;
    std::vector<std::string> ids;
    const std::map<std::string, std::string>& pins;
  };
  // Everybody below the groups `selected`, and those wanted, into the graph; of what the groups `nss` hold, no more
  // than it takes for Settle. `own` must have read below all of these by now. Errors: of the configured domain alone.
  base::Result<void> Read(const std::vector<std::string>& selected, const std::vector<std::string>& nss,
                          const Wanted& wanted);
  // Name -> id of the users found.
  const std::map<std::string, std::string>& users() const { return users_; }
  // Names of those wanted that could mean several accounts.
  const std::vector<std::string>& ambiguous_users() const { return ambiguous_users_; }

  // Compares the memberships of accounts of further domains with their own domains' tokenGroups, as TokenCheck does:
  // `selected` and `nss` by guid. Only what their own domain says of its own groups can add a membership.
  void Settle(const std::map<std::string, const Group*>& selected, const std::map<std::string, const Group*>& nss,
              Closure& closure);
  // Primary groups of members, by id; ages; guids as their domains have them. The walk is over.
  void Finish(Closure& closure);

 private:
  using Scope = EntryReader::Scope;
  base::Result<void> Explore(const Wanted& wanted);
  base::Result<bool> ExploreOnce(const Wanted& wanted);  // false: a domain failed
  bool Asked(ForeignDomain& domain, const base::Result<void>& result);
  base::Result<void> ReadOwn(const std::set<std::string>& sids);
  bool Step();
  bool Admits(Scope scope, bool in_forest, const std::string& sid) const;
  void Consider(const std::string& holder, Scope scope, const ForeignDomain* from, const std::string& sid);
  base::Result<void> AskDomain(ForeignDomain& domain, const Wanted& wanted);
  void Merge();
  void MergeDomain(const ForeignDomain& domain);
  void TakeUsers(const Wanted& wanted);
  std::set<std::string> HeldBy(const std::string& group_guid) const;
  void SettleMember(Member& member, const std::map<std::string, const Group*>& selected,
                    const std::map<std::string, const Group*>& nss);
  void ReportOmissions();

  Forest& forest_;
  GraphReader& own_;
  const Domain& own_domain_;
  MembershipGraph& graph_;
  std::vector<std::string>& warnings_;
  base::Deadline deadline_;
  std::vector<std::string> selected_;
  std::vector<std::string> nss_;
  std::set<std::string> own_roots_;                        // guids: selected, and what further domains' groups hold
  std::map<std::string, std::string> own_guids_;           // by SID: own objects that further domains' groups hold
  std::set<std::string> own_sids_;                         // … asked for
  std::map<ForeignDomain*, std::set<std::string>> roots_;  // SIDs that others hold
  std::map<ForeignDomain*, std::set<std::string>> also_;   // SIDs to know of, without what is below
  std::map<std::string, std::set<std::string>> held_;      // holder (own guid, or SID) -> SIDs of another domain
  std::map<std::string, std::set<std::string>> held_by_;   // memo of HeldBy
  std::map<std::string, std::string> users_;
  std::vector<std::string> ambiguous_users_;
};

}  // namespace taglogin::directory
