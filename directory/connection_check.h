// SPDX-License-Identifier: Apache-2.0
// What must be true of a connection's settings before anybody connects. Private to this room. Pure.
#pragma once

#include <string_view>

#include "base/result.h"
#include "directory/directory.h"

namespace taglogin::directory {

// Letters, digits and hyphens, a letter first (RFC 4512 1.4); no option, no OID.
bool IsAttributeName(std::string_view text);

// A host name or address.
bool IsHost(std::string_view text);

// What every kind needs: servers (or somebody who finds them), attributes with keys, port, timeout. kInvalid.
base::Result<void> CheckConnection(const Connection& connection, bool has_finder);

}  // namespace taglogin::directory
