// SPDX-License-Identifier: Apache-2.0
// Every NSS look-up: the table first, the daemon for what it does not settle. Any thread; between calls
// nothing is kept but ProcessState.
//
// Certain without the daemon, whatever state it is in: a name outside the alphabet, "root", an id that
// no directory may give out or that is outside the table's range, a name whose negative entry holds.
// A table whose publisher has fallen silent still says who somebody is (being known is no right to
// log in, PAM decides that), but no longer who does not exist.
#pragma once

#include <grp.h>
#include <pwd.h>

#include <atomic>
#include <cstdint>
#include <type_traits>

#include "nss_module/answer.h"
#include "nss_module/pack.h"
#include "protocol/table_cache.h"

namespace taglogin::nss_module {

struct Places {
  const char* table_folder;
  const char* socket;
};

// What a process keeps. Zero at first; usable by all threads, also by a child after fork().
struct ProcessState {
  protocol::TableCache cache;
  std::atomic<std::int64_t> quiet_until_ms{0};
  // Where getpwent and getgrent go on: the smallest id not yet given out.
  std::atomic<std::uint32_t> next_uid{0};
  std::atomic<std::uint32_t> next_gid{0};
};
static_assert(std::is_trivially_destructible_v<ProcessState>);

// The supplementary groups that initgroups(3) collects, as glibc's initgroups_dyn passes them.
struct GroupList {
  long* used;
  long* capacity;
  gid_t** gids;  // malloc'ed by the caller, grown by realloc
  long limit;    // 0 or less: none
  gid_t skip;    // the primary group, which the caller has in the list already
};

class Lookup {
 public:
  Lookup(const Places& places, ProcessState& state) noexcept : places_(places), state_(state) {}

  Answer AccountByName(const char* name, passwd& out, CallerBuffer buffer) noexcept;
  Answer AccountByUid(uid_t uid, passwd& out, CallerBuffer buffer) noexcept;
  Answer GroupByName(const char* name, group& out, CallerBuffer buffer) noexcept;
  Answer GroupByGid(gid_t gid, group& out, CallerBuffer buffer) noexcept;

  // Appends. The C library asks for every user that logs in, local ones too, so a name without a record
  // is not asked for: kNotFound. Only without any table is the daemon asked.
  Answer GroupsOf(const char* name, GroupList& list) noexcept;

  // Enumeration, in the order of ids; kNotFound at the end, and at once when the table does not allow it.
  // The position only moves when an entry was handed out.
  Answer NextAccount(passwd& out, CallerBuffer buffer) noexcept;
  Answer NextGroup(group& out, CallerBuffer buffer) noexcept;
  void RewindAccounts() noexcept { state_.next_uid.store(0, std::memory_order_relaxed); }
  void RewindGroups() noexcept { state_.next_gid.store(0, std::memory_order_relaxed); }

 private:
  const Places& places_;
  ProcessState& state_;
};

}  // namespace taglogin::nss_module
