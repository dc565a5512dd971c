// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/encoding.h"

#include <gtest/gtest.h>

namespace taglogin::daemon::replica {
namespace {

// 2^63 and more must not come back as a moment long before 1970.
TEST(DecodeContents, RefusesNumbersOfMoreThan64SignedBits) {
  ASSERT_TRUE(DecodeContents({{"clock", "", "9223372036854775807"}}));
  EXPECT_EQ(DecodeContents({{"clock", "", "-9223372036854775808"}})->wall_high_water_s, INT64_MIN);
  for (const char* number : {"9223372036854775808", "18446744073709551615", "1e3", "1.5", "true", "\"1\""}) {
    EXPECT_FALSE(DecodeContents({{"clock", "", number}})) << number;
    EXPECT_FALSE(DecodeContents({{"used", "S-1-5-21-1-2-3-1107", number}})) << number;
  }
}

}  // namespace
}  // namespace taglogin::daemon::replica
