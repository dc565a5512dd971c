// SPDX-License-Identifier: Apache-2.0
// Runs a PAM stack with the system's own libpam (pam_start_confdir(3)) from service files that a
// test writes.
#pragma once

#include <string>
#include <vector>

namespace taglogin::tests {

// A folder of service files that goes away with the object.
class ServiceFolder {
 public:
  ServiceFolder();
  ~ServiceFolder();
  ServiceFolder(const ServiceFolder&) = delete;
  ServiceFolder& operator=(const ServiceFolder&) = delete;

  const std::string& path() const { return path_; }
  void Write(const std::string& name, const std::string& text) const;

 private:
  std::string path_;
};

enum class Phase { kAccount, kOpenSession, kCloseSession, kSetCred, kAuthenticate };

// The code that `service` gives for `user`. `told`, if given, collects what the person is shown.
int RunPhase(const ServiceFolder& folder, const std::string& service, const std::string& user, Phase phase,
             std::vector<std::string>* told = nullptr, const std::string& auth_info = "");

}  // namespace taglogin::tests
