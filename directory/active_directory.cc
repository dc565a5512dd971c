// SPDX-License-Identifier: Apache-2.0
#include "directory/active_directory.h"

#include <optional>
#include <utility>

#include "base/printable.h"
#include "directory/account_name.h"
#include "directory/change_watch.h"
#include "directory/closure_walk.h"
#include "directory/connection_check.h"
#include "directory/directory_name.h"
#include "directory/forest.h"
#include "directory/graph_reader.h"
#include "directory/kept_directory.h"
#include "directory/ldap_filter.h"

namespace taglogin::directory {
namespace {

base::Result<void> CheckBind(const Connection& connection) {
  if (connection.bind != Bind::kGssapi && connection.bind != Bind::kSimple) {
    return base::Invalid("[directory] Active Directory is bound to with \"gssapi\" or \"simple\"");
  }
  const bool sign_seal = connection.transport == Transport::kSignSeal;
  if (connection.bind == Bind::kSimple) {
    if (sign_seal) return base::Invalid("[directory] bind \"simple\" needs transport \"starttls\" or \"ldaps\"");
    if (connection.bind_dn.empty()) return base::Invalid("[directory] bind \"simple\" needs bind_dn");
    if (connection.bind_password_file.empty() && connection.bind_password_credential.empty()) {
      return base::Invalid("[directory] bind \"simple\" needs bind_password_file or bind_password_credential");
    }
  } else if (connection.keytab.empty()) {
    return base::Invalid("[directory] bind \"gssapi\" needs keytab");
  }
  return {};
}

base::Result<void> Check(const Connection& connection, bool has_finder) {
  if (!IsHost(connection.domain) || connection.domain.find(':') != std::string::npos) {
    return base::Invalid("[directory] domain " + base::Printable(connection.domain) + " is no DNS name");
  }
  if (auto checked = CheckConnection(connection, has_finder); !checked) return checked;
  return CheckBind(connection);
}

class ActiveDirectory : public KeptDirectory {
 public:
  ActiveDirectory(Connection connection, std::shared_ptr<ServerFinder> finder, const FurtherFinders& further)
      : KeptDirectory(std::move(connection), std::move(finder)), forest_(pool_.settings(), further, pool_) {}
  std::uint64_t operations() const override { return KeptDirectory::operations() + forest_.operations(); }

 private:
  // Breadth-first over `member` from the selected groups (extended DN, ranged retrieval, visited
  // by GUID, security groups only), accounts by primaryGroupID, paged read of all accounts, then
  // tokenGroups of every account that was not in the same groups in the last walk.
  base::Result<Closure> WalkOnce(const WalkRequest& request, base::Deadline deadline) override {
    if (auto ready = Ready(deadline); !ready) return ready.error();
    // From before the walk, so that what changes during it is noticed afterwards.
    const auto moment = Checked(ReadMoment(*session_->connection, deadline));
    if (!moment) return moment.error();
    const auto own_time = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto policy = Checked(ReadAccountPolicy(*session_->connection, session_->domain.naming_context, deadline));
    if (!policy) return policy.error();
    reader_->SetAccountPolicy(*policy);
    if (auto known = KnowForest(deadline); !known) return known.error();
    Forest* forest = forest_.empty() ? nullptr : &forest_;
    auto outcome = Checked(WalkClosure(*session_->connection, *reader_, request, memory_, deadline, forest));
    if (!outcome) return outcome.error();
    watch_.Reset(std::move(outcome->watched), session_->database, moment->update_number);
    outcome->closure.server = session_->host;
    auto warning = moment->time ? ClockWarning(*moment->time, own_time, session_->host) : std::nullopt;
    if (warning) outcome->closure.warnings.push_back(*std::move(warning));
    return std::move(outcome->closure);
  }

