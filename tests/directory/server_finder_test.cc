// SPDX-License-Identifier: Apache-2.0
// Finding servers without a network: DNS and pings are written down here, time stands still unless told.
#include "directory/server_finder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <thread>

#include "directory/finder_network.h"

namespace taglogin::directory {
namespace {

using base::ErrorCode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr char kAll[] = "_ldap._tcp.dc._msdcs.corp.example";

std::string OfSite(const std::string& site) { return "_ldap._tcp." + site + "._sites.dc._msdcs.corp.example"; }

SrvRecord Record(const std::string& host, int priority = 0) {
  return {static_cast<std::uint16_t>(priority), 100, 389, host + ".corp.example"};
}

// The world as the finder sees it. Names without an entry do not exist, hosts without one are silent.
struct World {
  std::map<std::string, base::Result<SrvAnswer>> dns;
  std::map<std::string, NetlogonReply> hosts;
  std::vector<std::string> asked;   // of DNS
  std::vector<std::string> pinged;  // host names
  std::int64_t now_ms = 1000;

  void Name(const std::string& name, std::vector<SrvRecord> records, std::uint32_t ttl_s = 600) {
    dns.insert_or_assign(name, SrvAnswer{std::move(records), {}, ttl_s});
  }
  void Host(const std::string& name, const std::string& site, const std::string& client_site) {
    hosts[name + ".corp.example"] = {kServesLdap | kServesKdc, "corp.example", name + ".corp.example", site,
                                     client_site};
  }
};

class WrittenNetwork : public FinderNetwork {
 public:
  explicit WrittenNetwork(World& world) : world_(world) {}
  base::Result<SrvAnswer> LookUp(const std::string& name) override {
    world_.asked.push_back(name);
    const auto found = world_.dns.find(name);
    return found == world_.dns.end() ? base::Result<SrvAnswer>(base::NotFound("no " + name)) : found->second;
  }
  std::vector<Pinged> Ping(const std::vector<SrvRecord>& servers, base::Deadline) override {
    std::vector<Pinged> out;
    for (const SrvRecord& server : servers) {
      world_.pinged.push_back(server.target);
      const auto found = world_.hosts.find(server.target);
      if (found == world_.hosts.end()) {
        out.push_back({{}, {base::Unavailable("no answer to the ping"), 0}});
      } else {
        out.push_back({{Address{}}, {found->second, 1500}});
      }
    }
    return out;
  }

 private:
  World& world_;
};

class Finding : public testing::Test {
 protected:
  std::vector<std::string> Order() {
    std::vector<std::string> out;
    for (const FoundServer& server : finder_.State().servers)
      out.push_back(server.host.substr(0, server.host.find('.')));
    return out;
  }
  std::int64_t LookAfter(std::int64_t ms) {
    world_.now_ms += ms;
    world_.asked.clear();
    world_.pinged.clear();
    return finder_.Look();
  }

