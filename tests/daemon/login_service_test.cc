// SPDX-License-Identifier: Apache-2.0
// The login path behind its socket: verdicts, key lines and the records they leave.
#include "daemon/login_service.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "tests/daemon/trial_world.h"

namespace taglogin::daemon {
namespace {

using protocol::Status;
using protocol::Verdict;
using test::TrialWorld;

struct Told {
  Status status{};
  Verdict verdict{};
  std::string code;
  std::string message;
};

template <typename Message>
Told Ask(TrialWorld& world, const Message& message) {
  Told told;
  world.With([&] {
    const auto answer = world.Ask<protocol::VerdictAnswer>(message, told.status);
    if (!answer) return;
    told.verdict = static_cast<Verdict>(answer->verdict);
    told.code = answer->code;
    told.message = answer->message;
  });
  return told;
}

TEST(CheckAccount, AllowsTheMemberAndLeavesARecord) {
  TrialWorld world;
  const Told told = Ask(world, protocol::CheckAccount{"alice", "sshd", "10.0.0.1", "ssh"});
  EXPECT_EQ(told.verdict, Verdict::kAllow);
  const auto records = world.Records();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0]["status_id"], 1);
  EXPECT_EQ(records[0]["activity_id"], 99);
  EXPECT_EQ(records[0]["user"]["name"], "alice");
  EXPECT_EQ(records[0]["unmapped"]["taglogin"]["rule"], "web");
  EXPECT_EQ(records[0]["unmapped"]["taglogin"]["group_path"], nlohmann::json({"ssh-prod-web", "web-team"}));
}

TEST(CheckAccount, TakesTheNameInAnyCase) {
  TrialWorld world;
  EXPECT_EQ(Ask(world, protocol::CheckAccount{"ALICE", "sshd", "10.0.0.1", "ssh"}).verdict, Verdict::kAllow);
  EXPECT_EQ(world.Records()[0]["user"]["name"], "alice");
}

TEST(CheckAccount, TakesEverySpellingAndRecordsTheOneName) {
  TrialWorld world;
  for (const char* name : {"Alice@Corp.Example", "alice.example@mail.example"}) {
    EXPECT_EQ(Ask(world, protocol::CheckAccount{name, "sshd", "10.0.0.1", "ssh"}).verdict, Verdict::kAllow) << name;
  }
  for (const auto& record : world.Records()) EXPECT_EQ(record["user"]["name"], "alice");
  EXPECT_EQ(world.Records().size(), 2U);
  EXPECT_TRUE(world.searched().empty());
}

TEST(CheckAccount, DeniesTheOthersWithTheirReason) {
  TrialWorld world;
  const Told bob = Ask(world, protocol::CheckAccount{"bob", "sshd", "10.0.0.1", "ssh"});
  EXPECT_EQ(bob.verdict, Verdict::kDeny);
  EXPECT_EQ(bob.code, "TL-DENY-NOGROUP");
  EXPECT_FALSE(bob.message.empty());
  const Told carol = Ask(world, protocol::CheckAccount{"carol", "sshd", "10.0.0.1", "ssh"});
  EXPECT_EQ(carol.verdict, Verdict::kDeny);
  EXPECT_EQ(carol.code, "TL-DENY-DISABLED");
  const auto records = world.Records();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0]["status_id"], 2);
  EXPECT_EQ(records[0]["activity_id"], 1);
  EXPECT_EQ(records[1]["status_code"], "TL-DENY-DISABLED");
  EXPECT_EQ(records[1]["metadata"]["sequence"], records[0]["metadata"]["sequence"].get<int>() + 1);
}

TEST(CheckAccount, KnowsNobodyByNamesThatAreNone) {
  TrialWorld world;
  for (const char* name : {"", "..", "-rf", "a b",
                           "al\xc3\xad"
                           "ce",
                           "alice\n", "0day", "a:b"}) {
    EXPECT_EQ(Ask(world, protocol::CheckAccount{name, "sshd", "10.0.0.1", "ssh"}).verdict, Verdict::kUnknownUser)
        << name;
  }
  EXPECT_TRUE(world.searched().empty());  // not one of them reached the directory
}

