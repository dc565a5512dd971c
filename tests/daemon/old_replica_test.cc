// SPDX-License-Identifier: Apache-2.0
// T43: an older copy of the replica, put back, is as old as it is: whatever it says, it opens nothing.
#include <gtest/gtest.h>

#include "daemon/judge.h"
#include "daemon/replica/builder.h"
#include "daemon/replica/freshness.h"
#include "daemon/replica/store.h"
#include "tests/daemon/replica/samples.h"

namespace taglogin::daemon {
namespace {

constexpr char kOwner[] = "this machine and domain";
constexpr char kRules[] = "[[rule]]\nname = \"web\"\nlogin = [\"ssh-prod-web\"]\n";
constexpr std::int64_t kDay = 86400;

// A replica as a daemon wrote it at `then`: alice may log in.
void WriteReplica(const replica::samples::Folder& folder, const replica::Moment& then) {
  auto opened = replica::Store::Open(folder.path(), kOwner);
  ASSERT_TRUE(opened) << opened.error().detail;
  replica::ApplyClosure(opened->contents, replica::samples::SmallClosure(), replica::samples::SmallAsked(), then);
  const auto saved = opened->store->Save(opened->contents);
  ASSERT_TRUE(saved) << saved.error().detail;
}

// What the copy in the folder decides for alice at `now`.
Judgement JudgedFrom(const replica::samples::Folder& folder, const replica::Moment& now) {
  auto opened = replica::Store::Open(folder.path(), kOwner);
  EXPECT_TRUE(opened);
  EXPECT_TRUE(opened->warnings.empty()) << opened->warnings.front();
  replica::RaiseHighWater(opened->contents, now);
  auto rules = policy::ParseRules(kRules, "rules.toml");
  EXPECT_TRUE(rules) << rules.error().detail;
  const replica::NssSettings nss;
  policy::TagSet tags;
  tags.known = true;
  replica::LocalNames local;
  local.known = true;
  local.shells = {"/bin/bash"};
  replica::BuildInput input;
  input.rules = std::make_shared<policy::RuleSet>(*std::move(rules));
  input.contents = &opened->contents;
  input.tags = &tags;
  input.tags_read_at = now;
  input.nss = &nss;
  input.local = &local;
  View view;
  view.snapshot = replica::Build(input);
  view.walked_at = opened->contents.walk->walked_at;
  view.tags_read_at = now;
  view.wall_high_water_s = opened->contents.wall_high_water_s;
  const auto* alice = view.snapshot->Find("alice");
  EXPECT_NE(alice, nullptr);
  return alice == nullptr ? Judgement() : Judge(view, *alice, RequestFrom("10.0.0.1"), now);
}

replica::Moment Ago(const replica::Moment& now, std::int64_t seconds, const std::string& boot) {
  return {boot, now.boot_ms - seconds * 1000, now.wall_s - seconds};
}

replica::Moment NowOf(std::int64_t wall) { return {"this boot", 100 * kDay * 1000, wall}; }

TEST(OldReplica, OfAMinuteAgoLetsIn) {
  const auto now = NowOf(replica::samples::kWall);
  for (const char* boot : {"this boot", "another boot"}) {
    const replica::samples::Folder folder;
    WriteReplica(folder, Ago(now, 60, boot));
    const Judgement judged = JudgedFrom(folder, now);
    EXPECT_TRUE(judged.decision.allow) << boot;
    EXPECT_EQ(judged.data_age.count(), 60) << boot;
  }
}

TEST(OldReplica, OfThirtyDaysAgoIsExpired) {
  const auto now = NowOf(replica::samples::kWall);
  for (const char* boot : {"this boot", "another boot"}) {
    const replica::samples::Folder folder;
    WriteReplica(folder, Ago(now, 30 * kDay, boot));
    const Judgement judged = JudgedFrom(folder, now);
    EXPECT_FALSE(judged.decision.allow) << boot;
    EXPECT_EQ(judged.decision.reason, policy::Reason::kDenyStale) << boot;
    EXPECT_EQ(judged.freshness, "expired") << boot;
  }
}

// The clock set back to before the copy was made: then nothing is known about its age.
TEST(OldReplica, WithTheClockSetBackIsOfUnknownAge) {
  auto now = NowOf(replica::samples::kWall);
  const replica::samples::Folder folder;
  WriteReplica(folder, Ago(now, 30 * kDay, "another boot"));
  now.wall_s -= 31 * kDay;
  const Judgement judged = JudgedFrom(folder, now);
  EXPECT_FALSE(judged.decision.allow);
  EXPECT_EQ(judged.freshness, "expired");
}

}  // namespace
}  // namespace taglogin::daemon
