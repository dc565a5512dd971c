// SPDX-License-Identifier: Apache-2.0
#include "directory/name_resolver.h"

#include <algorithm>
#include <utility>

#include "base/printable.h"
#include "directory/directory_name.h"
#include "directory/ldap_filter.h"
#include "directory/sid.h"

namespace taglogin::directory {
namespace {

ResolvedName Found(const std::string& guid, bool security) {
  return {security ? Resolution::kFound : Resolution::kNotSecurity, guid};
}

}  // namespace

NameResolver::NameResolver(GraphReader& reader, const Domain& domain, std::vector<std::string>& warnings)
    : reader_(reader), domain_(domain), warnings_(warnings) {}

GraphReader::OnObject NameResolver::Collect(Kind kind, bool by_id, Candidates& into) const {
  return [this, kind, by_id, &into](const EntryReader::Object& object) {
    const auto wanted = kind == Kind::kGroups ? EntryReader::Kind::kGroup : EntryReader::Kind::kAccount;
    if (object.kind != wanted || !IsWithin(object.dn, domain_.search_base)) return;
    const bool group = kind == Kind::kGroups;
    const std::string& id = group ? object.group.id : object.account.id;
    const std::string& name = group ? object.group.name : object.account.name;
    into.emplace(by_id ? id : NameKey(name), Candidate{id, object.guid, !group || object.group.security});
  };
}

base::Result<std::map<std::string, ResolvedName>> NameResolver::Resolve(
    const std::vector<std::string>& names, Kind kind, const std::map<std::string, std::string>& pins) {
  std::vector<std::string> name_filters;
  std::vector<std::string> id_filters;
  for (const std::string& name : names) {
    if (name.empty() || name.size() > kMaxNameBytes) continue;
    name_filters.push_back(Equals("sAMAccountName", name));
    const auto pin = pins.find(name);
    const auto id = pin == pins.end() ? std::nullopt : SidToBinary(pin->second);
    if (id) id_filters.push_back(Equals("objectSid", *id));
  }
  const std::string kinds = kind == Kind::kGroups ? kGroupFilter : kPersonFilter;
  Candidates by_name;
  Candidates by_id;
  auto read = reader_.Read(domain_.search_base, kinds, name_filters, true, Collect(kind, false, by_name));
  if (read) read = reader_.Read(domain_.search_base, kinds, id_filters, true, Collect(kind, true, by_id));
  if (!read) return read.error();
  std::map<std::string, ResolvedName> out;
  for (const std::string& name : names) {
    const auto pin = pins.find(name);
    out[name] = Judge(name, by_name, by_id, pin == pins.end() ? "" : pin->second);
  }
  return out;
}

ResolvedName NameResolver::Judge(const std::string& name, const Candidates& by_name, const Candidates& by_id,
                                 const std::string& pin) {
  const auto [begin, end] = by_name.equal_range(NameKey(name));
  const auto count = std::distance(begin, end);
  if (pin.empty()) {
    if (count == 0) return {Resolution::kNotFound, ""};
    if (count > 1) return {Resolution::kAmbiguous, ""};
    return Found(begin->second.guid, begin->second.security);
  }
  const auto pinned = by_id.find(pin);
  if (pinned == by_id.end()) {
    return {count == 0 ? Resolution::kNotFound : Resolution::kPinMismatch, ""};
  }
  const Candidate& object = pinned->second;
  const bool holds = std::any_of(begin, end, [&pin](const auto& item) { return item.second.id == pin; });
  if (count == 0) Warn(warnings_, base::Printable(name) + " was renamed; " + pin + " still stands for it");
  if (holds || count == 0) return Found(object.guid, object.security);
  return {Resolution::kPinMismatch, object.guid};
}

}  // namespace taglogin::directory
