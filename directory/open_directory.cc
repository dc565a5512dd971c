// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "directory/active_directory.h"
#include "directory/directory.h"
#include "directory/ldap_directory.h"

namespace taglogin::directory {

base::Result<std::unique_ptr<Directory>> OpenDirectory(Connection connection, std::shared_ptr<ServerFinder> finder,
                                                       FurtherFinders further) {
  if (connection.kind == DirectoryKind::kLdap) return OpenLdapDirectory(std::move(connection));
  return OpenActiveDirectory(std::move(connection), std::move(finder), std::move(further));
}

}  // namespace taglogin::directory
