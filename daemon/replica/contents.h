// SPDX-License-Identifier: Apache-2.0
// What the replica knows, as plain values: the store reads and writes it, the builder turns it into
// a snapshot. Owned and changed by the replica thread alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/replica/snapshot.h"
#include "directory/id_map.h"
#include "directory/records.h"
#include "policy/decide.h"
#include "policy/tags.h"

namespace taglogin::daemon::replica {

// An identity outlives its right by this long, so that files keep owners.
inline constexpr std::int64_t kIdentityKeptS = std::int64_t{90} * 24 * 3600;
// An account that was looked up and never used again.
inline constexpr std::size_t kMaxExtras = 10000;

// An account known outside the walk: looked up by name, or used here and gone from the closure.
// Its memberships never count: what a person may do here comes from a whole closure only.
struct ExtraAccount {
  directory::Member member;  // memberships empty
  Moment read_at;
};

struct WalkedClosure {
  directory::Closure closure;
  policy::SelectedNames asked;  // the names out of rules that the directory was asked for
  Moment walked_at;
  // By domain: when a further domain that could not be read in this walk was read last (Closure::behind_ms).
  std::map<std::string, Moment> read_at = {};

  // When the directory said this of an account of `domain`.
  const Moment& ReadAt(const std::string& domain) const {
    const auto found = read_at.find(domain);
    return found == read_at.end() ? walked_at : found->second;
  }
};

struct TagReading {
  policy::TagSet tags;               // `age` is not kept; `known` is true
  std::vector<std::string> sources;  // those that answered, as in records
  std::string account_id;            // of the cloud; empty if unknown
  std::string region;
  Moment read_at;  // the oldest answer the set rests on
  // Why the answers are not to be trusted: then `tags` are not known, and those before are kept; not kept itself.
  std::string distrust;
};

// Tags that counted until the sources said otherwise; see tag_hold.h.
struct EarlierTags {
  policy::TagSet tags;  // `age` is not kept
  Moment replaced_at;   // when the next reading was there
};

// Which machine this is, as it was when it was first known here.
struct MachineIdentity {
  std::string hardware;     // DMI product_uuid
  std::string instance_id;  // of the cloud; empty if no source has told yet
  std::string account_id;
};

struct Contents {
  std::map<std::string, std::string> pins;        // group or user name -> id
  directory::Slices slices;                       // pinned: see IdMap
  std::optional<WalkedClosure> walk;              // nothing: never walked
  std::map<std::string, ExtraAccount> extras;     // by account id, none of them in walk's members
  std::map<std::string, std::int64_t> last_used;  // by account id: wall clock seconds
  std::optional<TagReading> tags;
  MachineIdentity machine;
  std::vector<EarlierTags> earlier_tags;         // oldest first; none without `tags`
  std::string tags_distrust;                     // why `tags` do not count at the moment; empty: they do
  std::int64_t wall_high_water_s = 0;            // latest wall time ever seen
  std::map<std::string, std::string> decisions;  // by login name: last decision, JSON text
};

// Puts a new closure in the place of the old one. Names found for the first time are pinned; pins
// are never changed here. Members that are in the new closure no more and were used within
// kIdentityKeptS stay as extras without memberships, as they were last read; extras that the new
// closure holds, and those not used for that long, go. `now` also raises the high-water mark.
void ApplyClosure(Contents& contents, directory::Closure closure, policy::SelectedNames asked, const Moment& now);

// Takes in an account that was looked up by name and counts it as used. One that the closure holds
// is only counted as used. Beyond kMaxExtras the one used longest ago goes.
void ApplyLookup(Contents& contents, directory::Member member, const Moment& now);

// The accounts that a walk must read again although no selected group may hold them, so that their
// state stays fresh: extras, and members of no group that were used within kIdentityKeptS. Sorted.
std::vector<std::string> LookupIds(const Contents& contents, const Moment& now);

// The accounts of whose memberships the last walk and the server's tokenGroups did not say the same, or whose way
// leads through another domain. Sorted.
std::vector<std::string> DoubtfulIds(const Contents& contents);

// Wall time only ever raises the mark. Call from time to time and before every save.
void RaiseHighWater(Contents& contents, const Moment& now);

}  // namespace taglogin::daemon::replica
