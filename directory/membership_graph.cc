// SPDX-License-Identifier: Apache-2.0
#include "directory/membership_graph.h"

#include <algorithm>
#include <deque>
#include <utility>

namespace taglogin::directory {

void MembershipGraph::AddGroup(Group group) {
  const std::string guid = group.guid;
  groups_.insert_or_assign(guid, std::move(group));
}

void MembershipGraph::AddMembers(const std::string& group_guid, const std::vector<std::string>& guids) {
  auto& members = members_[group_guid];
  members.insert(members.end(), guids.begin(), guids.end());
}

void MembershipGraph::AddAccount(Account account) {
  const std::string guid = account.guid;
  primary_members_[account.primary_group_id].insert(guid);
  accounts_.insert_or_assign(guid, std::move(account));
}

bool MembershipGraph::Knows(const std::string& guid) const {
  return groups_.contains(guid) || accounts_.contains(guid) || ignored_.contains(guid);
}

const Group* MembershipGraph::FindGroup(const std::string& guid) const {
  const auto found = groups_.find(guid);
  return found == groups_.end() ? nullptr : &found->second;
}

const std::vector<std::string>& MembershipGraph::Members(const std::string& group_guid) const {
  static const std::vector<std::string> kNone;
  const auto found = members_.find(group_guid);
  return found == members_.end() ? kNone : found->second;
}

std::map<std::string, std::vector<std::string>> MembershipGraph::WaysFrom(const std::string& group_guid) const {
  std::map<std::string, std::vector<std::string>> ways;
  std::set<std::string> visited;
  std::deque<std::pair<const Group*, std::vector<std::string>>> waiting;
  const auto visit = [&](const std::string& guid, const std::vector<std::string>& way) {
    const Group* group = FindGroup(guid);
    if (group == nullptr || !group->security || !visited.insert(guid).second) return;
    waiting.emplace_back(group, way);
    waiting.back().second.push_back(group->domain.empty() ? group->name : group->name + '@' + group->domain);
  };
  visit(group_guid, {});
  while (!waiting.empty()) {
    const auto [group, way] = std::move(waiting.front());
    waiting.pop_front();
    if (const auto primary = primary_members_.find(group->id); primary != primary_members_.end()) {
      for (const std::string& account : primary->second) ways.try_emplace(account, way);
    }
    // In the order of names, so that among ways of the same length it is always the same one.
    std::vector<std::pair<std::string, std::string>> nested;
    for (const std::string& guid : Members(group->guid)) {
      if (accounts_.contains(guid)) ways.try_emplace(guid, way);
      if (const Group* member = FindGroup(guid); member != nullptr) nested.emplace_back(member->name, guid);
    }
    std::sort(nested.begin(), nested.end());
    for (const auto& [name, guid] : nested) visit(guid, way);
  }
  return ways;
}

}  // namespace taglogin::directory
