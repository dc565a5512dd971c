// SPDX-License-Identifier: Apache-2.0
// Looks names and ids up in the bytes of one published table (table_layout.h). Thin: no system call, no
// allocation, no state; any thread. Where the bytes come from is table_cache's affair.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/table_layout.h"

namespace taglogin::protocol {

// The fields of passwd(5) and what initgroups answers. Views into somebody else's buffer.
struct AccountView {
  std::string_view name;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string_view gecos;
  std::string_view home;
  std::string_view shell;
  const char* gids = nullptr;  // gid_count little-endian u32, of any alignment
  std::uint32_t gid_count = 0;

  // REQUIRES: index < gid_count.
  std::uint32_t GidAt(std::uint32_t index) const noexcept {
    std::uint32_t gid_at = 0;
    std::memcpy(&gid_at, gids + std::size_t{index} * sizeof gid_at, sizeof gid_at);
    return gid_at;
  }
};

struct GroupView {
  std::string_view name;
  std::uint32_t gid = 0;
};

// Every record is checked (bounds, digest, ids) each time it is looked at, so opening a table of any
// size costs the same, and a damaged record is one that is not there.
class TableView {
 public:
  constexpr TableView() noexcept = default;

  // False, and `out` as it was, when `bytes` are not a table. `bytes` outlive the view and everything it
  // hands out; they start at a multiple of 8.
  static bool Open(const char* bytes, std::size_t size, TableView& out) noexcept;

  std::uint64_t generation() const noexcept { return generation_; }
  std::uint32_t id_lower() const noexcept { return id_lower_; }
  std::uint32_t id_upper() const noexcept { return id_upper_; }
  bool enumerate() const noexcept { return enumerate_; }
  bool InRange(std::uint32_t id) const noexcept { return id >= id_lower_ && id <= id_upper_; }

  // Names are canonical (login_name.h). False leaves `out` as it was.
  bool FindAccount(std::string_view name, AccountView& out) const noexcept;
  bool FindAccount(std::uint32_t uid, AccountView& out) const noexcept;
  bool FindGroup(std::string_view name, GroupView& out) const noexcept;
  bool FindGroup(std::uint32_t gid, GroupView& out) const noexcept;

  // Whether `name` was looked up before and did not exist, and that still holds at `boot_ms`.
  bool IsNegative(std::string_view name, std::int64_t boot_ms) const noexcept;

  // The entry with the smallest id that is not below `from`; false when there is none. An id, unlike a
  // position, still means something after the table has been replaced.
  bool NextAccount(std::uint32_t from, AccountView& out) const noexcept;
  bool NextGroup(std::uint32_t from, GroupView& out) const noexcept;

 private:
  struct Record {
    TableRecord head;
    const char* start;
    std::uint32_t text_at[4];  // from `start`

    const char* Gids() const noexcept { return start + sizeof head; }
    std::string_view Name() const noexcept { return {start + text_at[0], head.name_bytes}; }
  };
  bool Decode(std::uint32_t offset, Record& out) const noexcept;
  bool PlausibleIds(const TableRecord& head) const noexcept;
  template <typename Matches>
  bool Probe(std::uint64_t hash, Record& out, Matches matches) const noexcept;
  bool NextInOrder(std::size_t order_at, std::uint32_t count, std::uint32_t from, RecordKind kind,
                   Record& out) const noexcept;
  static void ToAccount(const Record& record, AccountView& out) noexcept;
  static void ToGroup(const Record& record, GroupView& out) noexcept;

  const char* bytes_ = nullptr;
  std::size_t size_ = 0;
  std::size_t records_at_ = 0;
  std::uint64_t generation_ = 0;
  std::uint64_t seed_ = 0;
  std::uint32_t bucket_mask_ = 0;
  std::uint32_t account_count_ = 0;
  std::uint32_t group_count_ = 0;
  std::uint32_t id_lower_ = 0;
  std::uint32_t id_upper_ = 0;
  bool enumerate_ = false;
};

}  // namespace taglogin::protocol
