// SPDX-License-Identifier: Apache-2.0
// Which login names an account has, and whose a name is when several accounts could be meant. Pure; replica thread.
//
// The canonical name comes from the sAMAccountName (uid), which a domain gives out once: it means its own account,
// whatever anybody's userPrincipalName says. Other spellings are worth less: one that could mean two accounts is
// nobody's. So whoever may write one account's userPrincipalName can neither become, nor lock out, somebody else.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "daemon/replica/local_accounts.h"
#include "daemon/replica/nss_settings.h"
#include "directory/records.h"
#include "protocol/login_name.h"

namespace taglogin::daemon::replica {

struct LoginNames {
  std::string canonical;             // as protocol::LoginName; empty: it has none, and is nobody's account
  std::vector<std::string> aliases;  // further spellings, likewise; each has a domain
};
LoginNames LoginNamesOf(const directory::Account& account, const NssSettings& nss);

// A group's name in lower case, with the domain behind it if that is another one; empty when it cannot be shown.
std::string GroupNameOf(const directory::Group& group);

// Why no account of the directory may go by this name here; empty: one may. A name with a domain is the system's, too,
// when what stands before the '@' is: "root@corp.example.com" must not be taken for root by anybody or anything.
std::string_view WhyNobodys(const protocol::LoginName& name, const NssSettings& nss, const LocalNames& local);

// All spellings of all accounts. The accounts outlive it.
class Spellings {
 public:
  using Warn = std::function<void(std::string)>;
  // `warn` hears of every spelling that is not what the account's entry says.
  Spellings(const NssSettings& nss, const LocalNames& local, Warn warn);

  // Every account that is known, also those that are hidden: a name of theirs is no less theirs.
  void Add(const directory::Account& account);

  // Calls `use(name, account)` for each name that one account may go by and no other. Of two with one canonical name
  // it is either of them.
  template <typename Use>
  void ForEach(Use use) const {
    for (const auto& [name, claim] : claims_) {
      if (!claim.contested) use(name, *claim.account);
    }
  }

 private:
  struct Claim {
    const directory::Account* account;
    bool canonical;
    bool contested;
  };
  bool IsNobodys(const std::string& name, const directory::Account& account, bool report);
  void Put(const std::string& name, const directory::Account& account, bool canonical);

  const NssSettings& nss_;
  const LocalNames& local_;
  Warn warn_;
  std::unordered_map<std::string, Claim> claims_;
};

}  // namespace taglogin::daemon::replica
