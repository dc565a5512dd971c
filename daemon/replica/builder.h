// SPDX-License-Identifier: Apache-2.0
// From what the replica knows to a snapshot: pure functions, no clock, no I/O. Replica thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "daemon/replica/contents.h"
#include "daemon/replica/local_accounts.h"
#include "daemon/replica/nss_settings.h"
#include "daemon/replica/published_names.h"
#include "daemon/replica/snapshot.h"
#include "directory/ssh_key.h"
#include "policy/account.h"
#include "policy/rules.h"

namespace taglogin::daemon::replica {

// All pointers are borrowed for the call and never null.
struct BuildInput {
  std::shared_ptr<const policy::RuleSet> rules;
  const Contents* contents = nullptr;
  const policy::TagSet* tags = nullptr;  // what the rules are read with; contents' own, or a newer one
  Moment tags_read_at;
  const NssSettings* nss = nullptr;
  const LocalNames* local = nullptr;
  directory::KeyDemands keys;
  std::uint64_t previous_generation = 0;
  policy::AccountChecks checks;
};

// The snapshot after previous_generation. Accounts and groups that may not be shown are left out,
// with a warning each (at most 100, then a count): names that have no canonical form or are
// reserved or local; ids that are not of the mapping's range, or local; two accounts or groups that
// would share a name or an id (both go). With local names unknown nobody is shown. Ranges of SIDs
// that have no slice yet get one (`slices`), which the caller pins.
// `complete` is false unless the contents' walk asked for every name the rules select now.
std::shared_ptr<const Snapshot> Build(const BuildInput& input);

// Whether every process may learn of this account (nss.visible; kUsed: permitted, or used within
// kIdentityKeptS before `wall_now_s`).
bool IsVisible(const AccountEntry& entry, const NssSettings& nss, std::int64_t wall_now_s);

// What of `snapshot` goes into the published table: accounts that IsVisible, the groups those are
// in, and the everyone group.
PublishedNames Published(const Snapshot& snapshot, const NssSettings& nss, std::int64_t wall_now_s,
                         std::vector<PublishedNegative> negatives);

}  // namespace taglogin::daemon::replica
