// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

#include "tests/daemon/replica/contents_equal.h"
#include "tests/daemon/replica/samples.h"

namespace taglogin::daemon::replica {
namespace {

using samples::At;
using samples::Folder;
using samples::Sid;

constexpr char kOwner[] = "this machine and domain";

// Something in every corner, bytes that are no text among them.
Contents FullContents() {
  Contents contents;
  directory::Closure closure = samples::SmallClosure();
  directory::Member& alice = closure.members.at(Sid(1107));
  alice.account.display_name = std::string("Al\xffi\0ce \xc3\xa9\"{", 12);
  alice.account.expires = std::chrono::sys_seconds(std::chrono::seconds(-5));
  alice.account.disabled = true;
  alice.account.locked_until = std::chrono::sys_seconds::max();
  alice.account.password_expires = std::chrono::sys_seconds::min();
  alice.account.workstations.emplace();
  alice.account.uid_number = 0;
  alice.account.gid_number = 0xffffffff;
  alice.account.logon_hours = directory::LogonHours{{}, false};
  directory::Member& bob = closure.members.at(Sid(1108));
  bob.account.locked_until = std::chrono::sys_seconds(std::chrono::seconds(1790000001));
  bob.account.workstations = {{"WEB1", "\xff\n"}};
  bob.account.logon_hours.emplace().open.set(0).set(167).set(40);
  alice.account.password_must_change = true;
  alice.account.home = "/home/\n";
  alice.account.shell = "";
  alice.account.key_values = {"SSHKey:ssh-ed25519 AAAA", "", "\x80\x81"};
  alice.nss_group_ids = {Sid(3000), Sid(3001)};
  alice.memberships.push_back({Sid(2003), {"contractors", "caf\xc3\xa9"}, true});
  closure.known_groups.begin()->second.gid_number = 10001;
  closure.groups["gone"] = {directory::Resolution::kPinMismatch, samples::GroupOf(2009, "gone")};
  closure.groups["list"] = {directory::Resolution::kNotSecurity, {}};
  closure.groups["twice"] = {directory::Resolution::kAmbiguous, {}};
  closure.groups["caf\xc3\xa9"] = {};
  closure.users["dave"] = Sid(1300);
  closure.warnings = {"group twice stands for 2 groups"};
  ApplyClosure(contents, closure, {{"ssh-prod-web", "caf\xc3\xa9"}, {"dave"}}, At(0));
  ApplyLookup(contents, samples::MemberOf(1200, "visitor"), At(3));
  TagReading reading;
  reading.tags.known = true;
  reading.tags.tags["Environment"] = {
      "pr\xc3\xb6"
      "d",
      "imds", std::chrono::sys_seconds(std::chrono::seconds(7))};
  reading.tags.hostname = "web1";
  reading.tags.instance_id = "i-1";
  reading.sources = {"imds"};
  reading.account_id = "123";
  reading.region = "eu-central-1";
  reading.read_at = At(1);
  contents.tags = reading;
  contents.decisions["alice"] = R"({"allow":true})";
  return contents;
}

Store::Opened MustOpen(const Folder& folder, const std::string& owner = kOwner) {
  auto opened = Store::Open(folder.path(), owner);
  if (!opened) {
    ADD_FAILURE() << opened.error().detail;
    std::abort();
  }
  return *std::move(opened);
}

void SaveAndClose(const Folder& folder, const Contents& contents) {
  const auto saved = MustOpen(folder).store->Save(contents);
  ASSERT_TRUE(saved) << saved.error().detail;
}

TEST(Store, BeginsEmpty) {
  const Folder folder;
  const auto opened = MustOpen(folder);
  EXPECT_TRUE(opened.warnings.empty());
  ExpectEqual(opened.contents, Contents{});
}

TEST(Store, GivesBackWhatWasSaved) {
  const Folder folder;
  SaveAndClose(folder, FullContents());
  const auto opened = MustOpen(folder);
  EXPECT_TRUE(opened.warnings.empty());
  ExpectEqual(opened.contents, FullContents());
}

TEST(Store, ASecondSaveTakesAwayWhatIsGone) {
  const Folder folder;
  Contents contents = FullContents();
  auto opened = MustOpen(folder);
  ASSERT_TRUE(opened.store->Save(contents));
  contents.walk->closure.members.erase(Sid(1107));
  contents.decisions.clear();
  contents.tags.reset();
  contents.pins["ssh-prod-web"] = Sid(2005);
  ASSERT_TRUE(opened.store->Save(contents));
  opened.store.reset();
  ExpectEqual(MustOpen(folder).contents, contents);
}

TEST(Store, SavesOneAccountWithoutTheOthers) {
  const Folder folder;
  Contents contents = FullContents();
  auto opened = MustOpen(folder);
  ASSERT_TRUE(opened.store->Save(contents));
  ApplyLookup(contents, samples::MemberOf(1201, "guest2"), At(60));
  contents.decisions["guest2"] = R"({"allow":false})";
  ASSERT_TRUE(opened.store->SaveAccount(contents, Sid(1201), "guest2"));
  contents.extras.erase(Sid(1200));
  contents.last_used.erase(Sid(1200));
  ASSERT_TRUE(opened.store->SaveAccount(contents, Sid(1200), "visitor"));
  opened.store.reset();
  ExpectEqual(MustOpen(folder).contents, contents);
}

// T42
TEST(Store, FilesAreForTheOwnerAlone) {
  const Folder parent;
  const mode_t old = ::umask(0);
  auto opened = Store::Open(parent / "state", kOwner);
  ASSERT_TRUE(opened) << opened.error().detail;
  ASSERT_TRUE(opened->store->Save(FullContents()));
  ::umask(old);
  struct stat status {};
  ASSERT_EQ(::stat((parent / "state").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0700U);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(parent / "state")) {
    ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U) << entry.path();
    ++files;
  }
  EXPECT_GE(files, 2U);  // the write-ahead log is there while the store is open
}

TEST(Store, RefusesPathsThatOthersMayHaveMade) {
  const auto refused = [](const std::string& folder) {
    const auto opened = Store::Open(folder, kOwner);
    return !opened && opened.error().code == base::ErrorCode::kRefused;
  };
  const Folder elsewhere;
  elsewhere.Write("file", "");
  ASSERT_EQ(::chmod((elsewhere / "file").c_str(), 0600), 0);

  const Folder symlinked;
  ASSERT_EQ(::symlink((elsewhere / "file").c_str(), (symlinked / "replica.sqlite").c_str()), 0);
  EXPECT_TRUE(refused(symlinked.path()));
  EXPECT_EQ(std::filesystem::file_size(elsewhere / "file"), 0U);

  const Folder linked;
  ASSERT_EQ(::link((elsewhere / "file").c_str(), (linked / "replica.sqlite").c_str()), 0);
  EXPECT_TRUE(refused(linked.path()));

  const Folder fifo;
  ASSERT_EQ(::mkfifo((fifo / "replica.sqlite").c_str(), 0600), 0);
  EXPECT_TRUE(refused(fifo.path()));

  const Folder readable;
  readable.Write("replica.sqlite", "");
  ASSERT_EQ(::chmod((readable / "replica.sqlite").c_str(), 0640), 0);
  EXPECT_TRUE(refused(readable.path()));

  const Folder open;
  ASSERT_EQ(::chmod(open.path().c_str(), 0750), 0);
  EXPECT_TRUE(refused(open.path()));

  for (const char* beside : {"replica.sqlite-wal", "replica.sqlite-journal", "replica.sqlite-shm"}) {
    const Folder links;
    elsewhere.Write("victim", "not ours to write");
    ASSERT_EQ(::chmod((elsewhere / "victim").c_str(), 0600), 0);
    ASSERT_EQ(::link((elsewhere / "victim").c_str(), (links / beside).c_str()), 0);
    EXPECT_TRUE(refused(links.path())) << beside << ": a hard link";
    ASSERT_EQ(::unlink((links / beside).c_str()), 0);
    ASSERT_EQ(::symlink((elsewhere / "victim").c_str(), (links / beside).c_str()), 0);
    EXPECT_TRUE(refused(links.path())) << beside << ": a symlink";
    ASSERT_EQ(::unlink((links / beside).c_str()), 0);
    ASSERT_EQ(::mkfifo((links / beside).c_str(), 0600), 0);
    EXPECT_TRUE(refused(links.path())) << beside << ": a FIFO";
    ASSERT_EQ(::unlink((links / beside).c_str()), 0);
    ASSERT_EQ(::mkdir((links / beside).c_str(), 0700), 0);
    EXPECT_TRUE(refused(links.path())) << beside << ": a folder";
    std::ifstream victim(elsewhere / "victim");
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(victim), {}), "not ours to write") << beside;
  }

  const Folder real;
  ASSERT_EQ(::symlink(real.path().c_str(), (elsewhere / "link").c_str()), 0);
  EXPECT_TRUE(refused(elsewhere / "link"));
  if (::geteuid() == 0) {
    const Folder foreign;
    ASSERT_EQ(::chown(foreign.path().c_str(), 12345, 12345), 0);
    EXPECT_TRUE(refused(foreign.path()));
  }
}

