// SPDX-License-Identifier: Apache-2.0
// Groups, accounts and who is in what, as read so far; ways from a group to accounts. Private to
// this room. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "directory/records.h"

namespace taglogin::directory {

class MembershipGraph {
 public:
  void AddGroup(Group group);
  // `guids` may be of objects that are never added; a group known by then.
  void AddMembers(const std::string& group_guid, const std::vector<std::string>& guids);
  void AddAccount(Account account);
  // Something that is neither: it is not asked for again.
  void Ignore(const std::string& guid) { ignored_.insert(guid); }

  bool Knows(const std::string& guid) const;
  const Group* FindGroup(const std::string& guid) const;
  const std::map<std::string, Group>& groups() const { return groups_; }        // by guid
  const std::map<std::string, Account>& accounts() const { return accounts_; }  // by guid
  const std::vector<std::string>& Members(const std::string& group_guid) const;

  // For each account in the group, directly, through nested security groups or by its primary
  // group: the names of the groups on a shortest way, first the group itself. By account guid.
  // A distribution group leads nowhere (MS-ADTS 2.2.12: it is in no token).
  std::map<std::string, std::vector<std::string>> WaysFrom(const std::string& group_guid) const;

 private:
  std::map<std::string, Group> groups_;
  std::map<std::string, Account> accounts_;
  std::map<std::string, std::vector<std::string>> members_;       // by group guid
  std::map<std::string, std::set<std::string>> primary_members_;  // account guids by group id
  std::set<std::string> ignored_;
};

}  // namespace taglogin::directory
