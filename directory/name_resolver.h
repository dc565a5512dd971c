// SPDX-License-Identifier: Apache-2.0
// Which object a name in a rule stands for, pins respected. Private to this room.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "directory/graph_reader.h"
#include "directory/pinned_name.h"
#include "directory/records.h"

namespace taglogin::directory {

class NameResolver {
 public:
  enum class Kind { kGroups, kPersons };
  // All must outlive it; what is found goes into the reader's graph.
  NameResolver(GraphReader& reader, const Domain& domain, std::vector<std::string>& warnings);

  // Each name once. An object counts when it is of this kind and domain, lies within the search
  // base, and bears the name (see NameKey; a person: one of AccountNameKeys). A pinned object that was renamed keeps
  // its old name's place, with a warning.
  base::Result<std::map<std::string, ResolvedName>> Resolve(const std::vector<std::string>& names, Kind kind,
                                                            const std::map<std::string, std::string>& pins);

 private:
  GraphReader::OnObject Collect(Kind kind, bool by_id, NameCandidates& into) const;

  GraphReader& reader_;
  const Domain& domain_;
  std::string dns_name_;
  std::vector<std::string>& warnings_;
};

}  // namespace taglogin::directory
