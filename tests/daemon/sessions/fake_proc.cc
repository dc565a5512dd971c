// SPDX-License-Identifier: Apache-2.0
#include "fake_proc.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace taglogin::tests {

TemporaryFolder::TemporaryFolder() {
  char folder[] = "/tmp/taglogin-sessions-XXXXXX";
  if (::mkdtemp(folder) == nullptr) std::abort();
  path_ = folder;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void FakeProc::Write(pid_t pid, const std::string& name, const std::string& text) const {
  const std::string folder = root() + "/" + std::to_string(pid);
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/" + name) << text;
}

void FakeProc::Invent(pid_t pid, std::uint32_t audit_session, std::uint64_t start_ticks, const std::string& command,
                      char state, pid_t parent) const {
  Write(pid, "sessionid", std::to_string(audit_session));
  Write(pid, "loginuid", "1000");
  // proc(5): fields 5 to 21 are of no interest here.
  std::string stat = std::to_string(pid) + " (" + command + ") " + state + " " + std::to_string(parent);
  for (int field = 5; field < 22; ++field) stat += " 0";
  Write(pid, "stat", stat + " " + std::to_string(start_ticks) + " 0 0\n");
}

void FakeProc::Remove(pid_t pid) const { std::filesystem::remove_all(root() + "/" + std::to_string(pid)); }

void FakeProc::Adopt(pid_t pid, std::uint32_t audit_session) const {
  Write(pid, "sessionid", std::to_string(audit_session));
  Write(pid, "loginuid", "1000");
  const std::string name = std::to_string(pid);
  std::filesystem::create_symlink("/proc/" + name + "/stat", root() + "/" + name + "/stat");
}

}  // namespace taglogin::tests
