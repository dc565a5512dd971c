// SPDX-License-Identifier: Apache-2.0
#include "nss_module/recent.h"

#include <gtest/gtest.h>

namespace taglogin::nss_module {
namespace {

// Keys differ in their upper half: they are hashes.
constexpr std::uint64_t Key(std::uint64_t n) { return n << 32 | 0x1234; }

TEST(Recent, HoldsNothingAtFirstNotEvenTheKeyZero) {
  const Recent recent;
  EXPECT_FALSE(recent.Any(0));
  EXPECT_FALSE(recent.Holds(0, 0));
  EXPECT_FALSE(recent.Holds(Key(7), 0));
}

TEST(Recent, HoldsUntilTheMomentAndHardlyLonger) {
  for (const std::int64_t now : {std::int64_t{0}, std::int64_t{1}, std::int64_t{255}, std::int64_t{123456789},
                                 std::int64_t{31} * 365 * 86400 * 1000}) {
    Recent recent;
    recent.Note(Key(7), now + 5000);
    for (const std::int64_t later : {0, 1, 4999, 5000}) {
      EXPECT_TRUE(recent.Holds(Key(7), now + later)) << now << " + " << later;
      EXPECT_TRUE(recent.Any(now + later));
    }
    EXPECT_FALSE(recent.Holds(Key(7), now + 5512)) << now;
    EXPECT_FALSE(recent.Any(now + 5512));
    EXPECT_FALSE(recent.Holds(Key(8), now));
  }
}

TEST(Recent, NotingAgainMovesTheEndAndTakesNoFurtherPlace) {
  Recent recent;
  recent.Note(Key(1), 10000);
  for (int i = 0; i < 100; ++i) recent.Note(Key(2), 5000 + i);
  recent.Note(Key(2), 20000);
  EXPECT_TRUE(recent.Holds(Key(1), 9000));
  EXPECT_TRUE(recent.Holds(Key(2), 19000));
}

TEST(Recent, TheLastEightStay) {
  Recent recent;
  for (std::uint64_t n = 0; n < 20; ++n) recent.Note(Key(n), 5000);
  for (std::uint64_t n = 12; n < 20; ++n) EXPECT_TRUE(recent.Holds(Key(n), 1000)) << n;
  EXPECT_FALSE(recent.Holds(Key(11), 1000));
}

}  // namespace
}  // namespace taglogin::nss_module
