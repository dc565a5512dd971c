// SPDX-License-Identifier: Apache-2.0
// The server's own word on who is in what: tokenGroups (MS-ADTS 3.1.1.4.5.19), asked once for an
// account and again when the walk says something else about it. Private to this room.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "directory/ldap_searcher.h"
#include "directory/records.h"

namespace taglogin::directory {

class TokenCheck {
 public:
  static constexpr std::size_t kAtOnce = 250;
  static constexpr std::size_t kPerVerify = 100;

  // Of accounts of the configured domain: marks memberships that tokenGroups does not confirm, and sets each member's
  // nss_group_ids to what it does confirm. Who is doubtful is asked for now, and of the others kAtOnce; what is left
  // stays as walked, and Verify asks for it. A selected group that tokenGroups holds and the walk missed is added with
  // a way of its own name, so that a rule that denies it is not missed either. What was confirmed
  // is remembered, also when a later account's question failed.
  // `selected` and `nss`: all groups in question, name by id.
  base::Result<void> Apply(LdapSearcher& searcher, const std::map<std::string, std::string>& selected,
                           const std::map<std::string, std::string>& nss, Closure& closure, base::Deadline deadline);

  // Of these accounts, by id, nothing is believed before the server has been asked.
  void Doubt(const std::vector<std::string>& ids);

  // Asks for kPerVerify of the accounts that the last Apply left, so that the load on the server stays bounded.
  // True when the server says other than the walk of one of them: it is doubtful from then on.
  base::Result<bool> Verify(LdapSearcher& searcher, base::Deadline deadline);

  // The groups among `ids` that the account is in. kUnavailable when the server does not say.
  static base::Result<std::set<std::string>> Ask(LdapSearcher& searcher, const std::string& account_id,
                                                 const std::set<std::string>& ids, base::Deadline deadline);

 private:
  struct Answer {
    std::set<std::string> walked;     // what the walk said then
    std::set<std::string> confirmed;  // those of the watched groups that the server said
    bool told = false;                // the server said anything at all
  };
  using Answers = std::map<std::string, Answer>;  // by account id
  base::Result<Answers> AskAll(LdapSearcher& searcher, std::map<std::string, std::set<std::string>> walked,
                               base::Deadline deadline);
  std::map<std::string, std::set<std::string>> Choose(const Closure& closure);
  void Amend(Member& member, const Answer& answer, const std::map<std::string, std::string>& selected,
             const std::map<std::string, std::string>& nss, std::vector<std::string>& warnings) const;

  std::set<std::string> watched_;
  Answers answers_;                                    // where the server and the walk agreed
  std::set<std::string> doubtful_;                     // account ids
  std::map<std::string, std::set<std::string>> open_;  // what was walked of accounts that are yet to be asked for
};

}  // namespace taglogin::directory
