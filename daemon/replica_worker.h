// SPDX-License-Identifier: Apache-2.0
// The replica's thread: owns the contents, the database and the published table; takes rules, tags
// and what the directory says, and reports each new snapshot.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "daemon/lookups.h"
#include "daemon/replica/builder.h"
#include "daemon/replica/store.h"
#include "daemon/replica/table_publisher.h"
#include "daemon/replica/tag_hold.h"
#include "daemon/view.h"
#include "daemon/worker.h"
#include "directory/directory.h"

namespace taglogin::daemon {

class ReplicaWorker {
 public:
  // A step of a change of the tags, for the records. kHeld comes when the directory has been read for the new tags.
  struct TagStep {
    enum class What { kFirst, kChanged, kHeld, kElapsed, kAccepted, kApplied };
    What what = What::kChanged;
    policy::TagSet before;
    policy::TagSet after;
    replica::Moment read_at;                 // of `after`
    bool held = false;                       // kChanged: what it adds does not count yet
    std::optional<std::int64_t> held_until;  // wall clock, seconds; nullopt: until root says so
    std::vector<std::string> accounts;       // kHeld: those it would let in; kApplied: those whom a hold kept out
  };

  // All run on the replica's thread, in the order in which things happened.
  struct Reports {
    std::function<void(View)> view;  // a new snapshot, or newer confirmations of the same one
    std::function<void(const std::string& name, Lookups::Result)> looked_up;
    // What the directory should be walked for; `at_once` when the answer is missing now.
    std::function<void(directory::WalkRequest, bool at_once)> target;
    // An account to look up in the directory; its answer comes through SetMember.
    std::function<void(const std::string& name)> search;
    std::function<void(const std::string& warning)> warn;
    std::function<void(TagStep)> tags;
    // Each reading that is this machine's own, by its pins, before anything is made of it.
    std::function<void(const replica::TagReading&)> own_reading;
  };

  ReplicaWorker(replica::NssSettings nss, directory::KeyDemands keys, policy::AccountChecks checks,
                replica::HoldSettings hold, replica::Store::Opened opened,
                std::unique_ptr<replica::TablePublisher> publisher, std::shared_ptr<const policy::RuleSet> rules,
                Reports reports);
  ~ReplicaWorker();

  // From any thread, all of them.
  void SetRules(std::shared_ptr<const policy::RuleSet> rules);
  void SetTags(replica::TagReading reading);
  // Root lets the tags count as they are, if TagsId() of them is `id` (empty: whatever they are). `done` runs on the
  // replica's thread: kNotFound when nothing is held, kRefused when they are others by now, or are not trusted.
  void AcceptTags(std::string id, std::function<void(base::Result<void>)> done);
  // `begun`: when the walk began; what changed during it may or may not be in it.
  void SetClosure(directory::Closure closure, directory::WalkRequest asked, replica::Moment begun);
  // The directory, asked at that moment, said that nothing has changed.
  void Confirm(replica::Moment asked_at);
  // Looks a login name up, canonical or not: local and reserved names, and those that can be nobody's by the settings,
  // are nobody's at once, without a word to the directory.
  void Search(std::string name);
  void SetMember(std::string name, base::Result<directory::Member> member);
  void SetUsed(std::string account_id, std::string login_name, std::string decision_json);
  // Runs `task` on the replica's thread behind everything that came before.
  void Then(std::function<void()> task);
  // Drops a pin, so that the name stands for whatever it resolves to next; of a domain's SID the pins of its ids;
  // "@instance": which instance this is.
  void Unpin(std::string name);

 private:
  std::chrono::milliseconds Tick();
  void Start();
  void Rebuild();
  void PinSlices();
  void Publish();
  void Retarget();
  void ReportView();
  void Save();
  void RefreshLocal();
  void TakeMember(const std::string& name, const base::Result<directory::Member>& member);
  const policy::TagSet& Tags() const;
  void TakeReading(replica::TagReading reading);
  void Distrust(const std::string& why);
  void ReportTagSteps(const replica::TagChange& change, std::vector<std::string> held_before);
  void ReportHold();
  void ReportTagStep(TagStep::What what, const policy::TagSet& before, std::vector<std::string> accounts);
  std::vector<std::string> HeldAccounts() const;

  replica::NssSettings nss_;
  directory::KeyDemands keys_;
  policy::AccountChecks checks_;
  replica::HoldSettings hold_;
  std::unique_ptr<replica::Store> store_;
  replica::Contents contents_;
  std::unique_ptr<replica::TablePublisher> publisher_;
  std::shared_ptr<const policy::RuleSet> rules_;
  Reports reports_;
  replica::LocalAccounts local_;
  policy::TagSet no_tags_;  // until a source has answered: the host name alone
  std::shared_ptr<const replica::Snapshot> snapshot_;
  replica::Moment walked_at_;
  std::map<std::string, std::int64_t> negatives_;  // name -> CLOCK_BOOTTIME ms
  directory::WalkRequest target_;
  bool has_target_ = false;
  bool publish_due_ = false;
  std::optional<policy::TagSet> held_report_;  // a hold that is not reported yet: the tags before it
  std::unique_ptr<Worker> worker_;
};

}  // namespace taglogin::daemon
