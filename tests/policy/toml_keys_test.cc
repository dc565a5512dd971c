// SPDX-License-Identifier: Apache-2.0
#include "policy/toml_keys.h"

#include <gtest/gtest.h>

#include <array>

namespace taglogin::policy {
namespace {

using std::chrono::seconds;

const TomlPlace kPlace{"/etc/x.toml", "[ssh]"};
constexpr std::array<std::string_view, 4> kKnown = {"name", "login", "users", "max_staleness"};

toml::table Parsed(std::string_view text) {
  auto table = ParseToml(text, kPlace.path);
  if (!table) {
    ADD_FAILURE() << table.error().detail;
    return {};
  }
  return *std::move(table);
}

std::string FaultOf(std::string_view text) {
  const auto table = ParseToml(text, kPlace.path);
  return table ? "none" : table.error().detail;
}

std::string Repeat(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(ParseToml, NamesTheLineOfAFault) {
  EXPECT_EQ(FaultOf("a = 1\n\nb = \n").substr(0, 29), "/etc/x.toml:3: not valid TOML");
  EXPECT_EQ(FaultOf("a = 1\na = 2\n").substr(0, 15), "/etc/x.toml:2: ");
  EXPECT_EQ(FaultOf("a = \"\xff\"").substr(0, 15), "/etc/x.toml:1: ");
}

// Where toml++ 3.3 asserts.
TEST(ParseToml, NamesTheLineOfABracketWithoutAName) {
  EXPECT_EQ(FaultOf("a = 1\n\n[\nb = 2\n").substr(0, 29), "/etc/x.toml:3: not valid TOML");
  EXPECT_EQ(FaultOf("a = 1\n[[\n[b]\n[[c]]\n").substr(0, 29), "/etc/x.toml:2: not valid TOML");
  EXPECT_EQ(FaultOf("[=]").substr(0, 29), "/etc/x.toml:1: not valid TOML");
}

// Where toml++ 3.3 calls U+00E9 and U+FE7F unreachable: the sanitizers' build fails then.
TEST(ParseToml, TakesCharactersBeyondAsciiInQuotesAndCommentsAlone) {
  EXPECT_EQ(FaultOf("\ufeff# \u00e9\na = \"\u00e9\"\n'\u00e9' = '''\n\ufe7f'''\n"), "none");
  EXPECT_EQ(FaultOf("a = \"\"\"\\\n\u00e9\"\"\"\n"), "none");
  EXPECT_EQ(FaultOf("a = 1\nb = 01\"\u0301\n").substr(0, 29), "/etc/x.toml:2: not valid TOML");
  EXPECT_EQ(FaultOf("a = 1\n[b\u00e9]\n").substr(0, 29), "/etc/x.toml:2: not valid TOML");
  EXPECT_EQ(FaultOf("a = 1\n\n[[r\ufe7f").substr(0, 29), "/etc/x.toml:3: not valid TOML");
  EXPECT_EQ(FaultOf("\ufeff\ufeffa = 1\n").substr(0, 29), "/etc/x.toml:1: not valid TOML");
}

TEST(ParseToml, RefusesLargeText) {
  EXPECT_EQ(FaultOf(std::string(kMaxTomlBytes, '\n')), "none");
  EXPECT_NE(FaultOf(std::string(kMaxTomlBytes + 1, '\n')).find("larger than 1048576 bytes"), std::string::npos);
}

TEST(ParseToml, RefusesDeepNestingBeforeItCostsStack) {
  constexpr int kMany = 300000;
  for (const std::string& text :
       {"a = " + Repeat("[", kMany), "a = " + Repeat("{a=", kMany), "\n\n" + Repeat("a.", kMany) + "a = 1",
        "[" + Repeat("a.", kMany) + "a]", "[[" + Repeat("a . ", kMany / 2) + "a]]", Repeat("\"\".", kMany) + "a = 1",
        "s = \"\"\"a\"\"\"\"\"\nt = '''b''''\n" + Repeat("a.", kMany) + "a = 1",
        "s = \"\\\\\" # \"\n" + Repeat("a.", kMany) + "a = 1", "s = '\\'\n" + Repeat("'a'.", kMany / 2) + "a = 1"}) {
    EXPECT_NE(FaultOf(text).find("nest deeper than 16 levels"), std::string::npos) << text.substr(0, 40);
  }
}

TEST(ParseToml, NamesTheLineOfDeepNesting) {
  EXPECT_EQ(FaultOf("a = 1\ns = \"\"\"\n\n\\\n\"\"\"\n" + Repeat("b.", 20) + "c = 1").substr(0, 15), "/etc/x.toml:6: ");
}

TEST(ParseToml, TakesOrdinaryNestingAndDotsInTextAndComments) {
  EXPECT_EQ(
      FaultOf("# " + Repeat(".", 100) + Repeat("[", 100) + "\na = \"" + Repeat(".{", 100) + "\"\nb = '" +
              Repeat("[.", 50) + "'\n[c.d.e]\nf.g = [[1.5, 2.5], [3.5]]\nh = \"\"\"" + Repeat("\n.[", 50) + "\"\"\"\n"),
      "none");
}

TEST(CheckKeys, NamesLineKeyAndNearestKnownKey) {
  const auto table = Parsed("name = 'x'\n\nlogn = 'y'\nusers = 'z'\n");
  const auto checked = CheckKeys(table, kKnown, {"/etc/x.toml", "[[rule]]"});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, base::ErrorCode::kInvalid);
  EXPECT_EQ(checked.error().detail, "/etc/x.toml:3: unknown key \"logn\" in [[rule]]; did you mean \"login\"?");
}

TEST(CheckKeys, NamesTheFirstUnknownKeyOfTheFile) {
  const auto checked = CheckKeys(Parsed("zzz = 1\naaa = 2\n"), kKnown, kPlace);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().detail.substr(0, 35), "/etc/x.toml:1: unknown key \"zzz\" in");
}

TEST(CheckKeys, DoesNotPretendThatAFarKeyWasMeant) {
  const auto checked = CheckKeys(Parsed("something_else_entirely = 1\n"), kKnown, kPlace);
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().detail.find("; the nearest known one is \""), std::string::npos);
}

