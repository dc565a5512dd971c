// SPDX-License-Identifier: Apache-2.0
// One further domain: a session with one of its own domain controllers, opened when there is something to ask, and
// what the domain said of the groups and accounts that the configured one names. Private to this room. One thread at
// a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "directory/change_watch.h"
#include "directory/graph_reader.h"
#include "directory/membership_graph.h"
#include "directory/session_keeper.h"
#include "directory/trusted_domains.h"

namespace taglogin::directory {

class ForeignDomain : private SessionKeeper {
 public:
  // What the domain said during one walk; of it a whole, or nothing, is ever used.
  struct Part {
    MembershipGraph graph;
    std::map<std::string, std::string> guids;                // of objects in the graph, by SID
    std::map<std::string, EntryReader::Scope> scopes;        // of groups, by SID
    GraphReader::Foreign foreign;                            // by group guid: SIDs of members of other domains
    std::map<std::string, std::set<std::string>> named;      // by NameKey: SIDs of accounts
    std::map<std::string, std::vector<std::string>> tokens;  // by account SID: its groups' SIDs, sorted
  };

  // `connection`: for that domain, with the realm of the machine's account.
  ForeignDomain(Connection connection, std::shared_ptr<ServerFinder> finder);

  const std::string& name() const { return pool_.settings().domain; }
  ServerPool& pool() { return pool_; }
  using SessionKeeper::operations;
  // Who it is by the word of the configured domain; nullopt: that does not know or not trust it.
  void SetIdentity(std::optional<TrustedDomain> identity);
  const std::optional<TrustedDomain>& identity() const { return identity_; }

  // A walk begins: nothing is read yet.
  void Begin(base::Deadline deadline);
  // Reads the objects of these SIDs; everything below the groups among them when `below`, unless they are domain local.
  base::Result<void> Read(const std::set<std::string>& sids, bool below);
  // Reads accounts by sAMAccountName.
  base::Result<void> ReadNamed(const std::set<std::string>& names);
  // Reads tokenGroups of all accounts. What is known from before is taken where it agrees with the walk: `roots` are
  // the groups of this domain that others hold, by SID.
  base::Result<void> ReadTokens(const std::set<std::string>& roots);
  // A call above failed: what was read last counts from here on, if anything was. True: nothing was lost but a
  // connection that had stood for a while; the walk may begin anew with another.
  bool GiveUp(const base::Error& error);
  // The walk is over.
  void End();

  const Part& part() const;
  // True while what part() says is of an earlier walk, or nothing.
  bool behind() const { return behind_; }
  // Age of what is said when behind; nullopt: there is nothing. In milliseconds, at this moment.
  std::optional<std::int64_t> BehindMs() const;
  const std::string& problem() const { return problem_; }

  // As Directory::FindAccount and Changed, of this domain. What fails in Changed is a change.
  base::Result<Member> Find(const std::string& user, base::Deadline deadline);
  bool Changed(base::Deadline deadline);

 private:
  base::Result<void> Ready(base::Deadline deadline);
  base::Result<void> BeginReading();
  base::Result<void> Try(base::Result<void> result) { return Checked(std::move(result)); }
  void NoteFailure(const std::string& why);
  bool MayTry() const;
  base::Result<void> ReadBelow(const std::set<std::string>& sids);
  void IndexPart();

  std::optional<TrustedDomain> identity_;
  std::optional<EntryReader> entries_;  // for the session's domain
  ChangeWatch watch_;
  base::Deadline deadline_;
  std::set<std::string> not_groups_;
  std::vector<std::string> warnings_;
  std::unique_ptr<Part> last_;
  std::int64_t last_ms_ = 0;  // CLOCK_BOOTTIME, when last_ was begun
  std::unique_ptr<Part> fresh_;
  std::optional<GraphReader> reader_;  // into fresh_; empty until there was something to ask
  std::int64_t begun_ms_ = 0;
  std::int64_t update_number_ = 0;  // from before anything was read
  std::set<std::string> asked_;     // SIDs
  std::set<std::string> below_;     // guids of groups that were descended from
  bool stood_ = false;              // the session was there before the walk
  bool retried_ = false;
  bool behind_ = false;
  bool in_use_ = false;  // the last walk met members of it
  std::string problem_;
  std::int64_t silent_until_ms_ = 0;
  std::int64_t patience_ms_ = 0;
};

}  // namespace taglogin::directory
