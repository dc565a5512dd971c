// SPDX-License-Identifier: Apache-2.0
// The lists of tests/data/names as the tests read them. Each ends the program when its list is not there.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace taglogin::tests {

struct OddName {
  std::string kind;  // the list's class: "bidi", "options" …
  std::string text;  // any bytes
  std::optional<std::string> canonical;
};

// At least 600 names that somebody may try to log in under.
const std::vector<OddName>& LoginNames();
// At least 200 strings that have broken programs.
const std::vector<OddName>& NaughtyStrings();
// Both; with a sanitizer, which is slow, every fifth.
std::vector<OddName> AllOddStrings();

}  // namespace taglogin::tests
