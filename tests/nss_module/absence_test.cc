// SPDX-License-Identifier: Apache-2.0
// Logins of root and of local users while taglogind is not there in one of the ways it can be: through the C
// library, with `files taglogin` in nsswitch.conf, in as many processes as a login has. None may be kept
// waiting; the bound of 100 ms is for the whole login.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fstream>
#include <functional>
#include <optional>
#include <vector>

#include "base/deadline.h"
#include "base/unique_fd.h"
#include "built_module.h"
#include "in_child.h"

namespace taglogin::tests {
namespace {

constexpr char kSocket[] = "/run/taglogin/socket";
constexpr char kPasswd[] = "/run/passwd";
constexpr char kGroup[] = "/run/group";
constexpr std::int64_t kBoundMs = 100;

std::int64_t Now() { return base::ClockMs(CLOCK_MONOTONIC); }

// What one of a login's processes asks (sshd, auth.c and groupaccess.c; initgroups(3) in its session; then
// the shell, `id`, `groups`): the name, its groups several times, the groups' names, the uid. False when an
// answer is not that of /etc/passwd and /etc/group.
bool AskAsALoginDoes(const char* name, uid_t uid, std::size_t groups) {
  for (int i = 0; i < 3; ++i) {
    const passwd* account = ::getpwnam(name);
    if (account == nullptr || account->pw_uid != uid) return false;
    gid_t gids[32];
    int count = 32;
    if (::getgrouplist(name, account->pw_gid, gids, &count) < 0) return false;
    if (static_cast<std::size_t>(count) != groups) return false;
    for (int g = 0; g < count; ++g) {
      if (::getgrgid(gids[g]) == nullptr) return false;
    }
  }
  const passwd* account = ::getpwuid(uid);
  // sshd's own user, for its unprivileged child.
  return account != nullptr && std::string_view(account->pw_name) == name && ::getpwnam("sshd") != nullptr;
}

class AbsenceTest : public BuiltModuleTest {
 protected:
  static constexpr int kProcesses = 6;  // sshd -R, its session, the shell, and three that its start-up runs

  static void SetUpTestSuite() {
    BuiltModuleTest::SetUpTestSuite();
    if (!in_namespace_) return;
    std::ofstream(kPasswd) << "root:x:0:0:root:/root:/bin/sh\nsshd:x:100:65534::/run/sshd:/usr/sbin/nologin\n"
                              "kate:x:1000:1000:Kate:/home/kate:/bin/sh\n";
    std::ofstream(kGroup) << "root:x:0:\nkate:x:1000:\nadm:x:4:kate\nusers:x:101:kate,root\nnogroup:x:65534:\n";
    ASSERT_EQ(::mkdir("/run/strange", 0777), 0);
    ASSERT_EQ(::chmod("/run/strange", 0777), 0);
    ASSERT_EQ(::mount(kPasswd, "/etc/passwd", nullptr, MS_BIND, nullptr), 0);
    ASSERT_EQ(::mount(kGroup, "/etc/group", nullptr, MS_BIND, nullptr), 0);
  }
  void SetUp() override {
    BuiltModuleTest::SetUp();
    ::unlink(kSocket);
  }
  void TearDown() override {
    ::unlink(kSocket);
    EXPECT_EQ(::chown(kRunFolder, 0, 0), 0);
  }

  // How long a whole login takes, one process behind the other; nothing when one had a wrong answer.
  static std::optional<std::int64_t> Login(const char* services, const char* name, uid_t uid, std::size_t groups) {
    const std::int64_t before = Now();
    for (int i = 0; i < kProcesses; ++i) {
      const std::string said = InChild([&] {
        for (const char* database : {"passwd", "group"}) ::__nss_configure_lookup(database, services);
        return std::string(AskAsALoginDoes(name, uid, groups) ? "right" : "wrong");
      });
      if (said != "right") return std::nullopt;
    }
    return Now() - before;
  }

