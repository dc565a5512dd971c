// SPDX-License-Identifier: Apache-2.0
#include "daemon/key_lines.h"

#include <gtest/gtest.h>

namespace taglogin::daemon {
namespace {

// A well-formed key: its blob is "ssh-ed25519" and 32 zero bytes.
directory::SshKey Key() {
  directory::SshKey key;
  const bool good =
      directory::DecodeKey("ssh-ed25519", "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", key);
  EXPECT_TRUE(good);
  return key;
}

const std::string kKeyLine = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
constexpr char kProgram[] = "/x/taglogin-refused";

policy::Decision Allow(const std::vector<std::string>& from = {}) {
  policy::Decision decision;
  decision.allow = true;
  decision.reason = policy::Reason::kAllowRule;
  for (const auto& network : from) decision.from_limits.push_back(policy::Network::Parse(network).value());
  return decision;
}
policy::Decision Deny(policy::Reason reason) {
  policy::Decision decision;
  decision.reason = reason;
  return decision;
}
std::string Refusal(const std::string& code, const std::string& what) {
  return "restrict,command=\"/x/taglogin-refused " + code + "\" " + what;
}

KeyLines ForKey(const policy::Decision& plain, const policy::Decision& verified) {
  return LinesForKey(Key(), {plain, verified}, kProgram);
}
KeyLines ForPrincipal(const policy::Decision& plain, const policy::Decision& verified) {
  return LineForPrincipal("alice@prod", {plain, verified}, kProgram);
}

TEST(LinesForKey, PrintAnAllowedKeyAlone) {
  const KeyLines lines = ForKey(Allow(), Allow());
  EXPECT_EQ(lines.text, kKeyLine);
  EXPECT_TRUE(lines.unverified);
  EXPECT_TRUE(lines.unverified_from.empty());
  EXPECT_FALSE(lines.verified);
}

TEST(LinesForKey, RestrictADeniedKeyToTheRefusal) {
  const auto denied = Deny(policy::Reason::kDenyDisabled);
  const KeyLines lines = ForKey(denied, denied);
  EXPECT_EQ(lines.text, Refusal("TL-DENY-DISABLED", kKeyLine));
  EXPECT_FALSE(lines.unverified || lines.verified);
}

TEST(LinesForKey, LimitNetworksAndRefuseTheRest) {
  const auto allowed = Allow({"10.0.0.0/8", "2001:db8::/32"});
  const KeyLines lines = ForKey(allowed, allowed);
  EXPECT_EQ(lines.text, "from=\"10.0.0.0/8,2001:db8::/32\" " + kKeyLine + Refusal("TL-DENY-FROM", kKeyLine));
  EXPECT_TRUE(lines.unverified);
  EXPECT_EQ(lines.unverified_from.size(), 2U);
  EXPECT_FALSE(lines.verified);
}

TEST(LinesForKey, DemandVerificationWhereNothingElseLetsIn) {
  const auto unverified = Deny(policy::Reason::kDenyVerify);
  const KeyLines anywhere = ForKey(unverified, Allow());
  EXPECT_EQ(anywhere.text, "verify-required " + kKeyLine);
  EXPECT_FALSE(anywhere.unverified);
  EXPECT_TRUE(anywhere.verified);
  EXPECT_EQ(ForKey(unverified, Allow({"10.0.0.0/8"})).text,
            "verify-required,from=\"10.0.0.0/8\" " + kKeyLine + Refusal("TL-DENY-FROM", kKeyLine));
}

TEST(LinesForKey, DemandVerificationOnlyWhereItIsNeeded) {
  const KeyLines lines = ForKey(Allow({"10.0.0.0/8"}), Allow());
  EXPECT_EQ(lines.text, "from=\"10.0.0.0/8\" " + kKeyLine + "verify-required " + kKeyLine);
  EXPECT_TRUE(lines.unverified && lines.verified);
  EXPECT_EQ(lines.unverified_from.size(), 1U);
  EXPECT_EQ(ForKey(Allow({"10.0.0.0/8"}), Allow({"10.0.0.0/8", "192.0.2.0/24"})).text,
            "from=\"10.0.0.0/8\" " + kKeyLine + "verify-required,from=\"10.0.0.0/8,192.0.2.0/24\" " + kKeyLine +
                Refusal("TL-DENY-FROM", kKeyLine));
}

// sshd stops at the first line with a principal of the certificate: what it demands must hold for all.
TEST(LineForPrincipal, IsOneAloneAndTheStrictest) {
  const auto unverified = Deny(policy::Reason::kDenyVerify);
  EXPECT_EQ(ForPrincipal(Allow(), Allow()).text, "alice@prod\n");
  EXPECT_EQ(ForPrincipal(unverified, unverified).text, Refusal("TL-DENY-VERIFY", "alice@prod\n"));
  EXPECT_EQ(ForPrincipal(unverified, Allow()).text, "verify-required alice@prod\n");
  const auto near = Allow({"10.0.0.0/8"});
  EXPECT_EQ(ForPrincipal(near, near).text, "from=\"10.0.0.0/8\" alice@prod\n");
  EXPECT_EQ(ForPrincipal(unverified, near).text, "verify-required,from=\"10.0.0.0/8\" alice@prod\n");
  const KeyLines mixed = ForPrincipal(near, Allow());
  EXPECT_EQ(mixed.text, "verify-required alice@prod\n");
  EXPECT_TRUE(mixed.verified);
  EXPECT_FALSE(mixed.unverified);
}

}  // namespace
}  // namespace taglogin::daemon
