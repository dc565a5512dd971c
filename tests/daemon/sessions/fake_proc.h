// SPDX-License-Identifier: Apache-2.0
// A /proc of a test's own: invented processes, and real ones with an audit session id of the test's
// choice (their stat is the kernel's, so they vanish when they end).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace taglogin::tests {

// A folder under /tmp that goes away with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class FakeProc {
 public:
  const std::string& root() const { return folder_.path(); }
  void Invent(pid_t pid, std::uint32_t audit_session, std::uint64_t start_ticks, const std::string& command = "sshd",
              char state = 'S', pid_t parent = 1) const;
  void Remove(pid_t pid) const;
  void Adopt(pid_t pid, std::uint32_t audit_session) const;
  void Write(pid_t pid, const std::string& name, const std::string& text) const;

 private:
  TemporaryFolder folder_;
};

}  // namespace taglogin::tests