TEST(CheckKeys, MakesForeignBytesPrintable) {
  const auto checked = CheckKeys(Parsed("\"lo\\ngin\\u001b\" = 1\n"), kKnown, kPlace);
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().detail.find("\"lo\\x0agin\\x1b\""), std::string::npos) << checked.error().detail;
}

TEST(CheckKeys, TakesKnownKeys) { EXPECT_TRUE(CheckKeys(Parsed("users = 1\nname = 2\n"), kKnown, kPlace)); }

TEST(NearestName, CountsInsertionsDeletionsAndReplacements) {
  EXPECT_EQ(NearestName("nmae", kKnown), "name");
  EXPECT_EQ(NearestName("user", kKnown), "users");
  EXPECT_EQ(NearestName("max-staleness", kKnown), "max_staleness");
  EXPECT_EQ(NearestName("", kKnown), "name");
  EXPECT_EQ(NearestName("x", {}), "");
  EXPECT_EQ(Suggestion("x", {}), "");
}

template <typename T>
std::string ErrorOf(const base::Result<T>& result) {
  return result ? "none" : result.error().detail;
}

TEST(GetString, ReadsOneLineOfText) {
  const auto table = Parsed("a = 'x y'\nb = 5\nc = ''\nd = \"a\\nb\"\ne = \"\\u0085\"\nf = \"\xc3\xa9\"\n");
  EXPECT_EQ(*GetString(table, "a", kPlace), "x y");
  EXPECT_EQ(*GetString(table, "f", kPlace), "\xc3\xa9");
  EXPECT_EQ(*GetString(table, "missing", kPlace), std::nullopt);
  EXPECT_EQ(ErrorOf(GetString(table, "b", kPlace)),
            "/etc/x.toml:2: \"b\" in [ssh] is the number 5; write a string in quotes");
  EXPECT_EQ(ErrorOf(GetString(table, "c", kPlace)).substr(0, 36), "/etc/x.toml:3: \"c\" in [ssh] is empty");
  EXPECT_NE(ErrorOf(GetString(table, "d", kPlace)).find(":4: \"d\" in [ssh] holds a control character: \"a\\x0ab\""),
            std::string::npos);
  EXPECT_NE(ErrorOf(GetString(table, "e", kPlace)).find("control character"), std::string::npos);
}

