// SPDX-License-Identifier: Apache-2.0
// Makes arbitrary bytes pass for a table as far as digests go, so that a fuzzer gets behind them: what a
// hostile publisher could write.
#pragma once

#include <string>

#include "protocol/table_layout.h"
#include "tests/fuzz/fuzz.h"

namespace taglogin::fuzz {

template <typename T>
T LoadAt(const std::string& bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}
template <typename T>
void StoreAt(std::string& bytes, std::size_t at, const T& value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

// The digest of the record at `at`, and in its bucket (unless 0) the tag of the record's name or id.
inline void RepairRecord(std::string& bytes, std::uint64_t seed, std::size_t at, std::size_t bucket_at) {
  using protocol::TableRecord;
  if (at % 8 != 0 || at > bytes.size() || bytes.size() - at < sizeof(TableRecord)) return;
  auto head = LoadAt<TableRecord>(bytes, at);
  if (head.bytes < sizeof head || head.bytes > bytes.size() - at) return;
  head.check = protocol::TableDigest(seed, bytes.data() + at + sizeof head.check, head.bytes - sizeof head.check);
  StoreAt(bytes, at, head.check);
  if (bucket_at == 0) return;
  const std::size_t name_at = at + sizeof head + std::size_t{head.gid_count} * 4;
  if (name_at > bytes.size() || bytes.size() - name_at < head.name_bytes) return;
  const bool group = head.kind == protocol::RecordKind::kGroup;
  const bool by_name = bucket_at % 16 != 0;
  const std::string_view name(bytes.data() + name_at, head.name_bytes);
  using Key = protocol::TableKey;
  const std::uint64_t hash = by_name ? protocol::TableHash(seed, group ? Key::kGroupName : Key::kAccountName, name)
                                     : protocol::TableHash(seed, group ? Key::kGid : Key::kUid, head.id);
  StoreAt(bytes, bucket_at, static_cast<std::uint32_t>(hash >> 32));
}

inline void RepairTable(std::string& bytes) {
  using protocol::TableHeader;
  if (bytes.size() < sizeof(TableHeader)) return;
  auto header = LoadAt<TableHeader>(bytes, 0);
  header.magic = protocol::kTableMagic;
  header.version = protocol::kTableVersion;
  header.file_bytes = bytes.size();
  header.enumerate &= 1;
  StoreAt(bytes, 0, header);
  header.check = protocol::TableDigest(protocol::kTableMagic, bytes.data(), offsetof(TableHeader, check));
  StoreAt(bytes, 0, header);
  const std::uint64_t entries = std::uint64_t{header.bucket_count} + header.account_count + header.group_count;
  // Buckets and order entries have their offset in the same place.
  for (std::uint64_t i = 0; i < entries && i < 512; ++i) {
    const std::size_t at = sizeof header + i * sizeof(protocol::TableBucket);
    if (at + sizeof(protocol::TableBucket) > bytes.size()) return;
    const auto bucket = LoadAt<protocol::TableBucket>(bytes, at);
    RepairRecord(bytes, header.seed, bucket.offset, i < header.bucket_count ? at : 0);
  }
}

}  // namespace taglogin::fuzz
