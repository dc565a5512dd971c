// SPDX-License-Identifier: Apache-2.0
#include "directory/ldap_directory.h"

#include <optional>
#include <utility>
#include <vector>

#include "base/printable.h"
#include "directory/account_name.h"
#include "directory/connection_check.h"
#include "directory/directory_name.h"
#include "directory/kept_directory.h"
#include "directory/ldap_entries.h"
#include "directory/ldap_facts.h"
#include "directory/ldap_walk.h"
#include "directory/ldap_watch.h"

namespace taglogin::directory {
namespace {

constexpr std::size_t kMaxListed = 8;

base::Result<void> CheckBind(const Connection& connection) {
  if (connection.transport == Transport::kSignSeal) {
    return base::Invalid("[directory] type \"ldap\" needs transport \"starttls\" or \"ldaps\"");
  }
  switch (connection.bind) {
    case Bind::kAnonymous:
      return {};
    case Bind::kSimple:
      if (connection.bind_dn.empty()) return base::Invalid("[directory] bind \"simple\" needs bind_dn");
      if (connection.bind_password_file.empty() == connection.bind_password_credential.empty()) {
        return base::Invalid("[directory] bind \"simple\" needs either bind_password_file or bind_password_credential");
      }
      return {};
    case Bind::kExternal:
      if (connection.client_certificate.empty() || connection.client_key.empty()) {
        return base::Invalid("[directory] bind \"external\" needs client_certificate and client_key");
      }
      return {};
    case Bind::kGssapi:
      break;
  }
  return base::Invalid("[directory] type \"ldap\" binds with \"anonymous\", \"simple\" or \"external\"");
}

base::Result<void> CheckSchema(const LdapSchema& schema) {
  if (schema.group_classes.empty() || schema.group_classes.size() > kMaxListed ||
      schema.member_dns.size() > kMaxListed) {
    return base::Invalid("[ldap] group_classes must name 1 to 8, member_dns at most 8");
  }
  std::vector<std::string> names = {schema.account_class, schema.account_name, schema.group_name,
                                    schema.uid_number,    schema.gid_number,   schema.display_name,
                                    schema.home,          schema.shell,        schema.member_names};
  names.insert(names.end(), schema.group_classes.begin(), schema.group_classes.end());
  names.insert(names.end(), schema.member_dns.begin(), schema.member_dns.end());
  if (!schema.id.empty()) names.push_back(schema.id);
  for (const std::string& name : names) {
    if (!IsAttributeName(name)) {
      return base::Invalid("[ldap] " + base::Printable(name) + " is no name of an attribute or class");
    }
  }
  return {};
}

class LdapDirectory : public KeptDirectory {
 public:
  explicit LdapDirectory(Connection connection) : KeptDirectory(std::move(connection), nullptr) {}

 private:
  // Breadth-first over member DNs and member names from the selected groups, accounts by gidNumber.
  base::Result<Closure> WalkOnce(const WalkRequest& request, base::Deadline deadline) override {
    if (auto ready = Ready(deadline); !ready) return ready.error();
    // From before the walk, so that what changes during it is noticed afterwards.
    auto marks = Checked(ReadChangeMarks(*session_->connection, reader_->facts(), deadline));
    if (!marks) return marks.error();
    RecordingSearcher recorder(*session_->connection);
    if (auto read = Checked(ReadPolicies(recorder, deadline)); !read) return read.error();
    auto outcome = Checked(WalkLdap(recorder, *reader_, request, deadline));
    if (!outcome) return outcome.error();
    if (AreNumbers(*marks) && !recorder.all_numbered()) marks->clear();
    watch_.Reset(std::move(outcome->watched), session_->host, *std::move(marks), recorder.TakeRecords());
    outcome->closure.server = session_->host;
    return std::move(outcome->closure);
  }

  base::Result<Member> FindOnce(const std::string& login_name, base::Deadline deadline) override {
    const std::string who = "account " + base::Printable(login_name);
    if (login_name.empty() || login_name.size() > kMaxNameBytes) return base::NotFound(who + ": no such name");
    if (auto ready = Ready(deadline); !ready) return ready.error();
    if (auto read = Checked(ReadPolicies(*session_->connection, deadline)); !read) return read.error();
    const std::string uid = WithoutDomain(login_name, pool_.settings().domain);
    auto found = Checked(FindLdapAccounts(*session_->connection, *reader_, uid, deadline));
    if (!found) return found.error();
    if (found->empty()) return base::NotFound(who + ": not in the directory");
    if (found->size() > 1) return base::Ambiguous(SeveralAccounts(login_name, *found));
    Member member;
    member.account = std::move(found->front());
    return member;
  }

  // contextCSN and then entryCSN; from a server that has none, the questions of a small walk again. It cannot see a
  // deleted account, nor a lock that the server counts as no change of the entry.
  base::Result<bool> ChangedOnce(base::Deadline deadline) override {
    if (auto ready = Ready(deadline); !ready) return ready.error();
    return Checked(watch_.Changed(*session_->connection, *reader_, session_->host, deadline));
  }

  // A session that can be used, with a reader that knows the server.
  base::Result<void> Ready(base::Deadline deadline) {
    const auto begun = Connected(deadline);
    if (!begun) return begun.error();
    if (!*begun) return {};
    auto facts = Checked(ReadLdapFacts(*session_->connection, pool_.settings(), deadline));
    if (!facts) return facts.error();
    facts->domain = pool_.settings().domain;
    reader_.emplace(*std::move(facts), pool_.settings().schema, pool_.settings().key_attributes);
    return {};
  }

  base::Result<void> ReadPolicies(LdapSearcher& searcher, base::Deadline deadline) {
    Query query;
    query.base = reader_->facts().search_base;
    query.subtree = true;
    query.whole = true;
    query.filter = kPolicyFilter;
    query.attributes = PolicyAttributes();
    LockoutPolicies policies;
    const auto take = [&policies](std::size_t, const Entry& entry) { AddPolicy(entry, policies); };
    if (auto done = searcher.Search({query}, deadline, take); !done) return done;
    reader_->SetPolicies(std::move(policies));
    return {};
  }

  std::optional<LdapEntryReader> reader_;  // for the session's server
  LdapWatch watch_;
};

}  // namespace

base::Result<std::unique_ptr<Directory>> OpenLdapDirectory(Connection connection) {
  if (auto checked = CheckConnection(connection, false); !checked) return checked.error();
  if (auto checked = CheckBind(connection); !checked) return checked.error();
  if (auto checked = CheckSchema(connection.schema); !checked) return checked.error();
  return std::unique_ptr<Directory>(std::make_unique<LdapDirectory>(std::move(connection)));
}

}  // namespace taglogin::directory
