// SPDX-License-Identifier: Apache-2.0
// The slices that SSSD has chosen, out of its cache (/var/lib/sss/db/cache_DOMAIN.ldb), read without SSSD's libraries:
// a tdb file (version 6, in this machine's byte order) of ldb records (packing format 1). Pure but for the reading.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace taglogin::cli {

// Domain SID -> number of its slice: the objects of class id_mapping (SSSD's sysdb_idmap_store_mapping). Errors are
// kInvalid: no file of that kind, or broken; half a list would be worse than none.
base::Result<std::map<std::string, std::uint32_t>> ParseSssdSlices(std::string_view file);

// As ParseSssdSlices; further errors: as base::ReadFile.
base::Result<std::map<std::string, std::uint32_t>> ReadSssdSlices(const std::string& path);

}  // namespace taglogin::cli