TEST(Store, TwoDaemonsDoNotShareAFile) {
  const Folder folder;
  auto first = MustOpen(folder);
  ASSERT_TRUE(first.store->Save(FullContents()));
  // In another process: POSIX locks do not keep a process from itself.
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto second = Store::Open(folder.path(), kOwner);
    ::_exit(!second && second.error().code == base::ErrorCode::kUnavailable ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(Store, AnotherMachinesReplicaIsBegunAnew) {
  const Folder folder;
  SaveAndClose(folder, FullContents());
  const auto opened = MustOpen(folder, "another machine");
  ExpectEqual(opened.contents, Contents{});
  ASSERT_EQ(opened.warnings.size(), 1U);
  EXPECT_NE(opened.warnings[0].find("another machine"), std::string::npos) << opened.warnings[0];
  EXPECT_TRUE(std::filesystem::exists(folder / "replica.sqlite.bad"));
}

TEST(Store, AnOtherSchemaVersionIsBegunAnew) {
  for (const char* version : {"PRAGMA user_version=3", "PRAGMA user_version=0"}) {
    const Folder folder;
    SaveAndClose(folder, FullContents());
    sqlite3* database = nullptr;
    ASSERT_EQ(::sqlite3_open((folder / "replica.sqlite").c_str(), &database), SQLITE_OK);
    ASSERT_EQ(::sqlite3_exec(database, version, nullptr, nullptr, nullptr), SQLITE_OK);
    ::sqlite3_close(database);
    const auto opened = MustOpen(folder);
    ExpectEqual(opened.contents, Contents{});
    ASSERT_EQ(opened.warnings.size(), 1U);
    EXPECT_NE(opened.warnings[0].find("schema version"), std::string::npos) << opened.warnings[0];
  }
}

// T43: rows that are well-formed and say something else than was saved.
TEST(Store, EditedRowsAreBegunAnew) {
  for (const char* edit :
       {"DELETE FROM records WHERE kind = CAST('member' AS BLOB)",
        "UPDATE records SET body = replace(body, 'true', 'false') WHERE kind = CAST('member' AS BLOB)",
        "UPDATE records SET key = CAST('S-1-5-21-1-2-3-4' AS BLOB) WHERE kind = CAST('used' AS BLOB)",
        // Two people change places: their groups, …
        "CREATE TEMP TABLE other AS SELECT key, body FROM records WHERE kind = CAST('member' AS BLOB);"
        "UPDATE records SET body = (SELECT o.body FROM other o WHERE o.key <> records.key) "
        "WHERE kind = CAST('member' AS BLOB)",
        // … and in such a way that each record is under its own id.
        "CREATE TEMP TABLE other AS SELECT key, body FROM records WHERE kind = CAST('member' AS BLOB);"
        "UPDATE records SET body = CAST(replace(CAST((SELECT o.body FROM other o WHERE o.key <> records.key) AS TEXT), "
        "CAST((SELECT o.key FROM other o WHERE o.key <> records.key) AS TEXT), CAST(key AS TEXT)) AS BLOB) "
        "WHERE kind = CAST('member' AS BLOB)",
        "INSERT INTO seal SELECT * FROM seal", "DELETE FROM seal", "DELETE FROM records", "DROP TABLE records"}) {
    const Folder folder;
    SaveAndClose(folder, FullContents());
    sqlite3* database = nullptr;
    ASSERT_EQ(::sqlite3_open((folder / "replica.sqlite").c_str(), &database), SQLITE_OK);
    ASSERT_EQ(::sqlite3_exec(database, edit, nullptr, nullptr, nullptr), SQLITE_OK) << ::sqlite3_errmsg(database);
    ::sqlite3_close(database);
    const auto opened = MustOpen(folder);
    EXPECT_EQ(opened.warnings.size(), 1U) << edit;
    ExpectEqual(opened.contents, Contents{});
  }
}

TEST(Store, AFileThatIsNoDatabaseIsBegunAnewAndOnlyOneIsKept) {
  const Folder folder;
  for (const char* junk : {"first junk, longer than nothing", "second junk, not SQLite either"}) {
    folder.Write("replica.sqlite", junk);
    ASSERT_EQ(::chmod((folder / "replica.sqlite").c_str(), 0600), 0);
    EXPECT_EQ(MustOpen(folder).warnings.size(), 1U);
    std::ifstream bad(folder / "replica.sqlite.bad");
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(bad), {}), junk);
  }
  EXPECT_TRUE(MustOpen(folder).warnings.empty());
}

TEST(ReplicaOwner, DiffersByMachineAndByDirectory) {
  const Folder one;
  const Folder two;
  one.Write("machine-id", "0123456789abcdef0123456789abcdef\n");
  two.Write("machine-id", "fedcba9876543210fedcba9876543210\n");
  const std::string owner = ReplicaOwner("corp.example.com", one.path());
  EXPECT_EQ(owner.size(), 64U);
  EXPECT_EQ(owner, ReplicaOwner("corp.example.com", one.path()));
  EXPECT_NE(owner, ReplicaOwner("corp.example.com", two.path()));
  EXPECT_NE(owner, ReplicaOwner("lab.example.com", one.path()));
}

}  // namespace
}  // namespace taglogin::daemon::replica
