// SPDX-License-Identifier: Apache-2.0
#include "base/secret.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace taglogin::base {
namespace {

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(!std::is_convertible_v<std::string, Secret> && !std::is_convertible_v<Secret, std::string>);

TEST(Secret, ShowsItselfOnlyWhenAsked) {
  const Secret secret(std::string("correct horse"));
  EXPECT_FALSE(secret.empty());
  EXPECT_EQ(secret.Reveal(), "correct horse");
  EXPECT_TRUE(Secret().empty());
}

TEST(Secret, LeavesNothingBehindWhenMoved) {
  for (const std::size_t size : {3u, 4000u}) {  // within and beyond the small string
    Secret from(std::string(size, 's'));
    Secret to(std::move(from));
    EXPECT_EQ(to.Reveal(), std::string(size, 's'));
    EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
    Secret assigned(std::string("old"));
    assigned = std::move(to);
    EXPECT_EQ(assigned.Reveal(), std::string(size, 's'));
    EXPECT_TRUE(to.empty());  // NOLINT(bugprone-use-after-move)
  }
}

// A short text lies within the string itself: moving it copies it.
TEST(Secret, LeavesNothingInTheTextItWasMadeFrom) {
  alignas(std::string) unsigned char place[sizeof(std::string)];
  auto* text = new (place) std::string("hunter2hunter");
  const Secret secret(std::move(*text));
  const std::string_view left(reinterpret_cast<const char*>(place), sizeof place);
  EXPECT_EQ(left.find("unter2"), std::string_view::npos);
  EXPECT_EQ(secret.Reveal(), "hunter2hunter");
  text->~basic_string();
}

TEST(Secret, WipesSmallOnesInPlace) {
  alignas(Secret) unsigned char place[sizeof(Secret)];
  auto* secret = new (place) Secret(std::string("hunter2hunter"));
  secret->~Secret();
  const std::string_view left(reinterpret_cast<const char*>(place), sizeof place);
  EXPECT_EQ(left.find("hunter2"), std::string_view::npos);
}

}  // namespace
}  // namespace taglogin::base
