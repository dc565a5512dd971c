// SPDX-License-Identifier: Apache-2.0
#include "directory/server_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace taglogin::directory {
namespace {

using testing::ElementsAre;

FoundServer Server(const std::string& host, bool in_site, std::int64_t pinged_ms = 100, bool answered = true) {
  FoundServer server;
  server.host = host;
  server.port = 389;
  server.in_site = in_site;
  server.probe = Probe{pinged_ms, answered, 500, "Here", answered ? "" : "no answer", {}};
  return server;
}

std::vector<std::string> Hosts(const ServerList& list, std::int64_t now_ms) {
  std::vector<std::string> out;
  for (const FoundServer& server : list.InOrder(now_ms)) out.push_back(server.host);
  return out;
}

ServerList Three() {
  ServerList list;
  list.Replace({Server("near1", true), Server("near2", true), Server("far", false)});
  return list;
}

TEST(ServerList, KeepsTheOrderOfDnsWithTheSiteInFront) {
  ServerList list;
  list.Replace({Server("far1", false), Server("near", true), Server("far2", false)});
  EXPECT_THAT(Hosts(list, 1000), ElementsAre("near", "far1", "far2"));
}

TEST(ServerList, AFailedServerStaysBehindForHalfAMinute) {
  ServerList list = Three();
  list.Failed("near1", "refused", 1000);
  EXPECT_THAT(Hosts(list, 1000), ElementsAre("near2", "far", "near1"));
  EXPECT_THAT(Hosts(list, 30999), ElementsAre("near2", "far", "near1"));
  EXPECT_THAT(Hosts(list, 31000), ElementsAre("near1", "near2", "far"));
  EXPECT_EQ(list.servers().front().failure, "refused");
}

TEST(ServerList, EachFailureDoublesTheTimeUpToFiveMinutes) {
  ServerList list = Three();
  std::int64_t now = 1000;
  for (const std::int64_t expected :
       {30000, 60000, 120000, 240000, 300000, 300000, 300000, 300000, 300000, 300000, 300000}) {
    list.Failed("near1", "refused", now);
    EXPECT_EQ(ServerList::PenaltyLeftMs(list.servers().front(), now), expected);
    EXPECT_EQ(ServerList::PenaltyLeftMs(list.servers().front(), now + expected), 0);
    now += expected;
  }
  list.Worked("near1", now);
  EXPECT_EQ(ServerList::PenaltyLeftMs(list.servers().front(), now), 0);
  list.Failed("near1", "refused", now);
  EXPECT_EQ(ServerList::PenaltyLeftMs(list.servers().front(), now), 30000);
}

TEST(ServerList, WhenAllFailedTheOneThatFailedFirstIsNext) {
  ServerList list = Three();
  list.Failed("near2", "x", 1000);
  list.Failed("far", "x", 2000);
  list.Failed("near1", "x", 3000);
  EXPECT_THAT(Hosts(list, 4000), ElementsAre("near2", "far", "near1"));
}

TEST(ServerList, ASilentServerStandsBehindThoseThatAnswerAndBeforeThoseThatFailed) {
  ServerList list;
  list.Replace({Server("failed", true), Server("silent", true, 100, false), Server("far", false)});
  list.Failed("failed", "x", 1000);
  EXPECT_THAT(Hosts(list, 1000), ElementsAre("far", "silent", "failed"));
  // One that was used since the ping is not silent, whatever became of the ping.
  list.Worked("silent", 1001);
  EXPECT_THAT(Hosts(list, 1002), ElementsAre("silent", "far", "failed"));
}

TEST(ServerList, AServerThatWasNotPingedIsNotHeldToBeSilent) {
  ServerList list;
  FoundServer unknown = Server("unknown", true);
  unknown.probe.reset();
  list.Replace({unknown, Server("far", false)});
  EXPECT_THAT(Hosts(list, 1000), ElementsAre("unknown", "far"));
}

TEST(ServerList, ANewListKeepsWhatIsKnownOfThoseThatStay) {
  ServerList list = Three();
  list.Failed("near1", "refused", 1000);
  list.Failed("far", "refused", 1000);
  list.Replace({Server("near1", true), Server("near3", true)});
  EXPECT_THAT(Hosts(list, 2000), ElementsAre("near3", "near1"));
  list.Replace({Server("far", false), Server("near1", true)});
  EXPECT_THAT(Hosts(list, 2000), ElementsAre("far", "near1"));
}

TEST(ServerList, AnAddressThatWasKnownIsKeptWhenDnsIsSilent) {
  ServerList list;
  FoundServer known = Server("a", true);
  known.probe->addresses.resize(1);
  list.Replace({known});
  list.Replace({Server("a", true, 200, false)});
  EXPECT_EQ(list.servers().front().probe->addresses.size(), 1U);
  EXPECT_EQ(list.servers().front().probe->at_ms, 200);
}

TEST(ServerList, ASessionLeavesAServerThatFailedSince) {
  ServerList list = Three();
  EXPECT_FALSE(list.ShouldLeave("near1", 500, 1000));
  list.Failed("near1", "x", 1000);
  EXPECT_TRUE(list.ShouldLeave("near1", 500, 1001));
  EXPECT_FALSE(list.ShouldLeave("near1", 1001, 1002));
  EXPECT_FALSE(list.ShouldLeave("near2", 500, 1002));
  EXPECT_FALSE(list.ShouldLeave("unknown", 500, 1002));
}

TEST(ServerList, ASessionElsewhereComesBackWhenTheSiteHasAGoodServer) {
  ServerList list;
  list.Replace({Server("near", true), Server("far", false)});
  list.Failed("near", "x", 1000);
  EXPECT_FALSE(list.ShouldLeave("far", 2000, 30999));
  EXPECT_TRUE(list.ShouldLeave("far", 2000, 31000));
  list.Replace({Server("near", true, 31500, false), Server("far", false)});
  EXPECT_FALSE(list.ShouldLeave("far", 2000, 32000));
}

}  // namespace
}  // namespace taglogin::directory
