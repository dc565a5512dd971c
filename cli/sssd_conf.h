// SPDX-License-Identifier: Apache-2.0
// sssd.conf(5) and its conf.d, as far as an import needs them: sections of key = value. Pure but for the reading.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace taglogin::cli {

// Section ("domain/corp.example.com") -> key -> value. Keys in lower case.
using SssdConf = std::map<std::string, std::map<std::string, std::string>>;

// Adds what `text` says to `conf`; what was there before is overruled, as SSSD does with conf.d. Errors are kInvalid,
// with the line.
base::Result<void> ParseSssdConf(std::string_view text, const std::string& path, SssdConf& conf);

// The file, and then conf.d/*.conf beside it in the order of their names. Errors: as base::ReadFile and ParseSssdConf.
base::Result<SssdConf> ReadSssdConf(const std::string& path);

}  // namespace taglogin::cli
