// SPDX-License-Identifier: Apache-2.0
// A file of tags, whatever is in it: refused as a whole with its line, or read as sound tags.
#include "tests/fuzz/scratch_file.h"
#include "tests/fuzz/tag_rules.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taglogin;
  static const fuzz::ScratchFolder folder;
  static const auto source = daemon::tags::MakeFileSource(folder.File("tags.toml"));
  const std::string path = folder.Write("tags.toml", {reinterpret_cast<const char*>(data), size});
  const auto reading = source->Read(base::Deadline::After(1000));
  if (reading) {
    fuzz::CheckReading(*reading);
    FUZZ_CHECK(reading->warnings.empty());
  } else {
    FUZZ_CHECK(reading.error().code == base::ErrorCode::kInvalid && reading.error().detail.starts_with(path + ":"));
    fuzz::CheckError(reading.error());
  }
  return 0;
}
