// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/snapshot.h"

namespace taglogin::daemon::replica {

const AccountEntry* Snapshot::Find(const std::string& login_name) const {
  const auto found = by_name.find(login_name);
  return found == by_name.end() ? nullptr : &accounts[found->second];
}

const AccountEntry* Snapshot::FindUid(std::uint32_t uid) const {
  const auto found = by_uid.find(uid);
  return found == by_uid.end() ? nullptr : &accounts[found->second];
}

}  // namespace taglogin::daemon::replica
