// SPDX-License-Identifier: Apache-2.0
// A cache as SSSD lays it out, made here byte by byte; the lab has a real one.
#include "cli/sssd_cache.h"

#include <gtest/gtest.h>

#include <random>
#include <utility>
#include <vector>

namespace taglogin::cli {
namespace {

using Attributes = std::vector<std::pair<std::string, std::string>>;

std::string Number(std::uint32_t value) {
  std::string out;
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(value >> shift & 0xff);
  return out;
}

std::string Pack(const std::string& dn, const Attributes& attributes, std::uint32_t format = 0x26011967) {
  std::string out = Number(format) + Number(static_cast<std::uint32_t>(attributes.size())) + dn + '\0';
  for (const auto& [name, value] : attributes) {
    out += name + '\0' + Number(1) + Number(static_cast<std::uint32_t>(value.size())) + value + '\0';
  }
  return out;
}

class Cache {
 public:
  void Add(const std::string& key, const std::string& value, std::uint32_t magic = 0x26011999) {
    const std::uint32_t at = kFirst + static_cast<std::uint32_t>(records_.size());
    records_ += Number(top_) + Number(0) + Number(static_cast<std::uint32_t>(key.size())) +
                Number(static_cast<std::uint32_t>(value.size())) + Number(0) + Number(magic) + key + value;
    top_ = at;
  }
  void AddMapping(const std::string& sid, const std::string& slice) {
    const std::string dn = "objectSID=" + sid + ",cn=id_mappings,cn=corp.example,cn=sysdb";
    Add("DN=OBJECTSID=" + sid + '\0',
        Pack(dn, {{"objectClass", "id_mapping"}, {"objectSID", sid}, {"name", "corp.example"}, {"slice", slice}}));
  }
  // Three chains, all records in the second.
  std::string File() const {
    std::string out = "TDB file\n";
    out.resize(32);
    out += Number(0x26011967 + 6) + Number(3);
    out.resize(168);
    return out + Number(0) + Number(0) + Number(top_) + Number(0) + records_;
  }

 private:
  static constexpr std::uint32_t kFirst = 168 + 4 * 4;
  std::string records_;
  std::uint32_t top_ = 0;
};

std::string ErrorOf(const std::string& file) {
  const auto slices = ParseSssdSlices(file);
  return slices ? "read" : slices.error().detail;
}

TEST(SssdCache, GivesTheSliceOfEachDomain) {
  Cache cache;
  cache.Add("DN=@BASEINFO", "not an object");
  cache.Add("DN=CN=SYSDB", Pack("cn=sysdb", {{"version", "0.24"}}));
  cache.AddMapping("S-1-5-21-1-2-3", "3430");
  cache.Add("DN=NAME=ALICE", Pack("name=alice", {{"objectClass", "user"}, {"objectSID", "S-1-5-21-1-2-3-7"}}));
  cache.Add("DN=GONE", "whatever", 0xfee1dead);
  cache.AddMapping("S-1-5-21-4-5-6", "0");
  const auto slices = ParseSssdSlices(cache.File());
  ASSERT_TRUE(slices) << slices.error().detail;
  EXPECT_EQ(*slices, (std::map<std::string, std::uint32_t>{{"S-1-5-21-1-2-3", 3430}, {"S-1-5-21-4-5-6", 0}}));
  EXPECT_TRUE(ParseSssdSlices(Cache().File())->empty());
}

TEST(SssdCache, RefusesMappingsThatMakeNoSense) {
  for (const auto& [sid, slice] : std::vector<std::pair<std::string, std::string>>{{"S-1-5-21-1-2-3", ""},
                                                                                   {"S-1-5-21-1-2-3", "-1"},
                                                                                   {"S-1-5-21-1-2-3", "7x"},
                                                                                   {"S-1-5-21-1-2-3", "4294967296"},
                                                                                   {"S-1-5-32", "7"},
                                                                                   {"", "7"}}) {
    Cache cache;
    cache.AddMapping(sid, slice);
    EXPECT_NE(ErrorOf(cache.File()).find("has slice"), std::string::npos) << sid << " " << slice;
  }
  Cache twice;
  twice.AddMapping("S-1-5-21-1-2-3", "1");
  twice.AddMapping("S-1-5-21-1-2-3", "1");
  EXPECT_NE(ErrorOf(twice.File()).find("two slices"), std::string::npos);
}

TEST(SssdCache, RefusesOtherFilesAndOtherPackings) {
  EXPECT_NE(ErrorOf(""), "read");
  EXPECT_NE(ErrorOf("SQLite format 3"), "read");
  Cache packed;
  packed.Add("DN=CN=A", Pack("cn=a", {}, 0x26011968));
  EXPECT_NE(ErrorOf(packed.File()).find("packed in a way"), std::string::npos);
  Cache circle;
  circle.Add("DN=CN=A", Pack("cn=a", {}));
  std::string file = circle.File();
  file.replace(184, 4, Number(184));
  EXPECT_NE(ErrorOf(file).find("circles"), std::string::npos);
}

// Whatever is cut off or changed: an answer or an error, and no byte read beyond the file (sanitizers).
TEST(SssdCache, SurvivesDamage) {
  Cache cache;
  cache.AddMapping("S-1-5-21-1-2-3", "3430");
  cache.AddMapping("S-1-5-21-4-5-6", "0");
  const std::string whole = cache.File();
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_NE(ErrorOf(whole.substr(0, size)), "read") << size;
  constexpr unsigned kSeed = 3;
  std::mt19937 random(kSeed);
  std::size_t refused = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string damaged = whole;
    damaged[random() % damaged.size()] = static_cast<char>(random());
    damaged[random() % damaged.size()] = static_cast<char>(random());
    if (!ParseSssdSlices(damaged)) ++refused;
  }
  EXPECT_GT(refused, 0U);
}

}  // namespace
}  // namespace taglogin::cli
