// SPDX-License-Identifier: Apache-2.0
// The replica after a crash, and after its file was damaged: one whole state, or none.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "daemon/replica/store.h"
#include "tests/daemon/replica/contents_equal.h"
#include "tests/daemon/replica/samples.h"

namespace taglogin::daemon::replica {
namespace {

using samples::At;
using samples::Folder;
using samples::Sid;

constexpr char kOwner[] = "this machine and domain";

// Two closures that share no membership: every member is in group `rid` alone.
Contents AllIn(unsigned rid) {
  Contents contents;
  directory::Closure closure;
  closure.server = "dc1";
  closure.groups["g"] = {directory::Resolution::kFound, samples::GroupOf(rid, "g")};
  samples::AddGroup(closure, rid, "g");
  for (unsigned i = 0; i < 60; ++i) {
    directory::Member member = samples::MemberOf(3000 + i, "user" + std::to_string(i));
    member.memberships.push_back({Sid(rid), {"g"}, false});
    samples::AddMember(closure, std::move(member));
  }
  ApplyClosure(contents, std::move(closure), {{"g"}, {}}, At(rid));
  return contents;
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Says one byte after each swap.
[[noreturn]] void SwapForever(const Folder& folder, int progress) {
  auto opened = Store::Open(folder.path(), kOwner);
  if (!opened) ::_exit(1);
  const Contents one = AllIn(2001);
  const Contents two = AllIn(2002);
  for (;;) {
    for (const Contents* contents : {&one, &two}) {
      if (!opened->store->Save(*contents)) ::_exit(2);
      if (::write(progress, "s", 1) != 1) ::_exit(3);
    }
  }
}

// F4: SIGKILL at random moments while closures are swapped.
TEST(StoreFault, AfterAKillOneWholeClosureIsThere) {
  const Contents one = AllIn(2001);
  const Contents two = AllIn(2002);
  const Folder folder;
  std::mt19937 random(20260101);
  int ones = 0;
  int twos = 0;
  for (int round = 0; round < 40; ++round) {
    int progress[2] = {-1, -1};
    ASSERT_EQ(::pipe(progress), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) SwapForever(folder, progress[1]);
    ::close(progress[1]);
    char byte = 0;
    for (auto swaps = 1 + random() % 6; swaps > 0; --swaps) ASSERT_EQ(::read(progress[0], &byte, 1), 1);
    ::usleep(static_cast<useconds_t>(random() % 3000));  // somewhere within the next swaps
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ::close(progress[0]);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself with " << WEXITSTATUS(status);

    const auto opened = Store::Open(folder.path(), kOwner);
    ASSERT_TRUE(opened) << opened.error().detail;
    EXPECT_TRUE(opened->warnings.empty()) << opened->warnings[0];
    const bool is_one = IsSame(opened->contents, one);
    const bool is_two = IsSame(opened->contents, two);
    ASSERT_TRUE(is_one || is_two) << "round " << round;
    ++(is_one ? ones : twos);
  }
  EXPECT_GT(ones, 0);
  EXPECT_GT(twos, 0);
}

class Damaged : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = Store::Open(folder_.path(), kOwner);
    ASSERT_TRUE(opened) << opened.error().detail;
    ASSERT_TRUE(opened->store->Save(contents_));
    opened->store.reset();  // the write-ahead log is folded in
    good_ = ReadAll(folder_ / "replica.sqlite");
    ASSERT_GT(good_.size(), 16384U);
  }
  // Whether `bytes` open as what was saved; anything else must be empty and said.
  bool OpensAsSaved(const std::string& bytes, const std::string& what) {
    folder_.Write("replica.sqlite", bytes);
    EXPECT_EQ(::chmod((folder_ / "replica.sqlite").c_str(), 0600), 0);
    const auto opened = Store::Open(folder_.path(), kOwner);
    EXPECT_TRUE(opened) << what << ": " << (opened ? "" : opened.error().detail);
    if (!opened) return false;
    if (opened->warnings.empty() && !bytes.empty()) {
      EXPECT_TRUE(IsSame(opened->contents, contents_)) << what;
      return true;
    }
    EXPECT_TRUE(IsSame(opened->contents, Contents{})) << what;
    return false;
  }

  const Contents contents_ = AllIn(2001);
  const Folder folder_;
  std::string good_;
};

// T43
TEST_F(Damaged, AFlippedBitNeverChangesWhatIsKnown) {
  std::mt19937 random(20260102);
  int rebuilt = 0;
  for (int round = 0; round < 200; ++round) {
    std::string bytes = good_;
    // The header and the schema decide how the rest is read: every tenth flip goes there.
    const std::size_t at = random() % (round % 10 == 0 ? 512 : bytes.size());
    const auto bit = static_cast<unsigned>(random() % 8);
    bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ (1U << bit));
    if (!OpensAsSaved(bytes, "byte " + std::to_string(at) + " bit " + std::to_string(bit))) ++rebuilt;
  }
  EXPECT_GT(rebuilt, 50);
  EXPECT_TRUE(OpensAsSaved(good_, "undamaged"));
}

// SQLite's own header (100 bytes) and the first page's behind it say how all else is read.
TEST_F(Damaged, EveryByteOfTheHeaderMayChange) {
  for (std::size_t at = 0; at < 108; ++at) {
    const unsigned bit = at % 8;
    std::string bytes = good_;
    bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ (1U << bit));
    OpensAsSaved(bytes, "byte " + std::to_string(at) + " bit " + std::to_string(bit));
  }
}

TEST_F(Damaged, ATruncatedFileIsBegunAnew) {
  for (std::size_t size = 0; size < good_.size(); size += 1021) {
    EXPECT_FALSE(OpensAsSaved(good_.substr(0, size), "size " + std::to_string(size)));
  }
}

TEST_F(Damaged, ZeroedPagesAreBegunAnew) {
  for (std::size_t page = 0; page < good_.size() / 4096; ++page) {
    std::string bytes = good_;
    bytes.replace(page * 4096, 4096, 4096, '\0');
    EXPECT_FALSE(OpensAsSaved(bytes, "page " + std::to_string(page)));
  }
}

}  // namespace
}  // namespace taglogin::daemon::replica
