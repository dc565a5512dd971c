// SPDX-License-Identifier: Apache-2.0
#include "daemon/sessions/ledger.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <set>
#include <utility>

#include "base/printable.h"
#include "daemon/sessions/ledger_file.h"

namespace taglogin::daemon::sessions {
namespace {

std::string ShortBoot(const std::string& boot_id) { return boot_id.substr(0, 8); }

std::string UidByAudit(const std::string& boot, const Peer& monitor) {
  return boot + "-" + std::to_string(monitor.audit_session);
}

std::string UidByProcess(const std::string& boot, const Peer& monitor) {
  return boot + "-p" + std::to_string(monitor.pid) + "-" + std::to_string(monitor.start_ticks);
}

bool IsAlive(const Peer& monitor, const ProcFolder& proc) {
  const auto now = proc.Read(monitor.pid);
  if (now) return now->SameProcess(monitor) && !now->zombie;
  // Only "there is no such process" is an end; anything else says nothing.
  return now.error().code != base::ErrorCode::kNotFound;
}

std::set<std::uint32_t> AuditSessionsOfSshd(const ProcFolder& proc) {
  std::set<std::uint32_t> ids;
  for (const Peer& peer : proc.All()) {
    // "sshd", and "sshd-session" since OpenSSH 9.8.
    if (peer.command.starts_with("sshd") && !peer.zombie) ids.insert(peer.audit_session);
  }
  return ids;
}

}  // namespace

Ledger::Opened Ledger::Open(const std::string& path, const std::string& boot_id) {
  Opened opened{Ledger(path, ShortBoot(boot_id)), {}, {}};
  auto file = ReadLedgerFile(path);
  if (!file) {
    if (file.error().code == base::ErrorCode::kNotFound) return opened;
    const std::string aside = path + ".unusable";
    opened.warning = file.error().detail + "; moved to " + base::Printable(aside) + ", open sessions are not known";
    if (std::rename(path.c_str(), aside.c_str()) != 0) {
      opened.warning += std::string(" (moving failed: ") + std::strerror(errno) + ")";
    }
    return opened;
  }
  for (Session& session : file->sessions) {
    if (file->boot == opened.ledger.boot_) {
      opened.ledger.sessions_.emplace(session.uid, session);
    } else {
      opened.ended.push_back(std::move(session));
    }
  }
  if (!opened.ended.empty()) {
    if (const auto saved = opened.ledger.Save(); !saved) opened.warning = saved.error().detail;
  }
  return opened;
}

base::Result<Session> Ledger::Add(Session session) {
  if (FindByMonitor(session.monitor) != nullptr) {
    return base::Invalid("process " + std::to_string(session.monitor.pid) + " has an open session already");
  }
  session.uid = UidByAudit(boot_, session.monitor);
  if (session.monitor.audit_session == kUnset || sessions_.contains(session.uid)) {
    session.uid = UidByProcess(boot_, session.monitor);
  }
  sessions_[session.uid] = session;
  if (const auto saved = Save(); !saved) {
    sessions_.erase(session.uid);
    return saved.error();
  }
  return session;
}

const Session* Ledger::FindByMonitor(const Peer& monitor) const {
  for (const auto& [uid, session] : sessions_) {
    if (session.monitor.SameProcess(monitor)) return &session;
  }
  return nullptr;
}

const Session* Ledger::Find(const std::string& uid) const {
  const auto found = sessions_.find(uid);
  return found == sessions_.end() ? nullptr : &found->second;
}

std::vector<Session> Ledger::All() const {
  std::vector<Session> all;
  for (const auto& [uid, session] : sessions_) all.push_back(session);
  return all;
}

base::Result<Session> Ledger::Close(const std::string& uid) {
  const auto node = sessions_.extract(uid);
  if (node.empty()) return base::NotFound("no open session " + base::Printable(uid));
  // A file that still names the session is put right by the sweep after the next start.
  (void)Save().has_value();
  return node.mapped();
}

std::vector<Session> Ledger::Sweep(const ProcFolder& proc) {
  std::vector<Session> without_monitor;
  for (const auto& [uid, session] : sessions_) {
    if (!IsAlive(session.monitor, proc)) without_monitor.push_back(session);
  }
  std::vector<Session> over;
  if (without_monitor.empty()) return over;
  const std::set<std::uint32_t> left = AuditSessionsOfSshd(proc);
  for (Session& session : without_monitor) {
    const std::uint32_t id = session.monitor.audit_session;
    if (id != kUnset && left.contains(id)) continue;
    sessions_.erase(session.uid);
    over.push_back(std::move(session));
  }
  if (!over.empty()) (void)Save().has_value();
  return over;
}

base::Result<void> Ledger::Save() const { return WriteLedgerFile(path_, {boot_, All()}); }

}  // namespace taglogin::daemon::sessions
