// SPDX-License-Identifier: Apache-2.0
// The contract between taglogind, which publishes names, and the NSS module, which reads them inside
// every process: two files in kTableFolder. docs/published-table.md says why they are as they are.
//
// Everything is little-endian, of fixed width, at the offsets below, and checked before it is used.
// Rules of publication (the reader relies on each):
//   1. A table is written in full, under another name, with write(2): no holes, so that no access to
//      a mapping can fault when the file system is full; then renamed to kTableFile; then, by a
//      release store, its generation goes into the control page.
//   2. A table that has been renamed is never written, truncated or reused.
//   3. The control page is written in full once and never replaced while the folder stands.
//   4. Both files are regular, owned by root or by the owner of the folder, writable by the owner only.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace taglogin::protocol {

static_assert(std::endian::native == std::endian::little, "the published table is read in place");
static_assert(std::atomic<std::uint64_t>::is_always_lock_free && sizeof(std::atomic<std::uint64_t>) == 8);

inline constexpr char kTableFolder[] = "/run/taglogin/nss";
inline constexpr char kControlFile[] = "control";
inline constexpr char kTableFile[] = "table";

constexpr std::uint64_t TableMagic(std::string_view eight) noexcept {
  std::uint64_t magic = 0;
  for (std::size_t i = 0; i < 8; ++i) magic |= static_cast<std::uint64_t>(eight[i]) << (8 * i);
  return magic;
}
inline constexpr std::uint64_t kControlMagic = TableMagic("TLNSSctl");
inline constexpr std::uint64_t kTableMagic = TableMagic("TLNSStab");
inline constexpr std::uint32_t kTableVersion = 1;

inline constexpr std::size_t kMaxTableBytes = 256U << 20;
inline constexpr std::size_t kMaxTableText = 1024;  // bytes of a gecos, a home or a shell
inline constexpr std::int64_t kFreshForMs = 10000;  // how far Renew() moves fresh_until_ms ahead
inline constexpr std::int64_t kMaxFreshMs = 60000;  // further ahead than this is nonsense, not fresh

// Ids that can be a directory's at all: ids below 1000 are the system's (Debian Policy 9.2.2,
// login.defs(5) UID_MIN), 65534 and 65535 are nobody and the 16-bit -1, and what does not fit an int
// is misread by others (CVE-2018-19788). A table narrows this further.
inline constexpr std::uint32_t kLowestId = 1000;
inline constexpr std::uint32_t kHighestId = 0x7fffffff;
constexpr bool IsDirectoryId(std::uint32_t id) noexcept {
  return id >= kLowestId && id <= kHighestId && id != 65534 && id != 65535;
}

// The control page: the whole of kControlFile. The first four fields and `retired` keep their places in
// every version, so that a later taglogind can retire the page of an earlier one.
struct ControlPage {
  std::uint64_t magic;                       // kControlMagic
  std::uint32_t version;                     // kTableVersion
  std::uint32_t reserved;                    // 0
  std::atomic<std::uint64_t> generation;     // of the newest table in place; only ever grows; 0: none yet
  std::atomic<std::int64_t> fresh_until_ms;  // CLOCK_BOOTTIME; the publisher lived and had nothing newer
  std::atomic<std::uint64_t> retired;        // not 0: believe nothing that was published under this page
  std::uint8_t rest[4096 - 40];              // 0
};
static_assert(sizeof(ControlPage) == 4096 && offsetof(ControlPage, retired) == 32);

// A table is: TableHeader; TableBucket[bucket_count]; TableOrder[account_count] by uid;
// TableOrder[group_count] by gid; records, each at a multiple of 8, up to the end of the file.
struct TableHeader {
  std::uint64_t magic;  // kTableMagic
  std::uint32_t version;
  std::uint32_t bucket_count;  // a power of two, more than the number of keys: some bucket is empty
  std::uint64_t generation;
  std::uint64_t file_bytes;  // of the whole table
  std::uint64_t seed;        // of every digest in the table but the header's own
  std::uint32_t id_lower;    // every uid and gid in the table is in [id_lower, id_upper]
  std::uint32_t id_upper;
  std::uint32_t account_count;
  std::uint32_t group_count;
  std::uint32_t enumerate;  // 1: getpwent and getgrent answer; 0: they do not
  std::uint32_t reserved;   // 0
  std::uint64_t check;      // TableDigest(kTableMagic, all bytes before it)
};
static_assert(sizeof(TableHeader) == 72);

