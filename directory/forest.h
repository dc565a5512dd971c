// SPDX-License-Identifier: Apache-2.0
// The further domains of the settings, by name and by SID. Private to this room. One thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "directory/directory.h"
#include "directory/foreign_domain.h"
#include "directory/server_session.h"

namespace taglogin::directory {

class Forest {
 public:
  // `home` is asked for tickets that lead into the further domains; it must outlive this.
  Forest(const Connection& connection, const FurtherFinders& finders, ServerPool& home);
  // kInvalid: names that are none, or that stand for two things; a domain without servers and finder.
  static base::Result<void> Check(const Connection& connection, const FurtherFinders& finders);

  bool empty() const { return domains_.empty(); }
  const std::vector<std::unique_ptr<ForeignDomain>>& domains() const { return domains_; }
  // Reads who they are from the configured domain.
  base::Result<void> Identify(LdapSearcher& home, const Domain& own, base::Deadline deadline);
  // Whose account or group this is; nullptr: of none of them.
  ForeignDomain* OfSid(const std::string& sid) const;

  struct Route {
    ForeignDomain* domain = nullptr;
    std::string user;
  };
  // Where NAME@DOMAIN is looked for; nullopt: not in a further domain.
  std::optional<Route> RouteOf(const std::string& name) const;

  bool Changed(base::Deadline deadline);
  std::uint64_t operations() const;

 private:
  std::vector<std::unique_ptr<ForeignDomain>> domains_;
};

}  // namespace taglogin::directory
