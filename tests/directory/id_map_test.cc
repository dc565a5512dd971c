// SPDX-License-Identifier: Apache-2.0
#include "directory/id_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace taglogin::directory {
namespace {

struct Vector {
  const char* domain;
  std::uint32_t rid;
  std::uint32_t id;
};

// Expected values of SSSD's own tests, of libsss_idmap.so.0 and of a running SSSD 2.8.2.
constexpr Vector kVectors[] = {
    {"S-1-5-21-2153326666-2176343378-3404031434", 0, 770800000},
    {"S-1-5-21-2153326666-2176343378-3404031434", 1107, 770801107},
    {"S-1-5-21-2153326666-2176343378-3404031434", 513, 770800513},
    {"S-1-5-21-2153326666-2176343378-3404031434", 250000, 504450000},
    {"S-1-5-21-123-456-789", 0, 1842600000},
    {"S-1-5-21-123-456-789", 199999, 1842799999},
    {"S-1-5-21-123-456-789", 4000000, 575600000},
    {"S-1-5-21-1-2-3", 0, 686200000},
    {"S-1-5-21-1-2-3", 4000000, 351800000},
    {"S-1-5-21-1-2-3", 210000, 832610000},
    {"S-1-5-21-3623811015-3361044348-30300820", 1013, 674001013},
    {"S-1-5-21-0-0-0", 0, 1017000000},
    {"S-1-5-21-4294967295-4294967295-4294967295", 0, 1246200000},
    {"S-1-5-21-1111111111-2222222222-3333333333", 0, 1940600000},
    {"S-1-5-21-397955417-626881126-188441444", 0, 989400000},
    {"S-1-5-21-2127521184-1604012920-1887927527", 0, 882600000},
    {"S-1-5-21-12345-67890-1357924680", 0, 323600000},
    {"S-1-5-21-288540394-4251287102-2931737137", 500, 1815800500},
    {"S-1-5-21-288540394-4251287102-2931737137", 513, 1815800513},
    {"S-1-5-21-288540394-4251287102-2931737137", 1105, 1815801105},
    {"S-1-5-21-288540394-4251287102-2931737137", 6147, 1815806147},
    {"S-1-5-21-288540394-4251287102-2931737137", 199999, 1815999999},
    {"S-1-5-21-288540394-4251287102-2931737137", 200000, 1941800000},
    {"S-1-5-21-288540394-4251287102-2931737137", 200001, 1941800001},
    {"S-1-5-21-288540394-4251287102-2931737137", 399999, 1941999999},
    {"S-1-5-21-288540394-4251287102-2931737137", 400000, 1715800000},
    {"S-1-5-21-288540394-4251287102-2931737137", 450000, 1715850000},
    {"S-1-5-21-288540394-4251287102-2931737137", 1999999, 351999999},
    {"S-1-5-21-288540394-4251287102-2931737137", 2199999, 1003999999},
    {"S-1-5-21-288540394-4251287102-2931737137", 2200000, 1918400000},
    {"S-1-5-21-288540394-4251287102-2931737137", 2500000, 477900000},
    {"S-1-5-21-288540394-4251287102-2931737137", 100000000, 113800000},
};

TEST(IdOfSid, AgreesWithSssd) {
  for (const Vector& vector : kVectors) {
    const std::string sid = std::string(vector.domain) + '-' + std::to_string(vector.rid);
    EXPECT_EQ(IdOfSid(sid), vector.id) << sid;
  }
}

TEST(IdOfSid, RefusesWhatIsNoDomainMember) {
  for (const char* sid :
       {"", "S-1-5-32-544", "S-1-5-11", "S-1-5-21-1-2-3", "S-1-5-21-1-2-3-4-5", "S-1-5-21-1-2-4294967296-500",
        "S-1-5-21-1-2-3-4294967296", "S-1-5-21-1-2-3-0500", "S-1-5-21-1-2-3-500 ", "s-1-5-21-1-2-3-500"}) {
    EXPECT_FALSE(IdOfSid(sid)) << sid;
  }
}

TEST(IdOfSid, GivesEachOfAMillionRidsOfADomainAnIdOfItsOwn) {
  // RIDs are given out in order, so that a domain's first million is dense: five slices.
  const std::string domain = "S-1-5-21-288540394-4251287102-2931737137-";
  std::vector<std::uint32_t> ids;
  for (std::uint32_t rid = 0; rid < 1000000; ++rid) {
    const auto id = IdOfSid(domain + std::to_string(rid));
    ASSERT_TRUE(id);
    ASSERT_GE(*id, kIdLower);
    ASSERT_LT(*id, kIdUpper);
    ids.push_back(*id);
  }
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end());
}

TEST(IdOfSid, StaysWithinTheRangeForAnySid) {
  std::mt19937 random(11);
  for (int round = 0; round < 100000; ++round) {
    std::string sid = "S-1-5-21";
    for (int part = 0; part < 4; ++part) sid += '-' + std::to_string(random());
    const auto id = IdOfSid(sid);
    ASSERT_TRUE(id) << sid;
    ASSERT_GE(*id, kIdLower);
    ASSERT_LT(*id, kIdUpper);
  }
}

}  // namespace
}  // namespace taglogin::directory
