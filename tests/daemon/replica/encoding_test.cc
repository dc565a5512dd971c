// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/encoding.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/daemon/replica/contents_equal.h"
#include "tests/daemon/replica/samples.h"

namespace taglogin::daemon::replica {
namespace {

// 2^63 and more must not come back as a moment long before 1970.
TEST(DecodeContents, RefusesNumbersOfMoreThan64SignedBits) {
  ASSERT_TRUE(DecodeContents({{"clock", "", "9223372036854775807"}}));
  EXPECT_EQ(DecodeContents({{"clock", "", "-9223372036854775808"}})->wall_high_water_s, INT64_MIN);
  for (const char* number : {"9223372036854775808", "18446744073709551615", "1e3", "1.5", "true", "\"1\""}) {
    EXPECT_FALSE(DecodeContents({{"clock", "", number}})) << number;
    EXPECT_FALSE(DecodeContents({{"used", "S-1-5-21-1-2-3-1107", number}})) << number;
  }
}

// T12: what is read back decides who owns what.
TEST(DecodeContents, RefusesSlicesThatMakeNoSense) {
  Contents contents;
  contents.slices = {{"S-1-5-21-1-2-3", {686200000, 200000}}, {"S-1-5-21-1-2-3-200000", {832600000, 200000}}};
  const auto back = DecodeContents(EncodeContents(contents));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->slices, contents.slices);
  const std::string good = R"({"first":686200000,"size":200000})";
  EXPECT_TRUE(DecodeContents({{"slice", "S-1-5-21-1-2-3", good}}));
  for (const char* name : {"", "S-1-5-21-1-2", "S-1-5-32", "S-1-5-21-1-2-3-199999", "S-1-5-21-1-2-3-0",
                           "S-1-5-21-1-2-3-200000-1", "S-1-5-21-1-2-3-", "alice"}) {
    EXPECT_FALSE(DecodeContents({{"slice", name, good}})) << name;
  }
  for (const char* body :
       {"7", "{}", R"({"first":0,"size":200000})", R"({"first":686200000,"size":0})", R"({"first":-1,"size":200000})",
        R"({"first":2147483648,"size":1})", R"({"first":2147483640,"size":200000})", R"({"first":"1","size":1})",
        R"({"first":4294967297,"size":200000})"}) {
    EXPECT_FALSE(DecodeContents({{"slice", "S-1-5-21-1-2-3", body}})) << body;
  }
}

// Rows of before accounts had a domain and a principal: an account of the configured one, without aliases.
TEST(DecodeContents, ReadsAccountsOfBeforeTheyHadFurtherNames) {
  Contents contents;
  ExtraAccount& extra = contents.extras[samples::Sid(1107)];
  extra.member = samples::MemberOf(1107, "alice");
  extra.read_at = samples::At(0);
  std::vector<Row> rows = EncodeContents(contents);
  for (Row& row : rows) {
    nlohmann::json body = nlohmann::json::parse(row.body);
    if (row.kind != "extra") continue;
    EXPECT_EQ(body["member"]["account"].erase("upn"), 1U);
    EXPECT_EQ(body["member"]["account"].erase("domain"), 1U);
    row.body = body.dump();
  }
  const auto back = DecodeContents(rows);
  ASSERT_TRUE(back);
  EXPECT_TRUE(IsSame(*back, contents));
  extra.member.account.upn = "alice@corp.example.com";
  extra.member.account.domain = "branch.example.com";
  EXPECT_TRUE(IsSame(*DecodeContents(EncodeContents(contents)), contents));
  EXPECT_FALSE(IsSame(*back, contents));
}

// After a restart what a silent domain said is no younger than before.
TEST(EncodeContents, KeepsWhoseAnAccountIsAndOfWhenThatIs) {
  directory::Closure closure = samples::SmallClosure();
  directory::Account& alice = closure.members.at(samples::Sid(1107)).account;
  alice.domain = "partner.example";
  closure.known_groups.at(samples::Sid(513)).domain = "partner.example";
  closure.behind_ms = {{"partner.example", 30000}};
  Contents contents;
  ApplyClosure(contents, closure, samples::SmallAsked(), samples::At(45));
  const auto back = DecodeContents(EncodeContents(contents));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->walk->closure.members.at(samples::Sid(1107)).account.domain, "partner.example");
  EXPECT_EQ(back->walk->closure.known_groups.at(samples::Sid(513)).domain, "partner.example");
  EXPECT_EQ(back->walk->ReadAt("partner.example").boot_ms, samples::At(15).boot_ms);
  EXPECT_EQ(back->walk->ReadAt("").boot_ms, samples::At(45).boot_ms);
}

}  // namespace
}  // namespace taglogin::daemon::replica
