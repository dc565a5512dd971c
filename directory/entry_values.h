// SPDX-License-Identifier: Apache-2.0
// Attribute values as every kind of directory has them. Private to this room. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "directory/ldap_searcher.h"

namespace taglogin::directory {

// True when objectClass has that value, in any case.
bool HasClass(const Entry& entry, std::string_view name);

// The only value of `attribute` (in lower case); empty when there is none, more than one, or one that is too long.
std::string BoundedText(const Entry& entry, const std::string& attribute);

// The values of these attributes, in their order; as many, and as long, as is sensible.
std::vector<std::string> KeyValues(const Entry& entry, const std::vector<std::string>& attributes);

}  // namespace taglogin::directory
