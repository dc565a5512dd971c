// SPDX-License-Identifier: Apache-2.0
// The two published files, whatever is in them, as a process maps them: believed only when the control
// page says so. Input: a byte (1: put the digests right), 40 bytes of control page, the table.
#include "protocol/table_cache.h"

#include <algorithm>
#include <new>

#include "tests/fuzz/scratch_file.h"
#include "tests/fuzz/table_questions.h"
#include "tests/fuzz/table_repair.h"

namespace taglogin::protocol {

// The class calls it a friend, for tests.
struct TableCachePeek {
  static void UnmapAll(TableCache& cache) {
    for (auto& slot : cache.slots_) {
      FUZZ_CHECK(slot.users.load() == 0);
      slot.table.Unmap();
    }
  }
  static const MappedTable& Current(const TableCache& cache) { return cache.slots_[cache.current_.load()].table; }
};

namespace {

constexpr std::int64_t kNow = 1000000;
constexpr std::size_t kControlBytes = 40;

void Try(const std::string& folder, const std::string& control) {
  static TableCache cache;
  cache.~TableCache();
  new (&cache) TableCache();
  TableLease lease;
  const bool leased = cache.Acquire(folder.c_str(), kNow, lease);
  if (leased) {
    FUZZ_CHECK(fuzz::LoadAt<std::uint64_t>(control, 0) == kControlMagic);
    FUZZ_CHECK(fuzz::LoadAt<std::uint32_t>(control, 8) == kTableVersion);
    FUZZ_CHECK(lease.view().generation() >= fuzz::LoadAt<std::uint64_t>(control, 16));
    const auto fresh_until = fuzz::LoadAt<std::int64_t>(control, 24);
    FUZZ_CHECK(lease.FreshAt(kNow) == (fresh_until >= kNow && fresh_until <= kNow + kMaxFreshMs));
    FUZZ_CHECK(fuzz::LoadAt<std::uint64_t>(control, 32) == 0);
    const MappedTable& table = TableCachePeek::Current(cache);
    fuzz::TableQuestions(lease.view(), {table.bytes, table.size}).AskAll();
  }
  lease.Release();
  TableCachePeek::UnmapAll(cache);
}

}  // namespace
}  // namespace taglogin::protocol

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taglogin;
  static const fuzz::ScratchFolder folder;
  fuzz::Input input(data, size);
  const bool repair = (input.Byte() & 1) != 0;
  std::string rest(input.Rest());
  rest.resize(std::max(rest.size(), protocol::kControlBytes), '\0');
  std::string control = rest.substr(0, protocol::kControlBytes);
  control.resize(sizeof(protocol::ControlPage), '\0');
  std::string table = rest.substr(protocol::kControlBytes);
  if (repair) fuzz::RepairTable(table);
  folder.Write(protocol::kControlFile, control);
  folder.Write(protocol::kTableFile, table);
  protocol::Try(folder.path(), control);
  return 0;
}
