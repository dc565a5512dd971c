// SPDX-License-Identifier: Apache-2.0
#include "audit/trail.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <sstream>

#include "tests/base/temp_folder.h"

namespace {
std::optional<uid_t> pretended_user;
bool truncate_fails = false;
}  // namespace

extern "C" {
uid_t __real_geteuid();
uid_t __wrap_geteuid() { return pretended_user.value_or(__real_geteuid()); }
int __real_ftruncate(int fd, off_t size);
int __wrap_ftruncate(int fd, off_t size) {
  if (!truncate_fails) return __real_ftruncate(fd, size);
  errno = EIO;
  return -1;
}
}

namespace taglogin::audit {
namespace {

using base::ErrorCode;
using test::TempFolder;

constexpr char kName[] = "audit.jsonl";

Event Login(const std::string& name) {
  Event event;
  event.user_name = name;
  event.service = "sshd";
  return event;
}

std::vector<std::uint64_t> Numbers(const std::string& text) {
  std::vector<std::uint64_t> numbers;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    numbers.push_back(nlohmann::json::parse(line)["metadata"]["sequence"].get<std::uint64_t>());
  }
  return numbers;
}

class TrailTest : public ::testing::Test {
 protected:
  void TearDown() override {
    pretended_user.reset();
    truncate_fails = false;
  }
  base::Result<std::unique_ptr<Trail>> Open() const { return Trail::Open(path_, {"web-1", "", "", "", ""}); }
  std::unique_ptr<Trail> MustOpen() const {
    auto trail = Open();
    if (trail) return std::move(*trail);
    ADD_FAILURE() << trail.error().detail;
    std::abort();
  }
  ErrorCode OpenFails() const {
    auto trail = Open();
    EXPECT_FALSE(trail);
    return trail ? ErrorCode::kInternal : trail.error().code;
  }
  std::string Text() const { return folder_.Read(kName); }

