// SPDX-License-Identifier: Apache-2.0
// Any directory that speaks LDAP (RFC 4511) and holds accounts and groups as RFC 2307 or its successor say.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/deadline.h"
#include "base/result.h"
#include "directory/directory.h"
#include "directory/records.h"

namespace taglogin::directory {

class LdapDirectory : public Directory {
 public:
  // As OpenDirectory.
  static base::Result<std::unique_ptr<LdapDirectory>> Open(Connection connection);
  ~LdapDirectory() override;

  // Breadth-first over member DNs and member names from the selected groups, accounts by gidNumber.
  base::Result<Closure> Walk(const WalkRequest& request, base::Deadline deadline) override;

  base::Result<Member> FindAccount(const std::string& login_name, base::Deadline deadline) override;

  // contextCSN and then entryCSN; from a server that has none, the questions of a small walk again. It cannot see a
  // deleted account, nor a lock that the server counts as no change of the entry.
  base::Result<bool> Changed(base::Deadline deadline) override;

  std::string server() const override;
  std::uint64_t operations() const override;

 private:
  class Impl;
  explicit LdapDirectory(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace taglogin::directory
