// SPDX-License-Identifier: Apache-2.0
// What the walk needs of a directory server, so that it can be tried without one. Private to this
// room.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"

namespace taglogin::directory {

struct Entry {
  std::string dn;  // as the server wrote it; with GUID and SID in front if those were asked for
  std::map<std::string, std::vector<std::string>> attributes;  // by name in lower case, options included

  // The values of an attribute (name in lower case); empty when it is not there.
  const std::vector<std::string>& Values(const std::string& name) const {
    static const std::vector<std::string> kNone;
    const auto found = attributes.find(name);
    return found == attributes.end() ? kNone : found->second;
  }
  // The only value; empty when there is none or more than one.
  std::string_view Single(const std::string& name) const {
    const auto& values = Values(name);
    return values.size() == 1 ? std::string_view(values.front()) : std::string_view{};
  }
};

struct Query {
  std::string base;  // a DN, "<SID=…>" or "<GUID=…>"
  bool subtree = false;
  std::string filter = "(objectClass=*)";
  std::vector<std::string> attributes;
  bool paged = false;  // for what may give more than 1,000 entries (MS-ADTS MaxPageSize)
  // A subtree that is somewhere else in part (search references), or is not there, is an error.
  bool whole = false;
  bool extended_dn = false;  // LDAP_SERVER_EXTENDED_DN_OID, string form (MS-ADTS 3.1.1.3.4.1.5)
};

class LdapSearcher {
 public:
  // Called for each entry with the number of its query.
  using OnEntry = std::function<void(std::size_t query, Entry entry)>;

  virtual ~LdapSearcher() = default;
  // Runs all queries, several at a time. A base that does not exist gives
  // no entry. An error means that what came until then is incomplete.
  virtual base::Result<void> Search(const std::vector<Query>& queries, base::Deadline deadline,
                                    const OnEntry& on_entry) = 0;
};

}  // namespace taglogin::directory
