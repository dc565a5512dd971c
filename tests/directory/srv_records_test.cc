// SPDX-License-Identifier: Apache-2.0
#include "directory/srv_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>

#include "tests/directory/dns_message.h"

namespace taglogin::directory {
namespace {

using base::ErrorCode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t kSeed = 20260131;
constexpr char kDomain[] = "corp.example";

base::Result<SrvAnswer> Parse(const std::vector<SrvLine>& lines) {
  std::vector<std::string> records;
  for (const SrvLine& line : lines) records.push_back(WireSrv(line));
  return ParseSrvAnswer(WireMessage(records), kDomain);
}

std::vector<std::string> Targets(const std::vector<SrvRecord>& records) {
  std::vector<std::string> out;
  for (const SrvRecord& record : records) out.push_back(record.target);
  return out;
}

TEST(SrvOrder, LowerPrioritiesComeFirstWhateverTheirWeight) {
  std::mt19937_64 random(kSeed);
  for (int round = 0; round < 200; ++round) {
    const auto order =
        InSrvOrder({{20, 65535, 389, "c"}, {10, 0, 389, "b"}, {0, 1, 389, "a"}, {65535, 60000, 389, "d"}}, random);
    ASSERT_THAT(Targets(order), ElementsAre("a", "b", "c", "d"));
  }
}

TEST(SrvOrder, KeepsEveryRecordOnce) {
  std::mt19937_64 random(kSeed);
  std::vector<SrvRecord> records;
  for (int i = 0; i < 64; ++i) {
    records.push_back({static_cast<std::uint16_t>(i % 3), static_cast<std::uint16_t>(i % 5 * 100), 389,
                       "dc" + std::to_string(i) + ".corp.example"});
  }
  auto expected = Targets(records);
  auto order = Targets(InSrvOrder(records, random));
  EXPECT_NE(order, expected);
  std::sort(order.begin(), order.end());
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(order, expected);
  EXPECT_THAT(InSrvOrder({}, random), IsEmpty());
}

// RFC 2782: a number from 0 to the sum of all weights, both included, picks the first record whose running sum
// reaches it; those without weight stand in front. So of N records, one of them with weight 0, that one comes
// first in 1 of sum + 1 cases, another in weight of sum + 1. Chi-squared, 99.9 % point for 3 degrees: 16.27.
TEST(SrvOrder, FirstPlacesFollowTheWeights) {
  constexpr int kRounds = 40000;
  const std::map<std::string, int> weights = {{"a", 10}, {"b", 20}, {"c", 70}, {"z", 0}};
  std::mt19937_64 random(kSeed);
  std::map<std::string, int> first;
  std::vector<SrvRecord> records;
  for (const auto& [name, weight] : weights) records.push_back({0, static_cast<std::uint16_t>(weight), 389, name});
  for (int round = 0; round < kRounds; ++round) ++first[InSrvOrder(records, random).front().target];
  double chi = 0;
  for (const auto& [name, weight] : weights) {
    const double expected = kRounds * (weight == 0 ? 1.0 : weight) / 101.0;
    chi += std::pow(first[name] - expected, 2) / expected;
  }
  RecordProperty("chi_squared", std::to_string(chi));
  EXPECT_LT(chi, 16.27);
}

// Behind the first, the same rule holds for those that are left.
TEST(SrvOrder, SecondPlacesFollowTheWeightsOfTheRest) {
  constexpr int kRounds = 20000;
  std::mt19937_64 random(kSeed);
  int a_first = 0, then_b = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto order = Targets(InSrvOrder({{0, 60, 1, "a"}, {0, 30, 1, "b"}, {0, 10, 1, "c"}}, random));
    if (order[0] != "a") continue;
    ++a_first;
    if (order[1] == "b") ++then_b;
  }
  // "b" stands in front of "c": of the numbers 0 to 40 those up to 30 pick it.
  EXPECT_NEAR(static_cast<double>(then_b) / a_first, 31.0 / 41.0, 0.01);
}

TEST(SrvOrder, RecordsWithoutWeightAllHaveAPlace) {
  std::mt19937_64 random(kSeed);
  const auto order = InSrvOrder({{0, 0, 1, "a"}, {0, 0, 1, "b"}, {0, 0, 1, "c"}}, random);
  EXPECT_EQ(order.size(), 3U);
}

TEST(SrvAnswer, GivesTheRecordsAndTheShortestTtl) {
  const auto answer = Parse({{0, 100, 389, "DC1.Corp.Example", 600}, {5, 7, 3389, "dc2.corp.example", 120}});
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_THAT(Targets(answer->records), ElementsAre("dc1.corp.example", "dc2.corp.example"));
  EXPECT_EQ(answer->records[1].priority, 5);
  EXPECT_EQ(answer->records[1].weight, 7);
  EXPECT_EQ(answer->records[1].port, 3389);
  EXPECT_EQ(answer->ttl_s, 120U);
  EXPECT_THAT(answer->refused, IsEmpty());
}

TEST(SrvAnswer, RefusesWhatIsNotInTheDomain) {
  for (const char* target : {"dc1.evil.test", "corp.example.evil.test", "evilcorp.example", "example",
                             "dc1.corp.example2", "xcorp.example", "dc1.corp-example"}) {
    const auto answer = Parse({{0, 0, 389, target}, {0, 0, 389, "dc1.corp.example"}});
    ASSERT_TRUE(answer) << target;
    EXPECT_THAT(Targets(answer->records), ElementsAre("dc1.corp.example")) << target;
    ASSERT_EQ(answer->refused.size(), 1U) << target;
    EXPECT_THAT(answer->refused[0], testing::AllOf(HasSubstr(target), HasSubstr("not in corp.example")));
  }
  const auto only = Parse({{0, 0, 389, "dc1.evil.test"}});
  ASSERT_TRUE(only);
  EXPECT_THAT(only->records, IsEmpty());
}

TEST(SrvAnswer, TakesTheDomainItselfAndNamesDeepBelowInAnyCase) {
  const auto answer = Parse({{0, 0, 389, "CORP.example"}, {0, 0, 389, "a.B.corp.EXAMPLE"}});
  ASSERT_TRUE(answer);
  EXPECT_THAT(Targets(answer->records), ElementsAre("corp.example", "a.b.corp.example"));
}

TEST(SrvAnswer, RefusesPortZeroAndWhatIsNoHostName) {
  const std::string long_label(64, 'a');
  for (const std::string target :
       {"dc 1.corp.example", "dc1/x.corp.example", "dc1\n.corp.example", "d\xc3\xa4.corp.example", "dc1%.corp.example",
        "-\\.corp.example", "dc1@x.corp.example", "dc1:389.corp.example"}) {
    const auto answer = Parse({{0, 0, 389, target}});
    ASSERT_TRUE(answer) << target;
    EXPECT_THAT(answer->records, IsEmpty()) << target;
    ASSERT_EQ(answer->refused.size(), 1U) << target;
    for (const char c : answer->refused[0]) EXPECT_TRUE(c >= 0x20 && c < 0x7f);
  }
  const auto port = Parse({{0, 0, 0, "dc1.corp.example"}});
  ASSERT_TRUE(port);
  EXPECT_THAT(port->records, IsEmpty());
  EXPECT_THAT(port->refused, ElementsAre(HasSubstr("port 0")));
}

TEST(SrvAnswer, ADotMeansThatThereIsNoSuchService) {
  const auto answer = Parse({{0, 0, 389, "."}});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kNotFound);
}

