// SPDX-License-Identifier: Apache-2.0
#include "nss_module/lookup.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <string_view>

#include "base/deadline.h"
#include "nss_module/ask_daemon.h"
#include "protocol/login_name.h"

namespace taglogin::nss_module {
namespace {

using protocol::AccountView;
using protocol::GroupView;
using protocol::LoginName;
using protocol::TableLease;

bool ToLoginName(const char* text, LoginName& out) noexcept {
  if (text == nullptr) return false;
  // One byte more than a name may have is enough to see that it is too long.
  return LoginName::From({text, ::strnlen(text, protocol::kMaxLoginName + 1)}, out) && out.user() != "root";
}

// A group's name in the form the directory's are published in.
class GroupName {
 public:
  bool From(const char* text) noexcept {
    if (text == nullptr) return false;
    size_ = ::strnlen(text, sizeof text_);
    if (size_ == sizeof text_) return false;
    for (std::size_t i = 0; i < size_; ++i) {
      text_[i] = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
    }
    return protocol::IsGroupName(view()) && view() != "root";
  }
  std::string_view view() const noexcept { return {text_, size_}; }

 private:
  char text_[protocol::kMaxGroupName + 1] = {};
  std::size_t size_ = 0;
};

std::int64_t BootMs() noexcept { return base::ClockMs(CLOCK_BOOTTIME); }

IdRange RangeOf(const protocol::TableView& table) noexcept { return {table.id_lower(), table.id_upper()}; }

// Room for `more` gids, as far as the list's limit lets. False when there is no memory.
bool MakeRoom(GroupList& list, std::uint32_t more) noexcept {
  long wanted = *list.used + static_cast<long>(more);
  if (wanted < *list.capacity * 2) wanted = *list.capacity * 2;
  if (list.limit > 0 && wanted > list.limit) wanted = list.limit;
  if (wanted <= *list.capacity) return true;
  void* grown = ::realloc(*list.gids, static_cast<std::size_t>(wanted) * sizeof(gid_t));
  if (grown == nullptr) return false;
  *list.gids = static_cast<gid_t*>(grown);
  *list.capacity = wanted;
  return true;
}

// A list at its limit is complete: the rest is cut, as glibc's own services do.
template <typename GidAt>
Answer AppendAll(GroupList& list, std::uint32_t count, IdRange range, GidAt gid_at) noexcept {
  if (*list.capacity - *list.used < static_cast<long>(count) && !MakeRoom(list, count)) return Answer::kNoMemory;
  gid_t* const gids = *list.gids;
  const long capacity = *list.capacity;
  long used = *list.used;
  for (std::uint32_t i = 0; i < count && used < capacity; ++i) {
    const gid_t gid = gid_at(i);
    if (range.Holds(gid) && gid != list.skip) gids[used++] = gid;
  }
  *list.used = used;
  return Answer::kFound;
}

Answer AskForGroups(DaemonLine line, std::string_view name, GroupList& list) noexcept {
  auto* exchange = static_cast<GroupsExchange*>(::malloc(sizeof(GroupsExchange)));
  if (exchange == nullptr) return Answer::kNoMemory;
  Answer answer = line.Groups(name, *exchange);
  if (answer == Answer::kFound) {
    const protocol::GroupsAnswer& said = exchange->said;
    answer = AppendAll(list, said.count, IdRange{}, [&said](std::uint32_t i) { return said.gids[i]; });
  }
  ::free(exchange);
  return answer;
}

}  // namespace

// The seed is where the module was loaded: who chooses names must not find two that are one to Recent.
std::uint64_t Lookup::NameKey(std::string_view name) const noexcept {
  return protocol::TableHash(reinterpret_cast<std::uintptr_t>(&state_), protocol::TableKey::kAccountName, name);
}

std::uint64_t Lookup::GidKey(gid_t gid) const noexcept {
  return protocol::TableHash(reinterpret_cast<std::uintptr_t>(&state_), protocol::TableKey::kGid, gid);
}

bool Lookup::Acquire(TableLease& lease) noexcept {
  // A read of this clock costs a quarter of one of CLOCK_BOOTTIME. It is 0 where there is none.
  const std::int64_t coarse = base::ClockMs(CLOCK_MONOTONIC_COARSE);
  const bool alive = coarse != 0 && coarse < state_.alive_until_ms.load(std::memory_order_relaxed);
  if (alive && state_.cache.AcquireCurrent(lease)) return true;
  const std::int64_t now = BootMs();
  if (!state_.cache.Acquire(places_.table_folder, now, lease)) return false;
  if (lease.FreshAt(now)) state_.alive_until_ms.store(coarse + kAliveMs, std::memory_order_relaxed);
  return true;
}

// kFound: nothing stands against finding the account.
Answer Lookup::SaidBefore(std::string_view name) const noexcept {
  if (state_.denied.Untouched() && state_.unanswered.Untouched()) return Answer::kFound;
  const std::int64_t now = BootMs();
  if (!state_.denied.Any(now) && !state_.unanswered.Any(now)) return Answer::kFound;
  const std::uint64_t key = NameKey(name);
  if (state_.denied.Holds(key, now)) return Answer::kNotFound;
  return state_.unanswered.Holds(key, now) ? Answer::kUnavailable : Answer::kFound;
}

Answer Lookup::Remember(std::string_view name, Answer answer) noexcept {
  if (answer == Answer::kNotFound) {
    state_.denied.Note(NameKey(name), BootMs() + kStoryMs);
  } else if (answer == Answer::kUnavailable || answer == Answer::kNoMemory) {
    state_.unanswered.Note(NameKey(name), BootMs() + kStoryMs);
  }
  return answer;
}

bool Lookup::HasGroupNamedSince(const protocol::TableView& table, const AccountView& account) const noexcept {
  if (state_.nameless.Untouched() && state_.no_group.Untouched()) return false;
  const std::int64_t now = BootMs();
  if (!state_.nameless.Any(now) && !state_.no_group.Any(now)) return false;
  const auto named_since = [this, &table, now](gid_t gid) {
    const std::uint64_t key = GidKey(gid);
    GroupView ignored;
    return (state_.nameless.Holds(key, now) || state_.no_group.Holds(key, now)) && table.FindGroup(gid, ignored);
  };
  for (std::uint32_t i = 0; i < account.gid_count; ++i) {
    if (named_since(account.GidAt(i))) return true;
  }
  return named_since(account.gid);
}

Answer Lookup::FindByName(std::string_view name, passwd& out, CallerBuffer buffer) noexcept {
  AccountView account;
  IdRange range;
  std::int64_t now = 0;
  {
    TableLease lease;
    const bool has_table = Acquire(lease);
    if (has_table && lease.view().FindAccount(name, account)) {
      if (HasGroupNamedSince(lease.view(), account)) return Answer::kUnavailable;
      return PackAccount(account, out, buffer);
    }
    now = BootMs();
    if (has_table) {
      if (lease.FreshAt(now) && lease.view().IsNegative(name, now)) return Answer::kNotFound;
      range = RangeOf(lease.view());
    }
  }
  // The daemon does not say here which groups the account is in.
  if (state_.nameless.Any(now)) return Answer::kUnavailable;
  char packet[kMaxAnswer];
  const Answer answer = DaemonLine(places_.socket, state_.quiet_until_ms).Account(name, range, packet, account);
  if (answer != Answer::kFound) return answer;
  if (account.name != name && ContradictsStory(account.name)) return Answer::kUnavailable;
  state_.vouched.Note(NameKey(name), now + kVouchedMs);
  state_.vouched.Note(NameKey(account.name), now + kVouchedMs);
  return PackAccount(account, out, buffer);
}

// An account that was asked for under another spelling: what was not known of it, or of its groups, is not known now.
bool Lookup::ContradictsStory(std::string_view canonical) noexcept {
  if (SaidBefore(canonical) != Answer::kFound) return true;
  TableLease lease;
  AccountView account;
  return Acquire(lease) && lease.view().FindAccount(canonical, account) && HasGroupNamedSince(lease.view(), account);
}

Answer Lookup::AccountByName(const char* text, passwd& out, CallerBuffer buffer) noexcept {
  LoginName name;
  if (!ToLoginName(text, name)) return Answer::kNotFound;
  const Answer said = SaidBefore(name.view());
  return said != Answer::kFound ? said : Remember(name.view(), FindByName(name.view(), out, buffer));
}

Answer Lookup::AccountByUid(uid_t uid, passwd& out, CallerBuffer buffer) noexcept {
  if (!protocol::IsDirectoryId(uid)) return Answer::kNotFound;
  AccountView account;
  IdRange range;
  {
    TableLease lease;
    if (Acquire(lease)) {
      if (lease.view().FindAccount(uid, account)) return PackAccount(account, out, buffer);
      range = RangeOf(lease.view());
      if (!range.Holds(uid)) return Answer::kNotFound;
    }
  }
  char packet[kMaxAnswer];
  const Answer answer = DaemonLine(places_.socket, state_.quiet_until_ms).Account(uid, range, packet, account);
  if (answer != Answer::kFound) return answer;
  state_.vouched.Note(NameKey(account.name), BootMs() + kVouchedMs);
  return PackAccount(account, out, buffer);
}

Answer Lookup::GroupByName(const char* text, group& out, CallerBuffer buffer) noexcept {
  GroupName name;
  if (!name.From(text)) return Answer::kNotFound;
  GroupView found;
  IdRange range;
  {
    TableLease lease;
    if (Acquire(lease)) {
      if (lease.view().FindGroup(name.view(), found)) return PackGroup(found, out, buffer);
      range = RangeOf(lease.view());
    }
  }
  char packet[kMaxAnswer];
  const Answer answer = DaemonLine(places_.socket, state_.quiet_until_ms).Group(name.view(), range, packet, found);
  return answer == Answer::kFound ? PackGroup(found, out, buffer) : answer;
}

Answer Lookup::GroupByGid(gid_t gid, group& out, CallerBuffer buffer) noexcept {
  if (!protocol::IsDirectoryId(gid)) return Answer::kNotFound;
  GroupView found;
  IdRange range;
  {
    TableLease lease;
    if (Acquire(lease)) {
      if (lease.view().FindGroup(gid, found)) return PackGroup(found, out, buffer);
      range = RangeOf(lease.view());
      if (!range.Holds(gid)) return Answer::kNotFound;
    }
  }
  char packet[kMaxAnswer];
  const Answer answer = DaemonLine(places_.socket, state_.quiet_until_ms).Group(gid, range, packet, found);
  if (answer == Answer::kUnavailable) state_.nameless.Note(GidKey(gid), BootMs() + kStoryMs);
  if (answer == Answer::kNotFound) state_.no_group.Note(GidKey(gid), BootMs() + kStoryMs);
  return answer == Answer::kFound ? PackGroup(found, out, buffer) : answer;
}

Answer Lookup::FindGroups(std::string_view name, GroupList& list) noexcept {
  {
    TableLease lease;
    AccountView account;
    if (Acquire(lease) && lease.view().FindAccount(name, account)) {
      return AppendAll(list, account.gid_count, RangeOf(lease.view()),
                       [&account](std::uint32_t i) { return account.GidAt(i); });
    }
  }
  if (!state_.vouched.Holds(NameKey(name), BootMs())) return Answer::kNotFound;
  return AskForGroups(DaemonLine(places_.socket, state_.quiet_until_ms), name, list);
}

Answer Lookup::GroupsOf(const char* text, GroupList& list) noexcept {
  LoginName name;
  if (!ToLoginName(text, name)) return Answer::kNotFound;
  const Answer said = SaidBefore(name.view());
  return said != Answer::kFound ? said : Remember(name.view(), FindGroups(name.view(), list));
}

Answer Lookup::NextAccount(passwd& out, CallerBuffer buffer) noexcept {
  TableLease lease;
  if (!Acquire(lease)) return Answer::kUnavailable;
  if (!lease.view().enumerate()) return Answer::kNotFound;
  std::uint32_t from = state_.next_uid.load(std::memory_order_relaxed);
  for (;;) {
    AccountView account;
    if (!lease.view().NextAccount(from, account)) return Answer::kNotFound;
    const Answer packed = PackAccount(account, out, buffer);
    if (packed != Answer::kFound) return packed;
    // Lost the race: another thread has given this one out, go on behind it.
    if (state_.next_uid.compare_exchange_strong(from, account.uid + 1, std::memory_order_relaxed)) return packed;
  }
}

Answer Lookup::NextGroup(group& out, CallerBuffer buffer) noexcept {
  TableLease lease;
  if (!Acquire(lease)) return Answer::kUnavailable;
  if (!lease.view().enumerate()) return Answer::kNotFound;
  std::uint32_t from = state_.next_gid.load(std::memory_order_relaxed);
  for (;;) {
    GroupView found;
    if (!lease.view().NextGroup(from, found)) return Answer::kNotFound;
    const Answer packed = PackGroup(found, out, buffer);
    if (packed != Answer::kFound) return packed;
    if (state_.next_gid.compare_exchange_strong(from, found.gid + 1, std::memory_order_relaxed)) return packed;
  }
}

}  // namespace taglogin::nss_module
