// SPDX-License-Identifier: Apache-2.0
// Reads a computer's object of Active Directory. Private to this room.
#pragma once

#include <string>

#include "base/deadline.h"
#include "base/result.h"
#include "directory/computer_object.h"
#include "directory/entry_reader.h"
#include "directory/ldap_searcher.h"

namespace taglogin::directory {

// The computer whose sAMAccountName is `account` ("HOST1$"), somewhere in the domain, and, by tokenGroups (MS-ADTS
// 3.1.1.4.5.19), its groups that lie within the search base. kNotFound: there is none with a SID of the domain;
// kUnavailable: several, or the server does not tell all.
base::Result<Computer> ReadComputer(LdapSearcher& searcher, const EntryReader& reader, const std::string& account,
                                    const ComputerQuestion& question, base::Deadline deadline);

}  // namespace taglogin::directory
