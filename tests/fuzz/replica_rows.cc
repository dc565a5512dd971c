// SPDX-License-Identifier: Apache-2.0
// Rows of the replica that somebody else wrote: nothing, or contents that are written and read back as
// they are, and of which only names and ids that a directory may give get as far as NSS. Input: rows of
// kind, tab, key, tab, body, each ended by a byte 0xff.
#include <algorithm>

#include "daemon/replica/builder.h"
#include "daemon/replica/encoding.h"
#include "daemon/replica/freshness.h"
#include "daemon/replica/json_forms.h"
#include "daemon/replica/passwd_fields.h"
#include "protocol/login_name.h"
#include "tests/fuzz/fuzz.h"

namespace taglogin::daemon::replica {
namespace {

const Moment kNow{"boot-1", 1000000, 1790000000};

bool IsSame(const std::vector<Row>& a, const std::vector<Row>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Row& x, const Row& y) { return x.kind == y.kind && x.key == y.key && x.body == y.body; });
}

void CheckAge(const Moment& then, std::int64_t high_water_s) {
  const Age age = AgeOf(then, kNow, high_water_s);
  FUZZ_CHECK(age.age.count() >= 0 && (age.known || age.age.count() == 0));
}

void CheckAges(const Contents& contents) {
  if (contents.walk) CheckAge(contents.walk->walked_at, contents.wall_high_water_s);
  if (contents.tags) CheckAge(contents.tags->read_at, contents.wall_high_water_s);
  for (const auto& [id, extra] : contents.extras) {
    CheckAge(extra.read_at, contents.wall_high_water_s);
    FUZZ_CHECK(extra.member.memberships.empty() && IsId(id));
  }
}

void CheckShown(const AccountEntry& entry, const LocalNames& local) {
  protocol::LoginName name;
  FUZZ_CHECK(protocol::LoginName::From(entry.login_name, name) && name.view() == entry.login_name);
  FUZZ_CHECK(!IsReservedUser(entry.login_name) && !local.users.contains(entry.login_name));
  for (const std::uint32_t id : {entry.uid, entry.gid}) FUZZ_CHECK(id >= 200000 && id < 2000200000);
  FUZZ_CHECK(!local.uids.contains(entry.uid));
  for (const std::uint32_t gid : entry.gids) FUZZ_CHECK(gid >= 200000 && gid <= 2000200000);
  FUZZ_CHECK(IsUsableHome(entry.home) && fuzz::IsPrintableLine(entry.gecos));
  FUZZ_CHECK(entry.gecos.find(':') == std::string::npos && entry.shell.starts_with('/'));
}

// Every spelling is a name, is not the system's, and leads to one account, which has its canonical name, too.
void CheckNames(const Snapshot& snapshot, const LocalNames& local) {
  for (const auto& [spelling, index] : snapshot.by_name) {
    protocol::LoginName name;
    FUZZ_CHECK(protocol::LoginName::From(spelling, name) && name.view() == spelling);
    FUZZ_CHECK(!IsReservedUser(name.user()) && !local.users.contains(spelling) && name.user() != "postgres");
    FUZZ_CHECK(snapshot.accounts.at(index).login_name == spelling || !name.domain().empty());
  }
  for (const AccountEntry& entry : snapshot.accounts) FUZZ_CHECK(snapshot.Find(entry.login_name) == &entry);
}

void CheckSnapshot(const Contents& contents) {
  static const auto rules = std::make_shared<const policy::RuleSet>(
      *policy::ParseRules("[[rule]]\nname = \"all\"\nlogin = [\"ssh-prod-web\"]\n", "r.toml"));
  static const NssSettings nss = [] {
    NssSettings settings;
    settings.visible = NssSettings::Visible::kAll;
    settings.directory_home = true;
    settings.domain = "corp.example.com";
    return settings;
  }();
  static const LocalNames local = [] {
    LocalNames names;
    names.known = true;
    names.users = {"bob", "postgres"};
    names.system_users = {"postgres"};
    names.uids = {770801109};
    return names;
  }();
  static const policy::TagSet no_tags;
  const policy::TagSet& tags = contents.tags ? contents.tags->tags : no_tags;
  const auto snapshot = Build({rules, &contents, &tags, kNow, &nss, &local, {}, 1, {}});
  FUZZ_CHECK(snapshot && snapshot->generation == 2);
  for (const AccountEntry& entry : snapshot->accounts) CheckShown(entry, local);
  CheckNames(*snapshot, local);
  for (const GroupEntry& group : snapshot->groups) {
    FUZZ_CHECK(protocol::IsGroupName(group.name) && !IsReservedGroup(group.name));
    FUZZ_CHECK(group.gid >= 200000 && group.gid <= 2000200000);
  }
  for (const std::string& warning : snapshot->warnings) FUZZ_CHECK(fuzz::IsPrintableLine(warning));
  FUZZ_CHECK(Published(*snapshot, nss, kNow.wall_s, {}).accounts.size() <= snapshot->accounts.size());
}

}  // namespace
}  // namespace taglogin::daemon::replica

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taglogin::daemon::replica;
  taglogin::fuzz::Input input(data, size);
  std::vector<Row> rows;
  while (!input.AtEnd()) {
    const std::string_view field = input.Field();
    taglogin::fuzz::Input row(reinterpret_cast<const std::uint8_t*>(field.data()), field.size());
    std::string kind(row.Until('\t'));
    std::string key(row.Until('\t'));
    rows.push_back({std::move(kind), std::move(key), std::string(row.Rest())});
  }
  const auto contents = DecodeContents(rows);
  if (!contents) return 0;
  const std::vector<Row> written = EncodeContents(*contents);
  const auto again = DecodeContents(written);
  FUZZ_CHECK(again && IsSame(EncodeContents(*again), written));
  CheckAges(*contents);
  CheckSnapshot(*contents);
  return 0;
}
