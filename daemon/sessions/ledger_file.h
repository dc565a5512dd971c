// SPDX-License-Identifier: Apache-2.0
// The ledger's file: private to this room. {"version":1,"boot":"…","sessions":[…]}
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "daemon/sessions/ledger.h"

namespace taglogin::daemon::sessions {

struct LedgerFile {
  std::string boot;
  std::vector<Session> sessions;
};

// Errors: as base::ReadFile, and kCorrupt.
base::Result<LedgerFile> ReadLedgerFile(const std::string& path);

// Replaces PATH with a file of mode 0600. A reader sees the old text or the new one, also after a
// crash. kInternal when it cannot; PATH is as it was then.
base::Result<void> WriteLedgerFile(const std::string& path, const LedgerFile& file);

}  // namespace taglogin::daemon::sessions
