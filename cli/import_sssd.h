// SPDX-License-Identifier: Apache-2.0
// taglogin import-sssd: the lines of taglogin.toml that make this machine go on with the ids, homes and shells that
// SSSD gave.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/sssd_conf.h"

namespace taglogin::cli {

struct SssdImport {
  std::string toml;                // [ids] and [nss]
  std::vector<std::string> notes;  // what could not be taken over, or is to be looked at; printable
};

// `domain`: which [domain/…] section counts; empty: the only one. `slices`: what the cache holds. Errors are kInvalid:
// no such domain, or a value that makes no sense. Pure.
base::Result<SssdImport> ImportSssd(const SssdConf& conf, const std::string& domain,
                                    const std::map<std::string, std::uint32_t>& slices);

// The domain that counts (see ImportSssd).
base::Result<std::string> SssdDomain(const SssdConf& conf, const std::string& domain);

// From `conf_file` and FOLDER/cache_DOMAIN.ldb; without a cache there are no slices, and a note says so.
base::Result<SssdImport> ImportSssdFrom(const std::string& conf_file, const std::string& cache_folder,
                                        const std::string& domain);

}  // namespace taglogin::cli
