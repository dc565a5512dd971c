// SPDX-License-Identifier: Apache-2.0
// What an LDAP server says of itself: where the entries are, what tells them apart, what its schema demands. Private
// to this room. Pure but for ReadLdapFacts.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "directory/directory.h"
#include "directory/ldap_searcher.h"

namespace taglogin::directory {

// Attributes that the entries of a class must have, by the class's names; all in lower case.
using RequiredAttributes = std::map<std::string, std::set<std::string>>;

struct LdapFacts {
  std::string search_base;     // DN as the server writes it
  std::string naming_context;  // DN of the suffix that it lies in; empty when the server names none
  std::string id_attribute;
  RequiredAttributes required;
  std::string domain = {};  // of the settings: what may stand behind an '@' in an account's name
};

// Adds what an ObjectClassDescription (RFC 4512 4.1.1) demands. What is no such description adds nothing.
void AddRequiredAttributes(std::string_view description, RequiredAttributes& into);

// From the root DSE and the subschema. Without a subschema that may be read, what RFC 4519 says is taken to hold.
// Errors: of the searcher; kInvalid when it cannot be known what to search.
base::Result<LdapFacts> ReadLdapFacts(LdapSearcher& searcher, const Connection& settings, base::Deadline deadline);

}  // namespace taglogin::directory
