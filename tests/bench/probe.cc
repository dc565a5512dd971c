// SPDX-License-Identifier: Apache-2.0
// bench_probe: does on its node what measure.py asks for, one line a command, so that the nodes take turns
// within one run. Answers "ok NUMBER..." (nanoseconds) or "error TEXT".
//
//   module NAME name|uid|groups|absent KEY COUNT     per call      table NAME COUNT            per call
//   grouplist NAME [account]                         ns, groups    first PROGRAM NAME          one
//   program PATH [ARGUMENT...]                       one           account FOLDER SERVICE USER RHOST COUNT   each
#include <cstdio>
#include <exception>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/bench/name_calls.h"
#include "tests/bench/process_calls.h"

namespace {

using namespace taglogin::bench;
using Words = std::vector<std::string>;

NameCall CallNamed(const std::string& word) {
  if (word == "name") return NameCall::kName;
  if (word == "uid") return NameCall::kUid;
  if (word == "groups") return NameCall::kGroups;
  if (word == "absent") return NameCall::kAbsent;
  throw std::runtime_error("no call is named " + word);
}

std::string Obey(const Words& words) {
  const std::string& verb = words.at(0);
  if (verb == "module") {
    return std::to_string(TimeModule(words.at(1), CallNamed(words.at(2)), words.at(3), std::stoll(words.at(4))));
  }
  if (verb == "table") return std::to_string(TimeTable(words.at(1), std::stoll(words.at(2))));
  if (verb == "grouplist") {
    const auto time = TimeGroupList(words.at(1), words.size() > 2);
    return std::to_string(time.ns) + " " + std::to_string(time.groups);
  }
  if (verb == "first") return std::to_string(TimeFirst(words.at(1), words.at(2)));
  if (verb == "program") return std::to_string(TimeProgram(Words(words.begin() + 1, words.end())));
  if (verb == "account") {
    std::string out;
    for (const auto ns :
         TimeAccountPhase(words.at(1), words.at(2), words.at(3), words.at(4), std::stoll(words.at(5)))) {
      out += (out.empty() ? "" : " ") + std::to_string(ns);
    }
    return out;
  }
  throw std::runtime_error("no command is named " + verb);
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream text(line);
    Words words;
    for (std::string word; text >> word;) words.push_back(word);
    try {
      const std::string answer = Obey(words);
      std::cout << "ok " << answer << std::endl;
    } catch (const std::exception& error) {
      std::cout << "error " << error.what() << std::endl;
    }
  }
  return 0;
}
