// SPDX-License-Identifier: Apache-2.0
#include "real_pam.h"

#include <security/pam_appl.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

namespace taglogin::tests {
namespace {

int Converse(int count, const pam_message** messages, pam_response** responses, void* told) {
  for (int i = 0; i < count; ++i) {
    static_cast<std::vector<std::string>*>(told)->emplace_back(messages[i]->msg);
  }
  *responses = static_cast<pam_response*>(std::calloc(static_cast<std::size_t>(count), sizeof(pam_response)));
  return PAM_SUCCESS;
}

int Call(pam_handle_t* pam, Phase phase) {
  switch (phase) {
    case Phase::kAccount:
      return pam_acct_mgmt(pam, 0);
    case Phase::kOpenSession:
      return pam_open_session(pam, 0);
    case Phase::kCloseSession:
      return pam_close_session(pam, 0);
    case Phase::kSetCred:
      return pam_setcred(pam, PAM_ESTABLISH_CRED);
    case Phase::kAuthenticate:
      return pam_authenticate(pam, 0);
  }
  std::abort();
}

}  // namespace

ServiceFolder::ServiceFolder() {
  char folder[] = "/tmp/taglogin-pam-XXXXXX";
  if (::mkdtemp(folder) == nullptr) std::abort();
  path_ = folder;
}

ServiceFolder::~ServiceFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void ServiceFolder::Write(const std::string& name, const std::string& text) const {
  std::ofstream(path_ + "/" + name) << text;
}

int RunPhase(const ServiceFolder& folder, const std::string& service, const std::string& user, Phase phase,
             std::vector<std::string>* told, const std::string& auth_info) {
  std::vector<std::string> unread;
  const pam_conv conversation = {Converse, told == nullptr ? &unread : told};
  pam_handle_t* pam = nullptr;
  const int started = pam_start_confdir(service.c_str(), user.c_str(), &conversation, folder.path().c_str(), &pam);
  if (started != PAM_SUCCESS) {
    std::cerr << "pam_start_confdir: " << pam_strerror(nullptr, started) << "\n";
    std::abort();
  }
  if (!auth_info.empty()) pam_putenv(pam, ("SSH_AUTH_INFO_0=" + auth_info).c_str());
  const int code = Call(pam, phase);
  pam_end(pam, code);
  return code;
}

}  // namespace taglogin::tests
