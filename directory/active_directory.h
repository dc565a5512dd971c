// SPDX-License-Identifier: Apache-2.0
// Active Directory over LDAP: finds, walks and reads. Private to this room.
#pragma once

#include <memory>

#include "base/result.h"
#include "directory/directory.h"

namespace taglogin::directory {

// As OpenDirectory, of DirectoryKind::kActiveDirectory.
base::Result<std::unique_ptr<Directory>> OpenActiveDirectory(Connection connection,
                                                             std::shared_ptr<ServerFinder> finder,
                                                             FurtherFinders further);

}  // namespace taglogin::directory
