// SPDX-License-Identifier: Apache-2.0
// Names and entries of a directory that lies: only sound identities of its own domain come through.
// Input: the DN, then "attribute=value" texts, each ended by a byte 0xff.
#include "directory/directory_name.h"
#include "directory/entry_reader.h"
#include "directory/sid.h"
#include "tests/fuzz/fuzz.h"

namespace taglogin::directory {
namespace {

constexpr char kDomainSid[] = "S-1-5-21-1-2-3";
constexpr std::size_t kMaxText = 4096;

std::string AsciiUpper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return upper;
}

void TryName(std::string_view text) {
  const std::string key = NameKey(text);
  FUZZ_CHECK(NameKey(key) == key);
  FUZZ_CHECK(NameKey(AsciiUpper(text)) == key);
  FUZZ_CHECK(SameText(text, AsciiUpper(text)));
}

// Whether a character put behind `text` would belong to a backslash at its end.
bool EscapesWhatFollows(std::string_view text) {
  bool escapes = false;
  for (const char c : text) escapes = c == '\\' && !escapes;
  return escapes;
}

void TryDn(std::string_view text) {
  const std::string base = "DC=corp,DC=example";
  FUZZ_CHECK(!IsWithin(text, ""));
  FUZZ_CHECK(text.empty() || IsWithin(text, AsciiUpper(text)));
  FUZZ_CHECK(IsWithin(std::string(text) + "," + base, AsciiUpper(base)) == !EscapesWhatFollows(text));
  FUZZ_CHECK(!IsWithin(std::string(text) + "x" + base, base));
  const auto parsed = ParseExtendedDn(text);
  if (!parsed) return;
  FUZZ_CHECK(GuidToBinary(parsed->guid));
  FUZZ_CHECK(parsed->sid.empty() || SidToBinary(parsed->sid));
  FUZZ_CHECK(!parsed->dn.starts_with('<'));
  const std::string sid = parsed->sid.empty() ? "" : "<SID=" + parsed->sid + ">;";
  FUZZ_CHECK("<GUID=" + parsed->guid + ">;" + sid + parsed->dn == text);
}

void CheckIdentity(const std::string& id, const std::string& guid, const std::string& name) {
  const auto parts = SplitSid(id);
  FUZZ_CHECK(parts && parts->domain == kDomainSid);
  FUZZ_CHECK(GuidToBinary(guid));
  FUZZ_CHECK(!name.empty() && name.size() <= kMaxNameBytes);
}

void CheckMembers(const MemberRange& range) {
  for (const ExtendedDn& member : range.members) FUZZ_CHECK(GuidToBinary(member.guid));
  if (range.next) FUZZ_CHECK(*range.next - range.first == range.members.size());
}

void TryEntry(const Entry& entry) {
  EntryReader reader({kDomainSid, "DC=corp,DC=example", "OU=people,DC=corp,DC=example"}, {"altSecurityIdentities"});
  reader.SetAccountPolicy({-18000000000, {}, {}});
  const EntryReader::Object object = reader.Read(entry);
  if (object.kind == EntryReader::Kind::kAccount) {
    const Account& account = object.account;
    CheckIdentity(account.id, account.guid, account.name);
    FUZZ_CHECK(IsWithin(object.dn, reader.domain().search_base));
    FUZZ_CHECK(account.display_name.size() <= kMaxText && account.home.size() <= kMaxText);
    FUZZ_CHECK(account.shell.size() <= kMaxText && account.key_values.size() <= 100);
    if (!account.primary_group_id.empty()) FUZZ_CHECK(SplitSid(account.primary_group_id)->domain == kDomainSid);
    // What speaks against an account must be read to be ruled out.
    if (entry.Single("useraccountcontrol").empty()) FUZZ_CHECK(account.disabled);
    if (entry.Single("msds-user-account-control-computed").empty())
      FUZZ_CHECK(account.locked_until == std::chrono::sys_seconds::max());
    if (!entry.Values("logonhours").empty()) FUZZ_CHECK(account.logon_hours);
    if (!entry.Values("userworkstations").empty()) FUZZ_CHECK(account.workstations);
    if (account.password_must_change) FUZZ_CHECK(!account.password_expires);
  }
  if (object.kind == EntryReader::Kind::kGroup) {
    CheckIdentity(object.group.id, object.group.guid, object.group.name);
    if (object.members) CheckMembers(*object.members);
  }
  if (const auto tokens = EntryReader::ReadTokenGroups(entry)) {
    FUZZ_CHECK(!tokens->empty());
    for (const std::string& sid : *tokens) FUZZ_CHECK(SidToBinary(sid));
  }
}

}  // namespace
}  // namespace taglogin::directory

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  taglogin::fuzz::Input input(data, size);
  taglogin::directory::Entry entry;
  entry.dn = input.Field();
  taglogin::directory::TryName(entry.dn);
  taglogin::directory::TryDn(entry.dn);
  while (!input.AtEnd()) {
    const std::string_view field = input.Field();
    const std::size_t equals = field.find('=');
    if (equals == std::string_view::npos) continue;
    entry.attributes[taglogin::directory::LowerAscii(field.substr(0, equals))].emplace_back(field.substr(equals + 1));
  }
  taglogin::directory::TryEntry(entry);
  return 0;
}
