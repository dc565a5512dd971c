// SPDX-License-Identifier: Apache-2.0
#include "directory/entry_reader.h"

#include <charconv>
#include <utility>

#include "directory/ad_values.h"
#include "directory/entry_values.h"
#include "directory/sid.h"

namespace taglogin::directory {
namespace {

// userAccountControl (MS-ADTS 2.2.16).
constexpr std::int64_t kNormalAccount = 0x200;
// groupType (MS-ADTS 2.2.12), a signed number of 32 bits.
constexpr std::int64_t kSecurityEnabled = 0x80000000;

constexpr std::string_view kRangePrefix = "member;range=";

std::optional<std::uint64_t> ParseUnsigned(std::string_view text) {
  const auto value = ParseInteger(text);
  if (!value || *value < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

// uidNumber and gidNumber (RFC 2307).
std::optional<std::uint32_t> IdNumber(const Entry& entry, const std::string& name) {
  const auto value = ParseUnsigned(entry.Single(name));
  if (!value || *value > 0xffffffff) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

// GROUP_TYPE_ACCOUNT_GROUP, …_RESOURCE_GROUP, …_UNIVERSAL_GROUP; one of them alone is a scope.
EntryReader::Scope ScopeOf(std::int64_t group_type) {
  switch (group_type & 0xe) {
    case 0x2:
      return EntryReader::Scope::kGlobal;
    case 0x4:
      return EntryReader::Scope::kDomainLocal;
    case 0x8:
      return EntryReader::Scope::kUniversal;
    default:
      return EntryReader::Scope::kUnknown;
  }
}

// "0-1499" or "1500-*".
bool ParseRange(std::string_view text, std::uint64_t& first, std::optional<std::uint64_t>& last) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return false;
  const auto low = ParseUnsigned(text.substr(0, dash));
  if (!low) return false;
  first = *low;
  if (text.substr(dash + 1) == "*") return true;
  last = ParseUnsigned(text.substr(dash + 1));
  return last && *last >= first;
}

}  // namespace

EntryReader::EntryReader(Domain domain, std::vector<std::string> key_attributes)
    : domain_(std::move(domain)), key_attributes_(std::move(key_attributes)) {}

std::vector<std::string> EntryReader::GroupAttributes() const {
  return {"objectClass", "objectSid", "sAMAccountName", "groupType", "gidNumber", "member;range=0-1499"};
}

std::vector<std::string> EntryReader::AccountAttributes() const {
  std::vector<std::string> out = {"objectClass", "objectSid",      "sAMAccountName",    "userPrincipalName",
                                  "displayName", "primaryGroupID", "unixHomeDirectory", "loginShell",
                                  "uidNumber",   "gidNumber"};
  const std::vector<std::string> state = AccountStateAttributes();
  out.insert(out.end(), state.begin(), state.end());
  out.insert(out.end(), key_attributes_.begin(), key_attributes_.end());
  return out;
}

std::vector<std::string> EntryReader::ObjectAttributes() const {
  std::vector<std::string> out = AccountAttributes();
  out.insert(out.end(), {"groupType", "member;range=0-1499"});
  return out;
}

EntryReader::Object EntryReader::Read(const Entry& entry) const {
  Object out;
  const auto identity = ParseExtendedDn(entry.dn);
  if (!identity) {
    out.kind = Kind::kForeign;
    return out;
  }
  out.guid = identity->guid;
  out.dn = identity->dn;
  const bool group = HasClass(entry, "group");
  if (!group && (!HasClass(entry, "user") || HasClass(entry, "computer"))) return out;
  const auto sid = SidFromBinary(entry.Single("objectsid"));
  const auto parts = sid ? SplitSid(*sid) : std::nullopt;
  const std::string_view name = entry.Single("samaccountname");
  if (!parts || parts->domain != domain_.sid || name.empty() || name.size() > kMaxNameBytes) {
    out.kind = Kind::kForeign;
    return out;
  }
  if (group) {
    const auto type = ParseInteger(entry.Single("grouptype"));
    out.kind = Kind::kGroup;
    out.group = {*sid,
                 identity->guid,
                 std::string(name),
                 type && (*type & kSecurityEnabled) != 0,
                 IdNumber(entry, "gidnumber"),
                 domain_.name};
    out.scope = type ? ScopeOf(*type) : Scope::kUnknown;
    out.members = ReadMembers(entry);
    return out;
  }
  const auto control = ParseInteger(entry.Single("useraccountcontrol"));
  if (control && (*control & kNormalAccount) == 0) return out;
  out.kind = IsWithin(identity->dn, domain_.search_base) ? Kind::kAccount : Kind::kOutside;
  out.account = ReadAccount(entry);
  out.account.id = *sid;
  out.account.guid = identity->guid;
  out.account.name = name;
  out.account.domain = domain_.name;
  return out;
}

Account EntryReader::ReadAccount(const Entry& entry) const {
  Account account;
  ReadAccountState(entry, policy_, account);
  const auto rid = ParseInteger(entry.Single("primarygroupid"));
  if (rid && *rid > 0 && *rid <= 0xffffffff) account.primary_group_id = domain_.sid + '-' + std::to_string(*rid);
  account.uid_number = IdNumber(entry, "uidnumber");
  account.gid_number = IdNumber(entry, "gidnumber");
  account.upn = BoundedText(entry, "userprincipalname");
  account.display_name = BoundedText(entry, "displayname");
  account.home = BoundedText(entry, "unixhomedirectory");
  account.shell = BoundedText(entry, "loginshell");
  account.key_values = KeyValues(entry, key_attributes_);
  return account;
}

std::optional<MemberRange> EntryReader::ReadMembers(const Entry& entry) {
  MemberRange out;
  const std::vector<std::string>* values = &entry.Values("member");
  for (const auto& [name, ranged] : entry.attributes) {
    if (!name.starts_with(kRangePrefix)) continue;
    std::optional<std::uint64_t> last;
    if (!ParseRange(std::string_view(name).substr(kRangePrefix.size()), out.first, last)) return std::nullopt;
    if (last && *last - out.first + 1 != ranged.size()) return std::nullopt;
    if (last) out.next = *last + 1;
    values = &ranged;
    break;
  }
  for (const std::string& value : *values) {
    auto member = ParseExtendedDn(value);
    if (!member) return std::nullopt;
    out.members.push_back(std::move(*member));
  }
  return out;
}

std::optional<std::vector<std::string>> EntryReader::ReadTokenGroups(const Entry& entry) {
  std::vector<std::string> out;
  for (const std::string& value : entry.Values("tokengroups")) {
    auto sid = SidFromBinary(value);
    if (!sid) return std::nullopt;
    out.push_back(std::move(*sid));
  }
  if (out.empty()) return std::nullopt;
  return out;
}

}  // namespace taglogin::directory
