// SPDX-License-Identifier: Apache-2.0
// taglogin-keys USER FINGERPRINT: sshd's AuthorizedKeysCommand with %u %f. Prints the authorized_keys
// lines that taglogind gives for this account and this key, or nothing.
// taglogin-keys --principals USER FINGERPRINT TYPE AUTHORITY: its AuthorizedPrincipalsCommand with %u %f %t %F. Prints
// the principals whose certificates let this account in, or nothing.
//
// Always exits 0: sshd logs another exit code at every key that a client offers, and takes it for no
// key all the same. What is wrong with the daemon goes to the system log, once per run.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <syslog.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/deadline.h"
#include "client/client.h"
#include "keyhelper/confinement.h"
#include "keyhelper/key_lines.h"
#include "protocol/login_name.h"
#include "protocol/messages.h"

namespace {

using namespace taglogin;

constexpr std::int64_t kDeadlineMs = 3000;

// Nothing of the caller's may change what happens here: no environment, no descriptor but the
// standard three, no core with keys in it, no new privileges.
void LeaveTheCallerBehind() noexcept {
  ::clearenv();
  ::close_range(STDERR_FILENO + 1, ~0U, 0);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  // sshd stops reading as soon as it has found the key.
  (void)::signal(SIGPIPE, SIG_IGN);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  keyhelper::Confine();
}

void Log(const char* what) noexcept {
  ::openlog("taglogin-keys", LOG_PID, LOG_AUTHPRIV);
  ::syslog(LOG_ERR, "%s; no key is given to sshd", what);
}

const char* WhyNot(client::Outcome outcome) noexcept {
  switch (outcome) {
    case client::Outcome::kAbsent:
      return "taglogind is not running, or has no room for one more request";
    case client::Outcome::kTimeout:
      return "taglogind did not answer in time";
    case client::Outcome::kUntrusted:
      return "whoever listens at taglogind's socket is not trusted: look at owner and mode of its folder";
    case client::Outcome::kBroken:
    case client::Outcome::kAnswered:
      break;
  }
  return "taglogind broke the connection off, or its answer is too long";
}

const char* WhyNot(protocol::Status status) noexcept {
  switch (status) {
    case protocol::Status::kNotPermitted:
      return "taglogind does not give keys to this user: is AuthorizedKeysCommandUser taglogin-keys?";
    case protocol::Status::kUnavailable:
      return "taglogind cannot say now: see its log";
    case protocol::Status::kMalformed:
    case protocol::Status::kOk:
    case protocol::Status::kNotFound:
      break;
  }
  return "the answer of taglogind makes no sense: are taglogin-keys and daemon of one version?";
}

// The lines inside `answer`; empty, and logged, when there is something wrong with them.
std::string_view ReadLines(std::string_view answer) noexcept {
  protocol::Reader reader(answer.data(), answer.size());
  std::uint8_t status = 0;
  if (!protocol::DecodeHeader(reader, status)) status = static_cast<std::uint8_t>(protocol::Status::kMalformed);
  if (status == static_cast<std::uint8_t>(protocol::Status::kNotFound) && reader.AtEnd()) return {};
  if (status != static_cast<std::uint8_t>(protocol::Status::kOk)) {
    Log(WhyNot(static_cast<protocol::Status>(status)));
    return {};
  }
  protocol::KeysAnswer keys;
  if (!protocol::DecodeBody(reader, keys) || !keyhelper::ArePrintableLines(keys.lines)) {
    Log(WhyNot(protocol::Status::kMalformed));
    return {};
  }
  return keys.lines;
}

void Print(std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

template <typename Message>
void Answer(const char* socket, const Message& message) noexcept {
  char request[256];
  static_assert(sizeof request > protocol::kMaxLoginName + 64);  // with the fingerprint and what frames them
  protocol::Writer writer(request, sizeof request);
  if (!protocol::EncodeRequest(writer, message)) return;
  char answer[protocol::kMaxPacket];
  std::size_t size = 0;
  const client::Outcome outcome =
      client::Ask(socket, {request, writer.size()}, answer, sizeof answer, size, base::Deadline::After(kDeadlineMs));
  if (outcome != client::Outcome::kAnswered) return Log(WhyNot(outcome));
  Print(ReadLines({answer, size}));
}

void AnswerKeys(const char* socket, const char* user, const char* fingerprint) noexcept {
  protocol::LoginName name;
  if (!protocol::LoginName::From(user, name) || !keyhelper::IsFingerprint(fingerprint)) return;
  Answer(socket, protocol::Keys{name.view(), fingerprint});
}

// `words`: user, fingerprint, type, authority.
void AnswerPrincipals(const char* socket, char** words) noexcept {
  protocol::LoginName name;
  if (!protocol::LoginName::From(words[0], name) || !keyhelper::IsFingerprint(words[1])) return;
  if (!keyhelper::IsCertificateType(words[2]) || !keyhelper::IsFingerprint(words[3])) return;
  Answer(socket, protocol::Principals{name.view(), words[1], words[2], words[3]});
}

}  // namespace

int main(int argc, char** argv) {
  LeaveTheCallerBehind();
  // --socket is for tests: sshd's configuration, which only root writes, decides how many arguments
  // there are, so that no user name can become an option.
  const bool has_socket = (argc == 5 || argc == 8) && std::strcmp(argv[1], "--socket") == 0 && argv[2][0] == '/';
  const char* socket = has_socket ? argv[2] : protocol::kSocketPath;
  const int first = has_socket ? 3 : 1;
  if (argc - first == 2) {
    AnswerKeys(socket, argv[first], argv[first + 1]);
  } else if (argc - first == 5 && std::strcmp(argv[first], "--principals") == 0) {
    AnswerPrincipals(socket, argv + first + 1);
  } else {
    Log("called with wrong arguments: AuthorizedKeysCommand must end in taglogin-keys %u %f, "
        "AuthorizedPrincipalsCommand in taglogin-keys --principals %u %f %t %F");
  }
  return 0;
}