TEST(GetStrings, ReadsTextsWithTheirLines) {
  const auto table = Parsed("a = ['x',\n 'y']\nb = []\nc = 'x'\nd = [\n'x',\n5]\ne = ['x',\n'']\nf = [['x']]\n");
  const auto list = GetStrings(table, "a", kPlace);
  ASSERT_TRUE(list && *list && (*list)->size() == 2);
  EXPECT_EQ((**list)[0].text, "x");
  EXPECT_EQ((**list)[0].line, 1);
  EXPECT_EQ((**list)[1].text, "y");
  EXPECT_EQ((**list)[1].line, 2);
  EXPECT_TRUE(GetStrings(table, "missing", kPlace) && !*GetStrings(table, "missing", kPlace));
  EXPECT_EQ(ErrorOf(GetStrings(table, "b", kPlace)),
            "/etc/x.toml:3: \"b\" in [ssh] is an empty list; name something or leave the key out");
  EXPECT_EQ(ErrorOf(GetStrings(table, "c", kPlace)),
            "/etc/x.toml:4: \"c\" in [ssh] is the string \"x\"; write a list of strings, such as [\"one\", \"two\"]");
  EXPECT_EQ(ErrorOf(GetStrings(table, "d", kPlace)),
            "/etc/x.toml:7: an element of \"d\" in [ssh] is the number 5; write a string in quotes");
  EXPECT_EQ(ErrorOf(GetStrings(table, "e", kPlace)).substr(0, 15), "/etc/x.toml:9: ");
  EXPECT_NE(ErrorOf(GetStrings(table, "f", kPlace)).find("is a list;"), std::string::npos);
}

TEST(GetBool, TakesNothingButTrueAndFalse) {
  const auto table = Parsed("a = true\nb = false\nc = 'true'\nd = 1\n");
  EXPECT_EQ(*GetBool(table, "a", kPlace), true);
  EXPECT_EQ(*GetBool(table, "b", kPlace), false);
  EXPECT_EQ(*GetBool(table, "missing", kPlace), std::nullopt);
  EXPECT_EQ(ErrorOf(GetBool(table, "c", kPlace)),
            "/etc/x.toml:3: \"c\" in [ssh] is the string \"true\"; write true or false, without quotes");
  EXPECT_EQ(ErrorOf(GetBool(table, "d", kPlace)).substr(0, 15), "/etc/x.toml:4: ");
}

TEST(GetDuration, ReadsFourUnits) {
  const auto table = Parsed("a = '90s'\nb = '15m'\nc = '24h'\nd = '7d'\n");
  EXPECT_EQ(*GetDuration(table, "a", kPlace), seconds(90));
  EXPECT_EQ(*GetDuration(table, "b", kPlace), seconds(900));
  EXPECT_EQ(*GetDuration(table, "c", kPlace), seconds(86400));
  EXPECT_EQ(*GetDuration(table, "d", kPlace), seconds(604800));
  EXPECT_EQ(*GetDuration(table, "missing", kPlace), std::nullopt);
}

TEST(GetDuration, SaysWhatWouldBeRight) {
  const auto table = Parsed("a = 5\nb = '5 minutes'\nc = '0s'\nd = '2m'\n");
  const DurationBounds bounds{seconds(1), seconds(60)};
  EXPECT_EQ(ErrorOf(GetDuration(table, "a", kPlace)),
            "/etc/x.toml:1: \"a\" in [ssh] is the number 5; write a whole number with s, m, h or d in quotes, such as "
            "\"90s\" or \"24h\"");
  EXPECT_EQ(ErrorOf(GetDuration(table, "b", kPlace)).substr(0, 15), "/etc/x.toml:2: ");
  EXPECT_EQ(ErrorOf(GetDuration(table, "c", kPlace, bounds)),
            "/etc/x.toml:3: \"c\" in [ssh] is the string \"0s\"; write a duration from \"1s\" to \"1m\"");
  EXPECT_EQ(ErrorOf(GetDuration(table, "d", kPlace, bounds)).substr(0, 15), "/etc/x.toml:4: ");
}

TEST(ParseDuration, RefusesEverythingElse) {
  for (const std::string_view text : {"", "s", "5", "-5s", "+5s", " 5s", "5s ", "5 s", "5S", "1h30m", "0x5s", "1.5h",
                                      "1e3s", "99999999999999999999s", "9223372036854775807d", "36601d"}) {
    EXPECT_EQ(ParseDuration(text), std::nullopt) << text;
  }
  EXPECT_EQ(ParseDuration("0s"), seconds(0));
  EXPECT_EQ(ParseDuration("36600d"), seconds(36600LL * 86400));
}

TEST(DurationText, UsesTheLargestUnitThatFits) {
  EXPECT_EQ(DurationText(seconds(604800)), "7d");
  EXPECT_EQ(DurationText(seconds(3600)), "1h");
  EXPECT_EQ(DurationText(seconds(5400)), "90m");
  EXPECT_EQ(DurationText(seconds(61)), "61s");
}

}  // namespace
}  // namespace taglogin::policy
