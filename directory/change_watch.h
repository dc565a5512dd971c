// SPDX-License-Identifier: Apache-2.0
// Cheap look at whether anything that a walk saw has changed, by update numbers. Private to this
// room.
#pragma once

#include <cstdint>
#include <string>

#include "base/deadline.h"
#include "base/result.h"
#include "directory/closure_walk.h"
#include "directory/entry_reader.h"
#include "directory/ldap_searcher.h"

namespace taglogin::directory {

class ChangeWatch {
 public:
  // A walk is over: what it saw, in which database, and the update number from before it.
  void Reset(Watched watched, std::string database, std::int64_t update_number);
  // As Directory::Changed. Once true, it stays true until the next Reset, so that a walk that
  // fails is not forgotten.
  base::Result<bool> Changed(LdapSearcher& searcher, const EntryReader& reader, const std::string& database,
                             base::Deadline deadline);
  const Watched& watched() const { return watched_; }

 private:
  bool Concerns(const EntryReader::Object& object, const std::string& domain) const;

  bool changed_ = true;  // before the first walk everything is new
  Watched watched_;
  std::string database_;
  std::int64_t update_number_ = 0;
};

}  // namespace taglogin::directory
