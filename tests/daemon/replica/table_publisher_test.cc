// SPDX-License-Identifier: Apache-2.0
// What lies in the folder after each step. That readers see it is tested in tests/protocol.
#include "daemon/replica/table_publisher.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <set>
#include <string>

#include "base/deadline.h"
#include "base/unique_fd.h"
#include "tests/base/temp_folder.h"

namespace taglogin::daemon::replica {
namespace {

using protocol::ControlPage;

PublishedNames Names(const std::string& shell) {
  PublishedNames names;
  names.id_lower = 200000;
  names.id_upper = 2000200000;
  names.accounts = {{"alice", 200001, 200513, "", "/home/alice", shell, {200513}}};
  return names;
}

struct Control {
  std::uint64_t generation;
  std::int64_t fresh_until_ms;
  std::uint64_t retired;
};

class TablePublisherTest : public testing::Test {
 protected:
  TablePublisherTest() : folder_(temp_.File("nss")) {}

  std::unique_ptr<TablePublisher> Open() {
    auto opened = TablePublisher::Open(folder_);
    EXPECT_TRUE(opened.has_value()) << opened.error().detail;
    return opened ? std::move(*opened) : nullptr;
  }
  base::ErrorCode OpenError() {
    auto opened = TablePublisher::Open(folder_);
    EXPECT_FALSE(opened.has_value());
    return opened ? base::ErrorCode::kNotFound : opened.error().code;
  }
  Control ReadControl() const {
    const std::string bytes = temp_.Read("nss/control");
    EXPECT_EQ(bytes.size(), 4096U);
    Control control{};
    std::memcpy(&control.generation, bytes.data() + 16, 8);
    std::memcpy(&control.fresh_until_ms, bytes.data() + 24, 8);
    std::memcpy(&control.retired, bytes.data() + 32, 8);
    return control;
  }
  std::uint64_t TableGeneration() const {
    const std::string bytes = temp_.Read("nss/table");
    std::uint64_t generation = 0;
    if (bytes.size() >= 24) std::memcpy(&generation, bytes.data() + 16, 8);
    return generation;
  }
  struct stat Stat(const char* file) const {
    struct stat status {};
    EXPECT_EQ(::stat((folder_ + "/" + file).c_str(), &status), 0) << file;
    return status;
  }
  std::set<std::string> Files() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) names.insert(entry.path().filename());
    return names;
  }

  test::TempFolder temp_;
  std::string folder_;
};

TEST_F(TablePublisherTest, LeavesTwoFilesThatAllMayReadWhateverTheUmask) {
  const mode_t before = ::umask(077);
  const auto publisher = Open();
  ASSERT_TRUE(publisher->Publish(Names("/bin/sh")).has_value());
  ::umask(before);
  EXPECT_EQ(Files(), (std::set<std::string>{"control", "table"}));
  EXPECT_EQ(Stat(".").st_mode & 07777, 0755U);
  EXPECT_EQ(Stat("control").st_mode & 07777, 0644U);
  EXPECT_EQ(Stat("table").st_mode & 07777, 0644U);
}

TEST_F(TablePublisherTest, AnnouncesTheGenerationThatTheTableCarries) {
  const auto publisher = Open();
  EXPECT_EQ(ReadControl().generation, 0U);
  for (std::uint64_t generation = 1; generation <= 3; ++generation) {
    ASSERT_TRUE(publisher->Publish(Names("/bin/sh" + std::to_string(generation))).has_value());
    EXPECT_EQ(ReadControl().generation, generation);
    EXPECT_EQ(TableGeneration(), generation);
  }
}

TEST_F(TablePublisherTest, NeverTouchesATableAgainNorReplacesTheControlPage) {
  auto publisher = Open();
  ASSERT_TRUE(publisher->Publish(Names("/bin/one")).has_value());
  const ino_t control = Stat("control").st_ino;
  const base::UniqueFd held(::open((folder_ + "/table").c_str(), O_RDONLY));
  const std::string before = temp_.Read("nss/table");
  ASSERT_TRUE(publisher->Publish(Names("/bin/two-is-longer")).has_value());
  publisher = Open();
  ASSERT_TRUE(publisher->Publish(Names("/b")).has_value());
  std::string after(before.size() + 1, '\0');
  EXPECT_EQ(::pread(held.get(), after.data(), after.size(), 0), static_cast<ssize_t>(before.size()));
  after.resize(before.size());
  EXPECT_EQ(after, before);
  EXPECT_EQ(Stat("control").st_ino, control);
}

