// SPDX-License-Identifier: Apache-2.0
#include "daemon/login_proof.h"

#include <gtest/gtest.h>

namespace taglogin::daemon {
namespace {

constexpr char kMine[] = "publickey ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
constexpr char kOther[] = "publickey ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB";

// The key of a line of SSH_AUTH_INFO_0.
directory::SshKey KeyOf(const std::string& line) {
  directory::SshKey key;
  EXPECT_TRUE(directory::DecodeKey("ssh-ed25519", line.substr(line.rfind(' ') + 1), key));
  return key;
}

replica::AccountEntry Account() {
  replica::AccountEntry account;
  account.keys.push_back(KeyOf(kMine));
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

TEST(ProofOf, NamesTheKeyOfTheDirectoryAmongTheMethods) {
  const Proof proof = ProofOf("sshd", "password\n" + std::string(kOther) + "\n" + kMine + "\n", Account(), true);
  EXPECT_TRUE(proof.accepted);
  EXPECT_EQ(proof.method, "publickey");
  EXPECT_EQ(proof.fingerprint, Account().keys[0].Fingerprint());
}

TEST(ProofOf, AcceptsEachOfSeveralKeys) {
  replica::AccountEntry account = Account();
  account.keys.push_back(KeyOf(kOther));
  for (const char* key : {kMine, kOther}) {
    EXPECT_TRUE(ProofOf("sshd", std::string(key) + "\n", account, true).accepted);
  }
}

TEST(ProofOf, RefusesEveryKeyOfAnAccountThatHasNone) {
  EXPECT_FALSE(ProofOf("sshd", std::string(kMine) + "\n", replica::AccountEntry(), true).accepted);
}

TEST(ProofOf, RefusesAnotherKeyAndSaysWhich) {
  const Proof proof = ProofOf("sshd", std::string(kOther) + "\npassword\n", Account(), true);
  EXPECT_FALSE(proof.accepted);
  EXPECT_EQ(proof.code, "TL-DENY-NOKEY");
  EXPECT_EQ(proof.method, "publickey");
  EXPECT_EQ(proof.fingerprint, KeyOf(kOther).Fingerprint());
  EXPECT_NE(proof.detail.find("none of the accepted methods"), std::string::npos);
  EXPECT_NE(std::string(proof.message).find("is not one that the directory holds for you."), std::string::npos);
}

// What a certificate says, sshd has checked; that it may be used here, nobody has.
TEST(ProofOf, RefusesACertificateWhereAKeyOfTheDirectoryIsAskedFor) {
  const Proof proof = ProofOf("sshd", "publickey ssh-ed25519-cert-v01@openssh.com AAAA\n", Account(), true);
  EXPECT_FALSE(proof.accepted);
  EXPECT_EQ(proof.code, "TL-DENY-NOKEY");
  EXPECT_EQ(proof.fingerprint, "");
}

TEST(ProofOf, NamesTheFirstMethodWhereAnyWillDo) {
  const Proof proof = ProofOf("sshd", std::string(kOther) + "\npassword\n", Account(), false);
  EXPECT_TRUE(proof.accepted);
  EXPECT_EQ(proof.method, "publickey");
  EXPECT_EQ(proof.fingerprint, KeyOf(kOther).Fingerprint());
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
      const Proof proof = ProofOf("sshd", info, Account(), require);
      EXPECT_FALSE(proof.accepted);
      EXPECT_EQ(proof.code, "TL-DENY-AUTHINFO") << "'" << info << "'";
      EXPECT_NE(proof.detail.find("SSH_AUTH_INFO_0"), std::string::npos);
      EXPECT_NE(std::string(proof.message).find("how you proved"), std::string::npos);
    }
  }
}

TEST(ProofOf, AsksOtherServicesForNothing) {
  EXPECT_TRUE(ProofOf("su", "", Account(), true).accepted);
  EXPECT_FALSE(ProofOf("sshd", "", Account(), true).accepted);
}

}  // namespace
}  // namespace taglogin::daemon
