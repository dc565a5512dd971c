// SPDX-License-Identifier: Apache-2.0
#include "directory/forest.h"

#include <set>

#include "base/printable.h"
#include "directory/connection_check.h"
#include "directory/directory_name.h"
#include "directory/sid.h"

namespace taglogin::directory {
namespace {

constexpr std::size_t kMaxFurther = 16;

Connection ConnectionTo(const FurtherDomain& further, const Connection& own, const std::string& realm) {
  Connection out = own;
  out.further.clear();
  out.domain = further.domain;
  out.servers = further.servers;
  out.port = further.port;
  out.search_base.clear();
  out.realm = realm;
  return out;
}

}  // namespace

base::Result<void> Forest::Check(const Connection& connection, const FurtherFinders& finders) {
  if (connection.further.size() > kMaxFurther) return base::Invalid("[directory] domains names more than 16");
  std::set<std::string> known = {connection.domain};
  for (const FurtherDomain& further : connection.further) {
    const std::string what = "[directory] domains: " + base::Printable(further.domain);
    if (!IsHost(further.domain) || further.domain.find(':') != std::string::npos) {
      return base::Invalid(what + " is no DNS name");
    }
    if (!known.insert(further.domain).second) return base::Invalid(what + " stands there twice, or is domain itself");
    if (further.servers.empty() && !finders.contains(further.domain)) return base::Invalid(what + " has no servers");
  }
  return {};
}

Forest::Forest(const Connection& connection, const FurtherFinders& finders, ServerPool& home) {
  std::vector<std::string> realms = {home.realm()};
  for (const FurtherDomain& further : connection.further) {
    const auto finder = finders.find(further.domain);
    domains_.push_back(std::make_unique<ForeignDomain>(ConnectionTo(further, connection, home.realm()),
                                                       finder == finders.end() ? nullptr : finder->second));
    realms.push_back(domains_.back()->pool().realm());
  }
  const auto exchange = [this, &home](std::string_view realm, std::string_view message,
                                      base::Deadline deadline) -> base::Result<std::string> {
    if (realm == home.realm()) return home.AskKdc(message, deadline);
    for (const auto& domain : domains_) {
      if (realm == domain->pool().realm()) return domain->pool().AskKdc(message, deadline);
    }
    return base::Unavailable("the way leads over realm " + base::Printable(realm) +
                             ", which [directory] domains does not name");
  };
  for (const auto& domain : domains_) domain->pool().SetOtherRealms(realms, exchange);
}

base::Result<void> Forest::Identify(LdapSearcher& home, const Domain& own, base::Deadline deadline) {
  const auto trusted = ReadTrustedDomains(home, own, deadline);
  if (!trusted) return trusted.error();
  for (const auto& domain : domains_) {
    const auto known = trusted->find(domain->name());
    const bool usable = known != trusted->end() && known->second.sid != own.sid;
    domain->SetIdentity(usable ? std::optional(known->second) : std::nullopt);
  }
  return {};
}

ForeignDomain* Forest::OfSid(const std::string& sid) const {
  const auto parts = SplitSid(sid);
  if (!parts) return nullptr;
  for (const auto& domain : domains_) {
    if (domain->identity() && domain->identity()->sid == parts->domain) return domain.get();
  }
  return nullptr;
}

std::optional<Forest::Route> Forest::RouteOf(const std::string& name) const {
  const std::size_t at = name.rfind('@');
  if (at == std::string::npos || at == 0 || at > kMaxNameBytes) return std::nullopt;
  const std::string domain = LowerAscii(std::string_view(name).substr(at + 1));
  for (const auto& known : domains_) {
    if (known->name() == domain) return Route{known.get(), name.substr(0, at)};
  }
  return std::nullopt;
}

bool Forest::Changed(base::Deadline deadline) {
  bool changed = false;
  for (const auto& domain : domains_) {
    changed = domain->Changed(base::Deadline::After(deadline.RemainingMs() / 2)) || changed;
  }
  return changed;
}

std::uint64_t Forest::operations() const {
  std::uint64_t sum = 0;
  for (const auto& domain : domains_) sum += domain->operations();
  return sum;
}

}  // namespace taglogin::directory
