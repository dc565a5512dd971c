// SPDX-License-Identifier: Apache-2.0
// Who is logged in now. Kept in memory and, so that it survives a restart of the daemon, in one JSON
// file that is replaced as a whole. Owned and used by the daemon's loop thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "daemon/sessions/peer.h"

namespace taglogin::daemon::sessions {

using Millis = std::chrono::sys_time<std::chrono::milliseconds>;

struct Session {
  std::string uid;        // given by Ledger::Add; stable, and no two of this host are alike
  Peer monitor;           // the process that asked PAM for the session: sshd's root monitor
  std::string user_name;  // canonical login name
  std::string user_id;    // SID
  std::uint32_t user_uid = 0;
  std::string service;
  std::string rhost;
  std::string tty;
  std::string auth_method;
  std::string key_fingerprint;
  Millis created;
};

class Ledger {
 public:
  struct Opened;

  // Reads PATH if it is there. Never fails: what cannot be used is moved to PATH.unusable and
  // named in Opened::warning. Sessions of an earlier boot are handed out as ended.
  // `boot_id`: the text of /proc/sys/kernel/random/boot_id.
  static Opened Open(const std::string& path, const std::string& boot_id);

  // Takes a session over and gives it its uid: "<boot>-<audit session id>", or, without one or when
  // that uid is taken (sudo within a login), "<boot>-p<pid>-<start>". Errors: kInvalid (this
  // monitor has an open session), kInternal (the file cannot be written): not taken over then.
  base::Result<Session> Add(Session session);

  // The session that this process opened, or nullptr. The pointer ends with the next call.
  const Session* FindByMonitor(const Peer& monitor) const;
  const Session* Find(const std::string& uid) const;
  std::vector<Session> All() const;

  // Takes the session out and gives it back. kNotFound when there is none. When the file can not be
  // written it is still taken out: the next Open() finds it over.
  base::Result<Session> Close(const std::string& uid);

  // Takes out and gives back the sessions that are over: the monitor is gone, and no sshd with the
  // session's audit id is left (shells and forwards outlive a monitor that was killed).
  std::vector<Session> Sweep(const ProcFolder& proc);

 private:
  Ledger(std::string path, std::string boot) : path_(std::move(path)), boot_(std::move(boot)) {}
  base::Result<void> Save() const;

  std::string path_;
  std::string boot_;  // the first 8 characters of the boot id
  std::map<std::string, Session> sessions_;
};

struct Ledger::Opened {
  Ledger ledger;
  std::vector<Session> ended;  // of an earlier boot: to be recorded as over
  std::string warning;         // one line; empty when all is well
};

}  // namespace taglogin::daemon::sessions
