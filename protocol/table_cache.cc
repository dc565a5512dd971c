// SPDX-License-Identifier: Apache-2.0
#include "protocol/table_cache.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cstring>

#include "base/unique_fd.h"

namespace taglogin::protocol {
namespace {

constexpr std::int64_t kReopenEveryMs = 1000;

bool OwnerWritesAlone(const struct stat& status) noexcept { return (status.st_mode & (S_IWGRP | S_IWOTH)) == 0; }

struct Folder {
  base::UniqueFd fd;
  uid_t owner = 0;
};

bool OpenFolder(const char* path, Folder& out) noexcept {
  out.fd.reset(::open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status {};
  if (!out.fd.valid() || ::fstat(out.fd.get(), &status) != 0 || !OwnerWritesAlone(status)) return false;
  out.owner = status.st_uid;
  return true;
}

// Maps the whole of `name`; null when it is not there or not to be trusted.
const void* MapFile(const Folder& folder, const char* name, std::size_t& size) noexcept {
  // O_NONBLOCK: whoever puts a FIFO here must not make every process wait.
  const base::UniqueFd fd(::openat(folder.fd.get(), name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat status {};
  if (!fd.valid() || ::fstat(fd.get(), &status) != 0) return nullptr;
  if (!S_ISREG(status.st_mode) || !OwnerWritesAlone(status)) return nullptr;
  if (status.st_uid != 0 && status.st_uid != folder.owner) return nullptr;
  if (status.st_size <= 0 || static_cast<std::uint64_t>(status.st_size) > kMaxTableBytes) return nullptr;
  size = static_cast<std::size_t>(status.st_size);
  void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd.get(), 0);
  return mapped == MAP_FAILED ? nullptr : mapped;
}

bool MapControl(const Folder& folder, MappedTable& out) noexcept {
  std::size_t size = 0;
  const void* mapped = MapFile(folder, kControlFile, size);
  if (mapped == nullptr) return false;
  const auto* page = static_cast<const ControlPage*>(mapped);
  if (size != sizeof(ControlPage) || page->magic != kControlMagic || page->version != kTableVersion) {
    ::munmap(const_cast<void*>(mapped), size);
    return false;
  }
  out.control = page;
  return true;
}

bool MapPair(const Folder& folder, MappedTable& out) noexcept {
  if (!MapControl(folder, out)) return false;
  // Read before the table is opened: what is found there then is this generation or a later one.
  const std::uint64_t announced = out.control->generation.load(std::memory_order_acquire);
  out.bytes = static_cast<const char*>(MapFile(folder, kTableFile, out.size));
  return out.bytes != nullptr && TableView::Open(out.bytes, out.size, out.view) && out.view.generation() >= announced &&
         out.control->retired.load(std::memory_order_acquire) == 0;
}

bool MapTable(const char* path, MappedTable& out) noexcept {
  Folder folder;
  if (!OpenFolder(path, folder)) return false;
  if (MapPair(folder, out)) return true;
  out.Unmap();
  return false;
}

}  // namespace

bool MappedTable::IsCurrent() const noexcept {
  // A table newer than the word is in place already and about to be announced.
  return control != nullptr && control->retired.load(std::memory_order_acquire) == 0 &&
         view.generation() >= control->generation.load(std::memory_order_acquire);
}

bool MappedTable::IsFresh(std::int64_t boot_ms) const noexcept {
  const std::int64_t until = control->fresh_until_ms.load(std::memory_order_acquire);
  return boot_ms <= until && until - boot_ms <= kMaxFreshMs;
}

void MappedTable::Unmap() noexcept {
  if (control == nullptr && bytes == nullptr) return;
  if (control != nullptr) ::munmap(const_cast<ControlPage*>(control), sizeof(ControlPage));
  if (bytes != nullptr) ::munmap(const_cast<char*>(bytes), size);
  *this = MappedTable{};
}

bool TableCache::Slot::Enter() noexcept {
  if ((users.fetch_add(1, std::memory_order_acquire) & kTaken) == 0) return true;
  Leave();
  return false;
}

bool TableCache::Slot::Take() noexcept {
  std::uint32_t nobody = 0;
  return users.compare_exchange_strong(nobody, kTaken, std::memory_order_acquire, std::memory_order_relaxed);
}

void TableCache::Slot::GiveBack(std::uint32_t readers) noexcept {
  // Subtracts, because others may have counted themselves in for a moment.
  users.fetch_sub(kTaken - readers, std::memory_order_release);
}

bool TableCache::ReopenIsDue(std::int64_t boot_ms) noexcept {
  std::int64_t next = next_reopen_ms_.load(std::memory_order_relaxed);
  return boot_ms >= next &&
         next_reopen_ms_.compare_exchange_strong(next, boot_ms + kReopenEveryMs, std::memory_order_relaxed);
}

bool TableCache::AcquireCurrent(TableLease& lease) noexcept {
  lease.Release();
  Slot& slot = slots_[current_.load(std::memory_order_acquire)];
  if (!slot.Enter()) return false;
  if (!slot.table.IsCurrent()) {
    slot.Leave();
    return false;
  }
  lease.slot_ = &slot;
  return true;
}

bool TableCache::Acquire(const char* folder, std::int64_t boot_ms, TableLease& lease) noexcept {
  if (AcquireCurrent(lease) && (lease.FreshAt(boot_ms) || !ReopenIsDue(boot_ms))) return true;
  MappedTable table;
  // Nothing better in the folder: a current table stays good for the identities in it.
  if (!MapTable(folder, table)) return lease.slot_ != nullptr;
  lease.Release();
  Install(table, lease);
  return true;
}

void TableCache::Install(const MappedTable& table, TableLease& lease) noexcept {
  for (std::size_t i = 0; i < kSlots; ++i) {
    Slot& slot = slots_[i];
    if (!slot.Take()) continue;
    slot.table.Unmap();
    slot.table = table;
    slot.GiveBack(1);
    current_.store(i, std::memory_order_release);
    lease.slot_ = &slot;
    DropIdleSlots(i);
    return;
  }
  lease.own_ = table;
}

void TableCache::DropIdleSlots(std::size_t keep) noexcept {
  for (std::size_t i = 0; i < kSlots; ++i) {
    if (i == keep || !slots_[i].Take()) continue;
    slots_[i].table.Unmap();
    slots_[i].GiveBack(0);
  }
}

void TableLease::Release() noexcept {
  if (slot_ != nullptr) {
    slot_->Leave();
    slot_ = nullptr;
  } else {
    own_.Unmap();
  }
}

}  // namespace taglogin::protocol
