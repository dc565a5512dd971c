// SPDX-License-Identifier: Apache-2.0
// A part of a test in a process of its own, whose limits, root folder and system calls it may spoil.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <string>

namespace taglogin::tests {

// What `part` returns, in a child; "signal N" when that ended it.
inline std::string InChild(const std::function<std::string()>& part) {
  int ends[2];
  if (::pipe(ends) != 0) return "no pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    const std::string said = part();
    const bool written = ::write(ends[1], said.data(), said.size()) == static_cast<ssize_t>(said.size());
    ::_exit(written ? 0 : 1);
  }
  ::close(ends[1]);
  std::string said;
  char piece[4096];
  for (ssize_t got = 0; (got = ::read(ends[0], piece, sizeof piece)) > 0;)
    said.append(piece, static_cast<std::size_t>(got));
  ::close(ends[0]);
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) return "no child";
  if (WIFSIGNALED(status)) return said + "signal " + std::to_string(WTERMSIG(status));
  return WEXITSTATUS(status) == 0 ? said : said + "exit " + std::to_string(WEXITSTATUS(status));
}

// Whether the long versions of the tests run.
inline bool Long() { return std::getenv("TAGLOGIN_LONG") != nullptr; }

}  // namespace taglogin::tests
