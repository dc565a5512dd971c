// SPDX-License-Identifier: Apache-2.0
// Everything a decision or an NSS answer needs, at one moment: built by the replica thread, never
// changed afterwards, shared by pointer.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "directory/id_map.h"
#include "directory/records.h"
#include "directory/ssh_key.h"
#include "policy/account.h"
#include "policy/decide.h"
#include "policy/rules.h"
#include "policy/tags.h"

namespace taglogin::daemon::replica {

// A moment on the freshness clock (see freshness.h).
struct Moment {
  std::string boot_id;       // /proc/sys/kernel/random/boot_id
  std::int64_t boot_ms = 0;  // CLOCK_BOOTTIME
  std::int64_t wall_s = 0;   // CLOCK_REALTIME
};

struct AccountEntry {
  directory::Account record;
  std::string login_name;  // canonical
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;  // of the primary group
  std::string gecos;      // printable ASCII, no ':'
  std::string home;
  std::string shell;
  std::vector<std::uint32_t> gids;  // what initgroups answers, primary and synthetic included
  std::vector<directory::SshKey> keys;
  policy::Account facts;
  Moment read_at;                // when the directory last confirmed this account
  bool permitted = false;        // in a selected group or named in a rule, not in a deny alone
  std::int64_t last_used_s = 0;  // wall clock of the last login or look-up by the login path; 0: never
};

struct GroupEntry {
  std::string id;
  std::string name;  // IsGroupName
  std::uint32_t gid = 0;
};

struct Snapshot {
  std::uint64_t generation = 0;   // grows by one each time
  bool complete = false;          // the directory has been walked for every name these rules select
  bool denials_complete = false;  // … at least for every name that deny rules select
  std::shared_ptr<const policy::RuleSet> rules;
  policy::TagSet tags;  // age is filled in at decision time from tags_read_at
  Moment tags_read_at;
  policy::ResolvedNames names;
  policy::BoundRules bound;  // `rules`, with `tags` and `names`
  // … with each set of tags that was there until lately: only what these allow as well counts (policy/tag_change.h).
  std::vector<policy::BoundRules> earlier;
  std::string server;
  Moment walked_at;  // when the directory last confirmed the whole closure
  std::vector<AccountEntry> accounts;
  std::unordered_map<std::string, std::size_t> by_name;  // login name, canonical or not -> index
  std::unordered_map<std::uint32_t, std::size_t> by_uid;
  std::unordered_map<std::string, std::size_t> by_id;
  std::vector<GroupEntry> groups;
  std::unordered_map<std::string, std::size_t> group_by_name;
  std::unordered_map<std::uint32_t, std::size_t> group_by_gid;
  directory::Slices slices;           // pinned, and those chosen for this snapshot
  std::vector<std::string> warnings;  // unresolved groups, collisions, refused names: one line each

  // By any of its login names (login_names.h), in lower case.
  const AccountEntry* Find(const std::string& login_name) const;
  const AccountEntry* FindUid(std::uint32_t uid) const;
};

}  // namespace taglogin::daemon::replica
