// SPDX-License-Identifier: Apache-2.0
// One walk over an LDAP directory: from the names in rules to everybody behind them. Private to this room.
#pragma once

#include <set>
#include <string>

#include "base/deadline.h"
#include "base/result.h"
#include "directory/directory.h"
#include "directory/ldap_entries.h"
#include "directory/ldap_searcher.h"

namespace taglogin::directory {

// What the walk saw, for finding out whether it still holds.
struct LdapWatched {
  std::set<std::string> ids;            // of accounts and groups
  std::set<std::string> names;          // NameKey of every name asked for, in rules or as a member
  std::set<std::uint32_t> gid_numbers;  // of groups whose primary members count
};

struct LdapWalkOutcome {
  Closure closure;
  LdapWatched watched;
};

// Whose gidNumber is that of a group is in it, too, as the kernel will have it.
// Errors: those of the searcher; kUnavailable when a group that counts cannot be read completely.
base::Result<LdapWalkOutcome> WalkLdap(LdapSearcher& searcher, const LdapEntryReader& reader,
                                       const WalkRequest& request, base::Deadline deadline);

// Accounts within the search base whose one name that is.
base::Result<std::vector<Account>> FindLdapAccounts(LdapSearcher& searcher, const LdapEntryReader& reader,
                                                    const std::string& login_name, base::Deadline deadline);

}  // namespace taglogin::directory
