// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "directory/active_directory.h"
#include "directory/directory.h"
#include "directory/ldap_directory.h"

namespace taglogin::directory {

base::Result<std::unique_ptr<Directory>> OpenDirectory(Connection connection, std::shared_ptr<ServerFinder> finder) {
  if (connection.kind == DirectoryKind::kLdap) {
    auto ldap = LdapDirectory::Open(std::move(connection));
    if (!ldap) return ldap.error();
    return std::unique_ptr<Directory>(*std::move(ldap));
  }
  auto active_directory = ActiveDirectory::Open(std::move(connection), std::move(finder));
  if (!active_directory) return active_directory.error();
  return std::unique_ptr<Directory>(*std::move(active_directory));
}

}  // namespace taglogin::directory
