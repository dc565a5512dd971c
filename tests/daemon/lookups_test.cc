// SPDX-License-Identifier: Apache-2.0
#include "daemon/lookups.h"

#include <gtest/gtest.h>

namespace taglogin::daemon {
namespace {

using std::chrono::milliseconds;

class LookupsTest : public testing::Test {
 protected:
  LookupsTest() {
    auto loop = EventLoop::Create();
    EXPECT_TRUE(loop);
    loop_ = *std::move(loop);
    lookups_ = std::make_unique<Lookups>(*loop_, [this](const std::string& name) { searched_.push_back(name); });
  }
  Lookups::Waiter Note() {
    return [this](Lookups::Result result) { results_.push_back(result); };
  }
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<Lookups> lookups_;
  std::vector<std::string> searched_;
  std::vector<Lookups::Result> results_;
};

TEST_F(LookupsTest, SearchesOnceForManyWaiters) {
  for (int i = 0; i < 5; ++i) lookups_->Want("bob", milliseconds(60000), Note());
  EXPECT_EQ(searched_, std::vector<std::string>{"bob"});
  lookups_->Finish("bob", Lookups::Result::kFound);
  EXPECT_EQ(results_, std::vector<Lookups::Result>(5, Lookups::Result::kFound));
}

TEST_F(LookupsTest, RemembersNamesThatDoNotExist) {
  lookups_->Want("nobody-here", milliseconds(60000), Note());
  lookups_->Finish("nobody-here", Lookups::Result::kNotFound);
  lookups_->Want("nobody-here", milliseconds(60000), Note());
  EXPECT_EQ(searched_.size(), 1U);
  EXPECT_EQ(results_, std::vector<Lookups::Result>(2, Lookups::Result::kNotFound));
  lookups_->Exists("nobody-here");
  lookups_->Want("nobody-here", milliseconds(60000), Note());
  EXPECT_EQ(searched_.size(), 2U);
}

TEST_F(LookupsTest, GivesUpAtTheDeadlineAndDoesNotSearchTwice) {
  lookups_->Want("slow", milliseconds(1), [this](Lookups::Result result) {
    results_.push_back(result);
    loop_->Stop(0);
  });
  ASSERT_TRUE(loop_->Run());
  EXPECT_EQ(results_, std::vector<Lookups::Result>{Lookups::Result::kUnavailable});
  lookups_->Want("slow", milliseconds(60000), Note());
  EXPECT_EQ(searched_.size(), 1U);
  lookups_->Finish("slow", Lookups::Result::kFound);
  EXPECT_EQ(results_.back(), Lookups::Result::kFound);
}

TEST_F(LookupsTest, BoundsTheRateOfSearches) {
  for (int i = 0; i < 1000; ++i) lookups_->Want("n" + std::to_string(i), milliseconds(60000), Note());
  // 50 at once and 20 a second: whatever time this loop took, it was not the minute that 1,000 would need.
  EXPECT_GE(searched_.size(), 50U);
  EXPECT_LT(searched_.size(), 900U);
  EXPECT_EQ(results_.size(), 1000 - searched_.size());
  EXPECT_EQ(results_.front(), Lookups::Result::kUnavailable);
}

TEST_F(LookupsTest, BoundsItsMemoryOfMissingNames) {
  for (int i = 0; i < 30000; ++i) lookups_->Finish("n" + std::to_string(i), Lookups::Result::kNotFound);
  EXPECT_LE(lookups_->negatives().size(), 10000U);
}

}  // namespace
}  // namespace taglogin::daemon