// The hash index: open addressing, linear probing from `hash & (bucket_count - 1)`.
struct TableBucket {
  std::uint32_t tag;     // hash >> 32
  std::uint32_t offset;  // of the record; 0: empty, the key is not in the table
};
struct TableOrder {
  std::uint32_t id;
  std::uint32_t offset;
};

enum class RecordKind : std::uint32_t { kAccount = 1, kGroup = 2, kNegative = 3 };

// A record: this head; gid_count gids (what initgroups answers, primary included); then the texts,
// each with a NUL behind it: name, gecos, home, shell (a group and a negative entry: name only); zeros
// up to a multiple of 8.
struct TableRecord {
  std::uint64_t check;  // TableDigest(seed, all bytes of the record behind this field)
  std::uint32_t bytes;  // of the record, head and zeros included
  RecordKind kind;
  std::uint32_t id;         // uid of an account, gid of a group, 0 of a negative entry
  std::uint32_t gid;        // primary gid of an account, else 0
  std::int64_t expires_ms;  // CLOCK_BOOTTIME, of a negative entry; else 0
  std::uint32_t gid_count;
  std::uint16_t name_bytes;  // the lengths are without the NUL
  std::uint16_t gecos_bytes;
  std::uint16_t home_bytes;
  std::uint16_t shell_bytes;
  std::uint32_t reserved;  // 0
};
static_assert(sizeof(TableRecord) == 48);

// The bytes at `at` as a T, wherever they lie; the caller has checked that they are there.
template <typename T>
T LoadAs(const char* at) noexcept {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// The first of `size` bytes, 8 at most and 1 at least, as a word with zeros behind them. Without a call
// of memcpy, which would take longer than the rest of a short digest.
inline std::uint64_t LoadPart(const char* bytes, std::size_t size) noexcept {
  if (size >= 8) return LoadAs<std::uint64_t>(bytes);
  if (size >= 4) {
    return LoadAs<std::uint32_t>(bytes) | std::uint64_t{LoadAs<std::uint32_t>(bytes + size - 4)} << (8 * (size - 4));
  }
  std::uint64_t word = static_cast<unsigned char>(bytes[0]);
  if (size >= 2) word |= std::uint64_t{static_cast<unsigned char>(bytes[1])} << 8;
  if (size == 3) word |= std::uint64_t{static_cast<unsigned char>(bytes[2])} << 16;
  return word;
}

// 64 bits over `bytes`. Any change within one 8-byte word changes the result. It finds accidents and
// spreads keys; it proves nothing about who wrote them (rule 4 does).
inline std::uint64_t TableDigest(std::uint64_t seed, const char* bytes, std::size_t size) noexcept {
  constexpr std::uint64_t kFirst = 0x9e3779b97f4a7c15;  // odd, so that multiplying loses nothing
  constexpr std::uint64_t kSecond = 0xd6e8feb86659fd93;
  std::uint64_t even = seed ^ (size * kFirst);
  std::uint64_t odd = ~seed;
  const auto mix = [&even, &odd](std::uint64_t first, std::uint64_t second) {
    even = (even ^ first) * kFirst;
    even ^= even >> 32;
    odd = (odd ^ second) * kSecond;
    odd ^= odd >> 29;
  };
  for (; size >= 16; size -= 16, bytes += 16) mix(LoadAs<std::uint64_t>(bytes), LoadAs<std::uint64_t>(bytes + 8));
  if (size != 0) mix(LoadPart(bytes, size), size > 8 ? LoadPart(bytes + 8, size - 8) : 0);
  std::uint64_t out = even ^ std::rotl(odd, 32);
  out = (out ^ (out >> 33)) * 0xff51afd7ed558ccd;
  return out ^ (out >> 33);
}

// What a key hashes to. Accounts and negative entries share the names; uids and gids are apart.
enum class TableKey : std::uint64_t { kAccountName = 1, kUid = 2, kGroupName = 3, kGid = 4 };
inline std::uint64_t TableHash(std::uint64_t seed, TableKey key, std::string_view name) noexcept {
  return TableDigest(seed + static_cast<std::uint64_t>(key), name.data(), name.size());
}
inline std::uint64_t TableHash(std::uint64_t seed, TableKey key, std::uint32_t id) noexcept {
  char bytes[sizeof id];
  std::memcpy(bytes, &id, sizeof id);
  return TableDigest(seed + static_cast<std::uint64_t>(key), bytes, sizeof bytes);
}

}  // namespace taglogin::protocol
