// SPDX-License-Identifier: Apache-2.0
#include "directory/computer_entry.h"

#include <ldap.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "base/printable.h"
#include "directory/connection_check.h"
#include "directory/directory_name.h"
#include "directory/entry_values.h"
#include "directory/ldap_filter.h"
#include "directory/sid.h"

namespace taglogin::directory {
namespace {

constexpr std::size_t kBatch = 50;
// The most that a token holds is 1,024 (MS-KILE, "Token size"); beyond it nothing is believable.
constexpr std::size_t kMaxGroups = 4096;

struct NameFreer {
  void operator()(LDAPRDN* name) const { ::ldap_dnfree(name); }
};

// The first part of the name, from the object upwards, that is an organizational unit.
std::string UnitOf(const std::string& name) {
  LDAPDN raw = nullptr;
  if (::ldap_str2dn(name.c_str(), &raw, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS) return {};
  const std::unique_ptr<LDAPRDN, NameFreer> parts(raw);
  for (LDAPRDN* part = raw; part != nullptr && *part != nullptr; ++part) {
    const LDAPAVA* first = **part;
    const std::string_view type(first->la_attr.bv_val, first->la_attr.bv_len);
    if (SameText(type, "ou")) return {first->la_value.bv_val, first->la_value.bv_len};
  }
  return {};
}

// What the machine's account may write, of what was asked for.
base::Result<std::set<std::string>> Writable(const Entry& entry, const std::vector<std::string>& asked) {
  std::set<std::string> out;
  if (asked.empty()) return out;
  // A server that knows of such rights names what the object could have, whatever may be written.
  if (entry.Values("allowedattributes").empty()) {
    return base::Unavailable("the server does not tell what this machine may write into its own object");
  }
  const auto& effective = entry.Values("allowedattributeseffective");
  for (const std::string& name : asked) {
    const auto same = [&name](const std::string& other) { return SameText(name, other); };
    if (std::any_of(effective.begin(), effective.end(), same)) out.insert(name);
  }
  return out;
}

base::Result<std::vector<Entry>> Entries(LdapSearcher& searcher, const std::vector<Query>& queries,
                                         base::Deadline deadline) {
  std::vector<Entry> out;
  const auto take = [&out](std::size_t, Entry entry) { out.push_back(std::move(entry)); };
  if (auto done = searcher.Search(queries, deadline, take); !done) return done.error();
  return out;
}

bool IsComputerOf(const Entry& entry, const Domain& domain, const std::string& account) {
  const auto sid = SidFromBinary(entry.Single("objectsid"));
  const auto parts = sid ? SplitSid(*sid) : std::nullopt;
  return parts && parts->domain == domain.sid && HasClass(entry, "computer") &&
         NameKey(entry.Single("samaccountname")) == NameKey(account);
}

// The entry itself and what is computed for it, which only a search of the object alone tells.
base::Result<Entry> FindComputer(LdapSearcher& searcher, const Domain& domain, const std::string& account,
                                 const ComputerQuestion& question, base::Deadline deadline) {
  Query query;
  query.base = domain.naming_context;
  query.subtree = true;
  query.extended_dn = true;
  query.filter = AllOf({"(objectClass=computer)", Equals("sAMAccountName", account)});
  query.attributes = {"objectClass", "objectSid", "sAMAccountName"};
  auto found = Entries(searcher, {query}, deadline);
  if (!found) return found.error();
  std::erase_if(*found, [&](const Entry& entry) { return !IsComputerOf(entry, domain, account); });
  const std::string who = "computer " + base::Printable(account);
  if (found->empty()) return base::NotFound(who + " is not in the directory, or not shown to this machine");
  if (found->size() > 1) return base::Unavailable(who + ": several objects of that name in the directory");
  const auto identity = ParseExtendedDn(found->front().dn);
  if (!identity) return base::Unavailable(who + ": the server does not tell its id");
  query.base = "<GUID=" + identity->guid + '>';
  query.subtree = false;
  query.filter = "(objectClass=computer)";
  query.attributes.insert(query.attributes.end(), question.attributes.begin(), question.attributes.end());
  query.attributes.insert(query.attributes.end(), {"allowedAttributes", "allowedAttributesEffective"});
  if (question.groups) query.attributes.emplace_back("tokenGroups");
  auto whole = Entries(searcher, {query}, deadline);
  if (!whole) return whole.error();
  if (whole->size() != 1 || !IsComputerOf(whole->front(), domain, account)) {
    return base::Unavailable(who + ": gone or changed while it was read");
  }
  return std::move(whole->front());
}

// Names of the groups among the SIDs that are security groups of the domain, within the search base.
base::Result<std::vector<std::string>> GroupNames(LdapSearcher& searcher, const EntryReader& reader,
                                                  const std::vector<std::string>& sids, base::Deadline deadline) {
  std::vector<std::string> filters;
  for (const std::string& sid : sids) {
    const auto parts = SplitSid(sid);
    if (parts && parts->domain == reader.domain().sid) filters.push_back(Equals("objectSid", *SidToBinary(sid)));
  }
  if (filters.size() > kMaxGroups) return base::Unavailable("this machine is in more groups than are believable");
  std::vector<Query> queries;
  for (std::size_t at = 0; at < filters.size(); at += kBatch) {
    const auto begin = filters.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end = filters.begin() + static_cast<std::ptrdiff_t>(std::min(at + kBatch, filters.size()));
    Query query;
    query.base = reader.domain().search_base;
    query.subtree = true;
    query.extended_dn = true;
    query.filter = AllOf({"(objectCategory=group)", AnyOf(std::vector<std::string>(begin, end))});
    query.attributes = {"objectClass", "objectSid", "sAMAccountName", "groupType"};
    queries.push_back(std::move(query));
  }
  const auto entries = Entries(searcher, queries, deadline);
  if (!entries) return entries.error();
  std::vector<std::string> out;
  for (const Entry& entry : *entries) {
    EntryReader::Object object = reader.Read(entry);
    const bool counts = object.kind == EntryReader::Kind::kGroup && object.group.security &&
                        IsWithin(object.dn, reader.domain().search_base);
    if (counts) out.push_back(std::move(object.group.name));
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

bool IsSetByComputer(std::string_view attribute) {
  constexpr std::array<std::string_view, 9> kNames = {"dNSHostName",
                                                      "msDS-AdditionalDnsHostName",
                                                      "servicePrincipalName",
                                                      "msDS-KeyCredentialLink",
                                                      "msDS-SupportedEncryptionTypes",
                                                      "operatingSystem",
                                                      "operatingSystemVersion",
                                                      "operatingSystemServicePack",
                                                      "operatingSystemHotfix"};
  return std::any_of(kNames.begin(), kNames.end(),
                     [attribute](std::string_view name) { return SameText(name, attribute); });
}

bool IsComputerAttribute(std::string_view text) { return IsAttributeName(text); }

base::Result<Computer> ReadComputer(LdapSearcher& searcher, const EntryReader& reader, const std::string& account,
                                    const ComputerQuestion& question, base::Deadline deadline) {
  const auto entry = FindComputer(searcher, reader.domain(), account, question, deadline);
  if (!entry) return entry.error();
  Computer out;
  out.dn = ParseExtendedDn(entry->dn).value_or(ExtendedDn{}).dn;
  out.unit = UnitOf(out.dn);
  for (const std::string& name : question.attributes) {
    const auto& values = entry->Values(LowerAscii(name));
    if (!values.empty()) out.attributes[name] = values;
  }
  auto writable = Writable(*entry, question.attributes);
  if (!writable) return writable.error();
  out.writable = *std::move(writable);
  if (!question.groups) return out;
  const auto sids = EntryReader::ReadTokenGroups(*entry);
  if (!sids) return base::Unavailable("the server does not tell which groups this machine is in (tokenGroups)");
  auto groups = GroupNames(searcher, reader, *sids, deadline);
  if (!groups) return groups.error();
  out.groups = *std::move(groups);
  return out;
}

}  // namespace taglogin::directory
