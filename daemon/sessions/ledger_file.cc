// SPDX-License-Identifier: Apache-2.0
#include "daemon/sessions/ledger_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/file.h"
#include "base/printable.h"
#include "base/unique_fd.h"

namespace taglogin::daemon::sessions {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxFile = std::size_t{64} * 1024 * 1024;
constexpr int kFormat = 1;

json ToJson(const Session& session) {
  return {{"uid", session.uid},
          {"pid", session.monitor.pid},
          {"start", session.monitor.start_ticks},
          {"audit_session", session.monitor.audit_session},
          {"login_uid", session.monitor.login_uid},
          {"user_name", session.user_name},
          {"user_id", session.user_id},
          {"user_uid", session.user_uid},
          {"service", session.service},
          {"rhost", session.rhost},
          {"tty", session.tty},
          {"auth_method", session.auth_method},
          {"key_fingerprint", session.key_fingerprint},
          {"created_ms", session.created.time_since_epoch().count()}};
}

// The number in a field when it is whole and fits; json::get() would cut it to size.
template <typename T>
bool TakeNumber(const json& record, const char* name, T& out) {
  const json& value = record.at(name);
  if (value.is_number_unsigned()) {
    const auto wide = value.get<std::uint64_t>();
    out = static_cast<T>(wide);
    return std::in_range<T>(wide);
  }
  if (!value.is_number_integer()) return false;
  const auto wide = value.get<std::int64_t>();
  out = static_cast<T>(wide);
  return std::in_range<T>(wide);
}

// False when a number is none that could stand there.
bool FromJson(const json& record, Session& session) {
  session.uid = record.at("uid").get<std::string>();
  session.user_name = record.at("user_name").get<std::string>();
  session.user_id = record.at("user_id").get<std::string>();
  session.service = record.at("service").get<std::string>();
  session.rhost = record.at("rhost").get<std::string>();
  session.tty = record.at("tty").get<std::string>();
  session.auth_method = record.at("auth_method").get<std::string>();
  session.key_fingerprint = record.at("key_fingerprint").get<std::string>();
  std::int64_t created_ms = 0;
  const bool sound = TakeNumber(record, "pid", session.monitor.pid) && session.monitor.pid > 0 &&
                     TakeNumber(record, "start", session.monitor.start_ticks) &&
                     TakeNumber(record, "audit_session", session.monitor.audit_session) &&
                     TakeNumber(record, "login_uid", session.monitor.login_uid) &&
                     TakeNumber(record, "user_uid", session.user_uid) && TakeNumber(record, "created_ms", created_ms);
  session.created = Millis(std::chrono::milliseconds(created_ms));
  return sound;
}

base::Error Corrupt(const std::string& path, const std::string& why) {
  return {base::ErrorCode::kCorrupt, base::Printable(path) + " is not a list of sessions: " + base::Printable(why)};
}

base::Error Failed(const std::string& path, const char* what) {
  return base::Internal(base::Printable(path) + ": " + what + ": " + std::strerror(errno));
}

bool WriteAll(int fd, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t written = ::write(fd, text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    done += static_cast<std::size_t>(written);
  }
  return true;
}

}  // namespace

base::Result<LedgerFile> ReadLedgerFile(const std::string& path) {
  const auto text = base::ReadFile(path, kMaxFile);
  if (!text) return text.error();
  try {
    const json document = json::parse(*text);
    if (document.at("version") != kFormat) return Corrupt(path, "its version is not known");
    LedgerFile file;
    file.boot = document.at("boot").get<std::string>();
    const json& records = document.at("sessions");
    if (!records.is_array()) return Corrupt(path, "\"sessions\" is no list");
    for (const json& record : records) {
      if (!FromJson(record, file.sessions.emplace_back())) return Corrupt(path, "a session has an impossible number");
    }
    return file;
  } catch (const json::exception& error) {
    return Corrupt(path, error.what());
  }
}

base::Result<void> WriteLedgerFile(const std::string& path, const LedgerFile& file) {
  json records = json::array();
  for (const Session& session : file.sessions) records.push_back(ToJson(session));
  const json document = {{"version", kFormat}, {"boot", file.boot}, {"sessions", std::move(records)}};
  // Terminal and host names may hold any byte: what is not UTF-8 is replaced, nothing is thrown.
  const std::string text = document.dump(1, ' ', false, json::error_handler_t::replace) + "\n";

  const std::string fresh = path + ".new";
  // What an earlier daemon left half-written, or somebody planted; O_EXCL then makes sure that the file is ours.
  ::unlink(fresh.c_str());
  const base::UniqueFd fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return Failed(fresh, "cannot be made");
  // No fdatasync: the loop must not wait for the disk, and after a power cut no session is left to keep.
  if (!WriteAll(fd.get(), text)) return Failed(fresh, "cannot be written");
  if (::rename(fresh.c_str(), path.c_str()) != 0) return Failed(path, "cannot be replaced");
  return {};
}

}  // namespace taglogin::daemon::sessions
