// SPDX-License-Identifier: Apache-2.0
#include "directory/token_check.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/printable.h"
#include "directory/entry_reader.h"
#include "directory/graph_reader.h"

namespace taglogin::directory {
namespace {

// A constructed attribute: it is given for a base search alone.
Query TokenQuery(const std::string& account_id) {
  Query query;
  query.base = "<SID=" + account_id + '>';
  query.attributes = {"tokenGroups"};
  return query;
}

std::set<std::string> Among(const std::vector<std::string>& tokens, const std::set<std::string>& ids) {
  std::set<std::string> out;
  for (const std::string& token : tokens) {
    if (ids.contains(token)) out.insert(token);
  }
  return out;
}

std::set<std::string> Walked(const Member& member) {
  std::set<std::string> out(member.nss_group_ids.begin(), member.nss_group_ids.end());
  for (const Membership& membership : member.memberships) out.insert(membership.group_id);
  return out;
}

}  // namespace

base::Result<std::set<std::string>> TokenCheck::Ask(LdapSearcher& searcher, const std::string& account_id,
                                                    const std::set<std::string>& ids, base::Deadline deadline) {
  std::optional<std::vector<std::string>> tokens;
  const auto take = [&tokens](std::size_t, const Entry& entry) { tokens = EntryReader::ReadTokenGroups(entry); };
  if (auto done = searcher.Search({TokenQuery(account_id)}, deadline, take); !done) return done.error();
  if (!tokens) return base::Unavailable("the server does not tell tokenGroups of " + account_id);
  return Among(*tokens, ids);
}

void TokenCheck::Doubt(const std::vector<std::string>& ids) { doubtful_.insert(ids.begin(), ids.end()); }

base::Result<TokenCheck::Answers> TokenCheck::AskAll(LdapSearcher& searcher,
                                                     std::map<std::string, std::set<std::string>> walked,
                                                     base::Deadline deadline) {
  std::vector<Query> queries;
  std::vector<Answer*> asked;
  Answers out;
  for (auto& [id, groups] : walked) {
    Answer& answer = out[id];
    answer.walked = std::move(groups);
    asked.push_back(&answer);
    queries.push_back(TokenQuery(id));
  }
  const auto take = [&](std::size_t index, const Entry& entry) {
    const auto tokens = EntryReader::ReadTokenGroups(entry);
    asked[index]->told = tokens.has_value();
    if (tokens) asked[index]->confirmed = Among(*tokens, watched_);
  };
  const auto done = searcher.Search(queries, deadline, take);
  // Where the two agree, there is no need to ask again until the walk changes its mind; also after a failure.
  for (const auto& [id, answer] : out) {
    if (answer.told && answer.confirmed == answer.walked) {
      answers_[id] = answer;
    } else {
      answers_.erase(id);
    }
  }
  if (!done) return done.error();
  return out;
}

// Whom to ask for now; the others become open.
std::map<std::string, std::set<std::string>> TokenCheck::Choose(const Closure& closure) {
  std::map<std::string, std::set<std::string>> now;
  open_.clear();
  for (const auto& [id, member] : closure.members) {
    if (!member.account.domain.empty()) continue;
    auto walked = Walked(member);
    const auto known = answers_.find(id);
    if (known != answers_.end() && known->second.walked == walked) continue;
    (doubtful_.contains(id) ? now : open_)[id] = std::move(walked);
  }
  for (std::size_t free = kAtOnce; free > 0 && !open_.empty(); --free) now.insert(open_.extract(open_.begin()));
  return now;
}

base::Result<void> TokenCheck::Apply(LdapSearcher& searcher, const std::map<std::string, std::string>& selected,
                                     const std::map<std::string, std::string>& nss, Closure& closure,
                                     base::Deadline deadline) {
  std::set<std::string> watched;
  for (const auto& [id, name] : selected) watched.insert(id);
  for (const auto& [id, name] : nss) watched.insert(id);
  if (watched != watched_) answers_.clear();
  watched_ = watched;
  std::erase_if(answers_, [&closure](const auto& item) { return !closure.members.contains(item.first); });
  const auto asked = AskAll(searcher, Choose(closure), deadline);
  if (!asked) return asked.error();
  doubtful_.clear();
  for (const auto& [id, answer] : *asked) {
    if (!answers_.contains(id)) doubtful_.insert(id);
    Amend(closure.members.at(id), answer, selected, nss, closure.warnings);
  }
  return {};
}

base::Result<bool> TokenCheck::Verify(LdapSearcher& searcher, base::Deadline deadline) {
  if (open_.empty()) return false;
  std::map<std::string, std::set<std::string>> some;
  auto end = open_.begin();
  for (std::size_t free = kPerVerify; free > 0 && end != open_.end(); --free) some.insert(*end++);
  const auto asked = AskAll(searcher, some, deadline);
  if (!asked) return asked.error();
  open_.erase(open_.begin(), end);
  const std::size_t before = doubtful_.size();
  for (const auto& [id, answer] : *asked) {
    if (!answers_.contains(id)) doubtful_.insert(id);
  }
  return doubtful_.size() != before;
}

void TokenCheck::Amend(Member& member, const Answer& answer, const std::map<std::string, std::string>& selected,
                       const std::map<std::string, std::string>& nss, std::vector<std::string>& warnings) const {
  const std::string who = "account " + base::Printable(member.account.name);
  if (!answer.told) Warn(warnings, who + ": the server does not tell its tokenGroups");
  std::set<std::string> have;
  for (Membership& membership : member.memberships) {
    have.insert(membership.group_id);
    membership.contradicted = !answer.confirmed.contains(membership.group_id);
    if (membership.contradicted && answer.told) {
      Warn(warnings, who + ": a member of " + base::Printable(membership.path.front()) + ", but not by tokenGroups");
    }
  }
  member.nss_group_ids.clear();
  for (const std::string& id : answer.confirmed) {
    if (nss.contains(id)) member.nss_group_ids.push_back(id);
    const auto group = selected.find(id);
    if (group == selected.end() || have.contains(id)) continue;
    member.memberships.push_back({id, {group->second}, false, true});
    Warn(warnings, who + ": in " + base::Printable(group->second) + " by tokenGroups alone");
  }
}

}  // namespace taglogin::directory
