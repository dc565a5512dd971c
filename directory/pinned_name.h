// SPDX-License-Identifier: Apache-2.0
// Which of the objects that were found a name in a rule stands for, pins respected. Private to this room. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "directory/records.h"

namespace taglogin::directory {

struct ResolvedName {
  Resolution resolution = Resolution::kNotFound;
  // Of the object that counts: kFound, kNotSecurity, and kPinMismatch when the pinned object still
  // exists; else empty.
  std::string guid;
};

struct NameCandidate {
  std::string id;
  std::string guid;
  bool security = true;
};
using NameCandidates = std::multimap<std::string, NameCandidate>;

// `by_name` by NameKey, `by_id` by id; `pin` may be empty. A pinned object that was renamed keeps its old name's
// place, with a warning.
ResolvedName JudgeName(const std::string& name, const NameCandidates& by_name, const NameCandidates& by_id,
                       const std::string& pin, std::vector<std::string>& warnings);

// What to say of a user's name in a rule that is not kFound.
std::string UserWarning(const std::string& name, Resolution resolution);

// Adds a warning; keeps the list short however much is wrong.
void Warn(std::vector<std::string>& warnings, std::string text);

}  // namespace taglogin::directory
