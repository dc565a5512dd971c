// SPDX-License-Identifier: Apache-2.0
// seed_tables FOLDER: writes the seeds that are tables made by the daemon's own encoder to
// FOLDER/published_table and FOLDER/table_cache (see make_seeds.py).
#include <filesystem>
#include <fstream>

#include "daemon/replica/table_writer.h"
#include "protocol/table_layout.h"
#include "tests/protocol/table_samples.h"

namespace {

void Put(const std::filesystem::path& file, const std::string& bytes) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

template <typename T>
void Append(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// The part of a control page that says something.
std::string Control(std::uint64_t generation, std::uint64_t retired) {
  std::string out;
  Append(out, taglogin::protocol::kControlMagic);
  Append(out, taglogin::protocol::kTableVersion);
  Append(out, std::uint32_t{0});
  Append(out, generation);
  Append(out, std::int64_t{1005000});
  Append(out, retired);
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::filesystem::path folder(argv[1]);
  auto names = taglogin::tests::SampleNames();
  names.enumerate = true;
  std::string image = taglogin::daemon::replica::EncodeTable(names, 7)->image;
  taglogin::daemon::replica::StampGeneration(image, 3);
  names.accounts.resize(1);
  names.groups.clear();
  const std::string small = taglogin::daemon::replica::EncodeTable(names, 0)->image;
  for (const char how : {'\0', '\1'}) {
    Put(folder / "published_table" / (how == 0 ? "whole" : "repaired"), how + image);
    Put(folder / "published_table" / (how == 0 ? "small_whole" : "small_repaired"), how + small);
    Put(folder / "table_cache" / (how == 0 ? "whole" : "repaired"), how + Control(3, 0) + image);
  }
  Put(folder / "table_cache" / "older", '\0' + Control(4, 0) + image);
  Put(folder / "table_cache" / "retired", '\0' + Control(3, 1) + image);
  Put(folder / "table_cache" / "no_table", '\0' + Control(0, 0));
  return 0;
}
