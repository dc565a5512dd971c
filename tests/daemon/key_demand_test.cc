// SPDX-License-Identifier: Apache-2.0
// From the key that sshd asks about to the session that it opens: what rules demand of keys and certificates.
#include <gtest/gtest.h>

#include "daemon/key_service.h"
#include "tests/daemon/trial_world.h"
#include "tests/directory/certificate_vectors.h"

namespace taglogin::daemon {
namespace {

namespace vectors = directory::vectors;
using protocol::Status;
using test::TrialWorld;

directory::SshKey KeyFrom(const std::string& text) {
  directory::SshKey key;
  EXPECT_TRUE(directory::DecodeKey(text.substr(0, text.find(' ')), text.substr(text.find(' ') + 1), key));
  return key;
}

std::string LinesOf(TrialWorld& world, const protocol::Principals& request) {
  std::string lines = "no answer";
  world.With([&] {
    Status status{};
    const auto answer = world.Ask<protocol::KeysAnswer>(request, status);
    if (answer) lines = answer->lines;
  });
  return lines;
}

struct Offered {
  std::string fingerprint = KeyFrom(vectors::kEd25519Key).Fingerprint();
  std::string type = "ssh-ed25519-cert-v01@openssh.com";
  std::string authority = KeyFrom(vectors::kAuthority).Fingerprint();
  std::string name = "alice";
};
std::string PrincipalsFor(TrialWorld& world, const Offered& offered) {
  return LinesOf(world, {offered.name, offered.fingerprint, offered.type, offered.authority});
}

void Trust(TrialWorld& world) { world.core().user_authorities = {KeyFrom(vectors::kAuthority)}; }

TEST(Principals, AreNobodysWithoutAnAuthority) {
  TrialWorld world;
  EXPECT_EQ(PrincipalsFor(world, {}), "");
  world.core().user_authorities = {KeyFrom(vectors::kRsaKey)};
  EXPECT_EQ(PrincipalsFor(world, {}), "");
  EXPECT_TRUE(world.Records().empty());
}

TEST(Principals, AreThoseOfTheAccount) {
  TrialWorld world;
  Trust(world);
  EXPECT_EQ(PrincipalsFor(world, {}), "alice\n");
  Offered odd;
  for (const char* type : {"ssh-ed25519", "", "ssh-dss-cert-v01@openssh.com"}) {
    odd.type = type;
    EXPECT_EQ(PrincipalsFor(world, odd), "") << type;
  }
  EXPECT_TRUE(world.Records().empty());
}

TEST(Principals, OfWhoIsRefusedSayWhy) {
  TrialWorld world;
  Trust(world);
  Offered bob;
  bob.name = "bob";
  for (int i = 0; i < 3; ++i) {
    const std::string lines = PrincipalsFor(world, bob);
    EXPECT_TRUE(lines.starts_with("restrict,command=\"")) << lines;
    EXPECT_TRUE(lines.ends_with("taglogin-refused TL-DENY-NOGROUP\" bob\n")) << lines;
  }
  EXPECT_EQ(world.Records().size(), 1U);
}

constexpr char kMoreRules[] =
    "[[rule]]\nname = \"others\"\nlogin = [\"others\"]\nprincipals = [\"{name}@others\"]\n"
    "[[rule]]\nname = \"sk\"\nlogin = [\"ssh-prod-web\"]\nprincipals = [\"{name}@sk\"]\nverify_required = true\n";

Offered Sk() { return {KeyFrom(vectors::kEd25519SkKey).Fingerprint(), "sk-ssh-ed25519-cert-v01@openssh.com"}; }

TEST(Principals, OfRulesThatDoNotLetInComeLast) {
  TrialWorld world(kMoreRules);
  Trust(world);
  const std::string plain = PrincipalsFor(world, {});
  EXPECT_TRUE(plain.starts_with("alice\nrestrict,command=\"")) << plain;
  EXPECT_NE(plain.find("TL-DENY-PRINCIPAL\" alice@others\n"), std::string::npos) << plain;
  EXPECT_TRUE(plain.ends_with("TL-DENY-KEYTYPE\" alice@sk\n")) << plain;
  const std::string sk = PrincipalsFor(world, Sk());
  EXPECT_TRUE(sk.starts_with("alice\nverify-required alice@sk\nrestrict,command=\"")) << sk;
  EXPECT_TRUE(sk.ends_with("TL-DENY-PRINCIPAL\" alice@others\n")) << sk;
}

TEST(KeyService, RemembersWhatSshdWasTold) {
  TrialWorld world(kMoreRules);
  Trust(world);
  SessionKeeper sessions(world.loop(), sessions::Ledger::Open(world.folder().File("more.json"), "boot"),
                         [](const auto&, const auto& recorded) { recorded(true); });
  KeyService service(world.core(), sessions);
  sessions::Peer monitor;
  monitor.pid = 7;
  monitor.start_ticks = 1;
  sessions::Peer later = monitor;
  later.start_ticks = 2;
  const directory::SshKey key = KeyFrom(vectors::kEd25519SkKey);
  const auto verified = [&](const std::vector<std::string>& principals, const sessions::Peer& by) {
    Proof proof;
    proof.keys = {{{key.type, false, principals}, key.Fingerprint()}};
    service.FillVerified("alice", by, {}, proof);
    return proof.keys[0].credential.verified;
  };
  EXPECT_FALSE(verified({"alice@sk"}, monitor));
  (void)service.LinesForPrincipals(*world.core().Find("alice"), {key.Fingerprint(), key.type}, monitor);
  EXPECT_TRUE(verified({"alice@sk"}, monitor));
  EXPECT_TRUE(verified({"alice@sk", "alice@others"}, monitor));
  EXPECT_FALSE(verified({"alice@sk", "alice"}, monitor));  // sshd may have gone by the other one
  EXPECT_FALSE(verified({"alice"}, monitor));
  EXPECT_FALSE(verified({}, monitor));
  EXPECT_FALSE(verified({"alice@sk"}, later));  // another connection
}

// Of an allowed login alone: the daemon ends a connection that it refuses, and the peer is this test.
TEST(OpenSession, RecordsTheCertificate) {
  TrialWorld world;
  world.core().user_authorities = {KeyFrom(vectors::kRsaKey)};
  const std::string info = std::string("publickey ") + vectors::kByRsaCertificate + "\n";
  std::uint32_t verdict = 0;
  world.With([&] {
    Status status{};
    const protocol::OpenSession request{"alice", "sshd", "10.0.0.1", "ssh", info};
    if (const auto answer = world.Ask<protocol::VerdictAnswer>(request, status)) verdict = answer->verdict;
  });
  EXPECT_EQ(verdict, static_cast<std::uint32_t>(protocol::Verdict::kAllow));
  const auto records = world.Records();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0]["session"]["credential_uid"], KeyFrom(vectors::kEd25519Key).Fingerprint());
  EXPECT_EQ(records[0]["unmapped"]["taglogin"]["certificate"],
            nlohmann::json({{"key_id", "r"}, {"serial", "0"}, {"authority", KeyFrom(vectors::kRsaKey).Fingerprint()}}));
}

}  // namespace
}  // namespace taglogin::daemon
