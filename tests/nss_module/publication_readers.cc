// SPDX-License-Identifier: Apache-2.0
#include "publication_readers.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>
#include <thread>

#include "base/deadline.h"

namespace taglogin::tests {
namespace {

constexpr std::uint32_t kOthers = 200;
constexpr std::uint32_t kFirstOther = 1300000;

std::string Text(const std::string& stem, char which) { return stem + (which == 'A' ? "-a" : "-the-other-b"); }

std::string Wanted(char which) {
  return "alice:x:" + std::to_string(which == 'A' ? 1201104 : 1201194) + ":1200513:" + Text("Gecos", which) + ":" +
         Text("/home/alice", which) + ":" + Text("/bin/sh", which);
}

std::string WantedGroups(char which) { return which == 'A' ? "1201110 2000200000 " : "1201111 1201112 2000200000 "; }

std::string Groups(const BuiltModule& module) {
  long used = 0;
  long capacity = 8;
  auto* gids = static_cast<gid_t*>(::malloc(8 * sizeof(gid_t)));
  int error = 0;
  std::string line;
  const nss_status status = module.initgroups_dyn("alice", 1200513, &used, &capacity, &gids, 0, &error);
  for (long i = 0; i < used; ++i) line += std::to_string(gids[i]) + " ";
  ::free(gids);
  return status == NSS_STATUS_SUCCESS ? line : "-";
}

}  // namespace

daemon::replica::PublishedNames Truth(char which) {
  daemon::replica::PublishedNames names;
  names.id_lower = kLower;
  names.id_upper = kUpper;
  const std::uint32_t uid = which == 'A' ? 1201104 : 1201194;
  names.accounts = {
      {"alice", uid, 1200513, Text("Gecos", which), Text("/home/alice", which), Text("/bin/sh", which), {}}};
  names.accounts[0].gids = which == 'A' ? std::vector<std::uint32_t>{1200513, 1201110, kUpper}
                                        : std::vector<std::uint32_t>{1200513, 1201111, 1201112, kUpper};
  for (std::uint32_t i = 0; i < kOthers; ++i) {
    names.accounts.push_back({"u" + std::to_string(i), kFirstOther + i, 1200513, "", "/home/u", "/bin/sh", {}});
  }
  names.groups = {{"domain users", 1200513}, {"taglogin-users", kUpper}};
  return names;
}

std::string WhichTruth(const BuiltModule& module) {
  passwd p{};
  char buffer[1024];
  int error = 0;
  const nss_status status = module.getpwnam_r("alice", &p, buffer, sizeof buffer, &error);
  if (status == NSS_STATUS_UNAVAIL) return "-";
  if (status != NSS_STATUS_SUCCESS) return "mix: status " + std::to_string(status);
  const std::string line = std::string(p.pw_name) + ":" + p.pw_passwd + ":" + std::to_string(p.pw_uid) + ":" +
                           std::to_string(p.pw_gid) + ":" + p.pw_gecos + ":" + p.pw_dir + ":" + p.pw_shell;
  if (line != Wanted('A') && line != Wanted('B')) return "mix: " + line;
  // A table may come in between the two calls: each answer is whole, and of one of the two.
  const std::string groups = Groups(module);
  if (groups != WantedGroups('A') && groups != WantedGroups('B')) return "mix: groups " + groups;
  return line == Wanted('A') ? "A" : "B";
}

bool ReadsAll(const BuiltModule& module) {
  for (std::uint32_t i = 0; i < kOthers; ++i) {
    passwd p{};
    char buffer[256];
    int error = 0;
    if (module.getpwuid_r(kFirstOther + i, &p, buffer, sizeof buffer, &error) != NSS_STATUS_SUCCESS) return false;
    if (p.pw_name != "u" + std::to_string(i)) return false;
  }
  return true;
}

struct Readers::Place {
  std::atomic<long> looks;
  std::atomic<char> last;
  std::atomic<bool> wrong;
  char what[256];
};

struct Readers::Board {
  static constexpr int kPlaces = 16;
  std::atomic<bool> over;
  Place places[kPlaces];
};

void Readers::Read(const BuiltModule& module, Board& board, Place& place) {
  for (long i = 0; !board.over.load(std::memory_order_relaxed); ++i) {
    std::string truth = WhichTruth(module);
    if (i % 64 == 0 && !ReadsAll(module)) truth = "mix: one of many is missing";
    if (truth != "A" && truth != "B" && !place.wrong.load()) {
      std::strncpy(place.what, truth.c_str(), sizeof place.what - 1);
      place.wrong = true;
    }
    place.last = truth[0];
    ++place.looks;
  }
}

Readers::Readers(const BuiltModule& module, int processes, int threads) {
  void* shared = ::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  EXPECT_NE(shared, MAP_FAILED);
  board_ = new (shared) Board{};
  for (int i = 0; i < processes; ++i) {
    const int here = i == processes - 1 ? threads : 1;
    const int first = places_;
    places_ += here;
    EXPECT_LE(places_, Board::kPlaces);
    const pid_t child = ::fork();
    if (child == 0) {
      std::vector<std::thread> others;
      for (int t = 1; t < here; ++t) {
        others.emplace_back([&, t] { Read(module, *board_, board_->places[first + t]); });
      }
      Read(module, *board_, board_->places[first]);
      for (std::thread& other : others) other.join();
      ::_exit(0);
    }
    children_.push_back(child);
  }
}

bool Readers::AllSee(char which) const {
  const auto deadline = base::Deadline::After(5000);
  for (int i = 0; i < places_; ++i) {
    const Place& place = board_->places[i];
    // The look under way now may have begun before; the one behind it did not.
    const long behind = place.looks.load() + 1;
    while (place.looks.load() <= behind || place.last.load() != which) {
      if (deadline.Passed()) return false;
      ::sched_yield();
    }
  }
  return true;
}

std::string Readers::Stop() {
  std::string wrong;
  board_->over = true;
  for (const pid_t child : children_) {
    int status = 0;
    if (::waitpid(child, &status, 0) != child || status != 0) {
      wrong += WIFSIGNALED(status) ? "a reader died of signal " + std::to_string(WTERMSIG(status)) + "; "
                                   : "a reader failed; ";
    }
  }
  children_.clear();
  for (int i = 0; i < places_; ++i) {
    if (board_->places[i].wrong.load()) wrong += std::string(board_->places[i].what) + "; ";
  }
  return wrong;
}

long Readers::looks() const {
  long sum = 0;
  for (int i = 0; i < places_; ++i) sum += board_->places[i].looks.load();
  return sum;
}

Readers::~Readers() {
  if (!children_.empty()) Stop();
  ::munmap(board_, sizeof(Board));
}

}  // namespace taglogin::tests
