// SPDX-License-Identifier: Apache-2.0
#include "directory/change_watch.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "directory/account_name.h"
#include "directory/directory_name.h"
#include "directory/graph_reader.h"
#include "directory/ldap_filter.h"
#include "directory/server_session.h"

namespace taglogin::directory {

void ChangeWatch::Reset(Watched watched, std::string database, std::int64_t update_number) {
  changed_ = false;
  watched_ = std::move(watched);
  database_ = std::move(database);
  update_number_ = update_number;
}

base::Result<bool> ChangeWatch::Changed(LdapSearcher& searcher, const EntryReader& reader, const std::string& database,
                                        base::Deadline deadline) {
  if (changed_) return true;
  const auto moment = ReadMoment(searcher, deadline);
  if (!moment) return moment.error();
  const std::int64_t now = moment->update_number;
  // A number that went back is a server that was restored.
  if (database != database_ || now < update_number_) {
    changed_ = true;
    return true;
  }
  if (now == update_number_) return false;
  Query query;
  query.base = reader.domain().naming_context;
  query.subtree = true;
  query.paged = true;
  query.extended_dn = true;
  query.filter =
      AllOf({"(uSNChanged>=" + std::to_string(update_number_ + 1) + ')', AnyOf({kGroupFilter, kPersonFilter})});
  query.attributes = {"objectClass",       "objectSid",          "sAMAccountName",
                      "userPrincipalName", "userAccountControl", "primaryGroupID"};
  const std::string domain = DnsNameOf(reader.domain().naming_context);
  bool concerned = false;
  const auto take = [&](std::size_t number, const Entry& entry) {
    const bool of_the_domain = number == 1;
    concerned = concerned || (of_the_domain ? !IsSamePolicy(AccountPolicyOf(entry), watched_.policy)
                                            : Concerns(reader.Read(entry), domain));
  };
  // The domain's object changes for other reasons too: its values are what counts.
  const std::vector<Query> queries = {query, AccountPolicyQuery(reader.domain().naming_context)};
  if (auto done = searcher.Search(queries, deadline, take); !done) return done.error();
  update_number_ = now;
  changed_ = concerned;
  return concerned;
}

bool ChangeWatch::Concerns(const EntryReader::Object& object, const std::string& domain) const {
  if (watched_.guids.contains(object.guid)) return true;
  // A name that meant nothing may mean something now; an account may have got a watched primary group.
  if (!object.group.name.empty() && watched_.names.contains(NameKey(object.group.name))) return true;
  const auto names = object.account.name.empty() ? std::vector<std::string>() : AccountNameKeys(object.account, domain);
  return std::any_of(names.begin(), names.end(), [this](const auto& name) { return watched_.names.contains(name); }) ||
         watched_.group_ids.contains(object.account.primary_group_id);
}

}  // namespace taglogin::directory
