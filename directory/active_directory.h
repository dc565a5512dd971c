// SPDX-License-Identifier: Apache-2.0
// Active Directory over LDAP: finds, walks and reads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/deadline.h"
#include "base/result.h"
#include "directory/directory.h"
#include "directory/records.h"

namespace taglogin::directory {

class ActiveDirectory : public Directory {
 public:
  // As OpenDirectory.
  static base::Result<std::unique_ptr<ActiveDirectory>> Open(Connection connection,
                                                             std::shared_ptr<ServerFinder> finder = nullptr);
  ~ActiveDirectory() override;

  // Breadth-first over `member` from the selected groups (extended DN, ranged retrieval, visited
  // by GUID, security groups only), accounts by primaryGroupID, paged read of all accounts, then
  // tokenGroups of every account that was not in the same groups in the last walk.
  base::Result<Closure> Walk(const WalkRequest& request, base::Deadline deadline) override;

  base::Result<Member> FindAccount(const std::string& login_name, base::Deadline deadline) override;

  // highestCommittedUSN, then uSNChanged of watched groups and known accounts. Also true after a change of server or
  // invocationId. It cannot see a deleted member or nested group (MS-ADTS gives a machine account no sign of it).
  base::Result<bool> Changed(base::Deadline deadline) override;

  std::string server() const override;
  std::uint64_t operations() const override;

 private:
  class Impl;
  explicit ActiveDirectory(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace taglogin::directory
