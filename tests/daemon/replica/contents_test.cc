// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/contents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/replica/samples.h"

namespace taglogin::daemon::replica {
namespace {

using samples::At;
using samples::MemberOf;
using samples::Sid;

directory::Closure WithoutAlice() {
  directory::Closure closure = samples::SmallClosure();
  closure.members.erase(Sid(1107));
  return closure;
}

TEST(ApplyClosure, SwapsTheWholeClosure) {
  Contents contents;
  ApplyClosure(contents, samples::SmallClosure(), samples::SmallAsked(), At(0));
  ApplyClosure(contents, WithoutAlice(), samples::SmallAsked(), At(45));
  ASSERT_TRUE(contents.walk);
  EXPECT_FALSE(contents.walk->closure.members.contains(Sid(1107)));
  EXPECT_EQ(contents.walk->walked_at.wall_s, At(45).wall_s);
  EXPECT_TRUE(contents.extras.empty());
  EXPECT_EQ(contents.wall_high_water_s, At(45).wall_s);
}

// An identity outlives its right: alice's files keep their owner's name, and nothing more is kept.
TEST(ApplyClosure, KeepsTheIdentityOfAUsedAccountThatLeft) {
  Contents contents;
  ApplyClosure(contents, samples::SmallClosure(), samples::SmallAsked(), At(0));
  contents.last_used[Sid(1107)] = At(0).wall_s;
  ApplyClosure(contents, WithoutAlice(), samples::SmallAsked(), At(45));
  ASSERT_TRUE(contents.extras.contains(Sid(1107)));
  const ExtraAccount& alice = contents.extras.at(Sid(1107));
  EXPECT_EQ(alice.member.account.name, "Alice");
  EXPECT_TRUE(alice.member.memberships.empty());
  EXPECT_EQ(alice.read_at.wall_s, At(0).wall_s);  // not read since

  ApplyClosure(contents, samples::SmallClosure(), samples::SmallAsked(), At(90));
  EXPECT_TRUE(contents.extras.empty());
  EXPECT_TRUE(contents.walk->closure.members.contains(Sid(1107)));
}

// What a further domain said earlier is as old as that, however fresh the rest is.
TEST(ApplyClosure, DomainsThatWereNotReadKeepTheirAge) {
  directory::Closure closure = samples::SmallClosure();
  closure.members.at(Sid(1107)).account.domain = "partner.example";
  closure.behind_ms = {{"partner.example", 30000}};
  Contents contents;
  ApplyClosure(contents, closure, samples::SmallAsked(), At(45));
  EXPECT_EQ(contents.walk->ReadAt("").boot_ms, At(45).boot_ms);
  EXPECT_EQ(contents.walk->ReadAt("partner.example").boot_id, "boot-1");
  EXPECT_EQ(contents.walk->ReadAt("partner.example").boot_ms, At(15).boot_ms);
  EXPECT_EQ(contents.walk->ReadAt("partner.example").wall_s, At(15).wall_s);

  contents.last_used[Sid(1107)] = At(45).wall_s;
  ApplyClosure(contents, WithoutAlice(), samples::SmallAsked(), At(60));
  EXPECT_EQ(contents.extras.at(Sid(1107)).read_at.boot_ms, At(15).boot_ms);
  EXPECT_TRUE(contents.walk->read_at.empty());

  closure.behind_ms = {{"partner.example", 999999999}};  // longer than this boot
  ApplyClosure(contents, closure, samples::SmallAsked(), At(90));
  EXPECT_EQ(contents.walk->ReadAt("partner.example").wall_s, 0) << "a moment that never was";
}

TEST(ApplyClosure, ForgetsIdentitiesUnusedFor90Days) {
  constexpr std::int64_t k90Days = 7776000;
  Contents contents;
  ApplyLookup(contents, MemberOf(1200, "visitor"), At(0));
  ApplyClosure(contents, WithoutAlice(), samples::SmallAsked(), At(k90Days - 1));
  EXPECT_TRUE(contents.extras.contains(Sid(1200)));
  ApplyClosure(contents, WithoutAlice(), samples::SmallAsked(), At(k90Days));
  EXPECT_TRUE(contents.extras.empty());
  EXPECT_TRUE(contents.last_used.empty());
}

TEST(ApplyClosure, PinsANameOnceAndNeverMovesThePin) {
  Contents contents;
  directory::Closure first = samples::SmallClosure();
  first.users["dave"] = Sid(1300);
  ApplyClosure(contents, first, samples::SmallAsked(), At(0));
  EXPECT_EQ(contents.pins.at("ssh-prod-web"), Sid(2001));
  EXPECT_EQ(contents.pins.at("dave"), Sid(1300));

  directory::Closure second = samples::SmallClosure();
  second.groups["ssh-prod-web"].group.id = Sid(6666);
  second.groups["other"] = {directory::Resolution::kAmbiguous, {}};
  ApplyClosure(contents, second, samples::SmallAsked(), At(45));
  EXPECT_EQ(contents.pins.at("ssh-prod-web"), Sid(2001));
  EXPECT_FALSE(contents.pins.contains("other"));
}

TEST(ApplyLookup, DropsMembershipsOfWhoeverWasLookedUp) {
  Contents contents;
  directory::Member visitor = MemberOf(1200, "visitor");
  visitor.memberships.push_back({Sid(2001), {"ssh-prod-web"}, false});
  ApplyLookup(contents, visitor, At(7));
  EXPECT_TRUE(contents.extras.at(Sid(1200)).member.memberships.empty());
  EXPECT_EQ(contents.last_used.at(Sid(1200)), At(7).wall_s);
}

TEST(ApplyLookup, OnlyCountsTheUseOfAMember) {
  Contents contents;
  ApplyClosure(contents, samples::SmallClosure(), samples::SmallAsked(), At(0));
  ApplyLookup(contents, MemberOf(1107, "Alice"), At(7));
  EXPECT_TRUE(contents.extras.empty());
  EXPECT_EQ(contents.last_used.at(Sid(1107)), At(7).wall_s);
}

TEST(ApplyLookup, BeyondTheLimitTheLongestUnusedGoes) {
  Contents contents;
  for (unsigned i = 0; i < kMaxExtras; ++i) {
    ApplyLookup(contents, MemberOf(10000 + i, "user" + std::to_string(i)), At(i + 10));
  }
  ApplyLookup(contents, MemberOf(10000, "user0"), At(50000));  // used again
  ApplyLookup(contents, MemberOf(5000, "onemore"), At(50001));
  EXPECT_EQ(contents.extras.size(), kMaxExtras);
  EXPECT_TRUE(contents.extras.contains(Sid(10000)));
  EXPECT_FALSE(contents.extras.contains(Sid(10001)));
  EXPECT_TRUE(contents.extras.contains(Sid(5000)));
}

// The list stays the same when a walk has read those on it, so that they are read in every walk.
TEST(LookupIds, AreStableFromWalkToWalk) {
  Contents contents;
  ApplyClosure(contents, samples::SmallClosure(), samples::SmallAsked(), At(0));
  ApplyLookup(contents, MemberOf(1200, "visitor"), At(1));
  ApplyLookup(contents, MemberOf(1107, "Alice"), At(1));
  EXPECT_EQ(LookupIds(contents, At(2)), std::vector<std::string>{Sid(1200)});
  directory::Closure closure = samples::SmallClosure();
  samples::AddMember(closure, MemberOf(1200, "visitor"));  // as asked for
  samples::AddMember(closure, MemberOf(1201, "named"));    // by a rule's users, never used
  ApplyClosure(contents, closure, samples::SmallAsked(), At(45));
  EXPECT_EQ(LookupIds(contents, At(46)), std::vector<std::string>{Sid(1200)});
  ApplyClosure(contents, WithoutAlice(), samples::SmallAsked(), At(90));
  EXPECT_EQ(LookupIds(contents, At(91)), (std::vector<std::string>{Sid(1107), Sid(1200)}));
}

TEST(DoubtfulIds, AreThoseOfWhomWalkAndServerSaidOtherThings) {
  EXPECT_THAT(DoubtfulIds(Contents()), testing::IsEmpty());
  Contents contents;
  directory::Closure closure = samples::SmallClosure();
  directory::Member contradicted = MemberOf(1200, "contradicted");
  contradicted.memberships.push_back({Sid(2001), {"ssh-prod-web"}, true});
  directory::Member told = MemberOf(1201, "told");
  told.memberships.push_back({Sid(2001), {"ssh-prod-web"}, false});
  told.memberships.push_back({Sid(2003), {"contractors"}, false, true});
  samples::AddMember(closure, contradicted);
  samples::AddMember(closure, told);
  ApplyClosure(contents, closure, samples::SmallAsked(), At(0));
  EXPECT_THAT(DoubtfulIds(contents), testing::ElementsAre(Sid(1200), Sid(1201)));
  // Were that domain silent after a restart, nobody would see the way.
  directory::Member through = MemberOf(1202, "through");
  through.memberships.push_back({Sid(2001), {"ssh-prod-web", "ops@branch.example.com"}, false});
  samples::AddMember(closure, through);
  ApplyClosure(contents, closure, samples::SmallAsked(), At(45));
  EXPECT_THAT(DoubtfulIds(contents), testing::ElementsAre(Sid(1200), Sid(1201), Sid(1202)));
}

TEST(RaiseHighWater, NeverFalls) {
  Contents contents;
  RaiseHighWater(contents, At(100));
  RaiseHighWater(contents, At(50));
  EXPECT_EQ(contents.wall_high_water_s, At(100).wall_s);
}

}  // namespace
}  // namespace taglogin::daemon::replica
