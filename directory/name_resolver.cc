// SPDX-License-Identifier: Apache-2.0
#include "directory/name_resolver.h"

#include "directory/account_name.h"
#include "directory/directory_name.h"
#include "directory/ldap_filter.h"
#include "directory/sid.h"

namespace taglogin::directory {

NameResolver::NameResolver(GraphReader& reader, const Domain& domain, std::vector<std::string>& warnings)
    : reader_(reader), domain_(domain), dns_name_(DnsNameOf(domain.naming_context)), warnings_(warnings) {}

GraphReader::OnObject NameResolver::Collect(Kind kind, bool by_id, NameCandidates& into) const {
  return [this, kind, by_id, &into](const EntryReader::Object& object) {
    const auto wanted = kind == Kind::kGroups ? EntryReader::Kind::kGroup : EntryReader::Kind::kAccount;
    if (object.kind != wanted || !IsWithin(object.dn, domain_.search_base)) return;
    const bool group = kind == Kind::kGroups;
    const std::string& id = group ? object.group.id : object.account.id;
    const NameCandidate candidate{id, object.guid, !group || object.group.security};
    if (by_id) {
      into.emplace(id, candidate);
    } else if (group) {
      into.emplace(NameKey(object.group.name), candidate);
    } else {
      for (const std::string& key : AccountNameKeys(object.account, dns_name_)) into.emplace(key, candidate);
    }
  };
}

base::Result<std::map<std::string, ResolvedName>> NameResolver::Resolve(
    const std::vector<std::string>& names, Kind kind, const std::map<std::string, std::string>& pins) {
  std::vector<std::string> name_filters;
  std::vector<std::string> id_filters;
  for (const std::string& name : names) {
    if (name.empty() || name.size() > kMaxNameBytes) continue;
    const bool group = kind == Kind::kGroups;
    name_filters.push_back(group ? Equals("sAMAccountName", name) : AccountNameFilter(name, dns_name_));
    const auto pin = pins.find(name);
    const auto id = pin == pins.end() ? std::nullopt : SidToBinary(pin->second);
    if (id) id_filters.push_back(Equals("objectSid", *id));
  }
  const std::string kinds = kind == Kind::kGroups ? kGroupFilter : kPersonFilter;
  NameCandidates by_name;
  NameCandidates by_id;
  auto read = reader_.Read(domain_.search_base, kinds, name_filters, true, Collect(kind, false, by_name));
  if (read) read = reader_.Read(domain_.search_base, kinds, id_filters, true, Collect(kind, true, by_id));
  if (!read) return read.error();
  std::map<std::string, ResolvedName> out;
  for (const std::string& name : names) {
    const auto pin = pins.find(name);
    out[name] = JudgeName(name, by_name, by_id, pin == pins.end() ? "" : pin->second, warnings_);
  }
  return out;
}

}  // namespace taglogin::directory
