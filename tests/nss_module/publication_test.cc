// SPDX-License-Identifier: Apache-2.0
// Readers in a tight loop while tables A and B are published in turn, and the publisher is killed at each
// of its system calls, its file system is full, its folder goes and comes back. Every answer is A or B.
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>

#include "base/deadline.h"
#include "base/unique_fd.h"
#include "in_child.h"
#include "kill_at_call.h"
#include "publication_readers.h"

namespace taglogin::tests {
namespace {

using daemon::replica::TablePublisher;

char Other(char which) { return which == 'A' ? 'B' : 'A'; }

// A daemon's work from its start: takes the folder over, publishes, renews.
bool PublishIt(char which) {
  auto opened = TablePublisher::Open(kTables);
  return opened && (*opened)->Publish(Truth(which)) && (*opened)->Renew();
}

class PublicationTest : public BuiltModuleTest {
 protected:
  void SetUp() override {
    if (!in_namespace_) GTEST_SKIP() << "needs to be root, to have a /run of its own";
    std::filesystem::remove_all(kTables);
  }
  // What a process that comes now sees.
  static std::string Newcomer() {
    return InChild([] {
      const std::string truth = WhichTruth(*module_);
      return truth == "-" || ReadsAll(*module_) ? truth : "mix: one of many is missing";
    });
  }
  // How long after now the table is believed to be fresh; 0 without a control page.
  static std::int64_t FreshFor() {
    const base::UniqueFd fd(::open("/run/taglogin/nss/control", O_RDONLY | O_CLOEXEC));
    std::int64_t until = 0;
    if (::pread(fd.get(), &until, sizeof until, 24) != sizeof until) return 0;
    return until - base::ClockMs(CLOCK_BOOTTIME);
  }
  // In a publisher that is killed at its first stop, its second, … until it comes to its end; `before` lays
  // out what it finds, `after` looks at what it left.
  static long AtEachStop(const std::function<void(char)>& before, const std::function<void(long, char)>& after) {
    char which = 'A';
    for (long stop = 1;; ++stop) {
      which = Other(which);
      before(which);
      const End end = RunUntilStop(stop, [which] { return PublishIt(which); });
      EXPECT_NE(end, End::kFailed) << "stop " << stop;
      EXPECT_LE(FreshFor(), protocol::kFreshForMs) << "stop " << stop;
      after(stop, which);
      if (end != End::kKilled || testing::Test::HasFailure()) return stop - 1;
    }
  }
};

TEST_F(PublicationTest, KilledAtEachSystemCallItLeavesOneOfTwoTruthsAndASuccessorRepairs) {
  ASSERT_TRUE(PublishIt('A'));
  Readers readers(*module_, 2, 3);
  ASSERT_TRUE(readers.AllSee('A'));
  long stops = 0;
  for (int round = 0; round < (Long() ? 20 : 1); ++round) {
    stops = AtEachStop([](char) {},
                       [&](long stop, char which) {
                         const std::string seen = Newcomer();
                         EXPECT_TRUE(seen == "A" || seen == "B") << "stop " << stop << ": " << seen;
                         EXPECT_TRUE(PublishIt(which)) << "stop " << stop;
                         EXPECT_EQ(Newcomer(), std::string(1, which)) << "stop " << stop;
                         EXPECT_TRUE(readers.AllSee(which)) << "stop " << stop;
                       });
  }
  EXPECT_EQ(readers.Stop(), "");
  std::printf("killed at %ld stops; %ld looks of 4 readers\n", stops, readers.looks());
  EXPECT_GT(stops, 30);
}

// As after a boot, or with a page or a table that was lost or is of another version.
TEST_F(PublicationTest, KilledAtEachSystemCallWhileItMakesItsFilesItLeavesATruthOrNone) {
  const auto spoil = [](std::size_t at) {
    const base::UniqueFd fd(::open("/run/taglogin/nss/control", O_RDWR | O_CLOEXEC));
    char byte = 0;
    EXPECT_EQ(::pread(fd.get(), &byte, 1, static_cast<off_t>(at)), 1);
    byte ^= 0x20;
    EXPECT_EQ(::pwrite(fd.get(), &byte, 1, static_cast<off_t>(at)), 1);
  };
  const std::pair<const char*, std::function<void()>> starts[] = {
      {"no folder", [] { std::filesystem::remove_all(kTables); }},
      {"no control page", [] { std::filesystem::remove("/run/taglogin/nss/control"); }},
      {"no table", [] { std::filesystem::remove("/run/taglogin/nss/table"); }},
      {"a page of another version", [&] { spoil(8); }},
      {"a damaged page", [&] { spoil(0); }},
      {"a page that is retired", [&] { spoil(32); }},
  };
  for (const auto& [name, lay_out] : starts) {
    const long stops = AtEachStop(
        [&, &lay_out = lay_out](char which) {
          ASSERT_TRUE(PublishIt(Other(which)));
          lay_out();
        },
        [&, name = name](long stop, char which) {
          const std::string seen = Newcomer();
          EXPECT_TRUE(seen == "A" || seen == "B" || seen == "-") << name << ", stop " << stop << ": " << seen;
          EXPECT_TRUE(PublishIt(which)) << name << ", stop " << stop;
          EXPECT_EQ(Newcomer(), std::string(1, which)) << name << ", stop " << stop;
        });
    std::printf("%s: killed at %ld stops\n", name, stops);
    EXPECT_GT(stops, 30) << name;
  }
}

TEST_F(PublicationTest, AFolderThatGoesAndComesBackIsFollowedAtOnce) {
  auto opened = TablePublisher::Open(kTables);
  ASSERT_TRUE(opened.has_value());
  TablePublisher& publisher = **opened;
  ASSERT_TRUE(publisher.Publish(Truth('A')).has_value());
  Readers readers(*module_, 2, 3);
  ASSERT_TRUE(readers.AllSee('A'));
  char which = 'A';
  for (int i = 0; i < 10; ++i) {
    if (i % 2 == 0) {
      std::filesystem::remove_all(kTables);
    } else {
      std::filesystem::rename(kTables, "/run/taglogin/away" + std::to_string(i));
    }
    // Those who know a table go on with it.
    EXPECT_TRUE(readers.AllSee(which)) << i;
    ASSERT_TRUE(publisher.Renew().has_value()) << i;
    EXPECT_EQ(Newcomer(), std::string(1, which)) << i;
    which = Other(which);
    ASSERT_TRUE(publisher.Publish(Truth(which)).has_value()) << i;
    EXPECT_TRUE(readers.AllSee(which)) << i;
    EXPECT_EQ(Newcomer(), std::string(1, which)) << i;
  }
  EXPECT_EQ(readers.Stop(), "");
}

// A small file system of the folder's own, filled up to each number of free pages.
TEST_F(PublicationTest, OnAFullFileSystemTheOldTableStandsAndIsReadable) {
  ASSERT_EQ(::mkdir(kTables, 0755), 0);
  ASSERT_EQ(::mount("none", kTables, "tmpfs", 0, "mode=755,size=128k"), 0);
  // Full from the start: no table, no half one either.
  const std::string filler = std::string(kTables) + "/filler";
  const auto fill = [&](long pages_left) {
    const base::UniqueFd fd(::open(filler.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    const std::string page(4096, 'x');
    long pages = 0;
    while (::write(fd.get(), page.data(), page.size()) == static_cast<ssize_t>(page.size())) ++pages;
    EXPECT_EQ(::ftruncate(fd.get(), std::max(0L, pages - pages_left) * 4096), 0);
    return pages;
  };
  (void)fill(0);
  EXPECT_FALSE(TablePublisher::Open(kTables).has_value());
  EXPECT_EQ(Newcomer(), "-");
  std::filesystem::remove(filler);

  auto opened = TablePublisher::Open(kTables);
  ASSERT_TRUE(opened.has_value());
  ASSERT_TRUE((*opened)->Publish(Truth('A')).has_value());
  Readers readers(*module_, 2, 3);
  ASSERT_TRUE(readers.AllSee('A'));
  char which = 'A';
  int refused = 0;
  for (long left = 0; left < 32; ++left) {
    (void)fill(left);
    const bool published = (*opened)->Publish(Truth(Other(which))).has_value();
    if (published) {
      which = Other(which);
    } else {
      ++refused;
      EXPECT_TRUE((*opened)->Renew().has_value()) << left << " pages left";
    }
    EXPECT_EQ(Newcomer(), std::string(1, which)) << left << " pages left";
    EXPECT_TRUE(readers.AllSee(which)) << left << " pages left";
    EXPECT_FALSE(std::filesystem::exists(std::string(kTables) + "/table.new")) << left << " pages left";
  }
  EXPECT_EQ(readers.Stop(), "");
  EXPECT_GE(refused, 4);
  EXPECT_LE(refused, 28);
  opened->reset();
  ASSERT_EQ(::umount2(kTables, MNT_DETACH), 0);
}

// The daemon is killed; a name that it had said did not exist is soon nobody's to deny.
TEST_F(PublicationTest, ADeadDaemonsTableIsKnownToBeOldWithinTenSeconds) {
  if (!Long()) GTEST_SKIP() << "waits 10 s: long";
  auto names = Truth('A');
  names.negatives = {{"ghost", base::ClockMs(CLOCK_BOOTTIME) + 3600000}};
  const auto ghost = [] {
    return InChild([] {
      passwd p{};
      char buffer[256];
      int error = 0;
      return std::to_string(module_->getpwnam_r("ghost", &p, buffer, sizeof buffer, &error));
    });
  };
  const std::int64_t before = base::ClockMs(CLOCK_BOOTTIME);
  EXPECT_EQ(InChild([&] {
              auto opened = TablePublisher::Open(kTables);
              if (!opened || !(*opened)->Publish(names)) return std::string("not published");
              ::raise(SIGKILL);
              return std::string("still here");
            }),
            "signal 9");
  EXPECT_EQ(ghost(), std::to_string(NSS_STATUS_NOTFOUND));
  while (ghost() == std::to_string(NSS_STATUS_NOTFOUND)) ASSERT_LT(base::ClockMs(CLOCK_BOOTTIME) - before, 15000);
  const std::int64_t took = base::ClockMs(CLOCK_BOOTTIME) - before;
  std::printf("known to be old after %ld ms\n", static_cast<long>(took));
  EXPECT_LE(took, 10200);
  EXPECT_GE(took, 9900);
  EXPECT_EQ(Newcomer(), "A") << "who somebody is does not change";
}

}  // namespace
}  // namespace taglogin::tests
