// SPDX-License-Identifier: Apache-2.0
// T19, T22, T26: whatever a string of the directory's or of a tag's holds, what is stored of it comes back as it was,
// and what the C library is told of it is one sound passwd entry.
#include <grp.h>
#include <gtest/gtest.h>
#include <pwd.h>

#include <algorithm>
#include <cstdio>

#include "base/printable.h"
#include "daemon/replica/builder.h"
#include "daemon/replica/passwd_fields.h"
#include "daemon/replica/store.h"
#include "tests/daemon/replica/contents_equal.h"
#include "tests/daemon/replica/samples.h"
#include "tests/names/name_list.h"

namespace taglogin::daemon::replica {
namespace {

using samples::At;
using samples::Folder;
using samples::MemberOf;
using samples::Sid;
using tests::AllOddStrings;
using tests::OddName;

constexpr char kKey[] = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

std::string Show(const OddName& odd) { return odd.kind + ": " + base::Printable(odd.text, 80); }

// Everything that is free text, set to `text`.
directory::Member Odd(unsigned rid, const std::string& text) {
  directory::Member member = MemberOf(rid, "n" + std::to_string(rid));
  member.account.guid = member.account.display_name = member.account.home = member.account.shell = text;
  member.account.key_values = {text, kKey, text + " " + kKey, std::string(kKey) + text};
  member.memberships.push_back({Sid(2001), {"ssh-prod-web", text}, false});
  return member;
}

TEST(OddStrings, TheReplicaGivesThemBackAsTheyWere) {
  directory::Closure closure = samples::SmallClosure();
  policy::SelectedNames asked = samples::SmallAsked();
  Contents contents;
  TagReading tags;
  tags.tags.known = true;
  tags.read_at = At(0);
  unsigned rid = 10000;
  for (const OddName& odd : AllOddStrings()) {
    samples::AddMember(closure, Odd(++rid, odd.text));
    closure.groups[odd.text] = {directory::Resolution::kNotFound, {"", odd.text, odd.text, false}};
    closure.users[odd.text] = Sid(1107);
    closure.warnings.push_back(odd.text);
    asked.groups.push_back(odd.text);
    contents.pins[odd.text] = Sid(2001);
    contents.decisions[odd.text] = odd.text;
    if (!odd.text.empty()) tags.tags.tags["k" + odd.text] = {odd.text, odd.text, {}};
    tags.sources.push_back(odd.text);
  }
  contents.walk = WalkedClosure{std::move(closure), std::move(asked), At(0)};
  contents.tags = std::move(tags);
  contents.walk->closure.server = contents.tags->region = "\xff\n:,";
  const Folder folder;
  {
    auto opened = Store::Open(folder / "state", "owner");
    ASSERT_TRUE(opened) << opened.error().detail;
    const auto saved = opened->store->Save(contents);
    ASSERT_TRUE(saved) << saved.error().detail;
  }
  const auto again = Store::Open(folder / "state", "owner");
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_TRUE(again->warnings.empty()) << again->warnings.front();
  ExpectEqual(again->contents, contents);
}

// As passwd(5) would hold it, read by the C library.
void ExpectOneEntry(const AccountEntry& entry, const OddName& odd) {
  std::string text = entry.login_name + ":x:" + std::to_string(entry.uid) + ":" + std::to_string(entry.gid) + ":" +
                     entry.gecos + ":" + entry.home + ":" + entry.shell + "\n";
  FILE* file = ::fmemopen(text.data(), text.size(), "r");
  ASSERT_NE(file, nullptr);
  const passwd* read = ::fgetpwent(file);
  ASSERT_NE(read, nullptr) << Show(odd);
  EXPECT_EQ(read->pw_name, entry.login_name);
  EXPECT_EQ(read->pw_uid, entry.uid);
  EXPECT_EQ(read->pw_gid, entry.gid);
  EXPECT_EQ(read->pw_gecos, entry.gecos) << Show(odd);
  EXPECT_EQ(read->pw_dir, entry.home) << Show(odd);
  EXPECT_EQ(read->pw_shell, entry.shell) << Show(odd);
  EXPECT_EQ(::fgetpwent(file), nullptr) << Show(odd);
  (void)std::fclose(file);
}

auto WithoutRules(const Contents& contents, const NssSettings& nss, const LocalNames& local) {
  const policy::TagSet tags;
  BuildInput input;
  input.rules = std::make_shared<const policy::RuleSet>();
  input.contents = &contents;
  input.tags = &tags;
  input.nss = &nss;
  input.local = &local;
  return Build(input);
}

TEST(OddStrings, APasswdEntryAndItsKeysAreSoundWhateverTheDirectorySays) {
  directory::Closure closure = samples::SmallClosure();
  unsigned rid = 10000;
  for (const OddName& odd : AllOddStrings()) samples::AddMember(closure, Odd(++rid, odd.text));
  Contents contents;
  ApplyClosure(contents, closure, samples::SmallAsked(), At(0));
  NssSettings nss;
  nss.directory_home = nss.directory_shell = true;
  LocalNames local;
  local.known = true;
  local.shells = {"/bin/bash", "/bin/sh"};
  const auto snapshot = WithoutRules(contents, nss, local);
  rid = 10000;
  for (const OddName& odd : AllOddStrings()) {
    const AccountEntry* entry = snapshot->Find("n" + std::to_string(++rid));
    ASSERT_NE(entry, nullptr) << Show(odd);
    ExpectOneEntry(*entry, odd);
    EXPECT_TRUE(IsUsableHome(entry->home)) << Show(odd);
    EXPECT_TRUE(entry->shell == "/bin/bash" || entry->shell == "/bin/sh" || entry->shell == "/usr/sbin/nologin");
    ASSERT_EQ(entry->keys.size(), 1u) << Show(odd);
    EXPECT_EQ(entry->keys[0].type + " " + entry->keys[0].Base64(), kKey) << Show(odd);
  }
  for (const std::string& warning : snapshot->warnings) {
    EXPECT_TRUE(std::all_of(warning.begin(), warning.end(), [](char c) { return c >= 0x20 && c < 0x7f; })) << warning;
  }
}

// A directory in which every odd string is an account's and a group's name: those that are names are shown, in their
// one form, and the others not at all.
TEST(OddStrings, OnlyNamesBecomeNames) {
  directory::Closure closure = samples::SmallClosure();
  closure.members.clear();
  std::map<std::string, std::vector<unsigned>> expected;
  unsigned rid = 10000;
  for (const OddName& odd : AllOddStrings()) {
    samples::AddMember(closure, MemberOf(++rid, odd.text));
    samples::AddGroup(closure, 20000 + rid, odd.text);
    // An '@' in it is no name with a domain.
    const bool is_name = odd.canonical && odd.canonical->find('@') == std::string::npos;
    if (is_name) expected[*odd.canonical].push_back(rid);
  }
  Contents contents;
  ApplyClosure(contents, closure, samples::SmallAsked(), At(0));
  const NssSettings nss;
  LocalNames local;
  local.known = true;
  const auto snapshot = WithoutRules(contents, nss, local);
  for (const auto& [name, rids] : expected) {
    const bool whole = rids.size() == 1 && !IsReservedUser(name);
    const AccountEntry* entry = snapshot->Find(name);
    EXPECT_EQ(entry != nullptr, whole) << name;  // two spellings of one name: neither is shown
    if (entry != nullptr) {
      EXPECT_EQ(entry->record.id, Sid(rids.front()));
    }
  }
  for (const AccountEntry& entry : snapshot->accounts)
    EXPECT_TRUE(expected.contains(entry.login_name)) << entry.login_name;
  for (const GroupEntry& entry : snapshot->groups) {
    std::string text = entry.name + ":x:" + std::to_string(entry.gid) + ":\n";
    FILE* file = ::fmemopen(text.data(), text.size(), "r");
    const group* read = ::fgetgrent(file);
    ASSERT_NE(read, nullptr) << entry.name;
    EXPECT_EQ(read->gr_name, entry.name);
    EXPECT_EQ(read->gr_gid, entry.gid);
    (void)std::fclose(file);
  }
}

}  // namespace
}  // namespace taglogin::daemon::replica
