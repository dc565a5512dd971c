// SPDX-License-Identifier: Apache-2.0
// `taglogin check-config`: asks taglogind itself (--check), so that no second reader can disagree.
#pragma once

#include <string>

#include "base/result.h"

namespace taglogin::cli {

struct Checked {
  bool good = false;
  std::string message;  // what taglogind printed: lines of printable ASCII
};

// kInternal when taglogind cannot be run.
base::Result<Checked> CheckConfig(const std::string& file);

}  // namespace taglogin::cli
