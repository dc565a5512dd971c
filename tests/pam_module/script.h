// SPDX-License-Identifier: Apache-2.0
// tests/pam_scripts/*.login: one behaviour of the PAM module as a text that anybody can read.
// tests/pam_scripts/README.md says what may stand in one.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "fake_daemon.h"

namespace taglogin::tests {

struct Exchange {
  std::string request;  // as DescribeRequest() gives it
  Reply reply;
};

struct RunLine {
  enum class Kind { kCall, kSet, kUnset };
  Kind kind = Kind::kCall;
  std::string name;     // kCall: "account", …; else the item's name or "env NAME"
  bool silent = false;  // kCall
  std::string value;    // kCall: the expected code; kSet: the value
};

struct Script {
  std::vector<std::pair<std::string, std::string>> pam;  // item or "env NAME", value
  std::vector<std::string> arguments;                    // beside socket=
  std::vector<RunLine> run;
  bool daemon_absent = false;
  bool daemon_untrusted = false;
  std::vector<Exchange> daemon;
  std::vector<std::string> output;
};

// Ends the program with a message when the file is not a script.
Script ReadScript(const std::string& path);

}  // namespace taglogin::tests
