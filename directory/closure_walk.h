// SPDX-License-Identifier: Apache-2.0
// One walk: from the names in rules to everybody behind them. Private to this room.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "directory/directory.h"
#include "directory/entry_reader.h"
#include "directory/ldap_searcher.h"
#include "directory/name_resolver.h"
#include "directory/token_check.h"

namespace taglogin::directory {

class Forest;

// What is kept from walk to walk.
struct WalkMemory {
  TokenCheck tokens;
  std::set<std::string> not_groups;  // guids
};

// What the last walk saw, for finding out whether it still holds.
struct Watched {
  AccountPolicy policy;             // as the accounts were read with
  std::set<std::string> guids;      // groups and accounts
  std::set<std::string> names;      // NameKey of every name asked for
  std::set<std::string> group_ids;  // groups whose primary members count
  std::set<std::string> nss_ids;    // ids of the nss groups found
};

struct WalkOutcome {
  Closure closure;
  Watched watched;
};

// Errors: those of the searcher; kUnavailable when answers do not fit together. `forest`: the further domains, if any.
base::Result<WalkOutcome> WalkClosure(LdapSearcher& searcher, const EntryReader& reader, const WalkRequest& request,
                                      WalkMemory& memory, base::Deadline deadline, Forest* forest = nullptr);

}  // namespace taglogin::directory