  base::Result<Member> FindOnce(const std::string& login_name, base::Deadline deadline) override {
    const std::string who = "account " + base::Printable(login_name);
    if (login_name.empty() || login_name.size() > kMaxNameBytes) return base::NotFound(who + ": no such name");
    if (auto ready = Ready(deadline); !ready) return ready.error();
    if (const auto route = forest_.RouteOf(login_name)) return FindElsewhere(*route, deadline);
    Query query;
    query.base = session_->domain.search_base;
    query.subtree = true;
    query.extended_dn = true;
    query.filter = AllOf({kPersonFilter, AccountNameFilter(login_name, DnsNameOf(session_->domain.naming_context))});
    query.attributes = reader_->AccountAttributes();
    auto found = FindPersons(query, login_name, deadline);
    if (!found) return found.error();
    if (found->empty()) return base::NotFound(who + ": not in the directory");
    if (found->size() > 1) return base::Ambiguous(SeveralAccounts(login_name, *found));
    const std::set<std::string>& nss_ids = watch_.watched().nss_ids;
    Member member;
    if (!nss_ids.empty()) {
      const auto groups = Checked(TokenCheck::Ask(*session_->connection, found->front().id, nss_ids, deadline));
      if (!groups) return groups.error();
      member.nss_group_ids.assign(groups->begin(), groups->end());
    }
    member.account = std::move(found->front());
    return member;
  }

  // highestCommittedUSN, then uSNChanged of watched groups and known accounts. Also true after a change of server or
  // invocationId. It cannot see a deleted member or nested group (MS-ADTS gives a machine account no sign of it).
  base::Result<bool> ChangedOnce(base::Deadline deadline) override {
    if (auto ready = Ready(deadline); !ready) return ready.error();
    auto changed = Checked(watch_.Changed(*session_->connection, *reader_, session_->database, deadline));
    if (!changed || *changed) return changed;
    changed = Checked(memory_.tokens.Verify(*session_->connection, deadline));
    if (!changed || *changed) return changed;
    return forest_.Changed(deadline);
  }

  // Who the further domains are, by the word of this one.
  base::Result<void> KnowForest(base::Deadline deadline) {
    if (forest_.empty()) return {};
    return Checked(forest_.Identify(*session_->connection, session_->domain, deadline));
  }

  base::Result<Member> FindElsewhere(const Forest::Route& route, base::Deadline deadline) {
    if (auto known = KnowForest(deadline); !known) return known.error();
    auto found = route.domain->Find(route.user, deadline);
    const bool silent = !found && found.error().code != base::ErrorCode::kNotFound;
    if (silent) return base::Invalid(found.error().detail);
    return found;
  }

  // A session that can be used, the one at hand or a new one.
  base::Result<void> Ready(base::Deadline deadline) {
    const auto begun = Connected(deadline);
    if (!begun) return begun.error();
    if (!*begun) return {};
    reader_.emplace(session_->domain, pool_.settings().key_attributes);
    return {};
  }

  // Accounts that the query finds and that have this name; with what the domain says about them, in one go.
  base::Result<std::vector<Account>> FindPersons(const Query& query, const std::string& login_name,
                                                 base::Deadline deadline) {
    AccountPolicy policy;
    std::vector<Entry> entries;
    const auto take = [&](std::size_t number, Entry entry) {
      if (number == 1) {
        policy = AccountPolicyOf(entry);
      } else {
        entries.push_back(std::move(entry));
      }
    };
    const std::vector<Query> queries = {query, AccountPolicyQuery(session_->domain.naming_context)};
    if (auto done = Checked(session_->connection->Search(queries, deadline, take)); !done) return done.error();
    policy.read_at = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    reader_->SetAccountPolicy(policy);
    std::vector<Account> found;
    for (const Entry& entry : entries) {
      EntryReader::Object object = reader_->Read(entry);
      if (object.kind == EntryReader::Kind::kAccount) found.push_back(std::move(object.account));
    }
    return BearersOf(login_name, DnsNameOf(session_->domain.naming_context), pool_.settings().qualified_names,
                     std::move(found));
  }

  std::optional<EntryReader> reader_;  // for the session's domain
  WalkMemory memory_;
  ChangeWatch watch_;
  Forest forest_;
};

}  // namespace

base::Result<std::unique_ptr<Directory>> OpenActiveDirectory(Connection connection,
                                                             std::shared_ptr<ServerFinder> finder,
                                                             FurtherFinders further) {
  if (auto checked = Check(connection, finder != nullptr); !checked) return checked.error();
  if (auto checked = Forest::Check(connection, further); !checked) return checked.error();
  return std::unique_ptr<Directory>(
      std::make_unique<ActiveDirectory>(std::move(connection), std::move(finder), further));
}

}  // namespace taglogin::directory
