// SPDX-License-Identifier: Apache-2.0
// What is left to taglogin-keys once it has locked itself in.
#include "keyhelper/confinement.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

namespace taglogin::keyhelper {
namespace {

// What `call` gives in a caged process of its own: 0, or the errno.
int InCage(const std::function<long()>& call) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) ::_exit(255);
    Confine();
    errno = 0;
    ::_exit(call() >= 0 ? 0 : errno);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status)) << status;
  return WEXITSTATUS(status);
}

TEST(Confine, LeavesUnixSocketsFilesAndStreams) {
  EXPECT_EQ(InCage([] { return ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }), 0);
  EXPECT_EQ(InCage([] { return ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0); }), 0);
  EXPECT_EQ(InCage([] { return ::open("/etc/passwd", O_RDONLY | O_CLOEXEC); }), 0);
  EXPECT_EQ(InCage([] { return ::write(STDERR_FILENO, "", 0); }), 0);
}

TEST(Confine, TakesTheNetworkAway) {
  for (const int family : {AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_VSOCK, AF_ALG}) {
    EXPECT_EQ(InCage([&] { return ::socket(family, SOCK_DGRAM, 0); }), EPERM) << family;
  }
  EXPECT_EQ(InCage([] {
              int ends[2];
              return ::socketpair(AF_INET, SOCK_STREAM, 0, ends);
            }),
            EPERM);
}

TEST(Confine, OpensNothingForWriting) {
  for (const int flags : {O_WRONLY, O_RDWR, O_RDONLY | O_TRUNC, O_RDONLY | O_CREAT, O_WRONLY | O_APPEND,
                          O_TMPFILE | O_RDWR, O_RDONLY | O_CREAT | O_EXCL}) {
    EXPECT_EQ(InCage([&] { return ::open("/dev/null", flags, 0600); }), EPERM) << flags;
  }
  EXPECT_EQ(InCage([] { return ::unlink("/nonexistent/file"); }), EPERM);
  EXPECT_EQ(InCage([] { return ::mkdir("/nonexistent/folder", 0700); }), EPERM);
  EXPECT_EQ(InCage([] { return ::rename("/nonexistent/a", "/nonexistent/b"); }), EPERM);
  EXPECT_EQ(InCage([] { return ::chmod("/nonexistent/file", 0777); }), EPERM);
}

TEST(Confine, StartsNothing) {
  EXPECT_EQ(InCage([] { return ::execl("/bin/true", "true", nullptr); }), EPERM);
  EXPECT_EQ(InCage([] { return ::fork(); }), EPERM);
  EXPECT_EQ(InCage([] { return ::vfork(); }), EPERM);
  EXPECT_EQ(InCage([] { return ::kill(::getpid(), 0); }), EPERM);
  EXPECT_EQ(InCage([] { return ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }), EPERM);
  EXPECT_EQ(InCage([] { return ::setuid(::getuid()); }), EPERM);
}

TEST(Confine, MakesNoMemoryExecutable) {
  EXPECT_EQ(InCage([] {
              void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              return page == MAP_FAILED ? -1 : 0;
            }),
            EPERM);
  EXPECT_EQ(InCage([] {
              static char page[8192];
              return ::mprotect(page, sizeof page, PROT_READ | PROT_EXEC);
            }),
            EPERM);
  EXPECT_EQ(InCage([] {
              void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              return page == MAP_FAILED ? -1 : 0;
            }),
            0);
}

TEST(Confine, CanNotBeLeft) {
  EXPECT_EQ(InCage([] { return ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); }), EPERM);
  EXPECT_EQ(InCage([] { return ::prctl(PR_GET_SECCOMP, 0, 0, 0, 0); }), EPERM);
}

}  // namespace
}  // namespace taglogin::keyhelper
