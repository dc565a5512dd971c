// SPDX-License-Identifier: Apache-2.0
// Runs one tests/pam_scripts/*.login against the module's own code, with a fake libpam and a fake
// daemon. Exits 0 when everything came out as written and nothing else happened.
#include <security/pam_modules.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <sstream>

#include "fake_pam.h"
#include "script.h"

namespace taglogin::tests {
namespace {

const std::map<std::string, int>& Codes() {
  static const std::map<std::string, int> codes = {{"PAM_SUCCESS", PAM_SUCCESS},
                                                   {"PAM_PERM_DENIED", PAM_PERM_DENIED},
                                                   {"PAM_USER_UNKNOWN", PAM_USER_UNKNOWN},
                                                   {"PAM_ACCT_EXPIRED", PAM_ACCT_EXPIRED},
                                                   {"PAM_AUTHINFO_UNAVAIL", PAM_AUTHINFO_UNAVAIL},
                                                   {"PAM_CRED_UNAVAIL", PAM_CRED_UNAVAIL},
                                                   {"PAM_SESSION_ERR", PAM_SESSION_ERR},
                                                   {"PAM_SERVICE_ERR", PAM_SERVICE_ERR},
                                                   {"PAM_IGNORE", PAM_IGNORE}};
  return codes;
}

using EntryPoint = int (*)(pam_handle_t*, int, int, const char**);

EntryPoint EntryPointOf(const std::string& name) {
  static const std::map<std::string, EntryPoint> calls = {{"account", pam_sm_acct_mgmt},
                                                          {"open_session", pam_sm_open_session},
                                                          {"close_session", pam_sm_close_session},
                                                          {"authenticate", pam_sm_authenticate},
                                                          {"setcred", pam_sm_setcred},
                                                          {"chauthtok", pam_sm_chauthtok}};
  const auto found = calls.find(name);
  return found == calls.end() ? nullptr : found->second;
}

std::string NameOf(int code) {
  for (const auto& [name, value] : Codes()) {
    if (value == code) return name;
  }
  return "code " + std::to_string(code);
}

class Runner {
 public:
  explicit Runner(const Script& script) : script_(script) {}

  int Run() {
    for (const auto& [name, value] : Defaults()) Set(name, value);
    for (const auto& [name, value] : script_.pam) Set(name, value);
    if (!script_.daemon_absent) {
      daemon_ = FakeDaemon::Open([this](std::string_view request) { return Answer(request); },
                                 script_.daemon_untrusted ? 0777 : 0755);
      socket_ = daemon_->socket_path();
    }
    for (const RunLine& line : script_.run) RunOne(line);
    if (daemon_ != nullptr) daemon_->Stop();
    Check();
    return complaints_.empty() ? 0 : 1;
  }

 private:
  static std::vector<std::pair<std::string, std::string>> Defaults() {
    return {{"user", "alice"}, {"service", "sshd"}, {"rhost", "10.0.0.7"}, {"tty", "ssh"}};
  }

  void Set(const std::string& name, const std::string& value) {
    if (name.starts_with("env ")) {
      pam_.environment[name.substr(4)] = value;
    } else {
      pam_.items[Item(name)] = value;
    }
  }

  int Item(const std::string& name) {
    if (name == "user") return PAM_USER;
    if (name == "service") return PAM_SERVICE;
    if (name == "rhost") return PAM_RHOST;
    if (name == "tty") return PAM_TTY;
    std::cerr << "PAM has no item " << name << "\n";
    std::exit(2);
  }

  void RunOne(const RunLine& line) {
    if (line.kind == RunLine::Kind::kSet) return Set(line.name, line.value);
    if (line.kind == RunLine::Kind::kUnset) {
      pam_.items.erase(Item(line.name));
      return;
    }
    const EntryPoint call = EntryPointOf(line.name);
    if (call == nullptr || !Codes().contains(line.value)) {
      std::cerr << "no such call or code: " << line.name << " = " << line.value << "\n";
      std::exit(2);
    }
    const std::string argument = "socket=" + socket_;
    std::vector<const char*> arguments = {argument.c_str()};
    for (const std::string& extra : script_.arguments) arguments.push_back(extra.c_str());
    const int flags = line.silent ? static_cast<int>(PAM_SILENT) : 0;
    const int code = call(&pam_, flags, static_cast<int>(arguments.size()), arguments.data());
    if (code != Codes().at(line.value)) Complain(line.name + " gave " + NameOf(code) + ", not " + line.value);
  }

  // Runs in the fake daemon's thread.
  Reply Answer(std::string_view request) {
    const std::string text = DescribeRequest(request);
    if (used_ == script_.daemon.size()) {
      Complain("one request too many: " + text);
      return {Reply::Kind::kClose, {}};
    }
    const Exchange& exchange = script_.daemon[used_++];
    if (text != exchange.request) Complain(Difference("request", text, exchange.request));
    return exchange.reply;
  }

  void Check() {
    for (std::size_t i = used_; i < script_.daemon.size(); ++i) {
      Complain("never asked for: " + script_.daemon[i].request);
    }
    for (std::size_t i = 0; i < std::max(pam_.output.size(), script_.output.size()); ++i) {
      const std::string is = i < pam_.output.size() ? pam_.output[i] : "(nothing)";
      const std::string want = i < script_.output.size() ? script_.output[i] : "(nothing)";
      if (is != want) Complain(Difference("output", is, want));
    }
  }

  static std::string Difference(const char* what, const std::string& is, const std::string& want) {
    std::ostringstream text;
    text << "the " << what << " was\n    " << is << "\n  and not\n    " << want;
    return text.str();
  }

  void Complain(const std::string& what) {
    const std::lock_guard lock(mutex_);
    complaints_.push_back(what);
    std::cerr << "- " << what << "\n";
  }

  const Script& script_;
  pam_handle pam_;
  std::unique_ptr<FakeDaemon> daemon_;
  std::string socket_ = "/nonexistent/taglogin/socket";
  std::size_t used_ = 0;
  std::mutex mutex_;
  std::vector<std::string> complaints_;
};

}  // namespace
}  // namespace taglogin::tests

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: pam_script_runner FILE.login\n";
    return 2;
  }
  const taglogin::tests::Script script = taglogin::tests::ReadScript(argv[1]);
  return taglogin::tests::Runner(script).Run();
}
