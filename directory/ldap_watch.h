// SPDX-License-Identifier: Apache-2.0
// Cheap look at whether anything that a walk over an LDAP directory saw has changed. Private to this room.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "directory/ldap_entries.h"
#include "directory/ldap_searcher.h"
#include "directory/ldap_walk.h"

namespace taglogin::directory {

// Passes questions on and keeps them with their answers, as long as they are few.
class RecordingSearcher : public LdapSearcher {
 public:
  static constexpr std::size_t kMaxQueries = 64;
  static constexpr std::size_t kMaxEntries = 2000;

  struct Record {
    Query query;
    std::map<std::string, Entry> answer;  // by DN
  };
  explicit RecordingSearcher(LdapSearcher& searcher) : searcher_(searcher) {}
  base::Result<void> Search(const std::vector<Query>& queries, base::Deadline deadline,
                            const OnEntry& on_entry) override;
  // Empty when there was too much.
  std::vector<Record> TakeRecords();
  // Whether entries came by, and all of those that were asked for entryUSN had it.
  bool all_numbered() const { return numbered_ > 0 && unnumbered_ == 0; }

 private:
  void Count(const Query& query, const Entry& entry);

  LdapSearcher& searcher_;
  std::size_t numbered_ = 0;
  std::size_t unnumbered_ = 0;
  std::vector<Record> records_;
  std::size_t entries_ = 0;
  bool too_much_ = false;
};

// What the server has last changed. OpenLDAP (syncprov overlay): contextCSN of the suffix, one value for each server
// that takes changes. 389 Directory Server (USN plugin, which FreeIPA has switched on): lastusn of the root DSE, the
// one there is or that of userRoot, as "usn NUMBER". Empty when the server does not tell.
using ChangeMarks = std::set<std::string>;
base::Result<ChangeMarks> ReadChangeMarks(LdapSearcher& searcher, const LdapFacts& facts, base::Deadline deadline);
// Whether the marks are of the second kind: entries then must show their numbers, or changes would not be found.
bool AreNumbers(const ChangeMarks& marks);

class LdapWatch {
 public:
  // A walk is over: what it saw, at which server, its marks from before it, and what it asked.
  void Reset(LdapWatched watched, std::string server, ChangeMarks marks,
             std::vector<RecordingSearcher::Record> records);
  // As Directory::Changed. With marks, what has changed since is looked at; without, a small walk's questions
  // are asked again. A large one's changes are not seen. Once true, it stays true until the next Reset.
  base::Result<bool> Changed(LdapSearcher& searcher, const LdapEntryReader& reader, const std::string& server,
                             base::Deadline deadline);

 private:
  base::Result<bool> ChangedSince(LdapSearcher& searcher, const LdapEntryReader& reader, const ChangeMarks& now,
                                  base::Deadline deadline);
  base::Result<bool> AnswersDiffer(LdapSearcher& searcher, base::Deadline deadline) const;
  bool Concerns(const LdapObject& object) const;

  bool changed_ = true;  // before the first walk everything is new
  LdapWatched watched_;
  std::string server_;
  ChangeMarks marks_;
  std::vector<RecordingSearcher::Record> records_;
};

}  // namespace taglogin::directory
