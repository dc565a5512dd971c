// SPDX-License-Identifier: Apache-2.0
// Many threads that look up, while tables go by and the process forks. Runs under TSan and valgrind too, with
// TAGLOGIN_TURNS look-ups in each thread (3000 unless told) and a fifteenth as many forks.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>
#include <vector>

#include "base/deadline.h"
#include "machine.h"

namespace taglogin::tests {
namespace {

using daemon::replica::PublishedNames;
using nss_module::Answer;

constexpr char kHere[] = "alice:x:1201104:1200513:Alice Arden:/home/alice:/bin/bash";
constexpr char kThere[] = "alice:x:1201104:1200513:Alice Arden:/srv/alice:/bin/zsh";

class ThreadsTest : public Machine {
 protected:
  ThreadsTest() {
    truths_[0] = SampleNames();
    truths_[0].enumerate = true;
    truths_[0].negatives = {{"ghost", base::ClockMs(CLOCK_BOOTTIME) + 3600000}};
    truths_[1] = truths_[0];
    truths_[1].accounts[0].home = "/srv/alice";
    truths_[1].accounts[0].shell = "/bin/zsh";
    Publish(truths_[0]);
    socket_ = temp_.File("nobody-listens");
  }

  // One look-up of a kind that `turn` picks; false when the answer is neither of the two truths.
  static bool LookRight(nss_module::Lookup look, unsigned turn) {
    alignas(8) char buffer[512];
    passwd account{};
    group found{};
    switch (turn % 7) {
      case 0:
        return look.AccountByName("Alice", account, {buffer, sizeof buffer}) == Answer::kFound && IsAlice(account);
      case 1:
        return look.AccountByUid(1201104, account, {buffer, sizeof buffer}) == Answer::kFound && IsAlice(account);
      case 2:
        return look.GroupByName("ssh-prod-web", found, {buffer, sizeof buffer}) == Answer::kFound &&
               found.gr_gid == 1201110;
      case 3:
        return look.GroupByGid(1200513, found, {buffer, sizeof buffer}) == Answer::kFound &&
               std::string_view(found.gr_name) == "domain users";
      case 4:
        return IsNoGhost(look.AccountByName("ghost", account, {buffer, sizeof buffer}));
      case 5: {
        look.RewindAccounts();
        const Answer answer = look.NextAccount(account, {buffer, sizeof buffer});
        return answer == Answer::kFound || answer == Answer::kNotFound;
      }
      default: {
        long used = 0;
        long capacity = 1;
        auto* gids = static_cast<gid_t*>(::malloc(sizeof(gid_t)));
        nss_module::GroupList list{&used, &capacity, &gids, 0, 1200513};
        const bool right = look.GroupsOf("alice", list) == Answer::kFound && used == 2 && gids[0] == 1201110;
        ::free(gids);
        return right;
      }
    }
  }
  // Where one thread runs at a time (valgrind) the publisher may come too late, and the table be stale.
  static bool IsNoGhost(Answer answer) { return answer == Answer::kNotFound || answer == Answer::kUnavailable; }
  static bool IsAlice(const passwd& account) {
    const std::string line = Line(account);
    return line == kHere || line == kThere;
  }

  static unsigned Turns() {
    const char* given = std::getenv("TAGLOGIN_TURNS");
    return given != nullptr ? static_cast<unsigned>(std::atoi(given)) : 3000;
  }

  PublishedNames truths_[2];
};

TEST_F(ThreadsTest, ThirtyTwoThreadsSeeOneOfTwoTruthsWhileTablesGoBy) {
  const nss_module::Lookup look = Look();
  const unsigned turns = Turns();
  std::atomic<int> wrong{0};
  std::atomic<int> to_go{32};
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 32; ++i) {
    threads.emplace_back([&, i] {
      for (unsigned turn = 0; !over.load(); ++turn) {
        if (turn == turns) --to_go;
        if (!LookRight(look, turn + i)) ++wrong;
      }
    });
  }
  // At least so many of both, however the threads are scheduled.
  for (unsigned i = 1; i <= std::min(turns, 200U) || to_go.load() > 0; ++i) Publish(truths_[i % 2]);
  over = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
}

TEST_F(ThreadsTest, ChildrenForkedAtAnyMomentLookUpRight) {
  const nss_module::Lookup look = Look();
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (unsigned turn = i; !over.load(); ++turn) (void)LookRight(look, turn);
    });
  }
  threads.emplace_back([&] {
    for (int i = 0; !over.load(); ++i) Publish(truths_[i % 2]);
  });
  int wrong = 0;
  for (unsigned i = 0; i < std::max(1U, Turns() / 15); ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      bool right = true;
      // No std::string here: the allocator may have been locked by another thread of the parent.
      char buffer[512];
      passwd account{};
      nss_module::Lookup mine = look;
      for (int turn = 0; turn < 20; ++turn) {
        right = right && mine.AccountByUid(1201104, account, {buffer, sizeof buffer}) == Answer::kFound &&
                account.pw_gid == 1200513;
      }
      ::_exit(right ? 0 : 1);
    }
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child || status != 0) ++wrong;
  }
  over = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace taglogin::tests
