// SPDX-License-Identifier: Apache-2.0
#include "cli/check_config.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/printable.h"
#include "base/unique_fd.h"

namespace taglogin::cli {
namespace {

constexpr char kDaemon[] = TAGLOGIN_SBINDIR "/taglogind";
constexpr std::size_t kMaxLine = 4096;

std::string ReadAll(int fd) {
  std::string out;
  char buffer[4096];
  for (;;) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return out;
    out.append(buffer, static_cast<std::size_t>(got));
  }
}

// Names of files and settings stand in it as they were found.
std::string PrintableLines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out += base::Printable(text.substr(0, end), kMaxLine) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace

base::Result<Checked> CheckConfig(const std::string& file) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return base::Internal(std::string("pipe: ") + std::strerror(errno));
  const base::UniqueFd reading(ends[0]);
  base::UniqueFd writing(ends[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, writing.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, writing.get(), STDERR_FILENO);
  std::string daemon = kDaemon;
  std::string check = "--check";
  std::string config = "--config=" + file;
  const std::array<char*, 4> argv = {daemon.data(), check.data(), config.data(), nullptr};
  pid_t child = 0;
  const int failed = ::posix_spawn(&child, kDaemon, &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return base::Internal(std::string(kDaemon) + ": " + std::strerror(failed));
  writing.reset();
  Checked checked;
  checked.message = PrintableLines(ReadAll(reading.get()));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return base::Internal(std::string("wait for taglogind: ") + std::strerror(errno));
  }
  checked.good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  return checked;
}

}  // namespace taglogin::cli