TEST_F(TablePublisherTest, WritesTablesWithoutHoles) {
  const auto publisher = Open();
  PublishedNames names = Names("/bin/sh");
  names.accounts.clear();
  for (std::uint32_t i = 0; i < 5000; ++i) {
    names.accounts.push_back({"u" + std::to_string(i), 300000 + i, 200513, "", "/home/u", "/bin/sh", {}});
  }
  ASSERT_TRUE(publisher->Publish(names).has_value());
  for (const char* file : {"table", "control"}) {
    const base::UniqueFd fd(::open((folder_ + "/" + file).c_str(), O_RDONLY));
    EXPECT_EQ(::lseek(fd.get(), 0, SEEK_HOLE), Stat(file).st_size) << file;
  }
}

TEST_F(TablePublisherTest, SameNamesAgainCostNoTable) {
  const auto publisher = Open();
  ASSERT_TRUE(publisher->Publish(Names("/bin/sh")).has_value());
  const ino_t table = Stat("table").st_ino;
  ASSERT_TRUE(publisher->Publish(Names("/bin/sh")).has_value());
  EXPECT_EQ(Stat("table").st_ino, table);
  EXPECT_EQ(ReadControl().generation, 1U);
}

TEST_F(TablePublisherTest, ASuccessorCountsOn) {
  ASSERT_TRUE(Open()->Publish(Names("/bin/sh")).has_value());
  const auto successor = Open();
  EXPECT_EQ(ReadControl().generation, 1U);
  ASSERT_TRUE(successor->Publish(Names("/bin/sh")).has_value());
  EXPECT_EQ(ReadControl().generation, 2U);
  EXPECT_EQ(TableGeneration(), 2U);
}

TEST_F(TablePublisherTest, ASuccessorCountsOnFromATableThatWasNeverAnnounced) {
  {
    const auto publisher = Open();
    for (const char* shell : {"/a", "/b", "/c"}) ASSERT_TRUE(publisher->Publish(Names(shell)).has_value());
  }
  std::string control = temp_.Read("nss/control");
  control[16] = 2;
  temp_.Write("nss/control", control, 0644);
  ASSERT_TRUE(Open()->Publish(Names("/d")).has_value());
  EXPECT_EQ(TableGeneration(), 4U);
}

TEST_F(TablePublisherTest, RenewMovesFreshnessAheadOfNow) {
  const auto publisher = Open();
  ASSERT_TRUE(publisher->Publish(Names("/bin/sh")).has_value());
  std::string control = temp_.Read("nss/control");
  std::memset(control.data() + 24, 0, 8);
  {
    const base::UniqueFd fd(::open((folder_ + "/control").c_str(), O_WRONLY));
    ASSERT_EQ(::pwrite(fd.get(), control.data(), control.size(), 0), 4096);
  }
  const std::int64_t before = base::ClockMs(CLOCK_BOOTTIME);
  ASSERT_TRUE(publisher->Renew().has_value());
  const std::int64_t after = base::ClockMs(CLOCK_BOOTTIME);
  EXPECT_GE(ReadControl().fresh_until_ms, before + 10000);
  EXPECT_LE(ReadControl().fresh_until_ms, after + 10000);
}

TEST_F(TablePublisherTest, RenewSaysNothingForATableOfAnEarlierDaemon) {
  ASSERT_TRUE(Open()->Publish(Names("/bin/sh")).has_value());
  const std::int64_t before = ReadControl().fresh_until_ms;
  const auto successor = Open();
  ASSERT_TRUE(successor->Renew().has_value());
  EXPECT_EQ(ReadControl().fresh_until_ms, before);
}

TEST_F(TablePublisherTest, RenewPublishesAgainWhenFilesWereLost) {
  const auto publisher = Open();
  ASSERT_TRUE(publisher->Publish(Names("/bin/sh")).has_value());
  for (const char* lost : {"table", "control", ""}) {
    std::filesystem::remove_all(folder_ + "/" + lost);
    const std::uint64_t before = TableGeneration();
    ASSERT_TRUE(publisher->Renew().has_value()) << lost;
    EXPECT_GT(ReadControl().generation, 0U) << lost;
    EXPECT_EQ(ReadControl().generation, TableGeneration()) << lost;
    EXPECT_GE(TableGeneration(), before) << lost;
  }
}

TEST_F(TablePublisherTest, RetiredStaysRetiredUntilTheNextPublication) {
  const auto publisher = Open();
  ASSERT_TRUE(publisher->Publish(Names("/bin/sh")).has_value());
  publisher->Retire();
  ASSERT_TRUE(publisher->Renew().has_value());
  EXPECT_EQ(ReadControl().retired, 1U);
  ASSERT_TRUE(publisher->Publish(Names("/bin/sh")).has_value());
  EXPECT_EQ(ReadControl().retired, 0U);
}