  TempFolder folder_;
  std::string path_ = folder_.File(kName);
};

// Lets files grow to `bytes` only, as a full disk would.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    static_cast<void>(std::signal(SIGXFSZ, handler_));
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

TEST_F(TrailTest, NumbersRecordsFromOne) {
  const auto trail = MustOpen();
  ASSERT_TRUE(trail->Append({Login("alice"), Login("bob")}));
  ASSERT_TRUE(trail->Append({Login("carol")}));
  EXPECT_EQ(Numbers(Text()), (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_EQ(trail->last_sequence(), 3u);
}

TEST_F(TrailTest, NamesTheHostAsItIsKnownAtTheTime) {
  const auto trail = MustOpen();
  ASSERT_TRUE(trail->Append({Login("alice")}));
  trail->SetHost({"web-1", "i-0123456789abcdef0", "", "", ""});
  ASSERT_TRUE(trail->Append({Login("alice")}));
  std::istringstream lines(folder_.Read(kName));
  std::string before;
  std::string after;
  std::getline(lines, before);
  std::getline(lines, after);
  EXPECT_EQ(before.find("i-0123456789abcdef0"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(after)["dst_endpoint"]["uid"], "i-0123456789abcdef0");
}

TEST_F(TrailTest, WritesNothingForNoEvents) {
  const auto trail = MustOpen();
  ASSERT_TRUE(trail->Append({}));
  EXPECT_EQ(Text(), "");
}

TEST_F(TrailTest, CreatesTheFileForOwnerAndGroupWhateverTheUmask) {
  const mode_t before = ::umask(077);
  const auto trail = MustOpen();
  ::umask(before);
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640u);
}

TEST_F(TrailTest, GoesOnNumberingAfterRestart) {
  ASSERT_TRUE(MustOpen()->Append({Login("alice"), Login("bob")}));
  const auto trail = MustOpen();
  EXPECT_EQ(trail->last_sequence(), 2u);
  EXPECT_EQ(trail->cut_bytes(), 0u);
  ASSERT_TRUE(trail->Append({Login("carol")}));
  EXPECT_EQ(Numbers(Text()), (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST_F(TrailTest, CutsUnfinishedLastLineAtEveryLength) {
  ASSERT_TRUE(MustOpen()->Append({Login("alice"), Login("bob")}));
  const std::string whole = Text();
  const std::size_t first = whole.find('\n') + 1;
  for (std::size_t size = first; size < whole.size(); ++size) {
    folder_.Write(kName, whole.substr(0, size));
    const auto trail = MustOpen();
    ASSERT_EQ(trail->cut_bytes(), size - first);
    ASSERT_EQ(trail->last_sequence(), 1u);
    ASSERT_EQ(Text(), whole.substr(0, first));
  }
}

TEST_F(TrailTest, CutsWhatACrashLeftOfTheFirstLine) {
  folder_.Write(kName, "{\"time\":");
  const auto trail = MustOpen();
  EXPECT_EQ(trail->cut_bytes(), 8u);
  EXPECT_EQ(Text(), "");
}

TEST_F(TrailTest, RefusesAFileWhoseLastRecordMakesNoSense) {
  for (const char* text : {"nonsense\n", "[]\n", "{}\n", "{\"metadata\":7}\n", "{\"metadata\":{\"sequence\":-1}}\n",
                           "{\"metadata\":{\"sequence\":\"1\"}}\n", "\n"}) {
    folder_.Write(kName, text);
    EXPECT_EQ(OpenFails(), ErrorCode::kCorrupt) << text;
    EXPECT_EQ(Text(), text);
  }
}

TEST_F(TrailTest, RefusesALastRecordWithoutAnEnd) {
  folder_.Write(kName, std::string(9 << 20, 'x'));
  EXPECT_EQ(OpenFails(), ErrorCode::kCorrupt);
}

TEST_F(TrailTest, RefusesASecondWriter) {
  const auto trail = MustOpen();
  EXPECT_EQ(OpenFails(), ErrorCode::kUnavailable);
}

TEST_F(TrailTest, RefusesLinksFoldersAndPipes) {
  const std::string elsewhere = folder_.Write("elsewhere", "");
  std::filesystem::create_symlink(elsewhere, path_);
  EXPECT_EQ(OpenFails(), ErrorCode::kInvalid);
  std::filesystem::remove(path_);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0640), 0);
  EXPECT_EQ(OpenFails(), ErrorCode::kInvalid);
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  EXPECT_FALSE(Open());
}

TEST_F(TrailTest, RefusesAFileOrFolderThatOthersCanWrite) {
  for (const mode_t mode : {0660u, 0642u}) {
    folder_.Write(kName, "", mode);
    EXPECT_EQ(OpenFails(), ErrorCode::kInvalid);
  }
  folder_.Write(kName, "", 0640);
  for (const mode_t mode : {0770u, 0707u, 01777u}) {
    ASSERT_EQ(::chmod(folder_.path().c_str(), mode), 0);
    EXPECT_EQ(OpenFails(), ErrorCode::kInvalid);
  }
}

TEST_F(TrailTest, RefusesAFileOfSomebodyElse) {
  folder_.Write(kName, "");
  if (__real_geteuid() == 0) {
    ASSERT_EQ(::chown(path_.c_str(), 65533, 65533), 0);
  } else {
    pretended_user = __real_geteuid() + 1;
  }
  EXPECT_EQ(OpenFails(), ErrorCode::kInvalid);
}

TEST_F(TrailTest, TakesBackAllOfABatchThatDidNotFit) {
  const auto trail = MustOpen();
  ASSERT_TRUE(trail->Append({Login("alice")}));
  const std::string before = Text();
  int lines = 0;
  trail->OnLine([&](const Event&, const std::string&) { ++lines; });
  {
    const FullDisk disk(before.size() * 2 + before.size() / 2);
    EXPECT_EQ(trail->Append({Login("bob"), Login("carol")}).error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(Text(), before);
    EXPECT_EQ(trail->last_sequence(), 1u);
  }
  {
    const FullDisk disk(before.size());  // not a single byte fits
    EXPECT_FALSE(trail->Append({Login("bob")}));
    EXPECT_EQ(Text(), before);
  }
  trail->PassOn();
  EXPECT_EQ(lines, 0);
  ASSERT_TRUE(trail->Append({Login("bob"), Login("carol")}));
  EXPECT_EQ(Numbers(Text()), (std::vector<std::uint64_t>{1, 2, 3}));
  trail->PassOn();
  EXPECT_EQ(lines, 2);
}

TEST_F(TrailTest, RefusesEverythingAfterABatchItCouldNotTakeBack) {
  auto trail = MustOpen();
  ASSERT_TRUE(trail->Append({Login("alice")}));
  const std::string before = Text();
  {
    const FullDisk disk(before.size() + 10);
    truncate_fails = true;
    EXPECT_FALSE(trail->Append({Login("bob")}));
    truncate_fails = false;
  }
  ASSERT_EQ(Text().size(), before.size() + 10);
  EXPECT_EQ(trail->Append({Login("bob")}).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(trail->Append({Login("bob")}).error().code, ErrorCode::kCorrupt);
  trail.reset();
  trail = MustOpen();
  EXPECT_EQ(trail->cut_bytes(), 10u);
  ASSERT_TRUE(trail->Append({Login("bob")}));
  EXPECT_EQ(Numbers(Text()), (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(TrailTest, PassesEachLineOnOnceWhenItIsTold) {
  const auto trail = MustOpen();
  std::vector<std::string> seen;
  trail->OnLine([&](const Event& event, const std::string& line) {
    EXPECT_NE(Text().find(line + "\n"), std::string::npos);
    seen.push_back(event.user_name);
  });
  ASSERT_TRUE(trail->Append({Login("alice"), Login("bob")}));
  EXPECT_TRUE(seen.empty());
  trail->PassOn();
  EXPECT_EQ(seen, (std::vector<std::string>{"alice", "bob"}));
  trail->PassOn();
  EXPECT_EQ(seen.size(), 2u);
}

TEST_F(TrailTest, GoesOnInTheNewFileAfterRotation) {
  const auto trail = MustOpen();
  ASSERT_TRUE(trail->Append({Login("alice")}));
  std::filesystem::rename(path_, path_ + ".1");
  folder_.Write(kName, "");  // logrotate's `create`
  ASSERT_TRUE(trail->Append({Login("bob")}));
  ASSERT_TRUE(trail->Reopen());
  ASSERT_TRUE(trail->Append({Login("carol")}));
  EXPECT_EQ(Numbers(folder_.Read("audit.jsonl.1")), (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(Numbers(Text()), (std::vector<std::uint64_t>{3}));
}

TEST_F(TrailTest, MakesTheNewFileItselfAfterRotation) {
  const auto trail = MustOpen();
  ASSERT_TRUE(trail->Append({Login("alice")}));
  std::filesystem::rename(path_, path_ + ".1");
  ASSERT_TRUE(trail->Reopen());
  ASSERT_TRUE(trail->Append({Login("bob")}));
  EXPECT_EQ(Numbers(Text()), (std::vector<std::uint64_t>{2}));
}

TEST_F(TrailTest, StaysInTheSameFileWhenNothingWasRotated) {
  const auto trail = MustOpen();
  ASSERT_TRUE(trail->Reopen());
  ASSERT_TRUE(trail->Append({Login("alice")}));
  EXPECT_EQ(Numbers(Text()), (std::vector<std::uint64_t>{1}));
}

TEST_F(TrailTest, StaysInTheOldFileWhenTheNewOneWillNotDo) {
  const auto trail = MustOpen();
  ASSERT_TRUE(trail->Append({Login("alice")}));
  std::filesystem::rename(path_, path_ + ".1");
  folder_.Write(kName, "{\"metadata\":{\"sequence\":99}}\n");
  EXPECT_EQ(trail->Reopen().error().code, ErrorCode::kCorrupt);
  ASSERT_TRUE(trail->Append({Login("bob")}));
  EXPECT_EQ(Numbers(folder_.Read("audit.jsonl.1")), (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(Numbers(Text()), (std::vector<std::uint64_t>{99}));
}

TEST_F(TrailTest, GoesOnNumberingWhenRestartedRightAfterRotation) {
  ASSERT_TRUE(MustOpen()->Append({Login("alice"), Login("bob")}));
  std::filesystem::rename(path_, path_ + ".1");
  const auto trail = MustOpen();
  ASSERT_TRUE(trail->Append({Login("carol")}));
  EXPECT_EQ(Numbers(Text()), (std::vector<std::uint64_t>{3}));
}

TEST_F(TrailTest, RefusesToGuessFromARotatedFileThatMakesNoSense) {
  folder_.Write("audit.jsonl.1", "nonsense\n");
  EXPECT_EQ(OpenFails(), ErrorCode::kCorrupt);
}

// The child says "done" after each Append; what it said must be there after SIGKILL.
void AppendUntilKilled(const std::string& path, int done) {
  auto trail = Trail::Open(path, {"web-1", "", "", "", ""});
  if (!trail) ::_exit(1);
  for (;;) {
    if (!(*trail)->Append({Login("alice"), Login(std::string(3000, 'x')), Login("bob")})) ::_exit(2);
    if (::write(done, ".", 1) != 1) ::_exit(3);
  }
}

TEST_F(TrailTest, LosesNothingAndLeavesNoGapWhenKilled) {
  std::mt19937 random(1);
  std::uint64_t promised = 0;
  for (int round = 0; round < 25; ++round) {
    int done[2];
    ASSERT_EQ(::pipe(done), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) AppendUntilKilled(path_, done[1]);
    ::close(done[1]);
    const auto wanted = 1 + random() % 20;
    char dot = 0;
    for (std::uint64_t i = 0; i < wanted; ++i) ASSERT_EQ(::read(done[0], &dot, 1), 1);
    ::kill(child, SIGKILL);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    ::close(done[0]);
    promised += 3 * wanted;
    const auto trail = MustOpen();
    ASSERT_GE(trail->last_sequence(), promised);
    promised = trail->last_sequence();
  }
  const std::vector<std::uint64_t> numbers = Numbers(Text());
  ASSERT_EQ(numbers.size(), promised);
  for (std::size_t i = 0; i < numbers.size(); ++i) ASSERT_EQ(numbers[i], i + 1);
}

}  // namespace
}  // namespace taglogin::audit