TEST(CheckAccount, AsksTheDirectoryForANewNameOnce) {
  TrialWorld world;
  EXPECT_EQ(Ask(world, protocol::CheckAccount{"zoe", "sshd", "10.0.0.1", "ssh"}).verdict, Verdict::kUnknownUser);
  EXPECT_EQ(Ask(world, protocol::CheckAccount{"zoe", "sshd", "10.0.0.1", "ssh"}).verdict, Verdict::kUnknownUser);
  EXPECT_EQ(world.searched(), std::vector<std::string>{"zoe"});
  EXPECT_EQ(world.Records().size(), 2U);
}

TEST(CheckAccount, ObeysNetworks) {
  TrialWorld world("[[rule]]\nname = \"keep out\"\ndeny = [\"*\"]\nfrom = [\"192.0.2.0/24\"]\n");
  EXPECT_EQ(Ask(world, protocol::CheckAccount{"alice", "sshd", "10.0.0.1", "ssh"}).verdict, Verdict::kAllow);
  EXPECT_EQ(Ask(world, protocol::CheckAccount{"alice", "sshd", "192.0.2.7", "ssh"}).code, "TL-DENY-RULE");
}

TEST(CheckAccount, IsUnavailableWhenTheRecordCannotBeWritten) {
  TrialWorld world;
  const rlimit none{0, RLIM_INFINITY};
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  ::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &none), 0);
  const Told told = Ask(world, protocol::CheckAccount{"alice", "sshd", "10.0.0.1", "ssh"});
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(told.status, Status::kUnavailable);
  EXPECT_EQ(Ask(world, protocol::CheckAccount{"alice", "sshd", "10.0.0.1", "ssh"}).verdict, Verdict::kAllow);
  EXPECT_EQ(world.Records().size(), 1U);
}

// Another service than sshd, so that the test's own process is not ended as a refused connection.
TEST(OpenSession, RecordsTheLogonWithItsSession) {
  TrialWorld world;
  EXPECT_EQ(Ask(world, protocol::OpenSession{"bob", "su", "", "", ""}).code, "TL-DENY-NOGROUP");
  EXPECT_EQ(Ask(world, protocol::OpenSession{"alice", "su", "", "", ""}).verdict, Verdict::kAllow);
  const auto records = world.Records();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[1]["activity_id"], 1);
  EXPECT_EQ(records[1]["status_id"], 1);
  EXPECT_FALSE(records[1]["session"]["uid"].get<std::string>().empty());
}

std::string LinesFor(TrialWorld& world, const std::string& name, const std::string& fingerprint) {
  std::string lines = "no answer";
  world.With([&] {
    Status status{};
    const auto answer = world.Ask<protocol::KeysAnswer>(protocol::Keys{name, fingerprint}, status);
    if (answer) lines = answer->lines;
  });
  return lines;
}

TEST(Keys, PrintsTheOfferedKeyOfItsOwner) {
  TrialWorld world;
  const std::string fingerprint = world.alice_key().Fingerprint();
  EXPECT_EQ(LinesFor(world, "alice", fingerprint), std::string("ssh-ed25519 ") + test::kAliceKey + "\n");
  EXPECT_EQ(LinesFor(world, "alice", "SHA256:" + std::string(43, 'A')), "");
  EXPECT_TRUE(world.Records().empty());
}

TEST(Keys, RefusesTheOwnerWhoMayNotEnterAndRecordsItOnce) {
  TrialWorld world;
  const std::string fingerprint = world.alice_key().Fingerprint();
  for (int i = 0; i < 3; ++i) {
    const std::string lines = LinesFor(world, "carol", fingerprint);
    EXPECT_TRUE(lines.starts_with("restrict,command=\"")) << lines;
    EXPECT_NE(lines.find("taglogin-refused TL-DENY-DISABLED\" ssh-ed25519 "), std::string::npos) << lines;
  }
  ASSERT_EQ(world.Records().size(), 1U);
  EXPECT_EQ(world.Records()[0]["status_code"], "TL-DENY-DISABLED");
}

}  // namespace
}  // namespace taglogin::daemon
