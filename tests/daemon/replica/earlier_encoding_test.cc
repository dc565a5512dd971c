// SPDX-License-Identifier: Apache-2.0
// A replica as taglogind wrote it before accounts had logon hours and the rest: never taken for one that has none.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "daemon/replica/digest.h"
#include "daemon/replica/encoding.h"
#include "daemon/replica/store.h"
#include "tests/daemon/replica/contents_equal.h"
#include "tests/daemon/replica/samples.h"

namespace taglogin::daemon::replica {
namespace {

using samples::Folder;
using samples::Sid;

constexpr char kOwner[] = "this machine and domain";

std::string Account(const std::string& id, const std::string& name, bool locked) {
  return R"({"id": ")" + id + R"(", "guid": "g", "name": ")" + name +
         R"(", "display_name": "", "disabled": false, "locked": )" + (locked ? "true" : "false") +
         R"(, "password_must_change": false, "primary_group_id": ")" + Sid(513) +
         R"(", "home": "", "shell": "", "key_values": [], "expires": "never"})";
}

std::string Member(const std::string& id, const std::string& name, bool locked) {
  return R"({"account": )" + Account(id, name, locked) + R"(, "nss_group_ids": [], "memberships": [{"group_id": ")" +
         Sid(2001) + R"(", "path": ["ssh-prod-web"], "contradicted": false}]})";
}

std::vector<Row> EarlierRows() {
  const std::string moment = R"({"boot_id": "boot-1", "boot_ms": 1000, "wall_s": 1790000000})";
  const std::string group = R"({"id": ")" + Sid(2001) + R"(", "guid": "g", "name": "ssh-prod-web", "security": true})";
  return {{"pin", "ssh-prod-web", '"' + Sid(2001) + '"'},
          {"walk", "",
           R"({"server": "dc1", "warnings": [], "asked_groups": ["ssh-prod-web"], "asked_users": [], "walked_at": )" +
               moment + "}"},
          {"resolved", "ssh-prod-web", R"({"resolution": "found", "group": )" + group + "}"},
          {"group", Sid(2001), group},
          {"member", Sid(1107), Member(Sid(1107), "alice", true)},
          {"member", Sid(1108), Member(Sid(1108), "bob", false)},
          {"extra", Sid(1109),
           R"({"member": {"account": )" + Account(Sid(1109), "carol", false) +
               R"(, "memberships": [], "nss_group_ids": []}, "read_at": )" + moment + "}"},
          {"used", Sid(1107), "1790000000"},
          {"used", Sid(1109), "1790000000"},
          {"clock", "", "1790000005"},
          {"decision", "alice", "\"{}\""}};
}

// What of them holds today.
Contents Kept() {
  Contents contents;
  contents.pins["ssh-prod-web"] = Sid(2001);
  contents.wall_high_water_s = 1790000005;
  contents.decisions["alice"] = "{}";
  for (const auto& [rid, name] : {std::pair{1107U, "alice"}, std::pair{1109U, "carol"}}) {
    ExtraAccount& extra = contents.extras[Sid(rid)];
    extra.member = samples::MemberOf(rid, name);
    extra.member.account.guid = "g";
    extra.member.account.display_name = "";
    extra.read_at = {"boot-1", 1000, 1790000000};
    contents.last_used[Sid(rid)] = 1790000000;
  }
  contents.extras[Sid(1107)].member.account.locked_until = std::chrono::sys_seconds::max();
  return contents;
}

TEST(EarlierEncoding, LeavesNobodyInAGroup) {
  const auto contents = DecodeContents(EarlierRows(), 1);
  ASSERT_TRUE(contents);
  EXPECT_FALSE(contents->walk);
  ExpectEqual(*contents, Kept());
}

TEST(EarlierEncoding, IsNotTakenForTodays) {
  EXPECT_FALSE(DecodeContents(EarlierRows()));
  for (auto& row : EarlierRows()) {
    const bool speaks_of_accounts = row.kind == "member" || row.kind == "extra";
    std::vector<Row> rows = EarlierRows();
    for (auto& other : rows) {
      if (other.key != row.key || other.kind != row.kind) continue;
      const auto at = other.body.find("\"locked\": ");
      if (at != std::string::npos) other.body.replace(at, 10, "\"locked\": 7, \"x\": ");
    }
    EXPECT_EQ(DecodeContents(rows, 1).has_value(), !speaks_of_accounts) << row.kind;
  }
  for (const char* nonsense :
       {"[]", "7", "{\"account\": []}", "{\"account\": {\"locked\": true}}", "{\"member\": []}"}) {
    EXPECT_FALSE(DecodeContents({{"member", Sid(1), nonsense}}, 1)) << nonsense;
    EXPECT_FALSE(DecodeContents({{"extra", Sid(1), nonsense}}, 1)) << nonsense;
  }
}

void Run(sqlite3* database, const std::string& sql) {
  ASSERT_EQ(::sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sql;
}

std::string Hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += "0123456789abcdef"[byte >> 4U];
    out += "0123456789abcdef"[byte & 15U];
  }
  return "x'" + out + "'";
}

// The file of version 1, as its schema was.
void WriteEarlierFile(const Folder& folder) {
  ASSERT_TRUE(Store::Open(folder.path(), kOwner));  // the file, with its owner
  sqlite3* database = nullptr;
  ASSERT_EQ(::sqlite3_open((folder / "replica.sqlite").c_str(), &database), SQLITE_OK);
  Digest sum{};
  for (const Row& row : EarlierRows()) {
    Run(database, "INSERT INTO records VALUES (" + Hex(row.kind) + ", " + Hex(row.key) + ", " + Hex(row.body) + ")");
    Toggle(sum, Sha256(row.kind + ":" + std::to_string(row.key.size()) + ":" + row.key + ":" + row.body));
  }
  Run(database, "UPDATE seal SET sum = " + Hex({reinterpret_cast<const char*>(sum.data()), sum.size()}));
  Run(database, "PRAGMA user_version=1");
  ::sqlite3_close(database);
}

TEST(EarlierEncoding, IsReadFromTheFileAndWrittenAnew) {
  const Folder folder;
  WriteEarlierFile(folder);
  for (int round = 0; round < 2; ++round) {  // until something is saved it stays what it is
    auto opened = Store::Open(folder.path(), kOwner);
    ASSERT_TRUE(opened) << opened.error().detail;
    ExpectEqual(opened->contents, Kept());
    ASSERT_EQ(opened->warnings.size(), 1U);
    EXPECT_NE(opened->warnings[0].find("earlier taglogind"), std::string::npos);
    ASSERT_TRUE(round == 0 || opened->store->SaveAccount(opened->contents, Sid(1107), "alice"));
  }
  const auto opened = Store::Open(folder.path(), kOwner);
  ASSERT_TRUE(opened);
  ExpectEqual(opened->contents, Kept());
  EXPECT_TRUE(opened->warnings.empty());
}

}  // namespace
}  // namespace taglogin::daemon::replica
