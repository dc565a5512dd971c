// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/table_publisher.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

#include "base/deadline.h"
#include "base/printable.h"
#include "base/unique_fd.h"
#include "daemon/replica/table_writer.h"

namespace taglogin::daemon::replica {
namespace {

using protocol::ControlPage;
using protocol::TableHeader;

constexpr char kNewSuffix[] = ".new";

base::Error FromErrno(const std::string& path, const char* what, int number) {
  const bool refused = number == EACCES || number == EPERM || number == EROFS;
  return {refused ? base::ErrorCode::kRefused : base::ErrorCode::kInternal,
          base::Printable(path) + ": " + what + ": " + std::strerror(number)};
}

bool OursAlone(const struct stat& status) {
  return (status.st_uid == ::geteuid() || status.st_uid == 0) && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

base::Result<void> WriteAll(int fd, const std::string& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return FromErrno(path, "write", wrote < 0 ? errno : ENOSPC);
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

base::Result<void> WriteNewFile(const std::string& path, std::string_view bytes) {
  // What an earlier daemon left half-written; O_EXCL then makes sure that the file is ours.
  ::unlink(path.c_str());
  const base::UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!fd.valid()) return FromErrno(path, "create", errno);
  if (auto wrote = WriteAll(fd.get(), path, bytes); !wrote) return wrote;
  // Whatever the umask: every process of the machine reads this.
  if (::fchmod(fd.get(), 0644) != 0) return FromErrno(path, "chmod", errno);
  return {};
}

// Puts `bytes` at `path`, in full or not at all.
base::Result<void> ReplaceFile(const std::string& path, std::string_view bytes) {
  const std::string fresh = path + kNewSuffix;
  auto done = WriteNewFile(fresh, bytes);
  if (done && ::rename(fresh.c_str(), path.c_str()) != 0) done = FromErrno(fresh, "rename", errno);
  if (!done) ::unlink(fresh.c_str());
  return done;
}

// Of the table that lies at `path`; 0 when there is none.
std::uint64_t GenerationOnDisk(const std::string& path) {
  const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  TableHeader header{};
  if (!fd.valid() || ::read(fd.get(), &header, sizeof header) != static_cast<ssize_t>(sizeof header)) return 0;
  return header.magic == protocol::kTableMagic ? header.generation : 0;
}

}  // namespace

base::Result<std::unique_ptr<TablePublisher>> TablePublisher::Open(std::string folder) {
  std::uint64_t seed = 0;
  if (::getrandom(&seed, sizeof seed, 0) != static_cast<ssize_t>(sizeof seed)) {
    return FromErrno(folder, "getrandom", errno);
  }
  std::unique_ptr<TablePublisher> publisher(new TablePublisher(std::move(folder), seed));
  if (auto opened = publisher->OpenControl(); !opened) return opened.error();
  return publisher;
}

void TablePublisher::Unmap::operator()(ControlPage* page) const { ::munmap(page, sizeof(ControlPage)); }

base::Result<void> TablePublisher::CheckFolder() const {
  if (::mkdir(folder_.c_str(), 0755) == 0) {
    if (::chmod(folder_.c_str(), 0755) != 0) return FromErrno(folder_, "chmod", errno);
  } else if (errno != EEXIST) {
    return FromErrno(folder_, "mkdir", errno);
  }
  struct stat status {};
  if (::lstat(folder_.c_str(), &status) != 0) return FromErrno(folder_, "stat", errno);
  if (S_ISDIR(status.st_mode) && OursAlone(status)) return {};
  return base::Invalid(base::Printable(folder_) +
                       ": must be a folder that belongs to the user taglogind runs as and that nobody else may "
                       "write: remove it and run systemd-tmpfiles --create");
}

base::Result<void> TablePublisher::OpenControl() {
  if (auto checked = CheckFolder(); !checked) return checked;
  auto adopted = AdoptControl();
  if (!adopted) return adopted.error();
  if (!*adopted) {
    if (auto made = MakeControl(); !made) return made;
    adopted = AdoptControl();
    if (!adopted) return adopted.error();
    if (!*adopted) return base::Internal(PathOf(protocol::kControlFile) + ": changed while it was made");
  }
  // Whichever got further: an earlier daemon may have died between the rename and the store.
  generation_ = std::max({generation_, control_->generation.load(), GenerationOnDisk(PathOf(protocol::kTableFile))});
  return {};
}

base::Result<void> TablePublisher::MakeControl() const {
  const std::string path = PathOf(protocol::kControlFile);
  alignas(ControlPage) char bytes[sizeof(ControlPage)] = {};
  auto* page = new (bytes) ControlPage{};
  page->magic = protocol::kControlMagic;
  page->version = protocol::kTableVersion;
  return ReplaceFile(path, std::string_view(bytes, sizeof bytes));
}

// False when there is no page that can go on being used; a page of ours that can not is retired first.
base::Result<bool> TablePublisher::AdoptControl() {
  const std::string path = PathOf(protocol::kControlFile);
  const base::UniqueFd fd(::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) {
    if (errno == ENOENT || errno == ELOOP || errno == EISDIR || errno == ENXIO) return false;
    return FromErrno(path, "open", errno);
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return FromErrno(path, "stat", errno);
  if (!S_ISREG(status.st_mode) || !OursAlone(status) || status.st_size != sizeof(ControlPage)) return false;
  void* mapped = ::mmap(nullptr, sizeof(ControlPage), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (mapped == MAP_FAILED) return FromErrno(path, "mmap", errno);
  MappedPage page(static_cast<ControlPage*>(mapped));
  if (page->magic != protocol::kControlMagic || page->version != protocol::kTableVersion) {
    if (page->magic == protocol::kControlMagic) page->retired.store(1);
    return false;
  }
  control_ = std::move(page);
  control_device_ = status.st_dev;
  control_inode_ = status.st_ino;
  return true;
}

bool TablePublisher::ControlIsInPlace() const {
  struct stat status {};
  return ::lstat(PathOf(protocol::kControlFile).c_str(), &status) == 0 && status.st_dev == control_device_ &&
         status.st_ino == control_inode_;
}

base::Result<void> TablePublisher::PutInForce() {
  MappedPage lost;
  if (!ControlIsInPlace()) {
    lost.swap(control_);
    if (auto opened = OpenControl(); !opened) {
      control_.swap(lost);
      return opened;
    }
  }
  const std::uint64_t next = generation_ + 1;
  StampGeneration(image_, next);
  if (auto placed = ReplaceFile(PathOf(protocol::kTableFile), image_); !placed) return placed;
  generation_ = next;
  control_->fresh_until_ms.store(base::ClockMs(CLOCK_BOOTTIME) + protocol::kFreshForMs, std::memory_order_release);
  control_->generation.store(next, std::memory_order_release);
  // Processes that have the lost page mapped would else believe what stood under it until it is stale.
  if (lost != nullptr) lost->retired.store(1, std::memory_order_release);
  control_->retired.store(0, std::memory_order_release);
  return {};
}

base::Result<std::vector<std::string>> TablePublisher::Publish(const PublishedNames& names) {
  auto encoded = EncodeTable(names, seed_);
  if (!encoded) return encoded.error();
  StampGeneration(encoded->image, generation_);
  const bool same = encoded->image == image_;
  std::string previous = std::exchange(image_, std::move(encoded->image));
  const bool in_force = same && control_->retired.load() == 0;
  if (auto done = in_force ? Renew() : PutInForce(); !done) {
    image_ = std::move(previous);
    return done.error();
  }
  return std::move(encoded->refused);
}

base::Result<void> TablePublisher::Renew() {
  if (image_.empty() || control_->retired.load() != 0) return {};
  struct stat status {};
  const bool table_in_place = ::lstat(PathOf(protocol::kTableFile).c_str(), &status) == 0;
  if (!table_in_place || !ControlIsInPlace()) return PutInForce();
  control_->fresh_until_ms.store(base::ClockMs(CLOCK_BOOTTIME) + protocol::kFreshForMs, std::memory_order_release);
  return {};
}

void TablePublisher::Retire() { control_->retired.store(1, std::memory_order_release); }

}  // namespace taglogin::daemon::replica
