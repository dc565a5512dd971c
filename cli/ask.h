// SPDX-License-Identifier: Apache-2.0
// One verb sent to taglogind, its JSON document back.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace taglogin::cli {

struct Answer {
  nlohmann::json document;
  int exit_code = 0;  // what the daemon says the cli should exit with
};

// `args[0]` is the verb. Errors: kUnavailable (the daemon is absent, silent or not to be trusted),
// kRefused (this user may not ask that), kInternal (nonsense came back).
base::Result<Answer> Ask(const std::vector<std::string>& args);

}  // namespace taglogin::cli
