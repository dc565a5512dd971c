// SPDX-License-Identifier: Apache-2.0
#include "audit/record_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/printable.h"

namespace taglogin::audit {
namespace {

using base::Error;
using base::ErrorCode;
using base::Printable;
using base::Result;

constexpr mode_t kMode = 0640;
// Longer than any record of ours: strings are cut, and rules and tags are bounded.
constexpr off_t kMaxLine = 4 << 20;

Error FromErrno(const std::string& path, const char* what, int number) {
  const std::string detail = Printable(path) + ": " + what + ": " + std::strerror(number);
  if (number == ELOOP) return base::Invalid(detail + " (the audit file must not be a link)");
  if (number == ENOENT || number == ENOTDIR) return base::NotFound(detail);
  if (number == EACCES || number == EPERM) return {ErrorCode::kRefused, detail};
  return base::Internal(detail);
}

Result<void> CheckOwner(const struct stat& status, const std::string& path) {
  if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
    return base::Invalid(Printable(path) + ": owned by uid " + std::to_string(status.st_uid) +
                         ", must be root or the daemon's user: run chown " + std::to_string(::geteuid()) + " " +
                         Printable(path));
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return base::Invalid(Printable(path) + ": others may write it: run chmod go-w " + Printable(path));
  }
  return {};
}

Result<void> CheckFolder(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : (slash == 0 ? "/" : path.substr(0, slash));
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) return FromErrno(folder, "stat", errno);
  return CheckOwner(status, folder);
}

Result<base::UniqueFd> OpenForAppend(const std::string& path) {
  constexpr int kFlags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;
  base::UniqueFd fd(::open(path.c_str(), kFlags | O_CREAT | O_EXCL, kMode));
  if (fd.valid()) {
    // Whatever the umask was: the audit group reads.
    if (::fchmod(fd.get(), kMode) != 0) return FromErrno(path, "chmod", errno);
    return fd;
  }
  if (errno != EEXIST) return FromErrno(path, "create", errno);
  fd.reset(::open(path.c_str(), kFlags));
  if (!fd.valid()) return FromErrno(path, "open", errno);
  return fd;
}

Result<void> CheckAndLock(int fd, const std::string& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return FromErrno(path, "stat", errno);
  if (!S_ISREG(status.st_mode)) return base::Invalid(Printable(path) + ": not a regular file");
  // What is written here would be written into the file of the other name.
  if (status.st_nlink > 1) return base::Invalid(Printable(path) + ": has several hard links: move it away");
  if (auto owner = CheckOwner(status, path); !owner) return owner;
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return FromErrno(path, "lock", errno);
    return base::Unavailable(Printable(path) + ": another process writes it: is a second taglogind running?");
  }
  // Rotated between open and lock: then somebody else may hold the new one.
  if (!IsStillAt(path, fd)) return base::Unavailable(Printable(path) + ": replaced while it was opened: try again");
  return {};
}

Result<std::string> ReadAt(int fd, off_t from, off_t to, const std::string& path) {
  std::string bytes(static_cast<std::size_t>(to - from), '\0');
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got = ::pread(fd, bytes.data() + have, bytes.size() - have, from + static_cast<off_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FromErrno(path, "read", errno);
    if (got == 0) return base::Internal(Printable(path) + ": became shorter while it was read");
    have += static_cast<std::size_t>(got);
  }
  return bytes;
}

Error Corrupt(const std::string& path, const char* what) {
  return {ErrorCode::kCorrupt,
          Printable(path) + ": " + what + ", so the next record's number is unknown: move the file away"};
}

Result<std::uint64_t> SequenceOf(std::string_view line, const std::string& path) {
  const nlohmann::json record = nlohmann::json::parse(line, nullptr, false);
  if (!record.is_object()) return Corrupt(path, "the last record is not JSON");
  const auto metadata = record.find("metadata");
  if (metadata == record.end() || !metadata->is_object()) return Corrupt(path, "the last record has no metadata");
  const auto sequence = metadata->find("sequence");
  if (sequence == metadata->end() || !sequence->is_number_unsigned()) {
    return Corrupt(path, "the last record has no number");
  }
  return sequence->get<std::uint64_t>();
}

struct End {
  off_t whole = 0;       // up to here the file holds complete lines
  off_t unfinished = 0;  // and then this many bytes of another
  std::optional<std::uint64_t> last_sequence;
};

Result<End> FindEnd(int fd, const std::string& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return FromErrno(path, "stat", errno);
  // A whole line and an unfinished one fit, with room for a whole batch that a crash cut.
  const off_t from = status.st_size > 2 * kMaxLine ? status.st_size - 2 * kMaxLine : 0;
  auto bytes = ReadAt(fd, from, status.st_size, path);
  if (!bytes) return bytes.error();
  End end;
  const std::size_t newline = bytes->rfind('\n');
  if (newline == std::string::npos) {
    if (from != 0) return Corrupt(path, "the last record has no end");
    end.unfinished = status.st_size;
    return end;
  }
  end.whole = from + static_cast<off_t>(newline) + 1;
  end.unfinished = status.st_size - end.whole;
  const std::size_t before = newline == 0 ? std::string::npos : bytes->rfind('\n', newline - 1);
  if (before == std::string::npos && from != 0) return Corrupt(path, "the last record is too long");
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  auto sequence = SequenceOf(std::string_view(*bytes).substr(begin, newline - begin), path);
  if (!sequence) return sequence.error();
  end.last_sequence = *sequence;
  return end;
}

}  // namespace

bool IsStillAt(const std::string& path, int fd) {
  struct stat here {};
  struct stat open {};
  return ::lstat(path.c_str(), &here) == 0 && ::fstat(fd, &open) == 0 && here.st_dev == open.st_dev &&
         here.st_ino == open.st_ino;
}

Result<RecordFile> OpenRecordFile(const std::string& path) {
  if (auto folder = CheckFolder(path); !folder) return folder.error();
  auto fd = OpenForAppend(path);
  if (!fd) return fd.error();
  if (auto locked = CheckAndLock(fd->get(), path); !locked) return locked.error();
  auto end = FindEnd(fd->get(), path);
  if (!end) return end.error();
  if (end->unfinished > 0 && ::ftruncate(fd->get(), end->whole) != 0) return FromErrno(path, "truncate", errno);
  return RecordFile{std::move(*fd), static_cast<std::uint64_t>(end->unfinished), end->last_sequence};
}

Result<std::optional<std::uint64_t>> LastSequenceOf(const std::string& path) {
  const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK));
  if (!fd.valid() && errno == ENOENT) return std::optional<std::uint64_t>();
  if (!fd.valid()) return FromErrno(path, "open", errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return FromErrno(path, "stat", errno);
  if (!S_ISREG(status.st_mode)) return base::Invalid(Printable(path) + ": not a regular file");
  auto end = FindEnd(fd.get(), path);
  if (!end) return end.error();
  return end->last_sequence;
}

}  // namespace taglogin::audit
