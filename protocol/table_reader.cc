// SPDX-License-Identifier: Apache-2.0
#include "protocol/table_reader.h"

#include <bit>

namespace taglogin::protocol {
namespace {

bool PlausibleHeader(const TableHeader& header, std::size_t size) noexcept {
  return header.magic == kTableMagic && header.version == kTableVersion && header.file_bytes == size &&
         std::has_single_bit(header.bucket_count) && IsDirectoryId(header.id_lower) && header.id_upper <= kHighestId &&
         header.id_lower <= header.id_upper && header.enumerate <= 1;
}

}  // namespace

bool TableView::Open(const char* bytes, std::size_t size, TableView& out) noexcept {
  if (size < sizeof(TableHeader) || size > kMaxTableBytes) return false;
  const auto header = LoadAs<TableHeader>(bytes);
  if (TableDigest(kTableMagic, bytes, offsetof(TableHeader, check)) != header.check) return false;
  if (!PlausibleHeader(header, size)) return false;
  const std::uint64_t entries = std::uint64_t{header.bucket_count} + header.account_count + header.group_count;
  const std::uint64_t records_at = sizeof(TableHeader) + entries * sizeof(TableBucket);
  if (records_at > size) return false;
  out.bytes_ = bytes;
  out.size_ = size;
  out.records_at_ = records_at;
  out.generation_ = header.generation;
  out.seed_ = header.seed;
  out.bucket_mask_ = header.bucket_count - 1;
  out.account_count_ = header.account_count;
  out.group_count_ = header.group_count;
  out.id_lower_ = header.id_lower;
  out.id_upper_ = header.id_upper;
  out.enumerate_ = header.enumerate == 1;
  return true;
}

bool TableView::PlausibleIds(const TableRecord& head) const noexcept {
  if (head.kind == RecordKind::kNegative) return true;
  if (!InRange(head.id) || !IsDirectoryId(head.id)) return false;
  return head.kind == RecordKind::kGroup ||
         (head.kind == RecordKind::kAccount && InRange(head.gid) && IsDirectoryId(head.gid));
}

bool TableView::Decode(std::uint32_t offset, Record& out) const noexcept {
  if (offset < records_at_ || offset % 8 != 0 || offset > size_ || size_ - offset < sizeof(TableRecord)) return false;
  const char* record = bytes_ + offset;
  out.head = LoadAs<TableRecord>(record);
  const TableRecord& head = out.head;
  if (head.bytes < sizeof head || head.bytes > size_ - offset) return false;
  if (TableDigest(seed_, record + sizeof head.check, head.bytes - sizeof head.check) != head.check) return false;
  if (!PlausibleIds(head)) return false;

  std::uint64_t at = sizeof head + std::uint64_t{head.gid_count} * sizeof(std::uint32_t);
  const std::uint16_t lengths[4] = {head.name_bytes, head.gecos_bytes, head.home_bytes, head.shell_bytes};
  const std::size_t texts = head.kind == RecordKind::kAccount ? 4 : 1;
  out.start = record;
  for (std::size_t i = 0; i < texts; ++i) {
    const std::uint64_t end = at + lengths[i];
    if (end >= head.bytes || record[end] != '\0') return false;
    out.text_at[i] = static_cast<std::uint32_t>(at);
    at = end + 1;
  }
  return true;
}

template <typename Matches>
bool TableView::Probe(std::uint64_t hash, Record& out, Matches matches) const noexcept {
  if (bytes_ == nullptr) return false;
  const auto tag = static_cast<std::uint32_t>(hash >> 32);
  const char* buckets = bytes_ + sizeof(TableHeader);
  // Bounded, because a damaged index may have no empty bucket.
  for (std::uint64_t step = 0; step <= bucket_mask_; ++step) {
    const std::uint64_t index = (hash + step) & bucket_mask_;
    const auto bucket = LoadAs<TableBucket>(buckets + index * sizeof(TableBucket));
    if (bucket.offset == 0) return false;
    if (bucket.tag == tag && Decode(bucket.offset, out) && matches(out)) return true;
  }
  return false;
}

void TableView::ToAccount(const Record& record, AccountView& out) noexcept {
  const TableRecord& head = record.head;
  out.name = record.Name();
  out.uid = head.id;
  out.gid = head.gid;
  out.gecos = {record.start + record.text_at[1], head.gecos_bytes};
  out.home = {record.start + record.text_at[2], head.home_bytes};
  out.shell = {record.start + record.text_at[3], head.shell_bytes};
  out.gids = record.Gids();
  out.gid_count = head.gid_count;
}

void TableView::ToGroup(const Record& record, GroupView& out) noexcept {
  out.name = record.Name();
  out.gid = record.head.id;
}

bool TableView::FindAccount(std::string_view name, AccountView& out) const noexcept {
  Record record;
  const bool found = Probe(TableHash(seed_, TableKey::kAccountName, name), record, [name](const Record& seen) {
    return seen.head.kind == RecordKind::kAccount && seen.Name() == name;
  });
  if (found) ToAccount(record, out);
  return found;
}

bool TableView::FindAccount(std::uint32_t uid, AccountView& out) const noexcept {
  Record record;
  const bool found = Probe(TableHash(seed_, TableKey::kUid, uid), record, [uid](const Record& seen) {
    return seen.head.kind == RecordKind::kAccount && seen.head.id == uid;
  });
  if (found) ToAccount(record, out);
  return found;
}

bool TableView::FindGroup(std::string_view name, GroupView& out) const noexcept {
  Record record;
  const bool found = Probe(TableHash(seed_, TableKey::kGroupName, name), record, [name](const Record& seen) {
    return seen.head.kind == RecordKind::kGroup && seen.Name() == name;
  });
  if (found) ToGroup(record, out);
  return found;
}

bool TableView::FindGroup(std::uint32_t gid, GroupView& out) const noexcept {
  Record record;
  const bool found = Probe(TableHash(seed_, TableKey::kGid, gid), record, [gid](const Record& seen) {
    return seen.head.kind == RecordKind::kGroup && seen.head.id == gid;
  });
  if (found) ToGroup(record, out);
  return found;
}

bool TableView::IsNegative(std::string_view name, std::int64_t boot_ms) const noexcept {
  Record record;
  const bool found = Probe(TableHash(seed_, TableKey::kAccountName, name), record, [name](const Record& seen) {
    return seen.head.kind == RecordKind::kNegative && seen.Name() == name;
  });
  return found && boot_ms < record.head.expires_ms;
}

bool TableView::NextInOrder(std::size_t order_at, std::uint32_t count, std::uint32_t from, RecordKind kind,
                            Record& out) const noexcept {
  const auto entry = [this, order_at](std::uint32_t index) {
    return LoadAs<TableOrder>(bytes_ + order_at + std::size_t{index} * sizeof(TableOrder));
  };
  std::uint32_t low = 0;
  std::uint32_t high = count;
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (entry(middle).id < from) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  // What can not be read is passed over; ids must grow, or a damaged order could go round in circles.
  for (; low < count; ++low) {
    const TableOrder here = entry(low);
    if (here.id >= from && Decode(here.offset, out) && out.head.kind == kind && out.head.id == here.id) return true;
  }
  return false;
}

bool TableView::NextAccount(std::uint32_t from, AccountView& out) const noexcept {
  Record record;
  const std::size_t order_at = sizeof(TableHeader) + (std::size_t{bucket_mask_} + 1) * sizeof(TableBucket);
  if (bytes_ == nullptr || !NextInOrder(order_at, account_count_, from, RecordKind::kAccount, record)) return false;
  ToAccount(record, out);
  return true;
}

bool TableView::NextGroup(std::uint32_t from, GroupView& out) const noexcept {
  Record record;
  const std::size_t order_at =
      sizeof(TableHeader) + (std::size_t{bucket_mask_} + 1 + account_count_) * sizeof(TableBucket);
  if (bytes_ == nullptr || !NextInOrder(order_at, group_count_, from, RecordKind::kGroup, record)) return false;
  ToGroup(record, out);
  return true;
}

}  // namespace taglogin::protocol
