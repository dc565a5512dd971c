// SPDX-License-Identifier: Apache-2.0
#include "directory/foreign_domain.h"

#include <algorithm>
#include <utility>

#include "base/printable.h"
#include "directory/directory_name.h"
#include "directory/ldap_filter.h"
#include "directory/sid.h"

namespace taglogin::directory {
namespace {

// After a failure the domain is left alone for so long, doubled with each in a row: the configured domain's own people
// must not wait for it again and again.
constexpr std::int64_t kFirstPatienceMs = 15000;
constexpr std::int64_t kMaxPatienceMs = 120000;

std::int64_t BootMs() { return base::ClockMs(CLOCK_BOOTTIME); }

// A part of what is left, so that something is left for the others.
base::Deadline Half(base::Deadline deadline) { return base::Deadline::After(deadline.RemainingMs() / 2); }

}  // namespace

ForeignDomain::ForeignDomain(Connection connection, std::shared_ptr<ServerFinder> finder)
    : SessionKeeper(std::move(connection), std::move(finder)), deadline_(base::Deadline::After(0)) {}

void ForeignDomain::SetIdentity(std::optional<TrustedDomain> identity) {
  const bool same = identity && identity_ && identity->sid == identity_->sid;
  identity_ = std::move(identity);
  if (same) return;
  session_.reset();
  last_.reset();
  watch_ = ChangeWatch();
}

void ForeignDomain::Begin(base::Deadline deadline) {
  deadline_ = deadline;
  reader_.reset();
  fresh_ = std::make_unique<Part>();
  warnings_.clear();
  asked_.clear();
  below_.clear();
  stood_ = session_.has_value();
  behind_ = !MayTry();
}

bool ForeignDomain::MayTry() const { return problem_.empty() || BootMs() >= silent_until_ms_; }

base::Result<void> ForeignDomain::Ready(base::Deadline deadline) {
  const auto begun = Connected(base::Deadline::After(
      std::min<std::int64_t>(deadline.RemainingMs(), 2 * std::int64_t{pool_.settings().timeout.count()})));
  if (!begun) return begun.error();
  if (!*begun && entries_) return {};
  if (session_->domain.sid != identity_->sid) {
    return Checked(base::Result<void>(base::Unavailable("server " + base::Printable(session_->host) +
                                                        " says that it is of domain " + session_->domain.sid +
                                                        ", but " + identity_->sid + " is the SID of " + name())));
  }
  session_->domain.name = name();
  entries_.emplace(session_->domain, pool_.settings().key_attributes);
  return {};
}

base::Result<void> ForeignDomain::BeginReading() {
  if (reader_) return {};
  if (auto ready = Ready(Half(deadline_)); !ready) return ready;
  begun_ms_ = BootMs();
  const auto moment = Checked(ReadMoment(*session_->connection, Half(deadline_)));
  if (!moment) return moment.error();
  update_number_ = moment->update_number;
  const auto policy =
      Checked(ReadAccountPolicy(*session_->connection, session_->domain.naming_context, Half(deadline_)));
  if (!policy) return policy.error();
  entries_->SetAccountPolicy(*policy);
  reader_.emplace(*session_->connection, *entries_, fresh_->graph, not_groups_, warnings_, Half(deadline_));
  return {};
}

base::Result<void> ForeignDomain::Read(const std::set<std::string>& sids, bool below) {
  if (behind_ || sids.empty()) return {};
  if (auto ready = BeginReading(); !ready) return ready;
  std::vector<std::string> filters;
  for (const std::string& sid : sids) {
    if (asked_.insert(sid).second) filters.push_back(Equals("objectSid", *SidToBinary(sid)));
  }
  auto read = Try(reader_->Read(entries_->domain().naming_context, "", filters, false));
  if (!read) return read;
  IndexPart();
  return below ? ReadBelow(sids) : base::Result<void>();
}

base::Result<void> ForeignDomain::ReadBelow(const std::set<std::string>& sids) {
  std::vector<std::string> roots;
  for (const std::string& sid : sids) {
    const auto guid = fresh_->guids.find(sid);
    const auto scope = fresh_->scopes.find(sid);
    if (guid == fresh_->guids.end() || scope == fresh_->scopes.end()) continue;
    const bool counts = scope->second == EntryReader::Scope::kGlobal || scope->second == EntryReader::Scope::kUniversal;
    if (counts && below_.insert(guid->second).second) roots.push_back(guid->second);
  }
  if (roots.empty()) return {};
  if (auto done = Try(reader_->Descend(roots)); !done) return done;
  if (auto done = Try(reader_->ReadPrimaryMembers(roots)); !done) return done;
  IndexPart();
  return {};
}

void ForeignDomain::IndexPart() {
  Part& part = *fresh_;
  for (const auto& [guid, account] : part.graph.accounts()) part.guids.try_emplace(account.id, guid);
  for (const auto& [guid, group] : part.graph.groups()) {
    part.guids.try_emplace(group.id, guid);
    part.scopes.try_emplace(group.id, reader_->ScopeOf(guid));
  }
  part.foreign = reader_->foreign_members();
}

base::Result<void> ForeignDomain::ReadNamed(const std::set<std::string>& names) {
  if (behind_ || names.empty()) return {};
  if (auto ready = BeginReading(); !ready) return ready;
  std::vector<std::string> filters;
  for (const std::string& name : names) filters.push_back(Equals("sAMAccountName", name));
  const auto take = [this](const EntryReader::Object& object) {
    if (object.kind == EntryReader::Kind::kAccount) {
      fresh_->named[NameKey(object.account.name)].insert(object.account.id);
    }
  };
  auto read = Try(reader_->Read(entries_->domain().naming_context, kPersonFilter, filters, true, take));
  if (read) IndexPart();
  return read;
}

base::Result<void> ForeignDomain::ReadTokens(const std::set<std::string>& roots) {
  if (behind_ || !reader_) return {};
  std::map<std::string, std::set<std::string>> walked;  // by account SID: roots that hold it
  for (const std::string& root : roots) {
    const auto guid = fresh_->guids.find(root);
    if (guid == fresh_->guids.end() || !below_.contains(guid->second)) continue;
    for (const auto& [account, way] : fresh_->graph.WaysFrom(guid->second)) {
      walked[fresh_->graph.accounts().at(account).id].insert(root);
    }
  }
  // Of this domain's groups those that matter, of other domains' all: only its own walk is known here.
  const auto agrees = [&](const std::string& account, const std::vector<std::string>& tokens) {
    std::set<std::string> told;
    for (const std::string& token : tokens) {
      const auto sid = SplitSid(token);
      if (!sid) continue;
      if (sid->domain != identity_->sid) return false;
      if (roots.contains(token)) told.insert(token);
    }
    return told == walked[account];
  };
  std::vector<std::string> asked;
  std::vector<Query> queries;
  for (const auto& [guid, account] : fresh_->graph.accounts()) {
    const auto known = last_ ? last_->tokens.find(account.id) : decltype(last_->tokens.end()){};
    if (last_ && known != last_->tokens.end() && agrees(account.id, known->second)) {
      fresh_->tokens[account.id] = known->second;
      continue;
    }
    Query query;
    query.base = "<SID=" + account.id + '>';
    query.attributes = {"tokenGroups"};
    asked.push_back(account.id);
    queries.push_back(std::move(query));
  }
  const auto take = [&](std::size_t index, const Entry& entry) {
    auto tokens = EntryReader::ReadTokenGroups(entry);
    if (!tokens) return;
    std::sort(tokens->begin(), tokens->end());
    fresh_->tokens[asked[index]] = *std::move(tokens);
  };
  return Try(session_->connection->Search(queries, Half(deadline_), take));
}

void ForeignDomain::NoteFailure(const std::string& why) {
  problem_ = why.empty() ? "failed" : why;
  patience_ms_ = std::clamp(patience_ms_ * 2, kFirstPatienceMs, kMaxPatienceMs);
  silent_until_ms_ = BootMs() + patience_ms_;
}

bool ForeignDomain::GiveUp(const base::Error& error) {
  reader_.reset();
  session_.reset();
  if (error.code == base::ErrorCode::kUnavailable && stood_ && !retried_ && !deadline_.Passed()) {
    retried_ = true;
    return true;
  }
  behind_ = true;
  NoteFailure(error.detail);
  return false;
}

void ForeignDomain::End() {
  retried_ = false;
  in_use_ = reader_.has_value() || (behind_ && last_ != nullptr);
  if (!reader_) return;
  Watched watched;
  watched.policy = entries_->account_policy();
  for (const auto& [sid, guid] : fresh_->guids) {
    watched.guids.insert(guid);
    if (fresh_->scopes.contains(sid)) watched.group_ids.insert(sid);
  }
  for (const auto& [name, sids] : fresh_->named) watched.names.insert(name);
  watch_.Reset(std::move(watched), session_->database, update_number_);
  reader_.reset();
  last_ = std::move(fresh_);
  last_ms_ = begun_ms_;
  problem_.clear();
  patience_ms_ = 0;
}

const ForeignDomain::Part& ForeignDomain::part() const {
  static const Part kNothing;
  if (behind_) return last_ ? *last_ : kNothing;
  return fresh_ ? *fresh_ : last_ ? *last_ : kNothing;
}

std::optional<std::int64_t> ForeignDomain::BehindMs() const {
  if (!behind_ || !last_) return std::nullopt;
  return std::max<std::int64_t>(BootMs() - last_ms_, 0);
}

base::Result<Member> ForeignDomain::Find(const std::string& user, base::Deadline deadline) {
  const std::string who = "account " + base::Printable(user) + " of " + name();
  if (!identity_) return base::NotFound(who + ": the domain is not trusted");
  if (!MayTry()) return base::Unavailable(name() + ": " + problem_);
  const auto find = [&]() -> base::Result<Member> {
    Begin(deadline);
    if (auto read = ReadNamed({user}); !read) return read.error();
    const auto found = fresh_->named.find(NameKey(user));
    if (found == fresh_->named.end()) return base::NotFound(who + ": not in the directory");
    if (found->second.size() > 1) return base::Invalid(who + ": several accounts of that name");
    Member member;
    const auto guid = fresh_->guids.find(*found->second.begin());
    const auto account =
        guid == fresh_->guids.end() ? fresh_->graph.accounts().end() : fresh_->graph.accounts().find(guid->second);
    // Two objects of one GUID: the server's answer makes no sense.
    if (account == fresh_->graph.accounts().end())
      return base::Unavailable(who + ": " + name() + " contradicts itself");
    member.account = account->second;
    return member;
  };
  auto member = Twice(find, deadline);
  reader_.reset();
  const bool answered = member.has_value() || member.error().code == base::ErrorCode::kNotFound ||
                        member.error().code == base::ErrorCode::kInvalid;
  if (answered) {
    problem_.clear();
    patience_ms_ = 0;
  } else {
    NoteFailure(member.error().detail);
  }
  return member;
}

bool ForeignDomain::Changed(base::Deadline deadline) {
  if (!in_use_ || !identity_ || !MayTry()) return false;
  const bool was_silent = !problem_.empty();
  const auto ask = [&]() -> base::Result<bool> {
    if (auto ready = Ready(deadline); !ready) return ready.error();
    return Checked(watch_.Changed(*session_->connection, *entries_, session_->database, deadline));
  };
  const auto changed = Twice(ask, deadline);
  if (!changed) {
    NoteFailure(changed.error().detail);
    return !was_silent;
  }
  if (was_silent) silent_until_ms_ = 0;
  return was_silent || *changed;
}

}  // namespace taglogin::directory
