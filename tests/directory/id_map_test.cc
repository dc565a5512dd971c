// SPDX-License-Identifier: Apache-2.0
#include "directory/id_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "directory/sid.h"
#include "tests/directory/default_ids.h"
#include "tests/directory/rounds.h"

namespace taglogin::directory {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

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
  IdMap map({}, {});
  for (std::uint32_t rid = 0; rid < 1000000; rid += kSliceSize) map.Choose({domain + std::to_string(rid)});
  std::vector<std::uint32_t> ids;
  for (std::uint32_t rid = 0; rid < 1000000; ++rid) {
    const auto id = map.IdOf(domain + std::to_string(rid));
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

constexpr char kCorp[] = "S-1-5-21-2153326666-2176343378-3404031434";  // slice 3853
constexpr char kOther[] = "S-1-5-21-123-456-789";                      // slice 9212

std::optional<std::uint32_t> IdIn(const IdSettings& settings, const Slices& pinned, const std::string& sid,
                                  std::string* warning = nullptr) {
  IdMap map(settings, pinned);
  map.Choose({sid});
  if (warning != nullptr) *warning = map.warnings().empty() ? "" : map.warnings().back();
  return map.IdOf(sid);
}

std::string Rid(const std::string& domain, std::uint32_t rid) { return domain + '-' + std::to_string(rid); }

TEST(IdMap, ChoosesOnlyWhatIsNeededAndKeepsIt) {
  IdMap map({}, {});
  EXPECT_TRUE(map.slices().empty());
  EXPECT_FALSE(map.IdOf(Rid(kCorp, 1107)));
  map.Choose({Rid(kCorp, 1107), Rid(kCorp, 250000), "S-1-5-32-544", "not a SID"});
  EXPECT_EQ(map.slices(),
            (Slices{{kCorp, {770800000, 200000}}, {std::string(kCorp) + "-200000", {504400000, 200000}}}));
  EXPECT_EQ(map.IdOf(Rid(kCorp, 1107)), 770801107U);
  EXPECT_EQ(map.IdOf(Rid(kCorp, 250000)), 504450000U);
  EXPECT_FALSE(map.IdOf(Rid(kCorp, 450000)));
  EXPECT_THAT(map.warnings(), IsEmpty());
}

TEST(IdMap, TakesRangeSliceSizeAndSlicesOfTheSettings) {
  IdSettings settings;
  settings.lower = 10000000;
  settings.upper = 20000000;
  settings.slice_size = 100000;
  settings.slices = {{kCorp, 7}, {std::string(kCorp) + "-100000", 9}};
  EXPECT_EQ(IdIn(settings, {}, Rid(kCorp, 1107)), 10701107U);
  EXPECT_EQ(IdIn(settings, {}, Rid(kCorp, 150000)), 10950000U);
  EXPECT_EQ(IdIn(settings, {}, Rid(kOther, 3)), 10000000U + 1457089212U % 100 * 100000 + 3);
  settings.default_domain_sid = kOther;
  EXPECT_EQ(IdIn(settings, {}, Rid(kOther, 3)), 10000003U);
}

TEST(IdMap, GivesNoSecondarySliceWhereTheyAreOffUnlessTheSettingsHaveIt) {
  IdSettings settings;
  settings.secondary_slices = false;
  std::string warning;
  EXPECT_TRUE(IdIn(settings, {}, Rid(kCorp, 199999)));
  EXPECT_FALSE(IdIn(settings, {}, Rid(kCorp, 200000), &warning));
  EXPECT_THAT(warning, HasSubstr("secondary_slices is off; give it one under [ids]: slices.\"" + std::string(kCorp) +
                                 "-200000\" = 2521"));
  settings.slices = {{std::string(kCorp) + "-200000", 2521}};
  EXPECT_EQ(IdIn(settings, {}, Rid(kCorp, 250000)), 504450000U);
}

TEST(IdMap, GivesTheFirstFreeSliceWithAutorid) {
  IdSettings settings;
  settings.autorid = true;
  std::string warning;
  EXPECT_EQ(IdIn(settings, {}, Rid(kCorp, 5)), 200005U);
  EXPECT_EQ(IdIn(settings, {{kOther, {200000, 200000}}}, Rid(kCorp, 5)), 400005U);
  settings.default_domain_sid = kOther;
  EXPECT_EQ(IdIn(settings, {}, Rid(kCorp, 5)), 400005U);
  EXPECT_EQ(IdIn(settings, {}, Rid(kOther, 5)), 200005U);
  EXPECT_FALSE(IdIn(settings, {}, Rid(kCorp, 200001), &warning));
  EXPECT_THAT(warning, HasSubstr("autorid gives only first slices"));
}

TEST(IdMap, NeverMovesWhatIsPinned) {
  const Slices pinned = {{kCorp, {770800000, 200000}}};
  std::string warning;
  IdSettings settings;
  settings.slices = {{kCorp, 12}};
  EXPECT_EQ(IdIn(settings, pinned, Rid(kCorp, 1107), &warning), 770801107U);
  EXPECT_EQ(warning, "range " + std::string(kCorp) +
                         ": its ids begin with 770800000 here and stay, although [ids] says 2600000: files belong to "
                         "them; taglogin refresh --repin " +
                         kCorp + " gives new ones");
  settings = {};
  settings.lower = 400000;
  EXPECT_EQ(IdIn(settings, pinned, Rid(kCorp, 1107), &warning), 770801107U);
  EXPECT_THAT(warning, HasSubstr("and stay"));
  settings = {};
  EXPECT_EQ(IdIn(settings, pinned, Rid(kCorp, 1107), &warning), 770801107U);
  EXPECT_EQ(warning, "");
}

TEST(IdMap, HidesADomainWhosePinnedIdsTheSettingsRuleOut) {
  const Slices pinned = {{kCorp, {770800000, 200000}}};
  std::string warning;
  IdSettings settings;
  settings.slice_size = 100000;
  for (const std::uint32_t rid : {1107U, 150000U, 250000U}) {
    EXPECT_FALSE(IdIn(settings, pinned, Rid(kCorp, rid), &warning)) << rid;
    EXPECT_THAT(warning, HasSubstr("in slices of 200000, and [ids] slice_size is 100000, so who is in it is hidden"));
  }
  settings = {};
  settings.upper = 770900000;
  EXPECT_FALSE(IdIn(settings, pinned, Rid(kCorp, 1107), &warning));
  EXPECT_THAT(warning, HasSubstr("which is not between [ids] lower and upper"));
  settings = {};
  settings.lower = 770800001;
  EXPECT_FALSE(IdIn(settings, pinned, Rid(kCorp, 1107)));
}

TEST(IdMap, RefusesPinsThatOverlap) {
  const Slices pinned = {{kCorp, {770800000, 200000}}, {kOther, {770900000, 200000}}};
  EXPECT_FALSE(IdIn({}, pinned, Rid(kCorp, 1)));
  EXPECT_FALSE(IdIn({}, pinned, Rid(kOther, 1)));
}

TEST(IdMap, RefusesASecondDomainInOneSliceAndSaysTheLineToAdd) {
  std::string warning;
  EXPECT_FALSE(IdIn({}, {{kOther, {770800000, 200000}}}, Rid(kCorp, 1107), &warning));
  EXPECT_EQ(warning, "range " + std::string(kCorp) +
                         " has no ids, who is in it is hidden: its slice 3853 is that of range " + kOther +
                         "; give it one under [ids]: slices.\"" + kCorp + "\" = 3854");
  IdSettings settings;
  settings.slices = {{kCorp, 3854}};
  EXPECT_EQ(IdIn(settings, {{kOther, {770800000, 200000}}}, Rid(kCorp, 1107)), 771001107U);
  settings.slices = {{kOther, 3853}};
  EXPECT_FALSE(IdIn(settings, {}, Rid(kCorp, 1107)));
}

TEST(IdMap, GivesNeitherOfTwoNewDomainsTheSliceThatBothWant) {
  IdSettings settings;
  settings.upper = settings.lower + 2 * settings.slice_size;  // slices 3853 % 2 and …
  std::vector<std::string> same;
  for (int i = 1; same.size() < 2; ++i) {
    const std::string domain = "S-1-5-21-1-2-" + std::to_string(i);
    if (IdIn(settings, {}, Rid(domain, 0)) == 400000U) same.push_back(domain);
  }
  IdMap map(settings, {});
  map.Choose({Rid(same[0], 1), Rid(same[1], 1)});
  EXPECT_FALSE(map.IdOf(Rid(same[0], 1)));
  EXPECT_FALSE(map.IdOf(Rid(same[1], 1)));
  EXPECT_TRUE(map.slices().empty());
  EXPECT_THAT(map.warnings(),
              ElementsAre(HasSubstr("slices.\"" + same[0] + "\" = 1"), HasSubstr("slices.\"" + same[1] + "\" = 0")));
}

// T12
TEST(IdMap, GivesNoIdOfTheSystem) {
  IdSettings settings;
  settings.lower = 1000;
  settings.slices = {{kCorp, 0}};
  EXPECT_EQ(IdIn(settings, {}, Rid(kCorp, 59000)), 60000U);
  EXPECT_FALSE(IdIn(settings, {}, Rid(kCorp, 59001)));
  EXPECT_FALSE(IdIn(settings, {}, Rid(kCorp, 64534)));
  EXPECT_FALSE(IdIn(settings, {}, Rid(kCorp, 64535)));
  EXPECT_EQ(IdIn(settings, {}, Rid(kCorp, 64536)), 65536U);
}

// What SSSD does (sss_idmap_calculate_range, sss_idmap_sid_to_unix), step by step and in the order in which it meets
// the SIDs, written down for itself: a list of what is registered, and the next free place.
class Sssd {
 public:
  explicit Sssd(const IdSettings& settings) : settings_(settings) {}

  std::uint32_t IdOf(const std::string& domain, std::uint32_t rid) {
    if (!ranges_.contains(domain)) Register(domain);
    std::string range = domain;
    if (rid / settings_.slice_size > 0) range += "-" + std::to_string(rid - rid % settings_.slice_size);
    if (!ranges_.contains(range)) Register(range);
    return ranges_[range] + rid % settings_.slice_size;
  }

 private:
  static std::uint32_t Murmur(const std::string& text) {
    std::uint64_t hash = 0xdeadbeef;
    const auto low = [](std::uint64_t value) { return value & 0xffffffff; };
    const auto turn = [&](std::uint64_t value, int by) { return low(value << by) | (low(value) >> (32 - by)); };
    for (std::size_t at = 0; at < text.size(); at += 4) {
      std::uint64_t block = 0;
      const std::size_t bytes = std::min<std::size_t>(4, text.size() - at);
      for (std::size_t i = 0; i < bytes; ++i)
        block += std::uint64_t{static_cast<unsigned char>(text[at + i])} << (8 * i);
      hash ^= low(turn(low(block * 0xcc9e2d51), 15) * 0x1b873593);
      if (bytes == 4) hash = low(turn(hash, 13) * 5 + 0xe6546b64);
    }
    hash ^= text.size();
    hash = low((hash ^ hash >> 16) * 0x85ebca6b);
    hash = low((hash ^ hash >> 13) * 0xc2b2ae35);
    return static_cast<std::uint32_t>(hash ^ hash >> 16);
  }

  void Register(const std::string& range) {
    const std::uint32_t count = (settings_.upper - settings_.lower) / settings_.slice_size;
    std::uint32_t slice = Murmur(range) % count;
    if (const auto said = settings_.slices.find(range); said != settings_.slices.end()) slice = said->second;
    while (taken_.contains(slice)) slice = slice + 1 == count ? 0 : slice + 1;
    taken_.insert(slice);
    ranges_[range] = settings_.lower + slice * settings_.slice_size;
  }

  IdSettings settings_;
  std::map<std::string, std::uint32_t> ranges_;
  std::set<std::uint32_t> taken_;
};

// Whoever has an id has SSSD's, no two have the same, and what is pinned stays whatever the settings become.
TEST(IdMap, AgreesWithSssdOnRandomDomainsAndMovesNothing) {
  constexpr unsigned kSeed = 22;
  std::mt19937 generator(kSeed);
  const auto random = [&generator] { return static_cast<std::uint32_t>(generator()); };
  const int rounds = Rounds(2000, kSeed);
  int compared = 0;
  int refused = 0;
  for (int round = 0; round < rounds; ++round) {
    IdSettings settings;
    settings.slice_size = 1000 + random() % 200000;
    settings.lower = 200000 + random() % 100000;
    settings.upper = settings.lower + settings.slice_size * (6 + random() % 4000);
    std::vector<std::pair<std::string, std::uint32_t>> people;
    for (std::uint32_t i = 0, domains = 1 + random() % 2; i < domains; ++i) {
      const std::string domain = "S-1-5-21-" + std::to_string(random()) + "-" + std::to_string(random()) + "-7";
      for (const std::uint32_t first : {0U, 1U, 2U}) {
        people.emplace_back(domain, first * settings.slice_size + random() % settings.slice_size);
      }
    }
    IdMap map(settings, {});
    std::set<std::string> sids;
    for (const auto& [domain, rid] : people) sids.insert(Rid(domain, rid));
    map.Choose(sids);
    Sssd sssd(settings);
    std::set<std::uint32_t> given;
    for (const auto& [domain, rid] : people) {
      const auto id = map.IdOf(Rid(domain, rid));
      if (!id) {
        ++refused;
        continue;
      }
      ++compared;
      ASSERT_TRUE(given.insert(*id).second) << Rid(domain, rid);
      ASSERT_TRUE(IsAllowedId(*id, settings));
      if (!map.warnings().empty()) continue;
      ASSERT_EQ(*id, sssd.IdOf(domain, rid)) << Rid(domain, rid) << " round " << round;
    }
    ASSERT_EQ(map.warnings().empty(), given.size() == people.size());

    IdSettings changed = settings;
    if (random() % 2 == 0) changed.lower += random() % 400000;
    if (random() % 2 == 0) changed.slices[people[0].first] = 0;
    if (random() % 4 == 0) changed.autorid = true;
    if (random() % 4 == 0) changed.secondary_slices = false;
    if (changed.upper - changed.lower < changed.slice_size || changed.upper < changed.lower) continue;
    IdMap later(changed, map.slices());
    later.Choose(sids);
    for (const std::string& sid : sids) {
      const auto id = later.IdOf(sid);
      if (!id || !map.IdOf(sid)) continue;
      ASSERT_EQ(id, map.IdOf(sid)) << sid << " round " << round;
    }
  }
  std::cout << rounds << " rounds, " << compared << " ids, " << refused << " refused\n";
  EXPECT_GT(compared, rounds);
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace taglogin::directory
