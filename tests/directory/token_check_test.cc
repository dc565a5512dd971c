// SPDX-License-Identifier: Apache-2.0
// Who is believed before the server has been asked, and what becomes of it when the server says otherwise.
#include "directory/token_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "directory/closure_walk.h"
#include "tests/directory/fake_directory.h"

namespace taglogin::directory {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr std::size_t kMany = TokenCheck::kAtOnce + TokenCheck::kPerVerify + 50;

class ManyMembers : public testing::Test {
 protected:
  ManyMembers() {
    group_ = directory_.AddGroup("g");
    for (std::size_t i = 0; i < kMany; ++i) {
      const std::string name = "u" + std::to_string(i);
      users_.push_back(directory_.AddUser(name));
      directory_.AddMember(group_, users_.back());
    }
    directory_.range_limit = 1500;
  }

  Closure Walk(const std::vector<std::string>& doubtful = {}) {
    WalkRequest request;
    request.groups = {"g", "deny"};
    request.doubtful_ids = doubtful;
    auto outcome = WalkClosure(directory_, FakeReader(), request, memory_, base::Deadline::After(60000));
    if (!outcome) {
      ADD_FAILURE() << outcome.error().detail;
      return {};
    }
    return std::move(outcome->closure);
  }
  bool Verify() {
    const auto changed = memory_.tokens.Verify(directory_, base::Deadline::After(60000));
    EXPECT_TRUE(changed);
    return changed && *changed;
  }
  std::vector<std::string> Contradicted(const Closure& closure) {
    std::vector<std::string> out;
    for (const auto& [id, member] : closure.members) {
      for (const Membership& way : member.memberships) {
        if (way.contradicted) out.push_back(id);
      }
    }
    return out;
  }
  const std::string& Id(const std::string& guid) { return directory_.At(guid).sid; }
  // Ids are asked for in their order as text: the last of them is not among the first kAtOnce.
  std::string LastUser() {
    std::string last = users_.front();
    for (const std::string& user : users_) last = Id(user) > Id(last) ? user : last;
    return last;
  }
  std::size_t QueriesOf(const std::function<void()>& what) {
    const std::size_t before = directory_.queries;
    what();
    return directory_.queries - before;
  }

  FakeDirectory directory_;
  WalkMemory memory_;
  std::string group_;
  std::vector<std::string> users_;
};

TEST_F(ManyMembers, AreAskedForAFewAtATimeAndEachOnce) {
  const Closure closure = Walk();
  EXPECT_THAT(closure.members, SizeIs(kMany));
  EXPECT_THAT(closure.warnings, IsEmpty());
  EXPECT_EQ(QueriesOf([this] { EXPECT_FALSE(Verify()); }), TokenCheck::kPerVerify);
  EXPECT_EQ(QueriesOf([this] { EXPECT_FALSE(Verify()); }), 50U);
  EXPECT_EQ(QueriesOf([this] { EXPECT_FALSE(Verify()); }), 0U);
  // All are confirmed: a later walk asks for none of them.
  const std::size_t again = QueriesOf([this] { (void)Walk(); });
  EXPECT_LT(again, TokenCheck::kPerVerify);
}

TEST_F(ManyMembers, WhoIsContradictedLaterIsContradictedFromThenOn) {
  const std::string liar = LastUser();
  directory_.lying_tokens = {liar};
  EXPECT_THAT(Contradicted(Walk()), IsEmpty());
  EXPECT_FALSE(Verify());
  EXPECT_TRUE(Verify());
  for (int i = 0; i < 3; ++i) EXPECT_THAT(Contradicted(Walk()), testing::ElementsAre(Id(liar)));
  directory_.lying_tokens.clear();
  EXPECT_THAT(Contradicted(Walk()), IsEmpty());
}

TEST_F(ManyMembers, WhomTheServerIsSilentAboutIsContradicted) {
  directory_.mute_tokens = {LastUser()};
  EXPECT_THAT(Contradicted(Walk()), IsEmpty());
  EXPECT_FALSE(Verify());
  EXPECT_TRUE(Verify());
  EXPECT_THAT(Contradicted(Walk()), testing::ElementsAre(Id(LastUser())));
}

TEST_F(ManyMembers, WhoWasContradictedBeforeARestartIsAskedForInTheFirstWalk) {
  directory_.lying_tokens = {LastUser()};
  EXPECT_THAT(Contradicted(Walk({Id(LastUser())})), testing::ElementsAre(Id(LastUser())));
}

TEST_F(ManyMembers, EverybodyDoubtfulIsAskedForWhateverTheirNumber) {
  directory_.lying_tokens = {users_.begin(), users_.end()};
  std::vector<std::string> all;
  for (const std::string& user : users_) all.push_back(Id(user));
  EXPECT_THAT(Contradicted(Walk(all)), SizeIs(kMany));
  EXPECT_THAT(Contradicted(Walk()), SizeIs(kMany));
}

TEST_F(ManyMembers, AWayThatOnlyTokensKnowIsMarked) {
  const auto deny = directory_.AddGroup("deny");
  const auto hidden = directory_.AddGroup("hidden");
  directory_.At(hidden).hidden = true;
  directory_.AddMember(deny, hidden);
  directory_.AddMember(hidden, LastUser());
  const Closure closure = Walk({Id(LastUser())});
  const auto& ways = closure.members.at(Id(LastUser())).memberships;
  ASSERT_THAT(ways, SizeIs(2));
  EXPECT_FALSE(ways[0].by_token_alone);
  EXPECT_EQ(ways[1].group_id, Id(deny));
  EXPECT_TRUE(ways[1].by_token_alone);
}

TEST_F(ManyMembers, AQuestionThatFailsIsAskedAgain) {
  (void)Walk();
  directory_.fail_at = directory_.queries + 10;
  EXPECT_FALSE(memory_.tokens.Verify(directory_, base::Deadline::After(60000)));
  directory_.fail_at.reset();
  directory_.lying_tokens = {users_.begin(), users_.end()};
  EXPECT_TRUE(Verify());
  EXPECT_TRUE(Verify());
  // Those that were answered before the failure have been confirmed, all others are doubtful now.
  EXPECT_GE(Contradicted(Walk()).size(), kMany - TokenCheck::kAtOnce - 10);
}

}  // namespace
}  // namespace taglogin::directory
