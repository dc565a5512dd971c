// SPDX-License-Identifier: Apache-2.0
// What a name look-up costs on its own: a module's entry points called directly, our table alone, and
// getgrouplist(3) as everybody calls it. Each throws std::runtime_error when an answer is not the expected one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace taglogin::bench {

enum class NameCall { kName, kUid, kGroups, kAbsent };

// Nanoseconds per call over `count` calls in one go. `module` is what nsswitch.conf would name, `key` a
// login name or a uid. kAbsent: the module must say that there is no such name.
double TimeModule(const std::string& module, NameCall call, const std::string& key, std::int64_t count);

// The same for TableView::FindAccount in the published table: what no module can be faster than.
double TimeTable(const std::string& name, std::int64_t count);

struct GroupListTime {
  std::int64_t ns;
  std::size_t groups;
};
// One getpwnam(3) if `with_account`, and one getgrouplist(3) behind it, through /etc/nsswitch.conf.
GroupListTime TimeGroupList(const std::string& name, bool with_account);

}  // namespace taglogin::bench
