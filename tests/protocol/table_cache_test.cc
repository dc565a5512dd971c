// SPDX-License-Identifier: Apache-2.0
#include "protocol/table_cache.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/deadline.h"
#include "daemon/replica/table_publisher.h"
#include "daemon/replica/table_writer.h"
#include "table_samples.h"
#include "tests/base/temp_folder.h"

namespace taglogin::protocol {

// Slots as a fork() at the worst moment leaves them in the child.
struct TableCachePeek {
  static void LeaveSlotTaken(TableCache& cache, std::size_t slot) { cache.slots_[slot].users = TableCache::kTaken; }
  static constexpr std::size_t kSlots = TableCache::kSlots;
};

namespace {

using daemon::replica::PublishedNames;
using daemon::replica::TablePublisher;
using tests::SampleNames;

std::int64_t Now() { return base::ClockMs(CLOCK_BOOTTIME); }

// Names whose alice has this shell.
PublishedNames WithShell(const std::string& shell) {
  PublishedNames names = SampleNames();
  names.accounts[0].shell = shell;
  return names;
}

class TableCacheTest : public testing::Test {
 protected:
  TableCacheTest() : folder_(temp_.File("nss")) { publisher_ = OpenPublisher(folder_); }

  static std::unique_ptr<TablePublisher> OpenPublisher(const std::string& folder) {
    auto opened = TablePublisher::Open(folder);
    EXPECT_TRUE(opened.has_value());
    return std::move(*opened);
  }
  void Publish(const PublishedNames& names) {
    const auto published = publisher_->Publish(names);
    ASSERT_TRUE(published.has_value()) << published.error().detail;
    ASSERT_TRUE(published->empty());
  }
  // Alice's shell as a look-up sees it now; "-" without a table, "?" without alice.
  std::string Shell(TableCache& cache, std::int64_t boot_ms = Now()) {
    TableLease lease;
    return Shell(cache, lease, boot_ms);
  }
  std::string Shell(TableCache& cache, TableLease& lease, std::int64_t boot_ms = Now()) {
    if (!cache.Acquire(folder_.c_str(), boot_ms, lease)) return "-";
    AccountView account;
    return lease.view().FindAccount("alice", account) ? std::string(account.shell) : "?";
  }
  bool Fresh(TableCache& cache, std::int64_t boot_ms) {
    TableLease lease;
    return cache.Acquire(folder_.c_str(), boot_ms, lease) && lease.FreshAt(boot_ms);
  }
  // Mappings of files in the folder that this process has, deleted ones included.
  int Mappings() const {
    std::ifstream maps("/proc/self/maps");
    int count = 0;
    for (std::string line; std::getline(maps, line);) {
      if (line.find(folder_) != std::string::npos) ++count;
    }
    return count;
  }

