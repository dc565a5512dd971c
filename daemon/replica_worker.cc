// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica_worker.h"

#include <malloc.h>

#include <algorithm>
#include <utility>

#include "base/deadline.h"
#include "daemon/replica/freshness.h"
#include "daemon/replica/login_names.h"
#include "daemon/replica/machine_identity.h"
#include "daemon/tags_worker.h"
#include "policy/tag_change.h"

namespace taglogin::daemon {
namespace {

constexpr std::chrono::milliseconds kRenew{2000};  // the published table's promise (design)
constexpr std::chrono::milliseconds kSoon{200};    // groups publications of negative entries
constexpr std::int64_t kNegativeMs = 15000;
constexpr std::size_t kMaxNegatives = 10000;
constexpr char kThisInstance[] = "@instance";  // what no account or group is called

bool SameTarget(const directory::WalkRequest& a, const directory::WalkRequest& b) {
  return a.groups == b.groups && a.users == b.users && a.nss_groups == b.nss_groups && a.lookup_ids == b.lookup_ids &&
         a.pins == b.pins && a.doubtful_ids == b.doubtful_ids;
}

}  // namespace

ReplicaWorker::ReplicaWorker(replica::NssSettings nss, directory::KeyDemands keys, policy::AccountChecks checks,
                             replica::HoldSettings hold, replica::Store::Opened opened,
                             std::unique_ptr<replica::TablePublisher> publisher,
                             std::shared_ptr<const policy::RuleSet> rules, Reports reports)
    : nss_(std::move(nss)),
      keys_(std::move(keys)),
      checks_(std::move(checks)),
      hold_(hold),
      store_(std::move(opened.store)),
      contents_(std::move(opened.contents)),
      publisher_(std::move(publisher)),
      rules_(std::move(rules)),
      reports_(std::move(reports)) {
  no_tags_.hostname = HostName();
  if (contents_.walk) walked_at_ = contents_.walk->walked_at;
  Start();
  worker_ = std::make_unique<Worker>([this] { return Tick(); });
}

ReplicaWorker::~ReplicaWorker() { worker_.reset(); }

// Before the thread runs, so that the daemon serves from the stored replica at once.
void ReplicaWorker::Start() {
  replica::RaiseHighWater(contents_, replica::Now());
  if (auto refreshed = local_.Refresh(); !refreshed) reports_.warn("local accounts: " + refreshed.error().detail);
  Rebuild();
}

std::chrono::milliseconds ReplicaWorker::Tick() {
  RefreshLocal();
  if (publish_due_) Publish();
  if (auto renewed = publisher_->Renew(); !renewed) reports_.warn("published table: " + renewed.error().detail);
  return publish_due_ ? kSoon : kRenew;
}

const policy::TagSet& ReplicaWorker::Tags() const {
  return contents_.tags && contents_.tags_distrust.empty() ? contents_.tags->tags : no_tags_;
}

void ReplicaWorker::RefreshLocal() {
  const auto changed = local_.Refresh();
  if (!changed) return reports_.warn("local accounts: " + changed.error().detail);
  if (*changed) Rebuild();
}

void ReplicaWorker::Rebuild() {
  replica::BuildInput input;
  input.rules = rules_;
  input.contents = &contents_;
  input.tags = &Tags();
  if (contents_.tags) input.tags_read_at = contents_.tags->read_at;
  input.nss = &nss_;
  input.local = &local_.names();
  input.keys = keys_;
  input.previous_generation = snapshot_ == nullptr ? 0 : snapshot_->generation;
  input.checks = checks_;
  snapshot_ = replica::Build(input);
  PinSlices();
  Publish();
  ReportView();
  Retarget();
  ReportHold();
}

// Before anybody sees the ids: from now on they are these, whatever the settings say later.
void ReplicaWorker::PinSlices() {
  const std::size_t known = contents_.slices.size();
  contents_.slices.insert(snapshot_->slices.begin(), snapshot_->slices.end());
  if (contents_.slices.size() != known) Save();
}

void ReplicaWorker::ReportView() {
  View view;
  view.snapshot = snapshot_;
  view.walked_at = walked_at_;
  if (contents_.tags) view.tags_read_at = contents_.tags->read_at;
  view.wall_high_water_s = contents_.wall_high_water_s;
  view.tags_held = !contents_.earlier_tags.empty();
  view.tags_held_until_s = replica::HeldUntil(contents_, hold_);
  view.tags_distrust = contents_.tags_distrust;
  reports_.view(std::move(view));
}

void ReplicaWorker::Publish() {
  std::vector<replica::PublishedNegative> negatives;
  const std::int64_t now = base::ClockMs(CLOCK_BOOTTIME);
  std::erase_if(negatives_, [now](const auto& negative) { return negative.second <= now; });
  negatives.reserve(negatives_.size());
  for (const auto& [name, expires] : negatives_) negatives.push_back({name, expires});
  const auto names = replica::Published(*snapshot_, nss_, replica::Now().wall_s, std::move(negatives));
  const auto published = publisher_->Publish(names);
  // A table that could not be written stays due; modules fall back to the socket meanwhile.
  publish_due_ = !published.has_value();
  if (!published) reports_.warn("published table: " + published.error().detail);
}

// The rules and tags say which groups matter; the accounts looked up here are read along.
void ReplicaWorker::Retarget() {
  directory::WalkRequest target;
  const policy::SelectedNames selected = replica::SelectForAll(*rules_, Tags(), contents_);
  target.groups = selected.groups;
  target.users = selected.users;
  target.nss_groups = nss_.groups;
  target.lookup_ids = replica::LookupIds(contents_, replica::Now());
  target.pins = contents_.pins;
  target.doubtful_ids = replica::DoubtfulIds(contents_);
  if (has_target_ && SameTarget(target, target_)) return;
  const bool walk_needed = !has_target_ || target.groups != target_.groups || target.users != target_.users ||
                           target.nss_groups != target_.nss_groups || target.pins.size() < target_.pins.size();
  target_ = std::move(target);
  has_target_ = true;
  reports_.target(target_, walk_needed);
}

void ReplicaWorker::Save() {
  replica::RaiseHighWater(contents_, replica::Now());
  if (auto saved = store_->Save(contents_); !saved) reports_.warn("replica: " + saved.error().detail);
}

void ReplicaWorker::SetRules(std::shared_ptr<const policy::RuleSet> rules) {
  worker_->Post([this, rules = std::move(rules)] {
    rules_ = rules;
    Rebuild();
  });
}

void ReplicaWorker::SetTags(replica::TagReading reading) {
  worker_->Post([this, reading = std::move(reading)] { TakeReading(reading); });
}

void ReplicaWorker::TakeReading(replica::TagReading reading) {
  if (reading.distrust.empty()) reading.distrust = replica::SettleIdentity(contents_, reading);
  if (!reading.distrust.empty()) return Distrust(reading.distrust);
  reports_.own_reading(reading);
  const std::vector<std::string> held = HeldAccounts();
  const replica::Moment now = replica::Now();
  if (!contents_.tags_distrust.empty()) replica::BeginHoldsAnew(contents_, now);
  contents_.tags_distrust.clear();
  const replica::TagChange change = replica::TakeTags(contents_, std::move(reading), *rules_, hold_, now);
  // On disk before it counts: a restart must not forget a hold.
  Save();
  Rebuild();
  ReportTagSteps(change, held);
}

// The tags before are kept for when the sources are to be trusted again: coming back to them adds nothing.
void ReplicaWorker::Distrust(const std::string& why) {
  if (contents_.tags_distrust == why) return;
  contents_.tags_distrust = why;
  Save();
  Rebuild();
}

void ReplicaWorker::AcceptTags(std::string id, std::function<void(base::Result<void>)> done) {
  worker_->Post([this, id = std::move(id), done = std::move(done)] {
    if (contents_.earlier_tags.empty()) return done(base::NotFound("nothing is held: the tags count as they are"));
    if (!contents_.tags_distrust.empty()) {
      return done(base::Error{base::ErrorCode::kRefused, "the tags are not trusted: " + contents_.tags_distrust});
    }
    if (!id.empty() && id != replica::TagsId(contents_.tags->tags)) {
      return done(base::Error{base::ErrorCode::kRefused, "the tags have changed again: see taglogin tags"});
    }
    const std::vector<std::string> held = HeldAccounts();
    const replica::TagChange change = replica::Accept(contents_);
    Save();
    Rebuild();
    ReportTagSteps(change, held);
    done({});
  });
}

// Those whom the tags as they are would let in, from somewhere, and what they were does not.
std::vector<std::string> ReplicaWorker::HeldAccounts() const {
  std::vector<std::string> names;
  if (snapshot_ == nullptr || snapshot_->earlier.empty()) return names;
  policy::Request anywhere;
  anywhere.client = policy::Request::Client::kUnknown;
  const std::chrono::sys_seconds now{std::chrono::seconds(replica::Now().wall_s)};
  for (const replica::AccountEntry& account : snapshot_->accounts) {
    const policy::Decision alone = policy::Decide(snapshot_->bound, account.facts, {}, anywhere, now);
    const auto both = policy::HoldBack(alone, snapshot_->earlier, account.facts, {}, anywhere, now);
    if (alone.allow && !both.allow) names.push_back(account.login_name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

void ReplicaWorker::ReportTagSteps(const replica::TagChange& change, std::vector<std::string> held_before) {
  using Outcome = replica::TagChange::Outcome;
  using What = TagStep::What;
  switch (change.outcome) {
    case Outcome::kNone:
      return;
    case Outcome::kFirst:
      return ReportTagStep(What::kFirst, change.before, {});
    case Outcome::kApplied:
    case Outcome::kHeld:
      held_report_.reset();
      ReportTagStep(What::kChanged, change.before, {});
      if (change.outcome == Outcome::kApplied) return ReportTagStep(What::kApplied, change.before, {});
      held_report_ = change.before;
      return ReportHold();
    case Outcome::kElapsed:
    case Outcome::kAccepted:
      held_report_.reset();
      ReportTagStep(change.outcome == Outcome::kElapsed ? What::kElapsed : What::kAccepted, change.before, {});
      return ReportTagStep(What::kApplied, change.before, std::move(held_before));
  }
}

// Whom a hold keeps out is known when the directory has been read for the new tags.
void ReplicaWorker::ReportHold() {
  if (!held_report_ || !snapshot_->complete) return;
  const policy::TagSet before = *std::exchange(held_report_, std::nullopt);
  ReportTagStep(TagStep::What::kHeld, before, HeldAccounts());
}

void ReplicaWorker::ReportTagStep(TagStep::What what, const policy::TagSet& before, std::vector<std::string> accounts) {
  TagStep step;
  step.what = what;
  step.before = before;
  step.after = contents_.tags->tags;
  step.read_at = contents_.tags->read_at;
  step.held = !contents_.earlier_tags.empty();
  step.held_until = replica::HeldUntil(contents_, hold_);
  step.accounts = std::move(accounts);
  reports_.tags(std::move(step));
}

void ReplicaWorker::SetClosure(directory::Closure closure, directory::WalkRequest asked, replica::Moment begun) {
  worker_->Post([this, closure = std::move(closure), asked = std::move(asked), begun = std::move(begun)] {
    replica::ApplyClosure(contents_, closure, {asked.groups, asked.users}, begun);
    walked_at_ = begun;
    Save();
    Rebuild();
  });
  // A walk leaves as much free memory behind as it took. Behind the task above, which holds the closure.
  worker_->Post([] { ::malloc_trim(0); });
}

void ReplicaWorker::Confirm(replica::Moment asked_at) {
  worker_->Post([this, asked_at = std::move(asked_at)] {
    walked_at_ = asked_at;
    if (contents_.walk) contents_.walk->walked_at = walked_at_;
    replica::RaiseHighWater(contents_, walked_at_);
    ReportView();
  });
}

void ReplicaWorker::Search(std::string name) {
  worker_->Post([this, name = std::move(name)] {
    protocol::LoginName asked;
    if (!protocol::LoginName::From(name, asked) || !replica::WhyNobodys(asked, nss_, local_.names()).empty()) {
      return TakeMember(name, base::NotFound("a local or reserved name"));
    }
    reports_.search(name);
  });
}

void ReplicaWorker::SetMember(std::string name, base::Result<directory::Member> member) {
  worker_->Post([this, name = std::move(name), member = std::move(member)] { TakeMember(name, member); });
}

void ReplicaWorker::TakeMember(const std::string& name, const base::Result<directory::Member>& member) {
  if (!member) {
    // Several that could be meant are nobody, as they are among those that are known.
    const bool several = member.error().code == base::ErrorCode::kAmbiguous;
    const bool missing = several || member.error().code == base::ErrorCode::kNotFound;
    if (several || !missing) reports_.warn("look up " + name + ": " + member.error().detail);
    if (missing && negatives_.size() < kMaxNegatives) {
      negatives_[name] = base::ClockMs(CLOCK_BOOTTIME) + kNegativeMs;
      publish_due_ = true;
    }
    return reports_.looked_up(name, missing ? Lookups::Result::kNotFound : Lookups::Result::kUnavailable);
  }
  negatives_.erase(name);
  const std::string id = member->account.id;
  replica::ApplyLookup(contents_, *member, replica::Now());
  if (auto saved = store_->SaveAccount(contents_, id, name); !saved) reports_.warn("replica: " + saved.error().detail);
  Rebuild();
  // Found, but hidden (a local name, an id out of range): to those who ask it does not exist.
  const bool shown = snapshot_->Find(name) != nullptr;
  reports_.looked_up(name, shown ? Lookups::Result::kFound : Lookups::Result::kNotFound);
}

void ReplicaWorker::SetUsed(std::string account_id, std::string login_name, std::string decision_json) {
  worker_->Post([this, account_id = std::move(account_id), login_name = std::move(login_name),
                 decision_json = std::move(decision_json)] {
    contents_.last_used[account_id] = replica::Now().wall_s;
    contents_.decisions[login_name] = decision_json;
    if (auto saved = store_->SaveAccount(contents_, account_id, login_name); !saved) {
      reports_.warn("replica: " + saved.error().detail);
    }
  });
}

void ReplicaWorker::Then(std::function<void()> task) { worker_->Post(std::move(task)); }

void ReplicaWorker::Unpin(std::string name) {
  worker_->Post([this, name = std::move(name)] {
    const bool instance = name == kThisInstance && !contents_.machine.instance_id.empty();
    if (instance) contents_.machine.instance_id = contents_.machine.account_id = "";
    // Of a domain's SID: the ids of all its ranges.
    const std::size_t slices = std::erase_if(contents_.slices, [&](const auto& slice) {
      return slice.first == name || slice.first.starts_with(name + '-');
    });
    const std::size_t names = contents_.pins.erase(name);
    if (!instance && slices + names == 0) return;
    Save();
    slices != 0 ? Rebuild() : Retarget();
  });
}

}  // namespace taglogin::daemon
