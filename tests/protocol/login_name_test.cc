// SPDX-License-Identifier: Apache-2.0
#include "protocol/login_name.h"

#include <gtest/gtest.h>

#include <string>

namespace taglogin::protocol {
namespace {

// The canonical form, or "(none)".
std::string Canonical(const std::string& text) {
  LoginName name;
  return LoginName::From(text, name) ? std::string(name.view()) : "(none)";
}

constexpr std::string_view kFirst = "abcdefghijklmnopqrstuvwxyz_";
constexpr std::string_view kRest = "abcdefghijklmnopqrstuvwxyz_0123456789.-";
constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

TEST(LoginName, TakesOrdinaryNames) {
  for (const char* name : {"a", "alice", "_x", "a.b", "a-b", "a_b", "a1", "svc-web.01", "x-", "x."}) {
    EXPECT_EQ(Canonical(name), name);
  }
}

TEST(LoginName, HasOneFormForAllSpellings) {
  for (const char* name : {"alice", "Alice", "ALICE", "aLiCe"}) EXPECT_EQ(Canonical(name), "alice");
}

TEST(LoginName, RefusesOddNames) {
  for (const char* name :
       {"",     ".",     "..",    "...",    "-rf",    "-",      "+x",  "0",        "123",   "0day",      "4294967295",
        "-1",   " root", "root ", "root\t", "\troot", "root\n", "a:b", "a\nb",     "a/b",   "../../etc", "/",
        "a\\b", "%u",    "%s%n",  "$(id)",  "`id`",   "a;b",    "a*b", "a)(uid=*", "user@", "DOM\\user", "a b",
        "a,b",  "a=b",   "a#b",   "a\"b",   "a'b",    "a$",     "a!",  "~root",    "a~b",   "[a]",       "{a}",
        "a|b",  "a&b",   "a<b",   "a>b",    "a?b",    "a^b",    "*",   "@everyone"}) {
    EXPECT_EQ(Canonical(name), "(none)") << name;
  }
}

TEST(LoginName, RefusesLookAlikesAndFoldsNone) {
  for (const char* name : {"r\u043e\u043et",            // Cyrillic o
                           "\u24e1oot",                 // circled r
                           "\uff52\uff4f\uff4f\uff54",  // fullwidth
                           "\u202etoor",
                           "ro\u200dot",
                           "ro\u200bot",
                           "\ufeffroot",  // bidi, joiner, zero width, byte order mark
                           "jose\u0301",
                           "jos\u00e9",
                           "na\u00efve",
                           "\u212aelvin",  // KELVIN SIGN lower-cases to k
                           "\u0130d",
                           "\u0131d",
                           "stra\u00dfe",
                           "\u017f",  // Turkish i's, sharp s, long s
                           "\u6771\u4eac",
                           "\U0001f642",
                           "root\u00a0",
                           "\u2024",
                           "\u2010rf"}) {
    EXPECT_EQ(Canonical(name), "(none)") << name;
  }
}

TEST(LoginName, RefusesBytesThatAreNotText) {
  for (const std::string& name : {std::string("a\0b", 3), std::string("root\0", 5), std::string("\0", 1),
                                  std::string("\xff"), std::string("a\x80"), std::string("\xc0\xaf"),
                                  std::string("a\x7f"), std::string("a\x1b[2J"), std::string("\xc3")}) {
    EXPECT_EQ(Canonical(name), "(none)");
  }
}

TEST(LoginName, TakesADomain) {
  for (const char* name : {"a@b", "alice@corp.example.com", "a@1.2", "a@xn--bcher-kva.example", "_x@a-b.c--d"}) {
    EXPECT_EQ(Canonical(name), name);
  }
  EXPECT_EQ(Canonical("Alice@CORP.Example.Com"), "alice@corp.example.com");
  LoginName name;
  ASSERT_TRUE(LoginName::From("Alice@Corp.Example", name));
  EXPECT_EQ(name.user(), "alice");
  EXPECT_EQ(name.domain(), "corp.example");
  ASSERT_TRUE(LoginName::From("alice", name));
  EXPECT_EQ(name.user(), "alice");
  EXPECT_EQ(name.domain(), "");
}

TEST(LoginName, RefusesDomainsThatAreNone) {
  for (const char* domain : {"",    ".",   "-",   "a.",  ".a", "a..b", "-a",   "a-",       "a.-b", "a-.b",  "a_b",
                             "a b", "a@b", "a:b", "a/b", "*",  "a*",   "b\\c", "\xc3\xbc", "a\n",  "[::1]", "%u"}) {
    EXPECT_EQ(Canonical(std::string("alice@") + domain), "(none)") << domain;
    EXPECT_FALSE(IsDomainName(domain)) << domain;
  }
  EXPECT_FALSE(IsDomainName("Corp"));
  EXPECT_FALSE(IsDomainName(std::string_view("a\0b", 3)));
  for (const char* user : {"", "1", ".a", "-a", "a b", "a$", "DOM\\a"}) {
    EXPECT_EQ(Canonical(std::string(user) + "@corp.example"), "(none)") << user;
  }
}

// 32 bytes of a user, 64 of a domain.
TEST(LoginName, TakesUpTo97BytesWithADomain) {
  const std::string user(32, 'a');
  const std::string domain(64, 'd');
  EXPECT_EQ(Canonical(user + "@" + domain), user + "@" + domain);
  EXPECT_EQ(Canonical(user + "@" + domain + "d"), "(none)");
  EXPECT_EQ(Canonical(user + "a@" + domain), "(none)");
  EXPECT_EQ(Canonical("a@" + domain + "d"), "(none)");
  static_assert(kMaxLoginName == 97 && kMaxGroupName == 129);
}

TEST(LoginName, TakesUpTo32Bytes) {
  EXPECT_EQ(Canonical(std::string(31, 'a')), std::string(31, 'a'));
  EXPECT_EQ(Canonical(std::string(32, 'A')), std::string(32, 'a'));
  for (const std::size_t size : {33u, 255u, 256u, 4096u, 65536u})
    EXPECT_EQ(Canonical(std::string(size, 'a')), "(none)");
}

TEST(LoginName, TakesExactlyItsAlphabet) {
  for (int first = 0; first < 256; ++first) {
    const char a = static_cast<char>(first);
    const bool good_first = a != '\0' && (kFirst.find(a) != kFirst.npos || kUpper.find(a) != kUpper.npos);
    EXPECT_EQ(Canonical(std::string(1, a)) != "(none)", good_first) << first;
    for (int second = 0; second < 256; ++second) {
      const char b = static_cast<char>(second);
      const bool good = good_first && b != '\0' && (kRest.find(b) != kRest.npos || kUpper.find(b) != kUpper.npos);
      ASSERT_EQ(Canonical(std::string{a, b}) != "(none)", good) << first << " " << second;
    }
  }
}

TEST(LoginName, IsStableOnceCanonical) {
  LoginName name;
  ASSERT_TRUE(LoginName::From("Alice.B-1", name));
  EXPECT_STREQ(name.c_str(), "alice.b-1");
  EXPECT_EQ(Canonical(std::string(name.view())), name.view());
}

TEST(LoginName, StaysAsItWasWhenRefused) {
  LoginName name;
  ASSERT_TRUE(LoginName::From("alice", name));
  EXPECT_FALSE(LoginName::From("-rf", name));
  EXPECT_FALSE(LoginName::From("bob\n", name));
  EXPECT_EQ(name.view(), "alice");
}

TEST(IsGroupName, TakesWhatMayBeShown) {
  for (const char* name : {"a", "ssh-prod-web", "domain users", "1st", "_x", "a.b"})
    EXPECT_TRUE(IsGroupName(name)) << name;
  EXPECT_TRUE(IsGroupName(std::string(64, 'g')));
}

TEST(IsGroupName, TakesADomain) {
  EXPECT_TRUE(IsGroupName("domain users@branch.example.com"));
  EXPECT_TRUE(IsGroupName(std::string(64, 'g') + "@" + std::string(64, 'd')));
  for (const char* name : {"g@", "@d", "g @d", "g@d.", "g@D", "g@a b", "g@a@b", "g@a_b"})
    EXPECT_FALSE(IsGroupName(name));
  EXPECT_FALSE(IsGroupName(std::string(65, 'g') + "@d"));
  EXPECT_FALSE(IsGroupName("g@" + std::string(65, 'd')));
}

TEST(IsGroupName, RefusesAllElse) {
  for (const char* name :
       {"", " a", "a ", "-a", ".a", "A", "a:b", "a,b", "a\nb", "a/b", "caf\u00e9", "a\tb", "a  ", "*"}) {
    EXPECT_FALSE(IsGroupName(name)) << name;
  }
  EXPECT_FALSE(IsGroupName(std::string(65, 'g')));
  EXPECT_FALSE(IsGroupName(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace taglogin::protocol
