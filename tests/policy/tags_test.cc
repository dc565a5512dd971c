// SPDX-License-Identifier: Apache-2.0
#include "policy/tags.h"

#include "policy/decide.h"
#include "policy/template.h"
#include "tests/policy/fixtures.h"

namespace taglogin::policy {
namespace {

constexpr char kComposed[] = "caf\xc3\xa9";
constexpr char kDecomposed[] = "cafe\xcc\x81";

TEST(ToNfc, Composes) {
  EXPECT_EQ(ToNfc(kDecomposed), kComposed);
  EXPECT_EQ(ToNfc(kComposed), kComposed);
  EXPECT_EQ(ToNfc("plain"), "plain");
  EXPECT_EQ(ToNfc("\xe2\x84\xab"), "\xc3\x85");                  // ANGSTROM SIGN
  EXPECT_EQ(ToNfc("\xe1\x84\x80\xe1\x85\xa1"), "\xea\xb0\x80");  // Hangul
  EXPECT_EQ(ToNfc("\xef\xac\x81"), "\xef\xac\x81");              // no compatibility forms
  EXPECT_EQ(ToNfc(std::string_view("a\0b", 3)), std::string_view("a\0b", 3));
  EXPECT_EQ(ToNfc(""), "");
}

TEST(ToNfc, IsEmptyForWhatIsNoUtf8) {
  for (const std::string_view text : {"\xff", "a\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "ok\x80"}) {
    EXPECT_EQ(ToNfc(text), "") << text;
  }
}

TEST(IsUsableTagValue, TakesLettersDigitsMarksAndFourSigns) {
  for (const std::string_view text : {"prod", "Prod-1.2_x", "with space", kComposed, "\xd0\x96", "\xd9\xa3",
                                      "\xe0\xb8\x81\xe0\xb8\xb4", "7", "-", "."}) {
    EXPECT_TRUE(IsUsableTagValue(text)) << text;
  }
}

TEST(IsUsableTagValue, RefusesAllElse) {
  for (const std::string_view text :
       {"",      "a/b",         "a\\b",         "a,b",          "a=b",          "a*",       "(a)",
        "a:b",   "a@b",         "a+b",          "a\nb",         "a\tb",         "{a}",      "a\"b",
        "\x7f",  "\xc2\xb2",    "\xe2\x82\xac", "\xe2\x80\x8d", "\xe2\x80\xae", "\xc2\xa0", "\xff",
        "a\xc3", "\xe2\x85\xa3"}) {
    EXPECT_FALSE(IsUsableTagValue(text)) << text;
  }
  EXPECT_FALSE(IsUsableTagValue(std::string_view("a\0b", 3)));
}

TEST(Expand, PutsTagsIn) {
  const TagSet tags = Tags({{"Env", "prod"}, {"Role", "web"}, {"Two Words", "x"}});
  EXPECT_EQ(Expand("plain", tags), "plain");
  EXPECT_EQ(Expand("ssh-{Env}-{Role}", tags), "ssh-prod-web");
  EXPECT_EQ(Expand("{Env}{Role}", tags), "prodweb");
  EXPECT_EQ(Expand("{Two Words}", tags), "x");
  EXPECT_EQ(Expand("host-{@hostname}-users", tags), "host-web1-users");
  EXPECT_EQ(Expand("{@instance_id}", tags), "i-0abc");
}

TEST(Expand, NeedsEveryTagToBeUsable) {
  const TagSet tags = Tags({{"Empty", ""}, {"Odd", "a/b"}, {"Invalid", "\xff"}, {"Env", "prod"}});
  for (const char* text : {"{Missing}", "x{Empty}", "x{Odd}", "{Invalid}", "{Env}{Missing}", "{env}", "{@unknown}"}) {
    EXPECT_EQ(Expand(text, tags), std::nullopt) << text;
  }
  TagSet nameless = tags;
  nameless.hostname = "";
  nameless.instance_id = "a/b";
  EXPECT_EQ(Expand("{@hostname}", nameless), std::nullopt);
  EXPECT_EQ(Expand("{@instance_id}", nameless), std::nullopt);
}

TEST(Expand, NeverGivesAnEmptyNameOrGuessesAtBraces) {
  const TagSet tags = Tags({{"A", "x"}, {"", "y"}});
  for (const char* text : {"", "{}", "{A", "A}", "{{A}}", "{A}}", "}{", "{A{A}}"}) {
    EXPECT_EQ(Expand(text, tags), std::nullopt) << text;
  }
}

TEST(Expand, ComparesInNfc) { EXPECT_EQ(Expand("{Team}", Tags({{"Team", kDecomposed}})), kComposed); }

TEST(Expand, KnowsOnlyTheHostNameWhileTagsAreUnknown) {
  TagSet tags = Tags({{"Env", "prod"}});
  tags.known = false;
  EXPECT_EQ(Expand("ssh-{Env}", tags), std::nullopt);
  EXPECT_EQ(Expand("{@instance_id}", tags), std::nullopt);
  EXPECT_EQ(Expand("host-{@hostname}", tags), "host-web1");
}

TEST(NeedsTags, IsTrueForAnythingButTheHostName) {
  EXPECT_FALSE(NeedsTags("plain"));
  EXPECT_FALSE(NeedsTags("host-{@hostname}"));
  EXPECT_TRUE(NeedsTags("{@hostname}-{Env}"));
  EXPECT_TRUE(NeedsTags("{@instance_id}"));
}

TEST(Template, IsRefusedForAnyOfItsPlaceholders) {
  EXPECT_NE(TemplateFault("{}{Role}"), "");
  EXPECT_NE(TemplateFault("{Role}{}"), "");
  EXPECT_EQ(TemplateFault("{Role}{@hostname}"), "");
}

TEST(Template, NeedsEachBraceInItsPlace) {
  const TagSet tags = Tags({{"Role", "web"}, {"RoleX", "db"}});
  for (const char* text : {"a}Role}", "}Role{", "}Role}", "a{Role{", "{Role", "Role}"}) {
    EXPECT_NE(TemplateFault(text), "") << text;
    EXPECT_FALSE(Expand(text, tags)) << text;
  }
  EXPECT_EQ(Expand("a-{RoleX}-{Role}", tags), "a-db-web");
  EXPECT_EQ(Expand("X-{Role}", tags), "X-web");
}

}  // namespace
}  // namespace taglogin::policy
