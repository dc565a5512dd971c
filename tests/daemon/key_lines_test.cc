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

constexpr char kKeyText[] = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

TEST(KeyLines, PrintsAnAllowedKeyAlone) {
  policy::Decision decision;
  decision.allow = true;
  decision.reason = policy::Reason::kAllowRule;
  EXPECT_EQ(KeyLines(Key(), decision, "/x/taglogin-refused"), std::string(kKeyText) + "\n");
}

TEST(KeyLines, RestrictsADeniedKeyToTheRefusal) {
  policy::Decision decision;
  decision.reason = policy::Reason::kDenyDisabled;
  EXPECT_EQ(KeyLines(Key(), decision, "/x/taglogin-refused"),
            "restrict,command=\"/x/taglogin-refused TL-DENY-DISABLED\" " + std::string(kKeyText) + "\n");
}

TEST(KeyLines, LimitsNetworksAndRefusesTheRest) {
  policy::Decision decision;
  decision.allow = true;
  decision.from_limits = {*policy::Network::Parse("10.0.0.0/8"), *policy::Network::Parse("2001:db8::/32")};
  EXPECT_EQ(KeyLines(Key(), decision, "/x/taglogin-refused"),
            "from=\"10.0.0.0/8,2001:db8::/32\" " + std::string(kKeyText) + "\n" +
                "restrict,command=\"/x/taglogin-refused TL-DENY-FROM\" " + std::string(kKeyText) + "\n");
}

}  // namespace
}  // namespace taglogin::daemon