TEST(SrvAnswer, NoRecordIsAnAnswerAndOtherTypesAreSkipped) {
  const auto none = ParseSrvAnswer(WireMessage({}), kDomain);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
  const auto answer = ParseSrvAnswer(
      WireMessage({WireRecord(5, 1, WireName("x.test")), WireSrv({0, 0, 389, "dc1.corp.example"})}), kDomain);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->records.size(), 1U);
  EXPECT_EQ(answer->ttl_s, 600U);
}

TEST(SrvAnswer, HoldsAtMost64AndEachOnce) {
  std::vector<SrvLine> lines;
  for (int i = 0; i < 200; ++i) lines.push_back({0, 0, 389, "dc" + std::to_string(i % 100) + ".corp.example"});
  const auto answer = Parse(lines);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->records.size(), 64U);
  EXPECT_LE(answer->refused.size(), 8U);
  EXPECT_FALSE(answer->refused.empty());
}

TEST(SrvAnswer, EveryCutIsRefused) {
  const std::string whole =
      WireMessage({WireSrv({0, 0, 389, "dc1.corp.example"}), WireSrv({1, 1, 389, "dc2.corp.example"})});
  ASSERT_TRUE(ParseSrvAnswer(whole, kDomain));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto answer = ParseSrvAnswer(std::string_view(whole).substr(0, size), kDomain);
    ASSERT_FALSE(answer) << size;
    EXPECT_EQ(answer.error().code, ErrorCode::kInvalid) << size;
  }
}

TEST(SrvAnswer, RefusesQuestionsFailuresAndNamesThatDoNotEnd) {
  const std::string good = WireMessage({WireSrv({0, 0, 389, "dc1.corp.example"})});
  std::string question = good;
  question[2] = 0x01;
  const std::string tail = Big(0, 2) + Big(0, 2) + Big(389, 2);
  // The record's own data begins behind header, question and the record's head.
  const std::size_t data = 12 + WireName("_ldap._tcp.corp.example").size() + 4 + 12;
  const std::string loop = std::string("\xc0", 1) + static_cast<char>(data + 6);
  for (const std::string& message :
       {question, WireMessage({WireSrv({0, 0, 389, "dc1.corp.example"})}, 3),
        WireMessage({WireRecord(33, 1, tail + loop)}), WireMessage({WireRecord(33, 1, tail + "\xff\xff")}),
        WireMessage({WireRecord(33, 1, tail)}), WireMessage({WireRecord(33, 1, "")}),
        WireMessage({WireRecord(33, 1, tail + WireName("dc1.corp.example") + "x")})}) {
    const auto answer = ParseSrvAnswer(message, kDomain);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::kInvalid);
  }
}

TEST(HostName, FollowsRfc1123) {
  for (const char* good : {"a", "dc1.corp.example", "DC_1.x", "1.2", "xn--bcher-kva.example"})
    EXPECT_TRUE(IsHostName(good)) << good;
  for (const std::string& bad :
       {std::string(), std::string("."), std::string("a."), std::string(".a"), std::string("a..b"),
        std::string(64, 'a'), std::string("a b"), std::string("a/b"), "a" + std::string(1, '\0')}) {
    EXPECT_FALSE(IsHostName(bad)) << bad;
  }
  std::string longest =
      std::string(63, 'a') + '.' + std::string(63, 'b') + '.' + std::string(63, 'c') + '.' + std::string(61, 'd');
  ASSERT_EQ(longest.size(), 253U);
  EXPECT_TRUE(IsHostName(longest));
  EXPECT_FALSE(IsHostName(longest + 'd'));
  EXPECT_FALSE(IsDnsLabel("a.b"));
}

}  // namespace
}  // namespace taglogin::directory
