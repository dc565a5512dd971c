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

 private:
  LdapSearcher& searcher_;
  std::vector<Record> records_;
  std::size_t entries_ = 0;
  bool too_much_ = false;
};

// contextCSN of the suffix: what the server has last changed, one value for each server that takes changes. Empty
// when the server does not tell (OpenLDAP does with the syncprov overlay).
base::Result<std::set<std::string>> ReadContextCsn(LdapSearcher& searcher, const LdapFacts& facts,
                                                   base::Deadline deadline);

class LdapWatch {
 public:
  // A walk is over: what it saw, at which server, contextCSN from before it, and what it asked.
  void Reset(LdapWatched watched, std::string server, std::set<std::string> csn,
             std::vector<RecordingSearcher::Record> records);
  // As Directory::Changed. With contextCSN, what has changed since is looked at; without it, a small walk's questions
  // are asked again. A large one's changes are not seen. Once true, it stays true until the next Reset.
  base::Result<bool> Changed(LdapSearcher& searcher, const LdapEntryReader& reader, const std::string& server,
                             base::Deadline deadline);

 private:
  base::Result<bool> ChangedSince(LdapSearcher& searcher, const LdapEntryReader& reader,
                                  const std::set<std::string>& now, base::Deadline deadline);
  base::Result<bool> AnswersDiffer(LdapSearcher& searcher, base::Deadline deadline) const;
  bool Concerns(const LdapObject& object) const;

  bool changed_ = true;  // before the first walk everything is new
  LdapWatched watched_;
  std::string server_;
  std::set<std::string> csn_;
  std::vector<RecordingSearcher::Record> records_;
};

}  // namespace taglogin::directory
