// SPDX-License-Identifier: Apache-2.0
// A file of its own for a target whose code reads files: in memory where the system has that.
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "tests/fuzz/fuzz.h"

namespace taglogin::fuzz {

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name =
        std::filesystem::exists("/dev/shm") ? "/dev/shm/taglogin-fuzz-XXXXXX" : "/tmp/taglogin-fuzz-XXXXXX";
    FUZZ_CHECK(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code none;
    std::filesystem::remove_all(path_, none);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string File(const char* name) const { return path_ + "/" + name; }
  // The file's path; it holds `bytes` and nothing else.
  std::string Write(const char* name, std::string_view bytes) const {
    std::string path = File(name);
    const base::UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    FUZZ_CHECK(fd.valid() && ::fchmod(fd.get(), 0644) == 0);
    FUZZ_CHECK(::write(fd.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    return path;
  }

 private:
  std::string path_;
};

}  // namespace taglogin::fuzz
