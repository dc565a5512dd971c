// SPDX-License-Identifier: Apache-2.0
#include "daemon/tag_record.h"

#include <gtest/gtest.h>

namespace taglogin::daemon {
namespace {

policy::TagSet Tags(const std::map<std::string, std::string>& values) {
  policy::TagSet tags;
  tags.known = true;
  for (const auto& [key, value] : values) tags.tags[key] = {value, "imds", {}};
  return tags;
}

ReplicaWorker::TagStep Step(ReplicaWorker::TagStep::What what) {
  ReplicaWorker::TagStep step;
  step.what = what;
  step.before = Tags({{"Environment", "prod"}, {"Role", "web"}});
  step.after = Tags({{"Environment", "dev"}, {"Role", "web"}});
  step.read_at = {"boot", 1000, 1700000000};
  step.held = true;
  step.held_until = 1700000600;
  return step;
}

const replica::Moment kNow{"boot", 4000, 1700000003};

TEST(TagRecord, SaysWhatWasAndIs) {
  const audit::Event event = EventOf(Step(ReplicaWorker::TagStep::What::kChanged), kNow);
  EXPECT_EQ(event.kind, audit::Kind::kTags);
  EXPECT_FALSE(event.allowed);
  EXPECT_EQ(event.reason_code, "TL-TAGS-CHANGED");
  EXPECT_EQ(
      event.detail,
      "the tags have changed: Environment: \"prod\" (imds) -> \"dev\" (imds); what this takes away is gone, what it "
      "adds is held until 2023-11-14T22:23:20Z at the earliest, or until root confirms it (taglogin tags accept)");
  ASSERT_EQ(event.tags.size(), 2U);
  EXPECT_EQ(event.tags[0].value, "dev");
  EXPECT_EQ(event.tags[0].age_s, 3);
  EXPECT_EQ(event.tags_before[0].value, "prod");
}

TEST(TagRecord, NamesSomeOfThoseWhoAreHeld) {
  auto step = Step(ReplicaWorker::TagStep::What::kHeld);
  for (int i = 0; i < 40; ++i) step.accounts.push_back("user" + std::to_string(i));
  const audit::Event event = EventOf(step, kNow);
  EXPECT_EQ(event.held_accounts.size(), 32U);
  EXPECT_EQ(event.more_held_accounts, 8U);
  EXPECT_NE(event.detail.find("40 accounts would get in"), std::string::npos);
}

TEST(TagRecord, ShowsForeignTextAsItIsSafe) {
  EXPECT_EQ(Difference(Tags({}), Tags({{"K\n", "v\x1b[2J"}})), "K\\x0a: none -> \"v\\x1b[2J\" (imds)");
  EXPECT_EQ(Difference(Tags({{"a", "b"}}), Tags({{"a", "b"}})), "the same tags as before");
}

}  // namespace
}  // namespace taglogin::daemon
