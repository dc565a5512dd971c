// SPDX-License-Identifier: Apache-2.0
#include "base/unique_fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <utility>

namespace taglogin::base {
namespace {

bool IsOpen(int fd) { return ::fcntl(fd, F_GETFD) != -1; }
int NewFd() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

TEST(UniqueFd, ClosesWhatItHolds) {
  int number = -1;
  {
    const UniqueFd fd(NewFd());
    number = fd.get();
    ASSERT_TRUE(fd.valid());
    ASSERT_TRUE(IsOpen(number));
  }
  EXPECT_FALSE(IsOpen(number));
}

TEST(UniqueFd, MovesOwnership) {
  UniqueFd from(NewFd());
  const int number = from.get();
  UniqueFd to(std::move(from));
  EXPECT_FALSE(from.valid());  // NOLINT(bugprone-use-after-move): that is what is tested
  UniqueFd other(NewFd());
  const int closed = other.get();
  other = std::move(to);
  EXPECT_FALSE(IsOpen(closed));
  EXPECT_EQ(other.get(), number);
  EXPECT_TRUE(IsOpen(number));
}

TEST(UniqueFd, ReleasesWithoutClosing) {
  UniqueFd fd(NewFd());
  const int number = fd.release();
  EXPECT_FALSE(fd.valid());
  EXPECT_TRUE(IsOpen(number));
  fd.reset(number);
  fd.reset();
  EXPECT_FALSE(IsOpen(number));
}

TEST(UniqueFd, KeepsErrno) {
  UniqueFd fd(NewFd());
  ASSERT_EQ(::close(fd.get()), 0);  // so that closing it again fails
  errno = ENOENT;
  fd.reset();
  EXPECT_EQ(errno, ENOENT);
}

}  // namespace
}  // namespace taglogin::base
