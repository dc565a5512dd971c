// SPDX-License-Identifier: Apache-2.0
#include "daemon/sessions/ledger_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/printable.h"
#include "base/unique_fd.h"

namespace taglogin::daemon::sessions {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxFile = 64 * 1024 * 1024;
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

Session FromJson(const json& record) {
  Session session;
  session.uid = record.at("uid").get<std::string>();
  session.monitor.pid = record.at("pid").get<pid_t>();
  session.monitor.start_ticks = record.at("start").get<std::uint64_t>();
  session.monitor.audit_session = record.at("audit_session").get<std::uint32_t>();
  session.monitor.login_uid = record.at("login_uid").get<std::uint32_t>();
  session.user_name = record.at("user_name").get<std::string>();
  session.user_id = record.at("user_id").get<std::string>();
  session.user_uid = record.at("user_uid").get<std::uint32_t>();
  session.service = record.at("service").get<std::string>();
  session.rhost = record.at("rhost").get<std::string>();
  session.tty = record.at("tty").get<std::string>();
  session.auth_method = record.at("auth_method").get<std::string>();
  session.key_fingerprint = record.at("key_fingerprint").get<std::string>();
  session.created = Millis(std::chrono::milliseconds(record.at("created_ms").get<std::int64_t>()));
  return session;
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
    if (document.at("version").get<int>() != kFormat) return Corrupt(path, "its version is not known");
    LedgerFile file;
    file.boot = document.at("boot").get<std::string>();
    for (const json& record : document.at("sessions")) file.sessions.push_back(FromJson(record));
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
  const base::UniqueFd fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return Failed(fresh, "cannot be made");
  // No fdatasync: the loop must not wait for the disk, and after a power cut no session is left to keep.
  if (!WriteAll(fd.get(), text)) return Failed(fresh, "cannot be written");
  if (::rename(fresh.c_str(), path.c_str()) != 0) return Failed(path, "cannot be replaced");
  return {};
}

}  // namespace taglogin::daemon::sessions
