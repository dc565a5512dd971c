// SPDX-License-Identifier: Apache-2.0
#include "daemon/verify_memory.h"

#include <gtest/gtest.h>

namespace taglogin::daemon {
namespace {

KeyLines Verified() {
  KeyLines lines;
  lines.verified = true;
  return lines;
}
KeyLines Unverified(const std::vector<std::string>& from = {}) {
  KeyLines lines;
  lines.unverified = true;
  for (const auto& network : from) lines.unverified_from.push_back(policy::Network::Parse(network).value());
  return lines;
}
policy::Request From(const std::string& address) {
  policy::Request request;
  request.client = policy::Request::Client::kAddress;
  request.address = policy::IpAddress::Parse(address).value();
  return request;
}

const policy::Request kHere = From("10.1.2.3");

TEST(VerifyMemory, KnowsNothingAtFirst) {
  VerifyMemory memory;
  EXPECT_FALSE(memory.MustHaveVerified({"a"}, kHere, 0));
  EXPECT_FALSE(memory.MustHaveVerified({}, kHere, 0));
  memory.Note("a", KeyLines(), 0);  // a refusal
  EXPECT_FALSE(memory.MustHaveVerified({"a"}, kHere, 0));
}

TEST(VerifyMemory, BelievesALineThatDemandsItForAWhile) {
  VerifyMemory memory;
  memory.Note("a", Verified(), 1000);
  EXPECT_TRUE(memory.MustHaveVerified({"a"}, kHere, 1000));
  EXPECT_TRUE(memory.MustHaveVerified({"a"}, kHere, 999 + kVerifyMemoryMs));
  EXPECT_FALSE(memory.MustHaveVerified({"a"}, kHere, 1000 + kVerifyMemoryMs));
  EXPECT_FALSE(memory.MustHaveVerified({"b"}, kHere, 1000));
}

// Between key and session the rules may have changed, in either direction.
TEST(VerifyMemory, ALineWithoutItSpoilsThoseAroundIt) {
  for (const bool before : {true, false}) {
    VerifyMemory memory;
    memory.Note("a", before ? Unverified() : Verified(), 1000);
    memory.Note("a", before ? Verified() : Unverified(), 2000);
    EXPECT_FALSE(memory.MustHaveVerified({"a"}, kHere, 2000));
    memory.Note("a", Verified(), 2000 + kVerifyMemoryMs);
    EXPECT_TRUE(memory.MustHaveVerified({"a"}, kHere, 2000 + kVerifyMemoryMs));
  }
}

TEST(VerifyMemory, ALineForOtherNetworksSpoilsNothingHere) {
  VerifyMemory memory;
  KeyLines both = Unverified({"192.0.2.0/24"});
  both.verified = true;
  memory.Note("a", both, 0);
  EXPECT_TRUE(memory.MustHaveVerified({"a"}, kHere, 0));
  EXPECT_FALSE(memory.MustHaveVerified({"a"}, From("192.0.2.7"), 0));
  policy::Request by_name;
  by_name.client = policy::Request::Client::kName;
  EXPECT_FALSE(memory.MustHaveVerified({"a"}, by_name, 0));
  memory.Note("a", Unverified({"10.0.0.0/8"}), 1);
  EXPECT_FALSE(memory.MustHaveVerified({"a"}, kHere, 1));
  EXPECT_FALSE(memory.MustHaveVerified({"a"}, From("192.0.2.7"), 1));
}

TEST(VerifyMemory, TakesOneOfSeveralOnlyWhenNoneDidWithout) {
  VerifyMemory memory;
  memory.Note("a", Verified(), 0);
  memory.Note("b", Unverified(), 0);
  EXPECT_TRUE(memory.MustHaveVerified({"a", "c"}, kHere, 0));
  EXPECT_FALSE(memory.MustHaveVerified({"a", "b"}, kHere, 0));
}

TEST(VerifyMemory, IsBlindRatherThanForgetfulWhenItIsFull) {
  VerifyMemory memory(2);
  memory.Note("a", Verified(), 0);
  memory.Note("b", Verified(), 0);
  memory.Note("c", Unverified(), 10);
  EXPECT_FALSE(memory.MustHaveVerified({"a"}, kHere, 10));
  EXPECT_FALSE(memory.MustHaveVerified({"c"}, kHere, 10));
  memory.Note("c", Verified(), kVerifyMemoryMs + 1);  // the others are too old by now
  EXPECT_FALSE(memory.MustHaveVerified({"c"}, kHere, kVerifyMemoryMs + 9));
  EXPECT_TRUE(memory.MustHaveVerified({"c"}, kHere, kVerifyMemoryMs + 10));
}

TEST(VerifyMemory, IsIdleWhenAllIsForgotten) {
  VerifyMemory memory(1);
  EXPECT_TRUE(memory.IsIdle(0));
  memory.Note("a", Verified(), 0);
  EXPECT_FALSE(memory.IsIdle(kVerifyMemoryMs - 1));
  EXPECT_TRUE(memory.IsIdle(kVerifyMemoryMs));
  memory.Note("b", Verified(), 5);
  EXPECT_FALSE(memory.IsIdle(kVerifyMemoryMs)) << "it is blind";
  EXPECT_TRUE(memory.IsIdle(kVerifyMemoryMs + 5));
}

TEST(VerifyMemory, VeryManyNetworksAreAnywhere) {
  std::vector<std::string> many;
  for (int i = 0; i < 200; ++i) many.push_back("192.0.2." + std::to_string(i));
  KeyLines lines = Unverified(many);
  lines.verified = true;
  VerifyMemory memory;
  memory.Note("a", lines, 0);
  memory.Note("a", lines, 1);
  EXPECT_TRUE(memory.MustHaveVerified({"a"}, kHere, 1));
  for (std::string& network : many) network.replace(0, 7, "198.51.100");
  memory.Note("a", Unverified(many), 2);
  EXPECT_FALSE(memory.MustHaveVerified({"a"}, kHere, 2));
}

}  // namespace
}  // namespace taglogin::daemon
