// SPDX-License-Identifier: Apache-2.0
#include "audit/trail.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "audit/encode.h"
#include "audit/record_file.h"
#include "base/printable.h"

namespace taglogin::audit {
namespace {

using base::ErrorCode;
using base::Printable;
using base::Result;

class FileTrail final : public Trail {
 public:
  FileTrail(std::string path, Host host, RecordFile file, std::uint64_t last_sequence)
      : path_(std::move(path)), host_(std::move(host)), file_(std::move(file)), last_sequence_(last_sequence) {}

  void SetHost(Host host) override { host_ = std::move(host); }
  Result<void> Append(const std::vector<Event>& events) override {
    if (broken_) {
      return base::Error{ErrorCode::kCorrupt, Printable(path_) +
                                                  ": holds an unfinished record that could not be taken back: make "
                                                  "room on the disk and restart taglogind"};
    }
    std::vector<std::string> lines;
    std::string batch;
    for (const Event& event : events) {
      lines.push_back(Encode(event, host_, last_sequence_ + lines.size() + 1));
      batch.append(lines.back()).push_back('\n');
    }
    if (auto written = WriteAll(batch); !written) return written;
    last_sequence_ += lines.size();
    if (!sink_) return {};
    for (std::size_t i = 0; i < lines.size(); ++i) to_pass_on_.emplace_back(events[i], std::move(lines[i]));
    return {};
  }

  void PassOn() override {
    for (const auto& [event, line] : std::exchange(to_pass_on_, {})) sink_(event, line);
  }

  Result<void> Reopen() override {
    if (IsStillAt(path_, file_.fd.get())) return {};
    auto file = OpenRecordFile(path_);
    if (!file) return file.error();
    if (file->last_sequence && *file->last_sequence != last_sequence_) {
      return base::Error{ErrorCode::kCorrupt, Printable(path_) + ": holds records up to number " +
                                                  std::to_string(*file->last_sequence) + " where number " +
                                                  std::to_string(last_sequence_) + " was written last: move it away"};
    }
    file_ = std::move(*file);
    broken_ = false;
    return {};
  }

  std::uint64_t last_sequence() const override { return last_sequence_; }
  std::uint64_t cut_bytes() const override { return file_.cut_bytes; }
  void OnLine(std::function<void(const Event&, const std::string& line)> sink) override { sink_ = std::move(sink); }

 private:
  Result<void> WriteAll(std::string_view batch) {
    if (batch.empty()) return {};
    struct stat before {};
    if (::fstat(file_.fd.get(), &before) != 0) return Failed("stat", errno);
    ssize_t written = -1;
    do {
      written = ::write(file_.fd.get(), batch.data(), batch.size());
    } while (written < 0 && errno == EINTR);
    if (written == static_cast<ssize_t>(batch.size())) return {};
    // A short write is a full disk (or a limit) that left part of the batch behind.
    const int number = written < 0 ? errno : ENOSPC;
    if (written > 0 && ::ftruncate(file_.fd.get(), before.st_size) != 0) broken_ = true;
    return Failed("write", number);
  }

  base::Error Failed(const char* what, int number) const {
    return base::Unavailable(Printable(path_) + ": " + what + ": " + std::strerror(number) +
                             ": no record, so no login, until that is mended");
  }

  std::string path_;
  Host host_;
  RecordFile file_;
  std::uint64_t last_sequence_;
  bool broken_ = false;
  std::function<void(const Event&, const std::string& line)> sink_;
  std::vector<std::pair<Event, std::string>> to_pass_on_;
};

}  // namespace

Result<std::unique_ptr<Trail>> Trail::Open(const std::string& path, Host host) {
  auto file = OpenRecordFile(path);
  if (!file) return file.error();
  std::uint64_t last_sequence = 0;
  if (file->last_sequence) {
    last_sequence = *file->last_sequence;
  } else {
    auto rotated = LastSequenceOf(path + ".1");
    if (!rotated) return rotated.error();
    last_sequence = rotated->value_or(0);
  }
  return std::unique_ptr<Trail>(std::make_unique<FileTrail>(path, std::move(host), std::move(*file), last_sequence));
}

}  // namespace taglogin::audit
