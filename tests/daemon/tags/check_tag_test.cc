// SPDX-License-Identifier: Apache-2.0
#include "daemon/tags/check_tag.h"

#include <gtest/gtest.h>

namespace taglogin::daemon::tags {
namespace {

TEST(CheckTag, TakesPlainText) {
  for (const char* text : {"Environment", "aws:autoscaling:groupName", "a b", "x/y=z@w+1", "Zürich", "東京", "🙂"}) {
    EXPECT_EQ(*CheckKey(text), text);
    EXPECT_EQ(*CheckValue("k", text), text);
  }
}

TEST(CheckTag, TakesEmptyValueButNoEmptyKey) {
  EXPECT_EQ(*CheckValue("k", ""), "");
  EXPECT_FALSE(CheckKey(""));
}

TEST(CheckTag, PutsTextIntoFormC) {
  EXPECT_EQ(*CheckKey("e\u0301"), "\u00e9");
  EXPECT_EQ(*CheckValue("k", "A\u030a\u0323"), "\u1ea0\u030a");
}

TEST(CheckTag, DoesNotFoldLookAlikes) { EXPECT_EQ(*CheckValue("k", "\uff50rod"), "\uff50rod"); }

TEST(CheckTag, RefusesWhatDoesNotShow) {
  for (const std::string& text :
       {std::string("a\nb"), std::string("a\0b", 3), std::string("\x7f"), std::string("\u0085"), std::string("\u200b"),
        std::string("\u202e"), std::string("\u2028"), std::string("\u2029"), std::string("\ufeff"),
        std::string("\ue000"), std::string("\u0378"), std::string("\xff"), std::string("\xc0\x80"),
        std::string("\xed\xa0\x80"), std::string("\xe2\x82"), std::string(" a"), std::string("a ")}) {
    EXPECT_FALSE(CheckKey(text)) << text;
    EXPECT_FALSE(CheckValue("k", text)) << text;
  }
}

TEST(CheckTag, RefusesPathsAsKeys) {
  EXPECT_FALSE(CheckKey("."));
  EXPECT_FALSE(CheckKey(".."));
  EXPECT_TRUE(CheckKey("..."));
}

TEST(CheckTag, CountsCharactersNotBytes) {
  std::string text;
  for (int i = 0; i < 128; ++i) text += "🙂";
  EXPECT_TRUE(CheckKey(text));
  EXPECT_FALSE(CheckKey(text + "x"));
  EXPECT_TRUE(CheckValue("k", text + text));
  EXPECT_FALSE(CheckValue("k", text + text + "x"));
  EXPECT_FALSE(CheckValue("k", std::string(1 << 20, 'x')));
}

TEST(CheckTag, NamesTheTagInPrintableWords) {
  const std::string detail = CheckValue("ro\x1ble", "\n").error().detail;
  EXPECT_NE(detail.find("ro\\x1ble"), std::string::npos) << detail;
}

}  // namespace
}  // namespace taglogin::daemon::tags
