// SPDX-License-Identifier: Apache-2.0
#include "directory/freeipa.h"

#include "directory/directory_name.h"

namespace taglogin::directory {

LdapSchema FreeIpaSchema() {
  LdapSchema schema;
  schema.members = LdapSchema::Members::kDns;
  // Roles, privileges and groups of hosts are groupOfNames as well. Each account's own group is a posixGroup alone.
  schema.group_classes = {"ipaUserGroup", "posixGroup"};
  schema.member_dns = {"member"};
  schema.id = "ipaUniqueID";
  return schema;
}

std::string FreeIpaSearchBase(std::string_view domain) { return "cn=accounts," + NamingContext(domain); }

}  // namespace taglogin::directory