  // Both kinds of local login, with each kind of table, compared with what they take without us.
  void ExpectLoginsAsEver(const std::string& situation) {
    struct Person {
      const char* name;
      uid_t uid;
      std::size_t groups;
    };
    for (const char* table : {"fresh", "stale", "none"}) {
      LeaveTable(table);
      for (const Person& person : {Person{"root", 0, 2}, Person{"kate", 1000, 3}}) {
        std::int64_t more = kBoundMs + 1;
        // Three times at most, since the machine may be busy with something else.
        for (int turn = 0; turn < 3 && more > kBoundMs; ++turn) {
          const auto alone = Login("files", person.name, person.uid, person.groups);
          const auto with_us = Login("files taglogin", person.name, person.uid, person.groups);
          ASSERT_TRUE(alone && with_us) << situation << ", table " << table << ", " << person.name;
          more = *with_us - *alone;
        }
        EXPECT_LE(more, kBoundMs) << situation << ", table " << table << ", " << person.name;
        worst_ = std::max(worst_, more);
      }
    }
    std::printf("%s: at most %ld ms more for a login\n", situation.c_str(), static_cast<long>(worst_));
  }
  void LeaveTable(const std::string& kind) {
    Publish(SampleNames());
    const base::UniqueFd control(::open("/run/taglogin/nss/control", O_WRONLY | O_CLOEXEC));
    const std::int64_t never = 0;
    if (kind == "stale") {
      ASSERT_EQ(::pwrite(control.get(), &never, sizeof never, 24), 8);
    }
    if (kind == "none") publisher_->Retire();
  }

  // A socket at the daemon's path that nobody accepts from.
  static base::UniqueFd Listen(int backlog, const char* path = kSocket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    base::UniqueFd listener(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener.get(), backlog), 0);
    return listener;
  }
  static std::string TimeOf(const std::function<void()>& part) {
    return InChild([&] {
      for (const char* database : {"passwd", "group"}) ::__nss_configure_lookup(database, "files taglogin");
      const std::int64_t before = Now();
      part();
      return std::to_string(Now() - before);
    });
  }
  std::int64_t worst_ = 0;
};

TEST_F(AbsenceTest, NotInstalled) { ExpectLoginsAsEver("no socket"); }

TEST_F(AbsenceTest, Died) {
  Listen(8);
  ExpectLoginsAsEver("a socket that nobody listens at");
}

TEST_F(AbsenceTest, Stopped) {
  const base::UniqueFd stopped = Listen(1024);
  ExpectLoginsAsEver("a daemon that takes requests and never answers");
}

TEST_F(AbsenceTest, StoppedForLong) {
  const base::UniqueFd stopped = Listen(0);
  const base::UniqueFd waiting(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, kSocket);
  ASSERT_EQ(::connect(waiting.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ExpectLoginsAsEver("a daemon whose queue is full");
}

// Who listens is neither root nor who owns the folder: it is asked nothing.
TEST_F(AbsenceTest, SomebodyElses) {
  ASSERT_EQ(::chown(kRunFolder, 12345, 12345), 0);
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t stranger = ::fork();
  if (stranger == 0) {
    if (::setresuid(12346, 12346, 12346) != 0) ::_exit(1);
    const base::UniqueFd listener = Listen(1024, "/run/strange/socket");
    (void)!::write(ready[1], "x", 1);
    for (;;) ::pause();
  }
  ::close(ready[1]);
  char said = 0;
  ASSERT_EQ(::read(ready[0], &said, 1), 1);
  ::close(ready[0]);
  ASSERT_EQ(::rename("/run/strange/socket", kSocket), 0);
  ExpectLoginsAsEver("a socket of another user");
  LeaveTable("none");
  const std::string took = TimeOf([] { EXPECT_EQ(::getpwnam("alice"), nullptr); });
  ::kill(stranger, SIGKILL);
  ::waitpid(stranger, nullptr, 0);
  EXPECT_LE(std::stol(took), kBoundMs);
}

// What is the directory's is waited for once in a process, and no longer than the deadline.
TEST_F(AbsenceTest, ADirectoryNameWaitsOnceInAProcess) {
  const base::UniqueFd stopped = Listen(1024);
  LeaveTable("none");
  const std::string took = TimeOf([] {
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(::getpwnam("alice"), nullptr);
      EXPECT_EQ(::getpwnam("mallory"), nullptr);
      EXPECT_EQ(::getpwuid(1201104), nullptr);
      gid_t gids[32];
      int count = 32;
      EXPECT_EQ(::getgrouplist("alice", 1200513, gids, &count), 1);
      EXPECT_EQ(::getgrgid(1200513), nullptr);
    }
  });
  EXPECT_GE(std::stol(took), 490);
  EXPECT_LE(std::stol(took), 900) << "two waits would be 1000 ms";
}

TEST_F(AbsenceTest, ADirectoryNameInAStaleTableWaitsForNothing) {
  const base::UniqueFd stopped = Listen(1024);
  LeaveTable("stale");
  const std::string took = TimeOf([] {
    EXPECT_NE(::getpwnam("alice"), nullptr);
    gid_t gids[32];
    int count = 32;
    EXPECT_EQ(::getgrouplist("alice", 1200513, gids, &count), 3);
  });
  EXPECT_LE(std::stol(took), kBoundMs);
}

}  // namespace
}  // namespace taglogin::tests
