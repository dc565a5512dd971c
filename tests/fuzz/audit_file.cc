// SPDX-License-Identifier: Apache-2.0
// An audit file, whatever stands in it: numbers go on behind its last whole record, or it is refused and
// left alone.
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "audit/trail.h"
#include "tests/fuzz/scratch_file.h"

namespace taglogin::audit {
namespace {

std::string ReadBack(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The last whole line; nullopt when there is none.
std::optional<std::string> LastLine(std::string_view text) {
  const std::size_t end = text.rfind('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view whole = text.substr(0, end);
  const std::size_t before = whole.rfind('\n');
  return std::string(whole.substr(before == std::string_view::npos ? 0 : before + 1));
}

void CheckAppended(Trail& trail, const std::string& path, const std::string& before) {
  const std::uint64_t last = trail.last_sequence();
  const auto line = LastLine(before);
  if (line) {
    FUZZ_CHECK(nlohmann::json::parse(*line)["metadata"]["sequence"].get<std::uint64_t>() == last);
  } else {
    FUZZ_CHECK(last == 0);
  }
  const std::size_t whole = before.size() - trail.cut_bytes();
  FUZZ_CHECK(whole == 0 || before[whole - 1] == '\n');
  Event event;
  event.user_name = "alice";
  FUZZ_CHECK(trail.Append({event}));
  const std::string after = ReadBack(path);
  FUZZ_CHECK(after.compare(0, whole, before, 0, whole) == 0 && after.ends_with('\n'));
  const auto added = nlohmann::json::parse(*LastLine(after));
  FUZZ_CHECK(added["metadata"]["sequence"].get<std::uint64_t>() > last);
}

}  // namespace
}  // namespace taglogin::audit

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taglogin;
  static const fuzz::ScratchFolder folder;
  const std::string before(reinterpret_cast<const char*>(data), size);
  const std::string path = folder.Write("audit.jsonl", before);
  auto trail = audit::Trail::Open(path, {"web1", "", "", "", "0.1"});
  if (trail) {
    audit::CheckAppended(**trail, path, before);
  } else {
    FUZZ_CHECK(trail.error().code == base::ErrorCode::kCorrupt);
    fuzz::CheckError(trail.error());
    FUZZ_CHECK(audit::ReadBack(path) == before);
  }
  return 0;
}
