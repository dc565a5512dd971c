// SPDX-License-Identifier: Apache-2.0
// How FreeIPA holds accounts and groups: as 389 Directory Server does, with a tree and attributes of its own. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "directory/directory.h"

namespace taglogin::directory {

// Accounts by uid, user groups with `member` alone, nested, posix or not; known by ipaUniqueID.
LdapSchema FreeIpaSchema();

// "cn=accounts,dc=corp,dc=example" of "corp.example": people and groups, but not their copies for old clients
// (cn=compat), nor accounts that are staged or preserved.
std::string FreeIpaSearchBase(std::string_view domain);

inline constexpr const char* kFreeIpaKeyAttribute = "ipaSshPubKey";

}  // namespace taglogin::directory
