// SPDX-License-Identifier: Apache-2.0
#include "directory/ldap_watch.h"

#include <algorithm>
#include <utility>

#include "directory/ad_values.h"
#include "directory/directory_name.h"
#include "directory/ldap_filter.h"

namespace taglogin::directory {
namespace {

// "20261122092448.123456Z#000000#001#000000": the server that took the change.
std::string_view ServerOf(std::string_view csn) {
  for (int part = 0; part < 2; ++part) {
    const std::size_t mark = csn.find('#');
    if (mark == std::string_view::npos) return {};
    csn.remove_prefix(mark + 1);
  }
  return csn.substr(0, csn.find('#'));
}

constexpr std::string_view kNumber = "usn ";

std::int64_t NumberOf(const ChangeMarks& marks) {
  return ParseInteger(std::string_view(*marks.begin()).substr(kNumber.size())).value_or(-1);
}

// From where on changes have to be looked at: the oldest of the values that are no more. Empty when that is unknown.
std::string OldestReplaced(const std::set<std::string>& before, const std::set<std::string>& now) {
  for (const std::string& value : now) {
    const auto same_server = [&value](const std::string& old) { return ServerOf(old) == ServerOf(value); };
    if (ServerOf(value).empty() || std::none_of(before.begin(), before.end(), same_server)) return {};
  }
  for (const std::string& value : before) {
    if (!now.contains(value)) return value;
  }
  return {};
}

// What has changed between the two, as a filter; empty when that cannot be known.
std::string ChangedFilter(const ChangeMarks& before, const ChangeMarks& now) {
  if (AreNumbers(before) != AreNumbers(now)) return {};
  if (AreNumbers(now)) {
    const std::int64_t last = NumberOf(before);
    // A lower number is that of another database.
    return NumberOf(now) < last ? std::string() : "(entryUSN>=" + std::to_string(last + 1) + ')';
  }
  const std::string since = OldestReplaced(before, now);
  return since.empty() ? since : "(entryCSN>=" + EscapeFilterValue(since) + ')';
}

base::Result<ChangeMarks> ReadContextCsn(LdapSearcher& searcher, const LdapFacts& facts, base::Deadline deadline) {
  ChangeMarks out;
  if (facts.naming_context.empty()) return out;
  Query query;
  query.base = facts.naming_context;
  query.attributes = {"contextCSN"};
  const auto take = [&out](std::size_t, const Entry& entry) {
    const auto& values = entry.Values("contextcsn");
    out.insert(values.begin(), values.end());
  };
  if (auto done = searcher.Search({query}, deadline, take); !done) return done.error();
  return out;
}

// "lastusn", or "lastusn;BACKEND" once for each.
base::Result<ChangeMarks> ReadLastNumber(LdapSearcher& searcher, base::Deadline deadline) {
  std::map<std::string, std::string> numbers;
  Query query;
  query.attributes = {"lastusn"};
  const auto take = [&numbers](std::size_t, const Entry& entry) {
    for (const auto& [name, values] : entry.attributes) {
      const bool one = values.size() == 1 && ParseInteger(values.front()).value_or(-1) >= 0;
      if (one && (name == "lastusn" || name.starts_with("lastusn;"))) numbers[name] = values.front();
    }
  };
  if (auto done = searcher.Search({query}, deadline, take); !done) return done.error();
  ChangeMarks out;
  const auto main = numbers.size() == 1 ? numbers.begin() : numbers.find("lastusn;userroot");
  if (main != numbers.end()) out.insert(std::string(kNumber) + main->second);
  return out;
}

// Values have no order.
bool IsSame(const Entry& a, const Entry& b) {
  const auto sorted = [](const Entry& entry) {
    auto attributes = entry.attributes;
    for (auto& [name, values] : attributes) std::sort(values.begin(), values.end());
    return attributes;
  };
  return sorted(a) == sorted(b);
}

}  // namespace

base::Result<void> RecordingSearcher::Search(const std::vector<Query>& queries, base::Deadline deadline,
                                             const OnEntry& on_entry) {
  if (records_.size() + queries.size() > kMaxQueries) too_much_ = true;
  if (too_much_) {
    records_.clear();
    const auto take = [&](std::size_t index, Entry entry) {
      Count(queries[index], entry);
      on_entry(index, std::move(entry));
    };
    return searcher_.Search(queries, deadline, take);
  }
  const std::size_t first = records_.size();
  for (const Query& query : queries) records_.push_back({query, {}});
  const auto take = [&](std::size_t index, Entry entry) {
    Count(queries[index], entry);
    if (++entries_ <= kMaxEntries) records_[first + index].answer[entry.dn] = entry;
    on_entry(index, std::move(entry));
  };
  auto done = searcher_.Search(queries, deadline, take);
  too_much_ = too_much_ || entries_ > kMaxEntries;
  return done;
}

void RecordingSearcher::Count(const Query& query, const Entry& entry) {
  const auto& asked = query.attributes;
  if (std::find(asked.begin(), asked.end(), kEntryNumber) == asked.end()) return;
  ++(entry.Values(LowerAscii(kEntryNumber)).empty() ? unnumbered_ : numbered_);
}

std::vector<RecordingSearcher::Record> RecordingSearcher::TakeRecords() {
  if (too_much_) records_.clear();
  return std::move(records_);
}

base::Result<ChangeMarks> ReadChangeMarks(LdapSearcher& searcher, const LdapFacts& facts, base::Deadline deadline) {
  auto marks = ReadContextCsn(searcher, facts, deadline);
  if (!marks || !marks->empty()) return marks;
  return ReadLastNumber(searcher, deadline);
}

bool AreNumbers(const ChangeMarks& marks) { return marks.size() == 1 && marks.begin()->starts_with(kNumber); }

void LdapWatch::Reset(LdapWatched watched, std::string server, ChangeMarks marks,
                      std::vector<RecordingSearcher::Record> records) {
  changed_ = false;
  watched_ = std::move(watched);
  server_ = std::move(server);
  marks_ = std::move(marks);
  records_ = std::move(records);
}

base::Result<bool> LdapWatch::Changed(LdapSearcher& searcher, const LdapEntryReader& reader, const std::string& server,
                                      base::Deadline deadline) {
  if (changed_ || server != server_) return changed_ = true;
  if (marks_.empty() && records_.empty()) {
    // The sweep finds what changed; that the server answers is all that can be said until then.
    const auto now = ReadChangeMarks(searcher, reader.facts(), deadline);
    if (!now) return now.error();
    // Numbers that were there before are of no use, where entries do not show theirs.
    return changed_ = !now->empty() && !AreNumbers(*now);
  }
  if (marks_.empty()) {
    const auto differ = AnswersDiffer(searcher, deadline);
    if (differ) changed_ = *differ;
    return differ;
  }
  const auto now = ReadChangeMarks(searcher, reader.facts(), deadline);
  if (!now) return now.error();
  if (*now == marks_) return false;
  const auto changed = ChangedSince(searcher, reader, *now, deadline);
  if (!changed) return changed.error();
  marks_ = *now;
  changed_ = *changed;
  return changed_;
}

base::Result<bool> LdapWatch::ChangedSince(LdapSearcher& searcher, const LdapEntryReader& reader,
                                           const ChangeMarks& now, base::Deadline deadline) {
  const std::string since = ChangedFilter(marks_, now);
  if (since.empty()) return true;
  Query query;
  query.base = reader.facts().search_base;
  query.subtree = true;
  query.filter = AllOf({AnyOf({reader.AccountFilter(), reader.GroupFilter(), kPolicyFilter}), since});
  query.attributes = {"objectClass", reader.facts().id_attribute, reader.schema().account_name,
                      reader.schema().group_name, reader.schema().gid_number};
  bool concerned = false;
  const auto take = [&](std::size_t, const Entry& entry) { concerned = concerned || Concerns(reader.Read(entry)); };
  // More than the server gives at once: look at everything.
  if (auto done = searcher.Search({query}, deadline, take); !done) return true;
  return concerned;
}

bool LdapWatch::Concerns(const LdapObject& object) const {
  switch (object.kind) {
    case LdapObject::Kind::kAccount: {
      const Account& account = object.account;
      return watched_.ids.contains(account.id) || watched_.names.contains(NameKey(account.name)) ||
             (account.gid_number && watched_.gid_numbers.contains(*account.gid_number));
    }
    case LdapObject::Kind::kGroup:
      return watched_.ids.contains(object.group.id) || watched_.names.contains(NameKey(object.group.name));
    case LdapObject::Kind::kOther:  // a policy
    case LdapObject::Kind::kUnsound:
      return true;
    case LdapObject::Kind::kOutside:
      return false;
  }
  return true;
}

base::Result<bool> LdapWatch::AnswersDiffer(LdapSearcher& searcher, base::Deadline deadline) const {
  bool differ = false;
  for (const RecordingSearcher::Record& record : records_) {
    std::size_t same = 0;
    const auto take = [&](std::size_t, const Entry& entry) {
      const auto known = record.answer.find(entry.dn);
      if (known != record.answer.end() && IsSame(known->second, entry)) {
        ++same;
      } else {
        differ = true;
      }
    };
    if (auto done = searcher.Search({record.query}, deadline, take); !done) return done.error();
    if (differ || same != record.answer.size()) return true;
  }
  return false;
}

}  // namespace taglogin::directory
