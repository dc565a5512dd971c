// SPDX-License-Identifier: Apache-2.0
// An account as the decision sees it.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace taglogin::policy {

// How an account is in a group: names from that group down to the group that holds the account.
using GroupPath = std::vector<std::string>;

struct Account {
  std::string name;  // canonical login name
  std::string id;    // immutable: objectSid as text, or entryUUID
  bool disabled = false;
  bool locked = false;
  bool password_must_change = false;
  std::optional<std::chrono::sys_seconds> expires;  // nullopt: never
  // Selected groups this account is in, by immutable id.
  std::map<std::string, GroupPath> groups;
  // The walk says member, the server's own tokenGroups says not: such an account is denied.
  bool contradicted = false;
};

}  // namespace taglogin::policy
