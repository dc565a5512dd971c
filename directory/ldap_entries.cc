// SPDX-License-Identifier: Apache-2.0
#include "directory/ldap_entries.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/printable.h"
#include "directory/ad_values.h"
#include "directory/directory_name.h"
#include "directory/entry_values.h"
#include "directory/ldap_filter.h"

namespace taglogin::directory {
namespace {

constexpr std::size_t kMaxId = 64;

const std::vector<std::string>& ValuesOf(const Entry& entry, const std::string& attribute) {
  return entry.Values(LowerAscii(attribute));
}

std::string TextOf(const Entry& entry, const std::string& attribute) {
  return BoundedText(entry, LowerAscii(attribute));
}

std::optional<std::uint32_t> NumberOf(const Entry& entry, const std::string& attribute) {
  const auto number = ParseInteger(entry.Single(LowerAscii(attribute)));
  if (!number || *number < 0 || *number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

// The value of `attribute` that the DN begins with; empty when it begins with another, with several, or with one
// that had to be escaped.
std::string_view NamedByDn(std::string_view dn, std::string_view attribute) {
  const std::string_view first = dn.substr(0, dn.find_first_of(",+"));
  const std::size_t equals = first.find('=');
  if (equals == std::string_view::npos || !SameText(first.substr(0, equals), attribute)) return {};
  if (dn.size() > first.size() && dn[first.size()] == '+') return {};
  const std::string_view value = first.substr(equals + 1);
  return value.find_first_of("\\\"#") == std::string_view::npos ? value : std::string_view{};
}

// The one name of an entry: its only one, or, of several, the one in its DN. Names beside it are not its own to give:
// whoever may add one to an entry would become somebody else.
std::string NameOf(const Entry& entry, const std::string& attribute) {
  const auto& values = ValuesOf(entry, attribute);
  std::string_view name;
  if (values.size() == 1) name = values.front();
  if (values.size() > 1) {
    const std::string_view named = NamedByDn(entry.dn, attribute);
    const auto same = [&named](const std::string& value) { return NameKey(value) == NameKey(named); };
    const auto found = std::find_if(values.begin(), values.end(), same);
    if (found != values.end()) name = *found;
  }
  return name.size() > kMaxNameBytes ? std::string() : std::string(name);
}

bool HasValues(const Entry& entry, const std::vector<std::string>& attributes) {
  return std::any_of(attributes.begin(), attributes.end(),
                     [&entry](const std::string& name) { return !ValuesOf(entry, name).empty(); });
}

// A NameAndOptionalUID (RFC 4517 3.3.21) without the UID: "cn=a,dc=b#'0101'B".
std::string_view WithoutUid(std::string_view dn) {
  if (!dn.ends_with("'B")) return dn;
  const std::size_t mark = dn.rfind("#'");
  const bool bits = mark != std::string_view::npos &&
                    dn.substr(mark + 2, dn.size() - mark - 4).find_first_not_of("01") == std::string_view::npos;
  return bits ? dn.substr(0, mark) : dn;
}

std::string ClassFilter(const std::vector<std::string>& classes) {
  std::vector<std::string> filters;
  for (const std::string& name : classes) filters.push_back(Equals("objectClass", name));
  return AnyOf(filters);
}

}  // namespace

LdapEntryReader::LdapEntryReader(LdapFacts facts, LdapSchema schema, std::vector<std::string> key_attributes)
    : facts_(std::move(facts)), schema_(std::move(schema)), key_attributes_(std::move(key_attributes)) {
  if (schema_.members == LdapSchema::Members::kNames) schema_.member_dns.clear();
  if (schema_.members == LdapSchema::Members::kDns) schema_.member_names.clear();
}

std::string LdapEntryReader::AccountFilter() const { return Equals("objectClass", schema_.account_class); }

std::string LdapEntryReader::GroupFilter() const { return ClassFilter(schema_.group_classes); }

std::vector<std::string> LdapEntryReader::Attributes() const {
  std::vector<std::string> out = {"objectClass",      facts_.id_attribute, schema_.account_name, schema_.group_name,
                                  schema_.uid_number, schema_.gid_number,  schema_.display_name, schema_.home,
                                  schema_.shell,      kEntryNumber};
  if (!schema_.member_names.empty()) out.push_back(schema_.member_names);
  out.insert(out.end(), schema_.member_dns.begin(), schema_.member_dns.end());
  const std::vector<std::string> state = LdapAccountStateAttributes();
  out.insert(out.end(), state.begin(), state.end());
  out.insert(out.end(), key_attributes_.begin(), key_attributes_.end());
  // A server may refuse a list that names one twice.
  std::vector<std::string> once;
  for (const std::string& name : out) {
    const auto same = [&name](const std::string& other) { return SameText(name, other); };
    if (std::none_of(once.begin(), once.end(), same)) once.push_back(name);
  }
  return once;
}

std::string LdapEntryReader::IdOf(const Entry& entry) const {
  const std::string id = LowerAscii(entry.Single(LowerAscii(facts_.id_attribute)));
  const bool sound = !id.empty() && id.size() <= kMaxId &&
                     id.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz-") == std::string::npos;
  return sound ? id : std::string();
}

LdapObject LdapEntryReader::Read(const Entry& entry) const {
  LdapObject out;
  out.dn = entry.dn;
  if (HasClass(entry, schema_.account_class)) {
    ReadAccount(entry, out);
    return out;
  }
  // A class made from one of the group classes is known by what it holds.
  const auto& classes = schema_.group_classes;
  const bool group =
      HasValues(entry, schema_.member_dns) ||
      (!schema_.member_names.empty() && HasValues(entry, {schema_.member_names})) ||
      std::any_of(classes.begin(), classes.end(), [&entry](const std::string& name) { return HasClass(entry, name); });
  if (group) ReadGroup(entry, out);
  return out;
}

void LdapEntryReader::ReadAccount(const Entry& entry, LdapObject& out) const {
  if (!IsWithin(entry.dn, facts_.search_base)) {
    out.kind = LdapObject::Kind::kOutside;
    return;
  }
  Account& account = out.account;
  account.id = account.guid = IdOf(entry);
  account.name = NameOf(entry, schema_.account_name);
  if (account.id.empty() || account.name.empty()) {
    out.kind = LdapObject::Kind::kUnsound;
    out.fault = base::Printable(entry.dn) +
                (account.id.empty() ? " shows no " + facts_.id_attribute : " has not one " + schema_.account_name);
    return;
  }
  out.kind = LdapObject::Kind::kAccount;
  account.display_name = TextOf(entry, schema_.display_name);
  if (account.display_name.empty()) account.display_name = TextOf(entry, schema_.group_name);
  account.uid_number = NumberOf(entry, schema_.uid_number);
  account.gid_number = NumberOf(entry, schema_.gid_number);
  account.home = TextOf(entry, schema_.home);
  account.shell = TextOf(entry, schema_.shell);
  account.key_values = KeyValues(entry, key_attributes_);
  ReadLdapAccountState(entry, policies_, account);
}

void LdapEntryReader::ReadGroup(const Entry& entry, LdapObject& out) const {
  out.kind = LdapObject::Kind::kGroup;
  Group& group = out.group;
  group.id = group.guid = IdOf(entry);
  group.name = NameOf(entry, schema_.group_name);
  group.security = true;
  group.gid_number = NumberOf(entry, schema_.gid_number);
  if (group.id.empty()) {
    out.kind = LdapObject::Kind::kUnsound;
    out.fault =
        "group " + base::Printable(entry.dn) + " shows no " + facts_.id_attribute + ": let this machine read it";
    return;
  }
  if (!schema_.member_names.empty()) out.member_names = ValuesOf(entry, schema_.member_names);
  for (const std::string& attribute : schema_.member_dns) {
    for (const std::string& value : ValuesOf(entry, attribute)) out.member_dns.emplace_back(WithoutUid(value));
  }
  out.fault = MissingMembers(entry);
}

// A class that must have members, and none to be seen: they are there and hidden.
std::string LdapEntryReader::MissingMembers(const Entry& entry) const {
  for (const std::string& name : entry.Values("objectclass")) {
    const auto required = facts_.required.find(LowerAscii(name));
    if (required == facts_.required.end()) continue;
    for (const std::string& attribute : schema_.member_dns) {
      if (!required->second.contains(LowerAscii(attribute)) || !ValuesOf(entry, attribute).empty()) continue;
      return "group " + base::Printable(entry.dn) + ": the server hides " + attribute + ": let this machine read it";
    }
  }
  return {};
}

}  // namespace taglogin::directory
