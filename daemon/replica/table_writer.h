// SPDX-License-Identifier: Apache-2.0
// Names to the bytes of a published table (protocol/table_layout.h). Pure: no file, no clock; any thread.
// The last check before names reach every process of the machine: what does not fit is left out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "daemon/replica/published_names.h"

namespace taglogin::daemon::replica {

struct EncodedTable {
  std::string image;                 // of generation 0; see StampGeneration
  std::vector<std::string> refused;  // one printable line for each entry left out, and why
};

// Left out are: names that are not canonical login names or group names, "root", ids outside
// [id_lower, id_upper], accounts whose primary or other gids are, more than protocol::kMaxGroups gids,
// texts with anything but printable ASCII or with ':' or longer than protocol::kMaxTableText, homes and
// shells that do not start with '/', all of several entries with one name or one id, and negative
// entries for a name that exists. `seed` decides where keys go in the index: random, so that nobody can
// choose names that all go to one place.
// Errors: kInvalid when the id range is empty or holds ids that no directory may give out, or the table
// would be larger than protocol::kMaxTableBytes.
base::Result<EncodedTable> EncodeTable(const PublishedNames& names, std::uint64_t seed);

// Writes `generation` into an image made by EncodeTable.
void StampGeneration(std::string& image, std::uint64_t generation);

}  // namespace taglogin::daemon::replica
