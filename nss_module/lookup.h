// SPDX-License-Identifier: Apache-2.0
// Every NSS look-up: the table first, the daemon for what it does not settle. Any thread; between calls
// nothing is kept but ProcessState. The table holds canonical names; another spelling of one ("alice@corp.example.com")
// is the daemon's to say, and is answered with the canonical name.
//
// Certain without the daemon, whatever state it is in: a name outside the alphabet, "root", an id that
// no directory may give out or that is outside the table's range, a name whose negative entry holds.
// A table whose publisher has fallen silent still says who somebody is (being known is no right to
// log in, PAM decides that), but no longer who does not exist.
//
// One process hears one story. sshd asks for a name, its groups and their names several times within one
// connection, and forms its settings (Match Group) from the answers in the middle: an account that was
// unknown to one call and known to a later one would be let on with the settings of a local user. So what
// was not known is not known again for kStoryMs, whatever the table or the daemon says by then.
#pragma once

#include <grp.h>
#include <pwd.h>

#include <atomic>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "nss_module/answer.h"
#include "nss_module/pack.h"
#include "nss_module/recent.h"
#include "protocol/table_cache.h"

namespace taglogin::nss_module {

inline constexpr std::int64_t kStoryMs = 5000;
// For so long the publisher counts as alive without a look at the clock that tells; it vouches for seconds.
inline constexpr std::int64_t kAliveMs = 250;
// How long the daemon's word that an account exists makes us ask for its groups, too: longer than a login.
inline constexpr std::int64_t kVouchedMs = 600000;

struct Places {
  const char* table_folder;
  const char* socket;
};

// What a process keeps. Zero at first; usable by all threads, also by a child after fork().
struct ProcessState {
  protocol::TableCache cache;
  std::atomic<std::int64_t> alive_until_ms{0};  // CLOCK_MONOTONIC_COARSE
  std::atomic<std::int64_t> quiet_until_ms{0};
  Recent denied;      // accounts that were said not to exist, or to have no groups
  Recent unanswered;  // accounts of which nobody could say anything
  Recent nameless;    // gids of which nobody could say a name
  Recent no_group;    // gids that were said to be no group's
  Recent vouched;     // accounts that the daemon named, not the table
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

  // Appends. The C library asks for every user that logs in, local ones too, several times in each of a
  // login's processes: so a name without a record is kNotFound and the daemon is not asked, table or no
  // table, unless it was the daemon who named the account to this process.
  Answer GroupsOf(const char* name, GroupList& list) noexcept;

  // Enumeration, in the order of ids; kNotFound at the end, and at once when the table does not allow it.
  // The position only moves when an entry was handed out.
  Answer NextAccount(passwd& out, CallerBuffer buffer) noexcept;
  Answer NextGroup(group& out, CallerBuffer buffer) noexcept;
  void RewindAccounts() noexcept { state_.next_uid.store(0, std::memory_order_relaxed); }
  void RewindGroups() noexcept { state_.next_gid.store(0, std::memory_order_relaxed); }

 private:
  std::uint64_t NameKey(std::string_view name) const noexcept;
  std::uint64_t GidKey(gid_t gid) const noexcept;
  bool Acquire(protocol::TableLease& lease) noexcept;
  Answer SaidBefore(std::string_view name) const noexcept;
  Answer Remember(std::string_view name, Answer answer) noexcept;
  bool HasGroupNamedSince(const protocol::TableView& table, const protocol::AccountView& account) const noexcept;
  bool ContradictsStory(std::string_view canonical) noexcept;
  Answer FindByName(std::string_view name, passwd& out, CallerBuffer buffer) noexcept;
  Answer FindGroups(std::string_view name, GroupList& list) noexcept;

  const Places& places_;
  ProcessState& state_;
};

}  // namespace taglogin::nss_module