  test::TempFolder temp_;
  std::string folder_;
  std::unique_ptr<TablePublisher> publisher_;
};

TEST_F(TableCacheTest, NoTableBeforeTheFirstPublication) {
  TableCache cache;
  EXPECT_EQ(Shell(cache), "-");
  Publish(WithShell("/bin/one"));
  EXPECT_EQ(Shell(cache), "/bin/one");
}

TEST_F(TableCacheTest, SeesEachPublicationAtOnceAndKeepsOneMapping) {
  TableCache cache;
  for (int i = 0; i < 100; ++i) {
    const std::string shell = "/bin/sh" + std::to_string(i);
    Publish(WithShell(shell));
    ASSERT_EQ(Shell(cache), shell);
    ASSERT_EQ(Shell(cache), shell);
  }
  // The publisher's control page, the cache's, and one table.
  EXPECT_EQ(Mappings(), 3);
}

TEST_F(TableCacheTest, OpensNoFileWhileNothingIsPublished) {
  Publish(WithShell("/bin/one"));
  TableCache cache;
  ASSERT_EQ(Shell(cache), "/bin/one");
  // With the files out of reach, only what is mapped can answer.
  ASSERT_EQ(::rename(folder_.c_str(), temp_.File("away").c_str()), 0);
  EXPECT_EQ(Shell(cache), "/bin/one");
  EXPECT_TRUE(Fresh(cache, Now()));
}

TEST_F(TableCacheTest, RetiredTableIsNotBelievedUntilTheNextPublication) {
  Publish(WithShell("/bin/one"));
  TableCache cache;
  ASSERT_EQ(Shell(cache), "/bin/one");
  publisher_->Retire();
  EXPECT_EQ(Shell(cache), "-");
  TableCache another;
  EXPECT_EQ(Shell(another), "-");
  Publish(WithShell("/bin/one"));
  EXPECT_EQ(Shell(cache), "/bin/one");
}

TEST_F(TableCacheTest, IsStaleWhenThePublisherFallsSilentAndFreshAgainWhenItRenews) {
  Publish(WithShell("/bin/one"));
  TableCache cache;
  EXPECT_TRUE(Fresh(cache, Now()));
  const std::int64_t later = Now() + kFreshForMs + 1;
  EXPECT_FALSE(Fresh(cache, later));
  EXPECT_EQ(Shell(cache, later), "/bin/one") << "identities outlive the daemon";
  ASSERT_TRUE(publisher_->Renew().has_value());
  EXPECT_TRUE(Fresh(cache, Now()));
}

TEST_F(TableCacheTest, FreshnessFarInTheFutureIsNone) {
  Publish(WithShell("/bin/one"));
  TableCache cache;
  // As left behind by a boot that lasted longer than this one has.
  EXPECT_FALSE(Fresh(cache, Now() + kFreshForMs - kMaxFreshMs - 1000));
}

TEST_F(TableCacheTest, StaleTableGivesWayToAFolderThatTookItsPlace) {
  Publish(WithShell("/bin/one"));
  TableCache cache;
  ASSERT_EQ(Shell(cache), "/bin/one");
  ASSERT_EQ(::rename(folder_.c_str(), temp_.File("away").c_str()), 0);
  const auto another = OpenPublisher(folder_);
  ASSERT_TRUE(another->Publish(WithShell("/bin/two")).has_value());
  EXPECT_EQ(Shell(cache, Now() + kFreshForMs + 1000), "/bin/two");
  EXPECT_EQ(Shell(cache), "/bin/two");
}

TEST_F(TableCacheTest, StaleTableIsLookedForAgainAtMostOnceASecond) {
  Publish(WithShell("/bin/one"));
  TableCache cache;
  const std::int64_t later = Now() + kFreshForMs + 1000;
  ASSERT_EQ(Shell(cache, later), "/bin/one");
  ASSERT_EQ(Shell(cache, later + 1), "/bin/one");
  ASSERT_EQ(::rename(folder_.c_str(), temp_.File("away").c_str()), 0);
  const auto another = OpenPublisher(folder_);
  ASSERT_TRUE(another->Publish(WithShell("/bin/two")).has_value());
  EXPECT_EQ(Shell(cache, later + 900), "/bin/one");
  EXPECT_EQ(Shell(cache, later + 1100), "/bin/two");
}

TEST_F(TableCacheTest, KeepsWhatItHasWhenTheFolderDisappears) {
  Publish(WithShell("/bin/one"));
  TableCache cache;
  ASSERT_EQ(Shell(cache), "/bin/one");
  std::filesystem::remove_all(folder_);
  const std::int64_t later = Now() + kFreshForMs + 1000;
  EXPECT_EQ(Shell(cache, later), "/bin/one");
  EXPECT_FALSE(Fresh(cache, later + 2000));
  TableCache newcomer;
  EXPECT_EQ(Shell(newcomer, later), "-");
}

TEST_F(TableCacheTest, TakesATableThatIsInPlaceBeforeItIsAnnounced) {
  Publish(WithShell("/bin/one"));
  auto encoded = daemon::replica::EncodeTable(WithShell("/bin/two"), 1);
  ASSERT_TRUE(encoded.has_value());
  daemon::replica::StampGeneration(encoded->image, 2);
  temp_.Write("next", encoded->image, 0644);
  ASSERT_EQ(::rename(temp_.File("next").c_str(), (folder_ + "/" + kTableFile).c_str()), 0);
  TableCache cache;
  EXPECT_EQ(Shell(cache), "/bin/two");
}

TEST_F(TableCacheTest, RefusesATableOlderThanTheOneAnnounced) {
  Publish(WithShell("/bin/one"));
  const std::string old = temp_.Read("nss/table");
  Publish(WithShell("/bin/two"));
  temp_.Write("nss/table", old, 0644);
  TableCache cache;
  EXPECT_EQ(Shell(cache), "-");
}

TEST_F(TableCacheTest, BelievesOnlyFilesThatTheirOwnerAloneCanWrite) {
  Publish(WithShell("/bin/one"));
  const auto shell_of_newcomer = [this] {
    TableCache cache;
    return Shell(cache);
  };
  ASSERT_EQ(shell_of_newcomer(), "/bin/one");
  for (const std::string& path : {folder_, folder_ + "/table", folder_ + "/control"}) {
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    for (const mode_t writable : {mode_t{S_IWGRP}, mode_t{S_IWOTH}}) {
      ASSERT_EQ(::chmod(path.c_str(), (status.st_mode | writable) & 07777), 0);
      EXPECT_EQ(shell_of_newcomer(), "-") << path;
    }
    ASSERT_EQ(::chmod(path.c_str(), status.st_mode & 07777), 0);
    ASSERT_EQ(shell_of_newcomer(), "/bin/one");
  }
}

TEST_F(TableCacheTest, BelievesOnlyRegularFiles) {
  for (const std::string name : {"table", "control"}) {
    Publish(WithShell("/bin/" + name));
    const std::string path = folder_ + "/" + name;
    ASSERT_EQ(::rename(path.c_str(), temp_.File("real").c_str()), 0);
    TableCache cache;
    EXPECT_EQ(Shell(cache), "-") << name << " is missing";
    ASSERT_EQ(::symlink(temp_.File("real").c_str(), path.c_str()), 0);
    EXPECT_EQ(Shell(cache), "-") << name << " is a link";
    ASSERT_EQ(::unlink(path.c_str()), 0);
    ASSERT_EQ(::mkfifo(path.c_str(), 0644), 0);
    EXPECT_EQ(Shell(cache), "-") << name << " is a pipe";
    ASSERT_EQ(::unlink(path.c_str()), 0);
    ASSERT_EQ(::rename(temp_.File("real").c_str(), path.c_str()), 0);
  }
}

TEST_F(TableCacheTest, BelievesRootAndTheOwnerOfTheFolderOnly) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to give files away";
  Publish(WithShell("/bin/one"));
  const auto shell_of_newcomer = [this] {
    TableCache cache;
    return Shell(cache);
  };
  ASSERT_EQ(::chown((folder_ + "/table").c_str(), 12345, 12345), 0);
  EXPECT_EQ(shell_of_newcomer(), "-");
  ASSERT_EQ(::chown(folder_.c_str(), 12345, 12345), 0);
  EXPECT_EQ(shell_of_newcomer(), "/bin/one");
  ASSERT_EQ(::chown(folder_.c_str(), 12346, 12346), 0);
  EXPECT_EQ(shell_of_newcomer(), "-");
}

TEST_F(TableCacheTest, RefusesAControlPageThatIsDamaged) {
  Publish(WithShell("/bin/one"));
  const std::string good = temp_.Read("nss/control");
  for (const std::size_t at : {std::size_t{0}, std::size_t{8}}) {
    std::string bad = good;
    bad[at] ^= 1;
    temp_.Write("nss/control", bad, 0644);
    TableCache cache;
    EXPECT_EQ(Shell(cache), "-") << at;
  }
  temp_.Write("nss/control", good.substr(0, 4095), 0644);
  TableCache cache;
  EXPECT_EQ(Shell(cache), "-");
  temp_.Write("nss/control", good, 0644);
  EXPECT_EQ(Shell(cache), "/bin/one");
}

TEST_F(TableCacheTest, ReadersInAllSlotsKeepTheirTablesAndTheNextReadsItsOwn) {
  TableCache cache;
  std::vector<std::unique_ptr<TableLease>> leases;
  const int before = Mappings();
  for (std::size_t i = 0; i < TableCachePeek::kSlots + 2; ++i) {
    const std::string shell = "/bin/sh" + std::to_string(i);
    Publish(WithShell(shell));
    leases.push_back(std::make_unique<TableLease>());
    ASSERT_EQ(Shell(cache, *leases.back()), shell);
  }
  for (std::size_t i = 0; i < leases.size(); ++i) {
    AccountView account;
    ASSERT_TRUE(leases[i]->view().FindAccount("alice", account));
    EXPECT_EQ(account.shell, "/bin/sh" + std::to_string(i));
  }
  leases.clear();
  Publish(WithShell("/bin/last"));
  EXPECT_EQ(Shell(cache), "/bin/last");
  EXPECT_EQ(Mappings(), before + 2);
}

TEST_F(TableCacheTest, AnswersWhenEverySlotWasBeingChangedAtFork) {
  Publish(WithShell("/bin/one"));
  TableCache cache;
  for (std::size_t i = 0; i < TableCachePeek::kSlots; ++i) TableCachePeek::LeaveSlotTaken(cache, i);
  const int before = Mappings();
  EXPECT_EQ(Shell(cache), "/bin/one");
  Publish(WithShell("/bin/two"));
  EXPECT_EQ(Shell(cache), "/bin/two");
  EXPECT_EQ(Mappings(), before) << "mapped for the call alone";
}

TEST_F(TableCacheTest, ChildOfForkSeesPublicationsWhileTheParentsReadersNeverLeave) {
  TableCache cache;
  std::vector<std::unique_ptr<TableLease>> leases;
  for (std::size_t i = 0; i < TableCachePeek::kSlots; ++i) {
    Publish(WithShell("/bin/sh" + std::to_string(i)));
    leases.push_back(std::make_unique<TableLease>());
    (void)Shell(cache, *leases.back());
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      Publish(WithShell("/bin/child"));
      const bool first = Shell(cache) == "/bin/child";
      Publish(WithShell("/bin/grown"));
      ::_exit(first && Shell(cache) == "/bin/grown" ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << i << " slots held";
    // The child's publisher counted on; a new one goes on from what lies in the folder.
    publisher_ = OpenPublisher(folder_);
  }
}

TEST_F(TableCacheTest, KeepsNoFileOpen) {
  const auto open_files = [] {
    const std::filesystem::directory_iterator files("/proc/self/fd");
    return std::distance(begin(files), end(files));
  };
  TableCache cache;
  const auto before = open_files();
  for (int i = 0; i < 50; ++i) {
    Publish(WithShell("/bin/sh" + std::to_string(i)));
    (void)Shell(cache);
    (void)Shell(cache, Now() + kFreshForMs + 1000 * i);
  }
  EXPECT_EQ(open_files(), before);
}

// Two tables alternate. Whoever reads must see one of them, whole. A table that is in place and not yet
// announced may be seen by one look-up and not by the next; nothing older than that ever.
TEST_F(TableCacheTest, ConcurrentReadersSeeOneOfTwoTruthsWhileThousandsOfTablesGoBy) {
  PublishedNames truths[2] = {WithShell("/bin/even"), WithShell("/bin/odd")};
  truths[1].accounts[0].home = "/home/odd";
  truths[1].accounts[1].uid = 1209999;
  Publish(truths[0]);
  TableCache cache;
  std::atomic<bool> over{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 6; ++i) {
    readers.emplace_back([&] {
      std::uint64_t last = 0;
      // At least this many, however the threads are scheduled.
      for (int turn = 0; turn < 1000 || !over.load(); ++turn) {
        TableLease lease;
        if (!cache.Acquire(folder_.c_str(), Now(), lease) || lease.view().generation() + 1 < last) {
          ++wrong;
          continue;
        }
        last = lease.view().generation();
        const bool odd = last % 2 == 0;  // the first generation, 1, is the even truth
        AccountView alice;
        AccountView bob;
        const bool right = lease.view().FindAccount("alice", alice) &&
                           alice.shell == (odd ? "/bin/odd" : "/bin/even") &&
                           alice.home == (odd ? "/home/odd" : "/home/alice") &&
                           lease.view().FindAccount(odd ? 1209999U : 1201105U, bob) && bob.name == "bob" &&
                           !lease.view().FindAccount(odd ? 1201105U : 1209999U, bob);
        if (!right) ++wrong;
      }
    });
  }
  for (int i = 1; i <= 3000; ++i) Publish(truths[i % 2]);
  over = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace taglogin::protocol
