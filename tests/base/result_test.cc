// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace taglogin::base {
namespace {

Result<std::string> Half(int number) {
  if (number % 2 != 0) return Invalid("odd");
  return std::to_string(number / 2);
}

Result<void> MustBeEven(int number) {
  if (number % 2 != 0) return NotFound("odd");
  return {};
}

TEST(Result, HoldsAValue) {
  const auto result = Half(8);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result.has_value());
  EXPECT_EQ(*result, "4");
  EXPECT_EQ(result->size(), 1u);
}

TEST(Result, HoldsAnError) {
  const auto result = Half(7);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(result.error().detail, "odd");
}

TEST(Result, GivesItsValueAway) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 7);
}

TEST(Result, OfVoidIsSuccessOrError) {
  EXPECT_TRUE(MustBeEven(2));
  ASSERT_FALSE(MustBeEven(3));
  EXPECT_EQ(MustBeEven(3).error().code, ErrorCode::kNotFound);
}

TEST(Result, TellsAnErrorFromAValueOfTypeError) {
  const Result<bool> no(false);
  EXPECT_TRUE(no.has_value());
  EXPECT_FALSE(*no);
}

TEST(ResultDeathTest, AbortsWhenTheWrongSideIsRead) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(static_cast<void>(*Half(7)), "");
  EXPECT_DEATH(static_cast<void>(Half(8).error()), "");
  EXPECT_DEATH(static_cast<void>(MustBeEven(2).error()), "");
}

TEST(Error, CarriesTheCodeOfItsName) {
  EXPECT_EQ(Invalid("x").code, ErrorCode::kInvalid);
  EXPECT_EQ(NotFound("x").code, ErrorCode::kNotFound);
  EXPECT_EQ(Unavailable("x").code, ErrorCode::kUnavailable);
  EXPECT_EQ(Internal("x").code, ErrorCode::kInternal);
}

}  // namespace
}  // namespace taglogin::base
