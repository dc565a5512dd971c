// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/process_calls.h"

#include <fcntl.h>
#include <security/pam_appl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <stdexcept>

#include "base/unique_fd.h"
#include "tests/bench/timing.h"

namespace taglogin::bench {
namespace {

// Runs argv with its output in `output_fd`.
void Run(const std::vector<std::string>& argv, int output_fd) {
  static const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (argv.empty()) throw std::runtime_error("no program is named");
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, null, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output_fd < 0 ? null : output_fd, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, null, STDERR_FILENO);
  pid_t child = -1;
  const int error = ::posix_spawn(&child, words[0], &actions, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("cannot start " + argv[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) throw std::runtime_error(argv[0] + " ends with wait status " + std::to_string(status));
}

// A module may say something; nobody listens.
int Silence(int count, const pam_message**, pam_response** answers, void*) {
  *answers = static_cast<pam_response*>(std::calloc(static_cast<std::size_t>(count), sizeof(pam_response)));
  return *answers == nullptr ? PAM_BUF_ERR : PAM_SUCCESS;
}

}  // namespace

std::int64_t TimeProgram(const std::vector<std::string>& argv) {
  const std::int64_t began = NowNs();
  Run(argv, -1);
  return NowNs() - began;
}

std::int64_t TimeFirst(const std::string& program, const std::string& name) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const base::UniqueFd from(ends[0]);
  const base::UniqueFd to(ends[1]);
  Run({program, name}, to.get());
  char text[32] = {};
  if (::read(from.get(), text, sizeof text - 1) <= 0) throw std::runtime_error(program + " says nothing");
  return std::stoll(text);
}

std::vector<std::int64_t> TimeAccountPhase(const std::string& services, const std::string& service,
                                           const std::string& user, const std::string& rhost, std::int64_t count) {
  const pam_conv conversation{&Silence, nullptr};
  pam_handle_t* pam = nullptr;
  if (::pam_start_confdir(service.c_str(), user.c_str(), &conversation, services.c_str(), &pam) != PAM_SUCCESS) {
    throw std::runtime_error("pam_start_confdir fails");
  }
  ::pam_set_item(pam, PAM_RHOST, rhost.c_str());
  ::pam_set_item(pam, PAM_TTY, "ssh");
  std::vector<std::int64_t> times;
  int code = PAM_SUCCESS;
  for (std::int64_t i = 0; i < count && code == PAM_SUCCESS; ++i) {
    const std::int64_t began = NowNs();
    code = ::pam_acct_mgmt(pam, 0);
    times.push_back(NowNs() - began);
  }
  const std::string why = ::pam_strerror(pam, code);
  ::pam_end(pam, code);
  if (code != PAM_SUCCESS) throw std::runtime_error("pam_acct_mgmt: " + why);
  return times;
}

}  // namespace taglogin::bench
