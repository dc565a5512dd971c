// SPDX-License-Identifier: Apache-2.0
// The file of open sessions, whatever is in it: refused, or sessions that are written and read back as
// they are, each of a process that can exist.
#include "daemon/sessions/ledger_file.h"

#include "tests/fuzz/scratch_file.h"

namespace taglogin::daemon::sessions {
namespace {

auto Tie(const Session& s) {
  return std::tie(s.uid, s.monitor.pid, s.monitor.start_ticks, s.monitor.audit_session, s.monitor.login_uid,
                  s.user_name, s.user_id, s.user_uid, s.service, s.rhost, s.tty, s.auth_method, s.key_fingerprint,
                  s.created);
}

void CheckSame(const LedgerFile& a, const LedgerFile& b) {
  FUZZ_CHECK(a.boot == b.boot && a.sessions.size() == b.sessions.size());
  for (std::size_t i = 0; i < a.sessions.size(); ++i) FUZZ_CHECK(Tie(a.sessions[i]) == Tie(b.sessions[i]));
}

}  // namespace
}  // namespace taglogin::daemon::sessions

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taglogin;
  using namespace taglogin::daemon::sessions;
  static const fuzz::ScratchFolder folder;
  const std::string path = folder.Write("sessions.json", {reinterpret_cast<const char*>(data), size});
  const auto file = ReadLedgerFile(path);
  if (!file) {
    FUZZ_CHECK(file.error().code == base::ErrorCode::kCorrupt);
    fuzz::CheckError(file.error());
    return 0;
  }
  // kill(2) takes 0 and less for whole groups of processes.
  for (const Session& session : file->sessions) FUZZ_CHECK(session.monitor.pid > 0);
  const std::string copy = folder.File("copy.json");
  FUZZ_CHECK(WriteLedgerFile(copy, *file));
  const auto again = ReadLedgerFile(copy);
  FUZZ_CHECK(again);
  CheckSame(*file, *again);
  const auto opened = Ledger::Open(path, file->boot + "-of-a-boot");
  FUZZ_CHECK(fuzz::IsPrintableLine(opened.warning));
  FUZZ_CHECK(opened.ended.size() + opened.ledger.All().size() <= file->sessions.size());
  return 0;
}
