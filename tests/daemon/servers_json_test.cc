// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "daemon/explain.h"

namespace taglogin::daemon {
namespace {

using nlohmann::json;

directory::FinderState Found() {
  directory::FoundServer good;
  good.host = "dc1.corp.example";
  good.port = 389;
  good.in_site = true;
  good.probe = directory::Probe{95000, true, 1250, "Hub", "", {}};
  good.worked_ms = 40000;
  directory::FoundServer bad;
  bad.host = "dc2.corp.example";
  bad.port = 3389;
  bad.probe = directory::Probe{96000, false, 0, "", "no answer to the ping", {}};
  bad.failures = 2;
  bad.failed_ms = 90000;
  bad.failure = "connecting to dc2.corp.example:389: no answer in time";
  return {{good, bad}, "Hub", 94000, "", {"DNS names the server x.test, which is not in corp.example"}};
}

TEST(ServersJson, TellsOfEachServerWhatWasTriedAndWhen) {
  Settings settings;
  settings.directory.domain = "corp.example";
  const json out = ServersJson(settings, Found(), "dc1.corp.example", 100000);
  const json expected = {{"source", "dns"},
                         {"in_use", "dc1.corp.example"},
                         {"site", "Hub"},
                         {"looked_s", 6},
                         {"problem", ""},
                         {"refused", {"DNS names the server x.test, which is not in corp.example"}},
                         {"tried",
                          {{{"host", "dc1.corp.example"},
                            {"port", 389},
                            {"in_site", true},
                            {"ping", {{"answered", true}, {"age_s", 5}, {"latency_ms", 1.25}, {"site", "Hub"}}},
                            {"connected_s", 60}},
                           {{"host", "dc2.corp.example"},
                            {"port", 3389},
                            {"in_site", false},
                            {"ping", {{"answered", false}, {"age_s", 4}, {"error", "no answer to the ping"}}},
                            {"connected_s", nullptr},
                            {"failed",
                             {{"times", 2},
                              {"age_s", 10},
                              {"error", "connecting to dc2.corp.example:389: no answer in time"},
                              {"last_for_s", 50}}}}}}};
  EXPECT_EQ(out, expected) << out.dump(2);
}

TEST(ServersJson, BeforeTheFirstLookNothingIsClaimed) {
  Settings settings;
  const json out = ServersJson(settings, {}, "", 100000);
  EXPECT_EQ(out["source"], "dns");
  EXPECT_TRUE(out["looked_s"].is_null());
  EXPECT_TRUE(out["tried"].empty());
}

TEST(ServersJson, NamedServersAreThoseOfTheSettings) {
  Settings settings;
  settings.directory.servers = {"a", "b"};
  const json expected = {{"source", "settings"}, {"in_use", "b"}, {"tried", {{{"host", "a"}}, {{"host", "b"}}}}};
  EXPECT_EQ(ServersJson(settings, {}, "b", 100000), expected);
}

}  // namespace
}  // namespace taglogin::daemon
