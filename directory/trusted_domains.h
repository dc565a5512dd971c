// SPDX-License-Identifier: Apache-2.0
// What the configured domain itself says of other domains: their SIDs, and whether their accounts count here. Private
// to this room.
#pragma once

#include <map>
#include <string>

#include "base/deadline.h"
#include "base/result.h"
#include "directory/entry_reader.h"
#include "directory/ldap_searcher.h"

namespace taglogin::directory {

struct TrustedDomain {
  std::string sid;         // "S-1-5-21-a-b-c"
  bool in_forest = false;  // of the forest of the configured domain
};
using TrustedDomains = std::map<std::string, TrustedDomain>;  // by DNS name, lower case

// The domains of the forest (crossRef objects of domains, MS-ADTS 6.1.1.2.1.1.5) and the domains of Active Directory
// that the configured one trusts (trustedDomain objects with TRUST_DIRECTION_OUTBOUND, MS-ADTS 6.1.6.7). One of which
// two things are said is left out.
base::Result<TrustedDomains> ReadTrustedDomains(LdapSearcher& searcher, const Domain& own, base::Deadline deadline);

}  // namespace taglogin::directory
