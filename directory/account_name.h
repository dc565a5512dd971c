// SPDX-License-Identifier: Apache-2.0
// What an account of the configured domain may be called by a rule, or by somebody who looks it up: "alice", the
// sAMAccountName; "alice@corp.example.com", that with the domain; or the userPrincipalName. Compared as NameKey says.
// Private to this room. Pure.
#pragma once

#include <string>
#include <vector>

#include "directory/records.h"

namespace taglogin::directory {

// A filter that finds every account which may be meant by `name`, and perhaps others. REQUIRES: a name that is not
// empty.
std::string AccountNameFilter(const std::string& name, const std::string& domain);

// All names of an account, by NameKey, each once. A sAMAccountName with an '@' is none: it looks like somebody else's
// name with a domain.
std::vector<std::string> AccountNameKeys(const Account& account, const std::string& domain);

// Whether `name` is the account's sAMAccountName, with the domain or without.
bool IsOwnName(const Account& account, const std::string& name, const std::string& domain);

// Of the accounts found with the filter those that bear the name. `own_first`: if it is some account's own name, then
// no other's.
std::vector<Account> BearersOf(const std::string& name, const std::string& domain, bool own_first,
                               std::vector<Account> found);

// "alice" of "alice@corp.example.com"; a name that does not end in the domain as it is.
std::string WithoutDomain(const std::string& name, const std::string& domain);

// "account X: several accounts of that name in the directory: …", which are printable.
std::string SeveralAccounts(const std::string& name, const std::vector<Account>& found);

}  // namespace taglogin::directory
