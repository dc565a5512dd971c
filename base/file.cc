// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/printable.h"
#include "base/unique_fd.h"

namespace taglogin::base {
namespace {

Error FromErrno(const std::string& path, const char* what, int number) {
  const std::string detail = Printable(path) + ": " + what + ": " + std::strerror(number);
  if (number == ENOENT || number == ENOTDIR) return {ErrorCode::kNotFound, detail};
  if (number == EACCES || number == EPERM) return {ErrorCode::kRefused, detail};
  if (number == ELOOP) return Invalid(Printable(path) + ": a symbolic link: name the file itself");
  return {ErrorCode::kInternal, detail};
}

std::string Octal(mode_t mode) {
  std::string out;
  for (int shift = 9; shift >= 0; shift -= 3) out += static_cast<char>('0' + ((mode >> shift) & 7));
  return out;
}

Result<void> CheckTrusted(const struct stat& status, const std::string& path) {
  if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
    return Invalid(Printable(path) + ": owned by uid " + std::to_string(status.st_uid) +
                   ", must be root: run chown root " + Printable(path));
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Invalid(Printable(path) + ": mode " + Octal(status.st_mode) + " lets others write it: run chmod go-w " +
                   Printable(path));
  }
  return {};
}

Result<void> CheckTrustedFolder(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : (slash == 0 ? "/" : path.substr(0, slash));
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) return FromErrno(folder, "stat", errno);
  // A sticky folder (/tmp) does not let others replace a file that is not theirs.
  if ((status.st_mode & S_ISVTX) != 0) status.st_mode &= ~static_cast<mode_t>(S_IWGRP | S_IWOTH);
  return CheckTrusted(status, folder);
}

// Into the one string that is returned, never through another buffer, and without moving it while it is
// small: a password would stay where it was.
Result<std::string> ReadAll(int fd, const std::string& path, std::size_t max_bytes) {
  std::string out(16384, '\0');
  std::size_t size = 0;
  for (;;) {
    if (size == out.size()) out.resize(2 * size);
    const ssize_t got = ::read(fd, out.data() + size, out.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FromErrno(path, "read", errno);
    size += static_cast<std::size_t>(got);
    if (size > max_bytes) {
      return Invalid(Printable(path) + ": larger than " + std::to_string(max_bytes) + " bytes");
    }
    if (got == 0) {
      out.resize(size);
      return out;
    }
  }
}

Result<std::string> Read(const std::string& path, std::size_t max_bytes, bool trusted) {
  // A link's folder says nothing about who may replace what it points to.
  const int no_link = trusted ? O_NOFOLLOW : 0;
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | no_link));
  if (!fd.valid()) return FromErrno(path, "open", errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return FromErrno(path, "stat", errno);
  if (!S_ISREG(status.st_mode)) return Invalid(Printable(path) + ": not a regular file");
  if (trusted) {
    if (auto checked = CheckTrusted(status, path); !checked) return checked.error();
    if (auto checked = CheckTrustedFolder(path); !checked) return checked.error();
  }
  return ReadAll(fd.get(), path, max_bytes);
}

}  // namespace

Result<std::string> ReadFile(const std::string& path, std::size_t max_bytes) { return Read(path, max_bytes, false); }

Result<std::string> ReadTrustedFile(const std::string& path, std::size_t max_bytes) {
  return Read(path, max_bytes, true);
}

}  // namespace taglogin::base
