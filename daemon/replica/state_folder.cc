// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/state_folder.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "base/printable.h"
#include "base/unique_fd.h"

namespace taglogin::daemon::replica {
namespace {

constexpr char kFile[] = "replica.sqlite";

base::Error FromErrno(const std::string& path, const char* what, int number) {
  const bool refused = number == ELOOP || number == EACCES || number == EPERM || number == ENOTDIR;
  return {refused ? base::ErrorCode::kRefused : base::ErrorCode::kInternal,
          base::Printable(path) + ": " + what + ": " + std::strerror(number)};
}

// What SQLite keeps beside the file: it opens these by name, and writes into what it finds there.
constexpr const char* kBeside[] = {"-wal", "-shm", "-journal"};

base::Result<void> CheckOurs(const struct stat& status, const std::string& path, bool folder) {
  const auto refuse = [&path](const std::string& why) {
    return base::Error{base::ErrorCode::kRefused, base::Printable(path) + ": " + why};
  };
  if (!folder && !S_ISREG(status.st_mode)) return refuse("is not a regular file: remove it");
  if (!folder && status.st_nlink != 1) return refuse("has several hard links: remove it");
  if (status.st_uid != ::geteuid()) {
    return refuse("belongs to uid " + std::to_string(status.st_uid) + ", must belong to taglogind's own user");
  }
  if ((status.st_mode & 077U) != 0) return refuse("is open to group or others: run chmod go= on it");
  return {};
}

base::Result<void> CheckOurs(int fd, const std::string& path, bool folder) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return FromErrno(path, "stat", errno);
  return CheckOurs(status, path, folder);
}

base::Result<void> CheckBeside(int folder, const std::string& shown) {
  for (const std::string suffix : kBeside) {
    struct stat status {};
    if (::fstatat(folder, (kFile + suffix).c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;
      return FromErrno(shown + suffix, "stat", errno);
    }
    if (const auto ours = CheckOurs(status, shown + suffix, false); !ours) return ours;
  }
  return {};
}

}  // namespace

base::Result<std::string> PrepareStateFile(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return FromErrno(folder, "mkdir", errno);
  const base::UniqueFd folder_fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder_fd.valid()) return FromErrno(folder, "open as a folder that is no symlink", errno);
  if (const auto ours = CheckOurs(folder_fd.get(), folder, true); !ours) return ours.error();

  const std::string shown = folder + "/" + kFile;
  // O_NONBLOCK: a planted FIFO must not hold us up.
  constexpr int kFlags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
  const base::UniqueFd file(::openat(folder_fd.get(), kFile, kFlags, 0600));
  if (!file.valid()) return FromErrno(shown, "open as a file that is no symlink", errno);
  if (const auto ours = CheckOurs(file.get(), shown, false); !ours) return ours.error();
  if (const auto ours = CheckBeside(folder_fd.get(), shown); !ours) return ours.error();

  const std::unique_ptr<char, decltype(&::free)> real(::realpath(folder.c_str(), nullptr), &::free);
  if (real == nullptr) return FromErrno(folder, "realpath", errno);
  return std::string(real.get()) + "/" + kFile;
}

base::Result<void> MoveAside(const std::string& file) {
  if (::rename(file.c_str(), (file + ".bad").c_str()) != 0) return FromErrno(file, "rename to .bad", errno);
  for (const char* suffix : kBeside) {
    const std::string beside = file + suffix;
    if (::unlink(beside.c_str()) != 0 && errno != ENOENT) return FromErrno(beside, "unlink", errno);
  }
  return {};
}

}  // namespace taglogin::daemon::replica
