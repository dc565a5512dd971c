// SPDX-License-Identifier: Apache-2.0
#include "directory/graph_reader.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "base/printable.h"
#include "directory/ldap_filter.h"
#include "directory/sid.h"

namespace taglogin::directory {
namespace {

// Well below MaxPageSize (1,000), so that no answer is cut. Samba compares each object that it finds
// with every term, so that many terms cost more than many requests, which wait for no answer.
constexpr std::size_t kBatch = 25;
constexpr std::uint64_t kMaxMembers = 1000000;

}  // namespace

GraphReader::GraphReader(LdapSearcher& searcher, const EntryReader& reader, MembershipGraph& graph,
                         std::set<std::string>& not_groups, std::vector<std::string>& warnings, base::Deadline deadline)
    : searcher_(searcher),
      reader_(reader),
      graph_(graph),
      not_groups_(not_groups),
      warnings_(warnings),
      deadline_(deadline) {}

base::Result<void> GraphReader::Read(const std::string& base, const std::string& kinds,
                                     const std::vector<std::string>& filters, bool paged, const OnObject& on_object) {
  std::vector<Query> queries;
  for (std::size_t at = 0; at < filters.size(); at += kBatch) {
    const auto begin = filters.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end = filters.begin() + static_cast<std::ptrdiff_t>(std::min(at + kBatch, filters.size()));
    Query query;
    query.base = base;
    query.subtree = true;
    query.paged = paged;
    query.extended_dn = true;
    query.filter = AnyOf(std::vector<std::string>(begin, end));
    if (!kinds.empty()) query.filter = AllOf({kinds, query.filter});
    query.attributes = reader_.ObjectAttributes();
    queries.push_back(std::move(query));
  }
  const auto take = [&](std::size_t, const Entry& entry) { Take(reader_.Read(entry), on_object); };
  if (auto done = searcher_.Search(queries, deadline_, take); !done) return done;
  return ReadFurtherMembers();
}

void GraphReader::Take(EntryReader::Object object, const OnObject& on_object) {
  if (object.guid.empty()) return;
  if (on_object) on_object(object);
  if (graph_.Knows(object.guid)) return;
  switch (object.kind) {
    case EntryReader::Kind::kAccount:
      graph_.AddAccount(std::move(object.account));
      return;
    case EntryReader::Kind::kGroup:
      graph_.AddGroup(object.group);
      scopes_[object.guid] = object.scope;
      if (object.members) {
        TakeMembers(object.group, *object.members);
      } else {
        broken_ = object.group.name;
      }
      return;
    case EntryReader::Kind::kOutside:
      if (outside_++ == 0) first_outside_ = object.account.name;
      break;
    case EntryReader::Kind::kForeign:
    case EntryReader::Kind::kOther:
      break;
  }
  graph_.Ignore(object.guid);
}

void GraphReader::TakeMembers(const Group& group, const MemberRange& range) {
  std::vector<std::string> guids;
  for (const ExtendedDn& member : range.members) {
    // What has no SID (a contact) can not log in.
    if (member.sid.empty()) continue;
    const auto sid = SplitSid(member.sid);
    if (sid && sid->domain == reader_.domain().sid) {
      guids.push_back(member.guid);
    } else {
      foreign_[group.guid].insert(member.sid);
    }
  }
  graph_.AddMembers(group.guid, guids);
  if (range.next) unfinished_[group.guid] = *range.next;
}

base::Result<void> GraphReader::ReadFurtherMembers() {
  while (!unfinished_.empty() && broken_.empty()) {
    std::vector<Query> queries;
    std::vector<std::pair<std::string, std::uint64_t>> asked(unfinished_.begin(), unfinished_.end());
    unfinished_.clear();
    for (const auto& [guid, first] : asked) {
      if (first > kMaxMembers) return base::Unavailable("a group has more members than are believable");
      Query query;
      query.base = "<GUID=" + guid + '>';
      query.extended_dn = true;
      query.attributes = {"member;range=" + std::to_string(first) + "-*"};
      queries.push_back(std::move(query));
    }
    const auto take = [&](std::size_t index, const Entry& entry) {
      const auto& [guid, first] = asked[index];
      const Group& group = *graph_.FindGroup(guid);
      const auto range = EntryReader::ReadMembers(entry);
      const bool follows = range && (range->first == first || range->members.empty());
      if (follows && (!range->next || *range->next > first)) {
        TakeMembers(group, *range);
      } else {
        broken_ = group.name;
      }
    };
    if (auto done = searcher_.Search(queries, deadline_, take); !done) return done;
  }
  if (broken_.empty()) return {};
  return base::Unavailable("group " + base::Printable(broken_) + ": the server's ranges of its members do not fit");
}

base::Result<void> GraphReader::Descend(const std::vector<std::string>& roots) { return DescendBy(roots, false); }

base::Result<void> GraphReader::DescendGroups(const std::vector<std::string>& roots) { return DescendBy(roots, true); }

std::set<std::string> GraphReader::UnknownMembers(const std::vector<std::string>& roots, bool groups_alone) const {
  std::set<std::string> unknown;
  for (const std::string& group : GroupsBelow(roots)) {
    for (const std::string& guid : graph_.Members(group)) {
      if (!graph_.Knows(guid) && !(groups_alone && not_groups_.contains(guid))) unknown.insert(guid);
    }
  }
  return unknown;
}

base::Result<void> GraphReader::DescendBy(const std::vector<std::string>& roots, bool groups_alone) {
  for (;;) {
    const std::set<std::string> unknown = UnknownMembers(roots, groups_alone);
    if (unknown.empty()) return {};
    std::vector<std::string> filters;
    filters.reserve(unknown.size());
    for (const std::string& guid : unknown) filters.push_back(Equals("objectGUID", *GuidToBinary(guid)));
    const std::string kinds = groups_alone ? kGroupFilter : "";
    if (auto done = Read(reader_.domain().naming_context, kinds, filters, false); !done) return done;
    for (const std::string& guid : unknown) {
      if (graph_.Knows(guid)) continue;
      if (groups_alone) {
        not_groups_.insert(guid);
        continue;
      }
      // Gone since, or hidden from us: it is not asked for a second time.
      graph_.Ignore(guid);
      ++hidden_;
    }
  }
}

std::set<std::string> GraphReader::GroupsBelow(const std::vector<std::string>& roots) const {
  std::set<std::string> out;
  std::deque<std::string> waiting(roots.begin(), roots.end());
  while (!waiting.empty()) {
    const std::string guid = std::move(waiting.front());
    waiting.pop_front();
    const Group* group = graph_.FindGroup(guid);
    if (group == nullptr || !group->security || !out.insert(guid).second) continue;
    for (const std::string& member : graph_.Members(guid)) {
      if (graph_.FindGroup(member) != nullptr) waiting.push_back(member);
    }
  }
  return out;
}

EntryReader::Scope GraphReader::ScopeOf(const std::string& group_guid) const {
  const auto found = scopes_.find(group_guid);
  return found == scopes_.end() ? EntryReader::Scope::kUnknown : found->second;
}

void GraphReader::ReportOmissions() {
  if (outside_ > 0) {
    Warn(warnings_, std::to_string(outside_) + " accounts lie outside search_base and are left out, among them " +
                        base::Printable(first_outside_));
  }
  if (hidden_ > 0) {
    Warn(warnings_, std::to_string(hidden_) + " members of groups are not shown by the server and are left out");
  }
}

base::Result<void> GraphReader::ReadPrimaryMembers(const std::vector<std::string>& roots) {
  std::vector<std::string> filters;
  for (const std::string& guid : GroupsBelow(roots)) {
    const auto sid = SplitSid(graph_.FindGroup(guid)->id);
    filters.push_back(Equals("primaryGroupID", std::to_string(sid->rid)));
  }
  return Read(reader_.domain().naming_context, kPersonFilter, filters, true);
}

}  // namespace taglogin::directory