  World world_;
  ServerFinder finder_{"corp.example", std::make_unique<WrittenNetwork>(world_), 7, [this] { return world_.now_ms; }};
};

TEST_F(Finding, SiteRecordsComeFirstThenTheRestWithoutDuplicates) {
  world_.Name(kAll, {Record("far", 0), Record("near", 10), Record("near2", 20)});
  world_.Name(OfSite("Branch"), {Record("near2", 1), Record("near", 0)});
  world_.Host("far", "Hub", "Branch");
  world_.Host("near", "Branch", "Branch");
  world_.Host("near2", "Branch", "Branch");
  EXPECT_EQ(finder_.Look(), 600000);
  EXPECT_THAT(Order(), ElementsAre("near", "near2", "far"));
  const FinderState state = finder_.State();
  EXPECT_EQ(state.site, "Branch");
  EXPECT_TRUE(state.problem.empty());
  EXPECT_TRUE(state.servers[0].in_site && state.servers[1].in_site && !state.servers[2].in_site);
  EXPECT_EQ(state.servers[0].probe->latency_us, 1500);
  EXPECT_EQ(state.servers[2].probe->server_site, "Hub");
  // Each was asked once, though the site was learned on the way.
  EXPECT_THAT(world_.pinged, UnorderedElementsAre("far.corp.example", "near.corp.example", "near2.corp.example"));
}

TEST_F(Finding, AKnownSiteIsAskedForFirstAndAnotherOneIsNoticed) {
  world_.Name(kAll, {Record("a"), Record("b")});
  world_.Name(OfSite("One"), {Record("a")});
  world_.Name(OfSite("Two"), {Record("b")});
  world_.Host("a", "One", "One");
  world_.Host("b", "Two", "One");
  (void)finder_.Look();
  EXPECT_THAT(Order(), ElementsAre("a", "b"));
  world_.Host("a", "One", "Two");  // the machine's subnet was moved
  world_.Host("b", "Two", "Two");
  (void)LookAfter(600000);
  EXPECT_THAT(world_.asked, ElementsAre(kAll, OfSite("One"), OfSite("Two")));
  EXPECT_THAT(Order(), ElementsAre("b", "a"));
  EXPECT_EQ(finder_.State().site, "Two");
}

TEST_F(Finding, ASiteWithoutServersAndNoSiteAtAllUseTheRest) {
  world_.Name(kAll, {Record("a")});
  world_.Host("a", "Hub", "Empty");
  (void)finder_.Look();
  EXPECT_THAT(Order(), ElementsAre("a"));
  EXPECT_EQ(finder_.State().site, "Empty");
  world_.Host("a", "Hub", "");
  (void)LookAfter(600000);
  EXPECT_THAT(Order(), ElementsAre("a"));
  EXPECT_EQ(finder_.State().site, "");
}

TEST_F(Finding, ASiteNameThatCouldBendANameIsNotAskedFor) {
  world_.Name(kAll, {Record("a")});
  for (const char* site : {"x._sites.evil.test", "a b", "a/b", "\n", ".", "x\xc3\xa4"}) {
    world_.Host("a", "Hub", site);
    (void)LookAfter(900000);
    EXPECT_THAT(world_.asked, ElementsAre(kAll)) << site;
    EXPECT_EQ(finder_.State().site, "");
  }
}

TEST_F(Finding, AServerOfAnotherDomainOrWithoutLdapDoesNotCountAsAnswering) {
  world_.Name(kAll, {Record("a", 0), Record("b", 1), Record("c", 2), Record("good", 3)});
  for (const char* host : {"a", "b", "c", "good"}) world_.Host(host, "Hub", "");
  world_.hosts["a.corp.example"].domain = "other.example";
  world_.hosts["b.corp.example"].domain = "sub.corp.example";
  world_.hosts["c.corp.example"].flags = kServesKdc;
  (void)finder_.Look();
  EXPECT_THAT(Order(), ElementsAre("good", "a", "b", "c"));
  const FinderState state = finder_.State();
  EXPECT_THAT(state.servers[1].probe->error, HasSubstr("serves other.example"));
  EXPECT_THAT(state.servers[2].probe->error, HasSubstr("serves sub.corp.example"));
  EXPECT_THAT(state.servers[3].probe->error, HasSubstr("LDAP"));
}

TEST_F(Finding, WaitGivesWhatIsWrongWhenNothingIsKnown) {
  EXPECT_EQ(finder_.Wait(base::Deadline::After(20)).error().code, ErrorCode::kDeadline);
  EXPECT_EQ(finder_.Look(), 2000);
  const auto none = finder_.Wait(base::Deadline::After(0));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(none.error().detail, HasSubstr(kAll));
  EXPECT_EQ(finder_.State().problem, none.error().detail);
}

TEST_F(Finding, WaitIsWokenByTheFirstLook) {
  world_.Name(kAll, {Record("a")});
  world_.Host("a", "Hub", "");
  std::thread looking([this] { (void)finder_.Look(); });
  const auto servers = finder_.Wait(base::Deadline::After(10000));
  looking.join();
  ASSERT_TRUE(servers);
  EXPECT_EQ(servers->front().host, "a.corp.example");
}

TEST_F(Finding, LooksAgainWhenTheTtlIsOverWithinLimits) {
  world_.Host("a", "Hub", "");
  for (const auto& [ttl_s, expected] : std::map<std::uint32_t, std::int64_t>{
           {0, 60000}, {59, 60000}, {61, 61000}, {900, 900000}, {901, 900000}, {0xffffffff, 900000}}) {
    world_.Name(kAll, {Record("a")}, ttl_s);
    EXPECT_EQ(LookAfter(900000), expected) << ttl_s;
  }
  EXPECT_EQ(LookAfter(1000), 899000);
  EXPECT_THAT(world_.asked, IsEmpty());
}

TEST_F(Finding, WhileAServerOfTheSiteIsSilentItLooksEachMinute) {
  world_.Name(kAll, {Record("near"), Record("far")});
  world_.Name(OfSite("Branch"), {Record("near")});
  world_.Host("far", "Hub", "Branch");
  EXPECT_EQ(finder_.Look(), 60000);
  EXPECT_THAT(Order(), ElementsAre("far", "near"));
  EXPECT_FALSE(finder_.ShouldLeave("far.corp.example", 1000));
  world_.Host("near", "Branch", "Branch");
  EXPECT_EQ(LookAfter(60000), 600000);
  EXPECT_THAT(Order(), ElementsAre("near", "far"));
  EXPECT_TRUE(finder_.ShouldLeave("far.corp.example", 1000));
}

TEST_F(Finding, WhileNothingIsFoundItLooksAgainAtGrowingIntervals) {
  for (const std::int64_t expected : {2000, 4000, 8000, 16000, 30000, 30000}) {
    EXPECT_EQ(LookAfter(60000), expected);
  }
  world_.Name(kAll, {Record("a")});
  // Named, but silent: that is nothing yet.
  EXPECT_EQ(LookAfter(60000), 30000);
  world_.Host("a", "Hub", "");
  EXPECT_EQ(LookAfter(60000), 600000);
  world_.dns.clear();
  EXPECT_EQ(LookAfter(600000), 2000);
}

TEST_F(Finding, WhatWasFoundStaysWhenDnsFails) {
  world_.Name(kAll, {Record("a"), Record("b", 5)});
  world_.Host("a", "Hub", "Hub");
  world_.Host("b", "Hub", "Hub");
  (void)finder_.Look();
  world_.dns.insert_or_assign(kAll, base::Unavailable("DNS is dead"));
  world_.hosts.erase("a.corp.example");
  (void)LookAfter(600000);
  // Their state goes on being looked at.
  EXPECT_THAT(Order(), ElementsAre("b", "a"));
  EXPECT_EQ(finder_.State().problem, "DNS is dead");
  EXPECT_EQ(finder_.State().site, "Hub");
  EXPECT_TRUE(finder_.Wait(base::Deadline::After(0)));
}

TEST_F(Finding, NoUsableNameKeepsWhatWasFound) {
  world_.Name(kAll, {Record("a")});
  world_.Host("a", "Hub", "Hub");
  (void)finder_.Look();
  world_.dns.insert_or_assign(kAll, SrvAnswer{{}, {"DNS names the server x.test, which is not in corp.example"}, 600});
  (void)LookAfter(600000);
  EXPECT_THAT(Order(), ElementsAre("a"));
  EXPECT_THAT(finder_.State().refused, ElementsAre(HasSubstr("x.test")));
  EXPECT_THAT(finder_.State().problem, HasSubstr("names no server"));
}

TEST_F(Finding, AFailureMovesTheServerBackAndBringsTheNextLookForward) {
  world_.Name(kAll, {Record("a", 0), Record("b", 1)});
  world_.Host("a", "Hub", "");
  world_.Host("b", "Hub", "");
  (void)finder_.Look();
  EXPECT_THAT(Order(), ElementsAre("a", "b"));
  int changes = 0;
  finder_.OnChange([&changes] { ++changes; });
  world_.now_ms += 60000;
  finder_.Failed("a.corp.example", "gone");
  EXPECT_EQ(changes, 1);
  EXPECT_THAT(Order(), ElementsAre("b", "a"));
  EXPECT_TRUE(finder_.ShouldLeave("a.corp.example", 1000));
  (void)LookAfter(0);
  EXPECT_THAT(world_.asked, ElementsAre(kAll));
  // Its answer to the ping does not rehabilitate it: what failed may be something else.
  EXPECT_THAT(Order(), ElementsAre("b", "a"));
  // A storm of failures is no storm of questions.
  for (int i = 0; i < 100; ++i) finder_.Failed("a.corp.example", "gone");
  EXPECT_EQ(LookAfter(0), 5000);
  EXPECT_THAT(world_.asked, IsEmpty());
  finder_.Worked("a.corp.example");
  EXPECT_THAT(Order(), ElementsAre("a", "b"));
}

TEST_F(Finding, AHugeDomainIsNotPingedAsAWhole) {
  std::vector<SrvRecord> all, near;
  for (int i = 0; i < 60; ++i) {
    all.push_back(Record("far" + std::to_string(i)));
    world_.Host("far" + std::to_string(i), "Hub", "Branch");
  }
  for (int i = 0; i < 3; ++i) {
    near.push_back(Record("near" + std::to_string(i)));
    all.push_back(near.back());
    world_.Host("near" + std::to_string(i), "Branch", "Branch");
  }
  world_.Name(kAll, all);
  world_.Name(OfSite("Branch"), near);
  (void)finder_.Look();
  EXPECT_LE(world_.pinged.size(), 16U + 3U + 4U);
  const auto order = Order();
  EXPECT_EQ(order.size(), 32U);
  EXPECT_THAT(std::vector<std::string>(order.begin(), order.begin() + 3),
              UnorderedElementsAre("near0", "near1", "near2"));
  (void)LookAfter(600000);
  EXPECT_EQ(world_.pinged.size(), 3U + 4U);
  EXPECT_EQ(std::set<std::string>(world_.pinged.begin(), world_.pinged.end()).size(), 7U);
}

}  // namespace
}  // namespace taglogin::directory
