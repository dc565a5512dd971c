// SPDX-License-Identifier: Apache-2.0
// The replica after a crash, and after its file was damaged: one whole state, or none.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
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
    const bool as_saved = opened->warnings.empty() && !bytes.empty();
    EXPECT_TRUE(IsSame(opened->contents, as_saved ? contents_ : Contents{})) << what;
    EXPECT_TRUE(opened->store->Save(next_)) << what << ": opened, and cannot be written";
    return as_saved;
  }

  const Contents contents_ = AllIn(2001);
  const Contents next_ = AllIn(2002);
  const Folder folder_;
  std::string good_;
};

// T43. TAGLOGIN_FLIPS: so many flips drawn by lot, or "all" of them; TAGLOGIN_SEED replays a run.
TEST_F(Damaged, AFlippedBitNeverChangesWhatIsKnown) {
  const char* wanted = std::getenv("TAGLOGIN_FLIPS");
  const bool all = wanted != nullptr && std::string(wanted) == "all";
  const std::size_t bits = good_.size() * 8;
  const std::size_t flips = all ? bits : static_cast<std::size_t>(std::atol(wanted == nullptr ? "200" : wanted));
  const char* given = std::getenv("TAGLOGIN_SEED");
  const auto seed = static_cast<unsigned>(given == nullptr ? std::random_device()() : std::strtoul(given, nullptr, 10));
  std::mt19937 random(seed);
  std::size_t rebuilt = 0;
  for (std::size_t round = 0; round < flips && !HasFailure(); ++round) {
    // The header and the schema decide how the rest is read: every tenth flip goes there.
    const std::size_t bit = all ? round : random() % (round % 10 == 0 ? 512 * 8 : bits);
    std::string bytes = good_;
    bytes[bit / 8] = static_cast<char>(static_cast<unsigned char>(bytes[bit / 8]) ^ (1U << (bit % 8)));
    if (!OpensAsSaved(bytes, "byte " + std::to_string(bit / 8) + " bit " + std::to_string(bit % 8))) ++rebuilt;
  }
  std::printf(
      "T43: %zu bits of a file of %zu bytes flipped, seed %u: %zu rebuilt, %zu not noticed and without effect\n", flips,
      good_.size(), seed, rebuilt, flips - rebuilt);
  EXPECT_GT(rebuilt, flips / 4);
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

// The write-ahead log, as a power cut leaves it: one whole state, the other, or none.
TEST_F(Damaged, AFlippedBitInTheLogNeverMixesTwoStates) {
  auto opened = Store::Open(folder_.path(), kOwner);
  ASSERT_TRUE(opened) << opened.error().detail;
  ASSERT_TRUE(opened->store->Save(next_));
  const std::string log = ReadAll(folder_ / "replica.sqlite-wal");
  ASSERT_GT(log.size(), 8192U);
  const Folder copy;
  const char* given = std::getenv("TAGLOGIN_SEED");
  const auto seed = static_cast<unsigned>(given == nullptr ? std::random_device()() : std::strtoul(given, nullptr, 10));
  std::mt19937 random(seed);
  int before = 0;
  int after = 0;
  for (int round = 0; round < 100; ++round) {
    const std::size_t bit = round == 0 ? log.size() * 8 : random() % (log.size() * 8);
    std::string bytes = log;
    if (round != 0) bytes[bit / 8] = static_cast<char>(static_cast<unsigned char>(bytes[bit / 8]) ^ (1U << (bit % 8)));
    copy.Write("replica.sqlite", good_);
    copy.Write("replica.sqlite-wal", bytes);
    for (const char* file : {"replica.sqlite", "replica.sqlite-wal"}) {
      ASSERT_EQ(::chmod((copy / file).c_str(), 0600), 0);
    }
    const auto read = Store::Open(copy.path(), kOwner);
    ASSERT_TRUE(read) << "bit " << bit << ": " << read.error().detail;
    const bool is_before = IsSame(read->contents, contents_);
    const bool is_after = IsSame(read->contents, next_);
    ASSERT_TRUE(is_before || is_after || IsSame(read->contents, Contents{})) << "bit " << bit;
    before += is_before ? 1 : 0;
    after += is_after ? 1 : 0;
    ASSERT_TRUE(is_after || round != 0) << "undamaged";
  }
  std::printf("T43: 99 bits of a log of %zu bytes flipped, seed %u: %d read the state before, %d the state after\n",
              log.size(), seed, before, after);
  EXPECT_GT(before, 0);
}

}  // namespace
}  // namespace taglogin::daemon::replica
