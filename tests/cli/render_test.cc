// SPDX-License-Identifier: Apache-2.0
#include "cli/render.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/names/name_list.h"

namespace taglogin::cli {
namespace {

using nlohmann::json;

json Decision(bool allow) {
  return {{"time", "2026-01-31T08:30:00Z"},
          {"allow", allow},
          {"code", allow ? "TL-ALLOW-RULE" : "TL-DENY-NOGROUP"},
          {"detail", "because"},
          {"rule", "web"},
          {"group", "ssh-prod-web"},
          {"path", {"ssh-prod-web", "team"}},
          {"would_suffice", {"a", "b"}},
          {"from", {"10.0.0.0/8"}},
          {"freshness", "live"},
          {"data_age_s", 3},
          {"tags_age_s", 4}};
}

TEST(Render, TellsWhyWithPathTagAndNearestMiss) {
  const json document = {{"user", "alice"},
                         {"account", {{"uid", 5}, {"id", "S-1-5-21-1-2-3-4"}}},
                         {"last_decision", Decision(true)},
                         {"now", Decision(false)},
                         {"tags", {{{"key", "Role"}, {"value", "web"}, {"source", "imds"}, {"age_s", 7}}}}};
  const std::string text = Render("why", document);
  for (const char* part : {"alice (uid 5, S-1-5-21-1-2-3-4)", "last decision here, 2026-01-31T08:30:00Z",
                           "allowed (TL-ALLOW-RULE)", "denied (TL-DENY-NOGROUP)", "ssh-prod-web > team > alice",
                           "a or b", "Role=web (imds, confirmed 7 s ago)", "10.0.0.0/8", "live, confirmed 3 s ago"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " is not in:\n" << text;
  }
}

TEST(Render, SaysWhichSourcesWereNeverTriedForReal) {
  const auto shown = [](const char* source) {
    return Render("tags", {{"tags", {{{"key", "Role"}, {"value", "web"}, {"source", source}, {"age_s", 7}}}}});
  };
  for (const char* source : {"gce", "azure"}) {
    EXPECT_NE(shown(source).find(std::string("source ") + source + ": tried against recorded formats only\n"),
              std::string::npos);
  }
  for (const char* source : {"imds", "directory", "file:/gce"}) {
    EXPECT_EQ(shown(source).find("recorded formats"), std::string::npos) << source;
  }
}

TEST(Render, SaysHowManyGroupsItDoesNotName) {
  json decision = Decision(false);
  decision["more_would_suffice"] = 968;
  const std::string text = Render("why", {{"user", "alice"}, {"now", decision}});
  EXPECT_NE(text.find("a or b or one of 968 others\n"), std::string::npos) << text;
}

TEST(Render, TellsWhichServersWereTried) {
  const json tried = {{{"host", "dc2.corp.example"},
                       {"in_site", true},
                       {"ping", {{"answered", true}, {"age_s", 5}, {"latency_ms", 1.25}, {"site", "Hub"}}}},
                      {{"host", "dc1.corp.example"},
                       {"in_site", false},
                       {"ping", {{"answered", false}, {"age_s", 4}, {"error", "no answer to the ping"}}},
                       {"failed", {{"times", 2}, {"age_s", 10}, {"error", "refused"}, {"last_for_s", 50}}}}};
  const json servers = {{"source", "dns"},      {"in_use", "dc2.corp.example"},     {"site", "Hub"}, {"looked_s", 6},
                        {"problem", "is dead"}, {"refused", {"x.test is strange"}}, {"tried", tried}};
  const std::string text = Render("status", {{"domain", "corp.example"}, {"servers", servers}});
  for (const char* line :
       {"  site          Hub; DNS was asked 6 s ago\n",
        "  server        dc2.corp.example, in use, of this site, answered in 1.25 ms 5 s ago (site Hub)\n",
        "  server        dc1.corp.example, no answer to the ping 4 s ago; failed 2 times, last 10 s ago: "
        "refused\n",
        "  warning       is dead\n", "  warning       x.test is strange: not used\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << " is not in:\n" << text;
  }
  const json named = {{"source", "settings"}, {"in_use", "a"}, {"tried", {{{"host", "a"}}}}};
  EXPECT_EQ(Render("status", {{"domain", "corp.example"}, {"servers", named}}).find("site"), std::string::npos);
}

TEST(Render, ListsWhoInColumns) {
  json row = Decision(true);
  row["user"] = "alice";
  const std::string text = Render("who", {{"who", json::array({row})}, {"complete", false}});
  EXPECT_EQ(text,
            "USER   RULE  THROUGH              FROM\n"
            "alice  web   ssh-prod-web > team  10.0.0.0/8\n"
            "not complete: the directory has not been read yet for the rules in force\n");
}

TEST(Render, NeverPassesControlCharactersOn) {
  const json document = {
      {"user", "al\x1b[31mice"}, {"now", Decision(true)}, {"tags", {{{"key", "a\nb"}, {"value", "\xe2\x80\xae"}}}}};
  const std::string text = Render("why", document);
  for (const char c : text) EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f)) << static_cast<int>(c);
  EXPECT_EQ(text.find("a\nb"), std::string::npos);
}

// T28
TEST(Render, OddStringsStayOnTheirLine) {
  const auto lines = [](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); };
  const auto document = [](const std::string& text) {
    json decision = Decision(true);
    for (const char* key : {"time", "code", "detail", "rule", "group", "freshness"}) decision[key] = text;
    decision["path"] = decision["would_suffice"] = decision["from"] = json::array({text, text});
    json row = decision;
    row["user"] = text;
    return json{{"user", text},
                {"time", text},
                {"version", text},
                {"domain", text},
                {"server", text},
                {"hostname", text},
                {"instance_id", text},
                {"account", {{"uid", text}, {"id", text}}},
                {"last_decision", decision},
                {"now", decision},
                {"who", json::array({row})},
                {"tags", json::array({{{"key", text}, {"value", text}, {"source", text}, {"age_s", text}}})},
                {"errors", {{"k" + text, text}}},
                {"problems", json::array({text})},
                {"warnings", json::array({text})},
                {"accounts", text}};
  };
  for (const auto& odd : tests::AllOddStrings()) {
    if (odd.text.empty()) continue;  // its lines are left out
    // As it comes out of JSON: foreign bytes replaced.
    const json sound = json::parse(json(odd.text).dump(-1, ' ', false, json::error_handler_t::replace));
    for (const char* verb : {"why", "who", "test", "tags", "status", "refresh"}) {
      const std::string text = Render(verb, document(sound));
      ASSERT_EQ(lines(text), lines(Render(verb, document("x")))) << verb << " " << odd.kind;
      for (const char c : text) ASSERT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f)) << verb << " " << odd.kind;
    }
    ASSERT_EQ(lines(Render("why", {{"error", sound}})), 1) << odd.kind;
  }
}

TEST(Render, SurvivesDocumentsOfAnotherShape) {
  for (const char* verb : {"why", "who", "test", "tags", "status", "refresh", "other"}) {
    for (const json& document :
         {json::object(), json{{"who", 5}, {"tags", "x"}, {"now", {1, 2}}, {"path", {{"a", 1}}}},
          json{{"who", {1, "a", nullptr}}, {"problems", {5}}, {"warnings", {{"x", 1}}}, {"errors", {1}}}}) {
      EXPECT_FALSE(Render(verb, document).empty()) << verb;
    }
  }
  EXPECT_EQ(Render("why", {{"error", "no such account"}}), "no such account\n");
}

}  // namespace
}  // namespace taglogin::cli
