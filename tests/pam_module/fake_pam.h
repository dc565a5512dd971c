// SPDX-License-Identifier: Apache-2.0
// A libpam that holds what a test puts in and keeps what the module says. The module's calls
// (pam_get_item and so on) are defined in fake_pam.cc; linked instead of libpam.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

// libpam's opaque handle, as this fake has it.
struct pam_handle {
  std::map<int, std::string> items;                // by PAM_USER, PAM_SERVICE, …
  std::set<int> broken;                            // items that PAM cannot give, whatever they are
  std::map<std::string, std::string> environment;  // pam_getenv(3)
  std::vector<std::string> output;                 // "tell …" and "log LEVEL …", in order
};
