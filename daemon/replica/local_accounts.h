// SPDX-License-Identifier: Apache-2.0
// What is local and therefore not ours: the names and ids in /etc/passwd and /etc/group, and names
// that no directory may ever give to anybody here. Reads the files itself: getpw*() would ask us.
// One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"

namespace taglogin::daemon::replica {

struct LocalNames {
  bool known = false;                        // false until both files were read: then every account is hidden
  std::set<std::string, std::less<>> users;  // ASCII letters lower-cased
  // Those of them whose uid is below 1000 or 65534 (Debian Policy 9.2.2), or can not be read.
  std::set<std::string, std::less<>> system_users;
  std::set<std::uint32_t> uids;
  std::set<std::string, std::less<>> homes;   // without slashes too many
  std::set<std::string, std::less<>> groups;  // ASCII letters lower-cased
  std::set<std::uint32_t> gids;               // of /etc/group, and primary ones of /etc/passwd
  std::set<std::string, std::less<>> shells;  // /etc/shells; /bin/sh and /bin/csh without one (getusershell(3))

  bool operator==(const LocalNames&) const = default;
};

class LocalAccounts {
 public:
  explicit LocalAccounts(std::string folder = "/etc");
  // Reads again what has changed (device, inode, size, mtime, ctime). True when names() is now
  // different. On an error (kInvalid, kRefused, kNotFound …) names() stays as it was.
  base::Result<bool> Refresh();
  const LocalNames& names() const { return names_; }

 private:
  std::string folder_;
  std::string seen_;  // the files' stat values at the last reading
  LocalNames names_;
};

// ASCII letters lower-cased, other bytes as they are: how names are compared here.
std::string LowerCase(std::string_view text);

// Names refused from the directory even where no local file has them: root, system accounts,
// taglogin's own, and the directory's own administrators. `name` in lower case.
bool IsReservedUser(std::string_view name);
// Groups that give power over a machine (sudo, docker, disk, shadow …). `name` in lower case.
bool IsReservedGroup(std::string_view name);

}  // namespace taglogin::daemon::replica
