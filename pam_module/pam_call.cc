// SPDX-License-Identifier: Apache-2.0
#include "pam_module/pam_call.h"

#include <security/pam_ext.h>
#include <syslog.h>

#include <cstring>

#include "base/deadline.h"
#include "client/client.h"
#include "protocol/messages.h"

namespace taglogin::pam_module {
namespace {

constexpr std::size_t kMaxAnswer = 4096;  // bytes; a verdict is a number, a code and one sentence

std::string_view Item(pam_handle_t* pam, int item) noexcept {
  const void* value = nullptr;
  if (pam_get_item(pam, item, &value) != PAM_SUCCESS || value == nullptr) return {};
  return static_cast<const char*>(value);
}

std::string_view Environment(pam_handle_t* pam, const char* name) noexcept {
  const char* value = pam_getenv(pam, name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

// The socket that the arguments name; sets `wrong` to the first argument that is not known.
const char* SocketPath(int argc, const char** argv, std::string_view& wrong) noexcept {
  static constexpr char kPrefix[] = "socket=";
  const char* path = protocol::kSocketPath;
  for (int i = 0; i < argc; ++i) {
    const bool known = std::strncmp(argv[i], kPrefix, sizeof kPrefix - 1) == 0 && argv[i][sizeof kPrefix - 1] == '/';
    if (known) path = argv[i] + sizeof kPrefix - 1;
    if (!known && wrong.empty()) wrong = *argv[i] == '\0' ? std::string_view("(empty)") : std::string_view(argv[i]);
  }
  return path;
}

Step Ask(LoginFlow& flow, const Step& step, Call call, const char* socket) noexcept {
  char answer[kMaxAnswer];
  std::size_t size = 0;
  const auto deadline = base::Deadline::After(call == Call::kAccount ? kAccountDeadlineMs : kSessionDeadlineMs);
  const client::Outcome outcome = client::Ask(socket, step.text, answer, sizeof answer, size, deadline);
  return flow.Answered(outcome, {answer, outcome == client::Outcome::kAnswered ? size : 0});
}

}  // namespace

int Run(pam_handle_t* pam, Call call, int flags, int argc, const char** argv) noexcept {
  Facts facts;
  facts.call = call;
  const char* socket = SocketPath(argc, argv, facts.wrong_argument);
  facts.user = Item(pam, PAM_USER);
  facts.service = Item(pam, PAM_SERVICE);
  facts.rhost = Item(pam, PAM_RHOST);
  facts.tty = Item(pam, PAM_TTY);
  if (call == Call::kOpenSession) facts.auth_info = Environment(pam, "SSH_AUTH_INFO_0");

  LoginFlow flow(facts);
  Step step = flow.Begin();
  while (step.kind != Step::Kind::kFinish) {
    const auto length = static_cast<int>(step.text.size());
    if (step.kind == Step::Kind::kAsk) {
      step = Ask(flow, step, call, socket);
      continue;
    }
    if (step.kind == Step::Kind::kLog) pam_syslog(pam, LOG_ERR, "%.*s", length, step.text.data());
    if (step.kind == Step::Kind::kTell && (static_cast<unsigned>(flags) & PAM_SILENT) == 0) {
      // Whether the person could be told changes nothing about the verdict.
      (void)pam_prompt(pam, PAM_ERROR_MSG, nullptr, "%.*s", length, step.text.data());
    }
    step = flow.Next();
  }
  return step.code;
}

}  // namespace taglogin::pam_module
