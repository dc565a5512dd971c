// SPDX-License-Identifier: Apache-2.0
// One process's mapping of the published table: kept between look-ups, replaced when a newer table is
// there, shared by all threads without a lock. Thin; any thread; survives fork() at any moment.
//
// Mappings sit in a few slots. A slot's word counts its readers; a slot without readers may be taken
// and refilled. Whoever finds no slot to take maps the table for this one call alone. That is also
// what a child does whose parent's other threads held the slots when it forked: nobody there will
// ever let go of them.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "protocol/table_reader.h"

namespace taglogin::protocol {

// A control page and a table of its, mapped read-only. Owned by who holds it; Unmap() ends it.
struct MappedTable {
  const ControlPage* control = nullptr;
  const char* bytes = nullptr;
  std::size_t size = 0;
  TableView view;

  // The published table is this one, and not retired.
  bool IsCurrent() const noexcept;
  // The publisher lived a moment ago and had nothing newer.
  bool IsFresh(std::int64_t boot_ms) const noexcept;
  void Unmap() noexcept;
};

class TableLease;

class TableCache {
 public:
  constexpr TableCache() noexcept = default;
  TableCache(const TableCache&) = delete;
  TableCache& operator=(const TableCache&) = delete;

  // Leases the newest table published in `folder`. `boot_ms` is CLOCK_BOOTTIME now. False: no table
  // can be believed (none there, damaged, retired, not the owner's alone). One cache serves one folder.
  // A table whose publisher has fallen silent is still leased, and is not fresh: the folder has then
  // been looked at again, at most once a second, in case another one took its place.
  bool Acquire(const char* folder, std::int64_t boot_ms, TableLease& lease) noexcept;

  // As Acquire, for somebody who found the publisher alive a moment ago: looks neither at the clock nor at
  // the folder. False: Acquire it is.
  bool AcquireCurrent(TableLease& lease) noexcept;

 private:
  friend class TableLease;
  friend struct TableCachePeek;  // tests hold slots busy through it

  struct Slot {
    // Readers; kTaken while the mapping is being changed.
    std::atomic<std::uint32_t> users{0};
    MappedTable table;

    bool Enter() noexcept;
    void Leave() noexcept { users.fetch_sub(1, std::memory_order_release); }
    bool Take() noexcept;
    void GiveBack(std::uint32_t readers) noexcept;
  };
  static constexpr std::uint32_t kTaken = 0x80000000;
  static constexpr std::size_t kSlots = 4;

  bool ReopenIsDue(std::int64_t boot_ms) noexcept;
  void Install(const MappedTable& table, TableLease& lease) noexcept;
  void DropIdleSlots(std::size_t keep) noexcept;

  Slot slots_[kSlots];
  std::atomic<std::size_t> current_{0};
  std::atomic<std::int64_t> next_reopen_ms_{0};
};

// A module's static cache has neither constructor nor destructor to run.
static_assert(std::is_trivially_destructible_v<TableCache>);

// A table for the time of one look-up; gives it back when it goes. What the view hands out ends with it.
class TableLease {
 public:
  TableLease() noexcept = default;
  TableLease(const TableLease&) = delete;
  TableLease& operator=(const TableLease&) = delete;
  ~TableLease() { Release(); }

  // REQUIRES: Acquire returned true, as does the next.
  const TableView& view() const noexcept { return table().view; }
  // The publisher lived at `boot_ms` (CLOCK_BOOTTIME) and had nothing newer.
  bool FreshAt(std::int64_t boot_ms) const noexcept { return table().IsFresh(boot_ms); }
  void Release() noexcept;

 private:
  friend class TableCache;
  const MappedTable& table() const noexcept { return slot_ != nullptr ? slot_->table : own_; }

  TableCache::Slot* slot_ = nullptr;
  MappedTable own_;
};

}  // namespace taglogin::protocol
