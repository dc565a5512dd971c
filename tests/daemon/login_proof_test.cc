// SPDX-License-Identifier: Apache-2.0
#include "daemon/login_proof.h"

#include <gtest/gtest.h>

namespace taglogin::daemon {
namespace {

constexpr char kMine[] = "publickey ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
constexpr char kOther[] = "publickey ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB";

replica::AccountEntry Account() {
  replica::AccountEntry account;
  directory::SshKey key;
  EXPECT_TRUE(
      directory::DecodeKey("ssh-ed25519", "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", key));
  account.keys.push_back(key);
  return account;
}

TEST(ProofOf, AcceptsAKeyOfTheDirectory) {
  const Proof proof = ProofOf("sshd", std::string(kMine) + "\n", Account(), true);
  EXPECT_TRUE(proof.accepted);
  EXPECT_EQ(proof.method, "publickey");
  EXPECT_EQ(proof.fingerprint, Account().keys[0].Fingerprint());
}

TEST(ProofOf, AcceptsWhenOneOfSeveralMethodsIsAKeyOfTheDirectory) {
  EXPECT_TRUE(ProofOf("sshd", std::string(kOther) + "\n" + kMine + "\n", Account(), true).accepted);
}

TEST(ProofOf, RefusesAnotherKey) {
  const Proof proof = ProofOf("sshd", std::string(kOther) + "\n", Account(), true);
  EXPECT_FALSE(proof.accepted);
  EXPECT_EQ(proof.code, "TL-DENY-NOKEY");
}

TEST(ProofOf, RefusesPasswordAndKerberosUnlessToldOtherwise) {
  for (const char* info : {"password\n", "keyboard-interactive/pam\n", "gssapi-with-mic alice@CORP.EXAMPLE\n"}) {
    EXPECT_EQ(ProofOf("sshd", info, Account(), true).code, "TL-DENY-NOKEY") << info;
    EXPECT_TRUE(ProofOf("sshd", info, Account(), false).accepted) << info;
  }
}

TEST(ProofOf, RefusesMissingOrBrokenInfoInAnyCase) {
  for (const bool require : {true, false}) {
    for (const char* info : {"", "\n", "publickey", "publickey ssh-ed25519", "publickey ssh-ed25519 !!!\n"}) {
      EXPECT_EQ(ProofOf("sshd", info, Account(), require).code, "TL-DENY-AUTHINFO") << "'" << info << "'";
    }
  }
}

TEST(ProofOf, AsksOtherServicesForNothing) {
  EXPECT_TRUE(ProofOf("su", "", Account(), true).accepted);
  EXPECT_FALSE(ProofOf("sshd", "", Account(), true).accepted);
}

}  // namespace
}  // namespace taglogin::daemon
