// SPDX-License-Identifier: Apache-2.0
#include "directory/trusted_domains.h"

#include <set>
#include <utility>

#include "directory/ad_values.h"
#include "directory/directory_name.h"
#include "directory/sid.h"

namespace taglogin::directory {
namespace {

constexpr std::int64_t kOutbound = 2;         // trustDirection (MS-ADTS 6.1.6.7.12)
constexpr std::int64_t kUplevel = 2;          // trustType (MS-ADTS 6.1.6.7.15): Active Directory
constexpr std::int64_t kWithinForest = 0x20;  // trustAttributes (MS-ADTS 6.1.6.7.9)
constexpr std::int64_t kNtdsDomain = 2;       // systemFlags of a crossRef: FLAG_CR_NTDS_DOMAIN (MS-ADTS 2.2.10)

// Keeps what is said once; what is said twice has to be the same.
class Collector {
 public:
  void Add(std::string_view name, const std::string& sid, bool in_forest) {
    const std::string key = LowerAscii(name);
    if (key.empty() || !SplitSid(sid + "-0")) return;
    const auto [known, added] = domains_.try_emplace(key, TrustedDomain{sid, in_forest});
    if (added) return;
    if (known->second.sid != sid) doubtful_.insert(key);
    known->second.in_forest = known->second.in_forest || in_forest;
  }

  TrustedDomains Take() {
    std::map<std::string, std::string> names;  // by SID
    for (const auto& [name, domain] : domains_) {
      const auto [other, added] = names.try_emplace(domain.sid, name);
      if (!added) doubtful_.insert({name, other->second});
    }
    std::erase_if(domains_, [this](const auto& item) { return doubtful_.contains(item.first); });
    return std::move(domains_);
  }

 private:
  TrustedDomains domains_;
  std::set<std::string> doubtful_;
};

void AddTrust(const Entry& entry, Collector& into) {
  const auto direction = ParseInteger(entry.Single("trustdirection"));
  const auto type = ParseInteger(entry.Single("trusttype"));
  const auto attributes = ParseInteger(entry.Single("trustattributes"));
  if (!direction || (*direction & kOutbound) == 0 || !type || *type != kUplevel) return;
  const auto sid = SidFromBinary(entry.Single("securityidentifier"));
  if (sid) into.Add(entry.Single("trustpartner"), *sid, attributes && (*attributes & kWithinForest) != 0);
}

void AddCrossRef(const Entry& entry, Collector& into) {
  const auto flags = ParseInteger(entry.Single("systemflags"));
  const auto context = ParseExtendedDn(entry.Single("ncname"));
  const std::string_view name = entry.Single("dnsroot");
  if (!flags || (*flags & kNtdsDomain) == 0 || !context) return;
  const std::string domain = DnsNameOf(context->dn);
  if (domain.empty() || !SameText(domain, name)) return;
  into.Add(name, context->sid, true);
}

}  // namespace

base::Result<TrustedDomains> ReadTrustedDomains(LdapSearcher& searcher, const Domain& own, base::Deadline deadline) {
  Query root;
  root.attributes = {"configurationNamingContext"};
  std::string configuration;
  const auto take_root = [&](std::size_t, const Entry& entry) {
    configuration = entry.Single("configurationnamingcontext");
  };
  if (auto done = searcher.Search({root}, deadline, take_root); !done) return done.error();
  Query trusts;
  trusts.base = "CN=System," + own.naming_context;
  trusts.subtree = true;
  trusts.filter = "(objectClass=trustedDomain)";
  trusts.attributes = {"trustPartner", "securityIdentifier", "trustDirection", "trustType", "trustAttributes"};
  std::vector<Query> queries = {trusts};
  if (!configuration.empty()) {
    Query domains;
    domains.base = "CN=Partitions," + configuration;
    domains.subtree = true;
    domains.extended_dn = true;
    domains.filter = "(objectClass=crossRef)";
    domains.attributes = {"nCName", "dnsRoot", "systemFlags"};
    queries.push_back(std::move(domains));
  }
  Collector collector;
  const auto take = [&](std::size_t index, const Entry& entry) {
    index == 0 ? AddTrust(entry, collector) : AddCrossRef(entry, collector);
  };
  if (auto done = searcher.Search(queries, deadline, take); !done) return done.error();
  return collector.Take();
}

}  // namespace taglogin::directory
