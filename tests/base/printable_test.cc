// SPDX-License-Identifier: Apache-2.0
#include "base/printable.h"

#include <gtest/gtest.h>

namespace taglogin::base {
namespace {

TEST(Printable, KeepsPrintableAscii) {
  EXPECT_EQ(Printable("alice@Corp (web-1) ~ !"), "alice@Corp (web-1) ~ !");
  EXPECT_EQ(Printable(""), "");
}

TEST(Printable, WritesAllElseAsHex) {
  EXPECT_EQ(Printable(std::string_view("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(Printable("\n\r\t\x1b\x7f"), "\\x0a\\x0d\\x09\\x1b\\x7f");
  EXPECT_EQ(Printable("\u202e"), "\\xe2\\x80\\xae");
  EXPECT_EQ(Printable("\xff\x80"), "\\xff\\x80");
}

TEST(Printable, CannotBeMadeToLieAboutABackslash) { EXPECT_EQ(Printable("\\x41"), "\\\\x41"); }

TEST(Printable, SaysWhenItCuts) {
  EXPECT_EQ(Printable("abcdef", 6), "abcdef");
  EXPECT_EQ(Printable("abcdefg", 6), "abcdef...");
  EXPECT_EQ(Printable(std::string(300, 'x')).size(), 259u);
}

TEST(Printable, IsPrintableForEveryByte) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    for (const char out : Printable({&c, 1})) ASSERT_TRUE(out >= 0x20 && out < 0x7f) << byte;
  }
}

}  // namespace
}  // namespace taglogin::base
