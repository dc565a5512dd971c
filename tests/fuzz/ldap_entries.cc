// SPDX-License-Identifier: Apache-2.0
// Entries of an LDAP directory that lies, read with the schema as it comes and with FreeIPA's, and this machine's own
// object in Active Directory. Input: a byte that chooses, the DN, then "attribute=value" texts, each ended by a byte
// 0xff; a DN's text begins a further entry.
#include "directory/ldap_entries.h"

#include "daemon/tags/computer_tags.h"
#include "directory/computer_entry.h"
#include "directory/freeipa.h"
#include "directory/ldap_filter.h"
#include "tests/fuzz/tag_rules.h"

namespace taglogin::directory {
namespace {

constexpr char kBase[] = "dc=corp,dc=example";
constexpr std::size_t kMaxEntries = 16;

std::vector<Entry> EntriesOf(fuzz::Input& input) {
  std::vector<Entry> entries(1);
  entries.back().dn = input.Field();
  while (!input.AtEnd() && entries.size() < kMaxEntries) {
    const std::string_view text = input.Field();
    const std::size_t equals = text.find('=');
    if (text.starts_with("dn=")) {
      entries.emplace_back().dn = text.substr(3);
    } else if (equals != std::string_view::npos) {
      entries.back().attributes[LowerAscii(text.substr(0, equals))].emplace_back(text.substr(equals + 1));
    }
  }
  return entries;
}

void CheckAccount(const Account& account, const Entry& entry) {
  FUZZ_CHECK(!account.id.empty() && account.id.size() <= 64 && account.id == account.guid);
  FUZZ_CHECK(!account.name.empty() && account.name.size() <= kMaxNameBytes);
  // Whatever stands there and is not plainly harmless keeps out.
  const auto says = [&entry](const char* name) { return !entry.Values(name).empty(); };
  FUZZ_CHECK(!says("nsaccountlock") || account.disabled || SameText(entry.Single("nsaccountlock"), "false"));
  FUZZ_CHECK(!says("accountunlocktime") || account.locked_until);
  FUZZ_CHECK(!says("krbprincipalexpiration") || account.expires);
  FUZZ_CHECK(!says("pwdendtime") || account.expires);
  FUZZ_CHECK(!says("passwordexpirationtime") || account.password_must_change || account.password_expires);
  FUZZ_CHECK(entry.Single("shadowlastchange") != "0" || account.password_must_change);
}

void TryLdap(const std::vector<Entry>& entries, const LdapSchema& schema) {
  LdapFacts facts;
  facts.search_base = kBase;
  facts.naming_context = kBase;
  facts.id_attribute = schema.id.empty() ? "entryUUID" : schema.id;
  facts.required = {{"groupofnames", {"member"}}};
  LdapEntryReader reader(facts, schema, {"sshPublicKey"});
  LockoutPolicies policies;
  for (const Entry& entry : entries) AddPolicy(entry, policies);
  reader.SetPolicies(policies);
  for (const Entry& entry : entries) {
    const LdapObject object = reader.Read(entry);
    FUZZ_CHECK(fuzz::IsPrintableLine(object.fault));
    if (object.kind == LdapObject::Kind::kAccount) {
      FUZZ_CHECK(IsWithin(entry.dn, kBase));
      CheckAccount(object.account, entry);
    }
    if (object.kind == LdapObject::Kind::kGroup) FUZZ_CHECK(!object.group.id.empty() && object.group.security);
    if (object.kind == LdapObject::Kind::kUnsound) FUZZ_CHECK(!object.fault.empty());
    RequiredAttributes required;
    for (const std::string& value : entry.Values("objectclasses")) AddRequiredAttributes(value, required);
  }
}

// Gives the entries one by one, whatever is asked.
class Liar : public LdapSearcher {
 public:
  explicit Liar(const std::vector<Entry>& entries) : entries_(entries) {}
  base::Result<void> Search(const std::vector<Query>& queries, base::Deadline, const OnEntry& on_entry) override {
    for (std::size_t i = 0; i < queries.size(); ++i) on_entry(i, entries_[asked_++ % entries_.size()]);
    return {};
  }

 private:
  const std::vector<Entry>& entries_;
  std::size_t asked_ = 0;
};

void TryComputer(const std::vector<Entry>& entries) {
  Liar liar(entries);
  const EntryReader reader({"S-1-5-21-1-2-3", "DC=corp,DC=example", "DC=corp,DC=example"}, {});
  const auto computer =
      ReadComputer(liar, reader, "HOST1$", {{"department", "info"}, true}, base::Deadline::After(1000));
  if (!computer) return fuzz::CheckError(computer.error());
  daemon::tags::DirectoryTags wanted;
  wanted.attributes = {{"Environment", "department"}, {"Role", "info"}};
  wanted.groups = {{"Site", "site-*"}};
  wanted.unit = "Unit";
  const daemon::tags::Reading reading = daemon::tags::TagsOf(*computer, wanted);
  fuzz::CheckReading(reading);
  for (const auto& [key, attribute] : wanted.attributes) {
    FUZZ_CHECK(!computer->writable.contains(attribute) || !reading.tags.contains(key));
  }
}

}  // namespace
}  // namespace taglogin::directory

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taglogin::directory;
  taglogin::fuzz::Input input(data, size);
  const std::uint8_t which = input.Byte();
  const std::vector<Entry> entries = EntriesOf(input);
  switch (which % 3) {
    case 0:
      TryLdap(entries, {});
      break;
    case 1:
      TryLdap(entries, FreeIpaSchema());
      break;
    default:
      TryComputer(entries);
  }
  return 0;
}
