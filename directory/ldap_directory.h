// SPDX-License-Identifier: Apache-2.0
// Any directory that speaks LDAP (RFC 4511) and holds accounts and groups as RFC 2307 or its successor say. Private to
// this room.
#pragma once

#include <memory>

#include "base/result.h"
#include "directory/directory.h"

namespace taglogin::directory {

// As OpenDirectory, of DirectoryKind::kLdap.
base::Result<std::unique_ptr<Directory>> OpenLdapDirectory(Connection connection);

}  // namespace taglogin::directory