TEST_F(TablePublisherTest, RetiresAndReplacesAPageOfAnotherVersion) {
  { Open(); }
  std::string control = temp_.Read("nss/control");
  control[8] = 99;
  temp_.Write("nss/control", control, 0644);
  const base::UniqueFd old(::open((folder_ + "/control").c_str(), O_RDONLY));
  const auto publisher = Open();
  ASSERT_TRUE(publisher->Publish(Names("/bin/sh")).has_value());
  std::uint64_t retired = 0;
  ASSERT_EQ(::pread(old.get(), &retired, sizeof retired, 32), 8);
  EXPECT_EQ(retired, 1U);
  EXPECT_EQ(ReadControl().generation, 1U);
  EXPECT_EQ(ReadControl().retired, 0U);
}

TEST_F(TablePublisherTest, ReplacesWhatIsNoControlPage) {
  std::filesystem::create_directory(folder_);
  const auto works = [this] {
    const auto publisher = Open();
    EXPECT_TRUE(publisher && publisher->Publish(Names("/bin/sh")).has_value());
    EXPECT_EQ(ReadControl().generation, TableGeneration());
    std::filesystem::remove(folder_ + "/control");
  };
  temp_.Write("nss/control", "", 0644);
  works();
  temp_.Write("nss/control", std::string(4096, 'x'), 0644);
  works();
  temp_.Write("elsewhere", std::string(4096, 'x'), 0644);
  ASSERT_EQ(::symlink(temp_.File("elsewhere").c_str(), (folder_ + "/control").c_str()), 0);
  works();
  EXPECT_EQ(temp_.Read("elsewhere"), std::string(4096, 'x'));
}

TEST_F(TablePublisherTest, RefusesAFolderThatOthersCanWrite) {
  std::filesystem::create_directory(folder_);
  for (const mode_t mode : {mode_t{0775}, mode_t{0757}, mode_t{01777}}) {
    ASSERT_EQ(::chmod(folder_.c_str(), mode), 0);
    EXPECT_EQ(OpenError(), base::ErrorCode::kInvalid);
  }
  std::filesystem::remove(folder_);
  std::filesystem::create_directory(temp_.File("real"));
  ASSERT_EQ(::symlink("real", folder_.c_str()), 0);
  EXPECT_EQ(OpenError(), base::ErrorCode::kInvalid);
  std::filesystem::remove(folder_);
  temp_.Write("nss", "a file", 0644);
  EXPECT_EQ(OpenError(), base::ErrorCode::kInvalid);
}

// RLIMIT_FSIZE stands in for a full file system: write(2) fails in the middle of the table.
TEST_F(TablePublisherTest, KeepsTheOldTableInForceWhenTheNewOneDoesNotFit) {
  const auto publisher = Open();
  ASSERT_TRUE(publisher->Publish(Names("/bin/sh")).has_value());
  const std::string before = temp_.Read("nss/table");
  PublishedNames big = Names("/bin/sh");
  for (std::uint32_t i = 0; i < 1000; ++i) {
    big.accounts.push_back({"u" + std::to_string(i), 300000 + i, 200513, "", "/home/u", "/bin/sh", {}});
  }
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  struct sigaction previous {};
  ASSERT_EQ(::sigaction(SIGXFSZ, &ignore, &previous), 0);
  rlimit unlimited{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &unlimited), 0);
  rlimit small = unlimited;
  small.rlim_cur = 8192;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto failed = publisher->Publish(big);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &unlimited), 0);
  ASSERT_EQ(::sigaction(SIGXFSZ, &previous, nullptr), 0);

  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code, base::ErrorCode::kInternal);
  EXPECT_EQ(temp_.Read("nss/table"), before);
  EXPECT_EQ(ReadControl().generation, 1U);
  EXPECT_EQ(Files(), (std::set<std::string>{"control", "table"}));
  ASSERT_TRUE(publisher->Renew().has_value());
  EXPECT_EQ(TableGeneration(), 1U);
  ASSERT_TRUE(publisher->Publish(big).has_value());
  EXPECT_EQ(TableGeneration(), 2U);
}

TEST_F(TablePublisherTest, ReportsWhatItLeftOut) {
  const auto publisher = Open();
  PublishedNames names = Names("/bin/sh");
  names.groups = {{"sudo", 27}};
  const auto refused = publisher->Publish(names);
  ASSERT_TRUE(refused.has_value());
  ASSERT_EQ(refused->size(), 1U);
  EXPECT_NE(refused->front().find("sudo"), std::string::npos);
}

}  // namespace
}  // namespace taglogin::daemon::replica
