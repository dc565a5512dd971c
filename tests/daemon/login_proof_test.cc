// SPDX-License-Identifier: Apache-2.0
#include "daemon/login_proof.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/directory/certificate_vectors.h"

namespace taglogin::daemon {
namespace {

namespace vectors = directory::vectors;

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

constexpr std::int64_t kNow = 1780000000;  // May 2026

Proof Prove(std::string_view service, std::string_view info, const replica::AccountEntry& account, bool require) {
  return ProofOf(service, info, account, {require, {}, {}}, kNow);
}

directory::SshKey KeyFrom(const std::string& text) {
  directory::SshKey key;
  EXPECT_TRUE(directory::DecodeKey(text.substr(0, text.find(' ')), text.substr(text.find(' ') + 1), key));
  return key;
}

ProofSettings Trusting() { return {true, {}, {KeyFrom(vectors::kAuthority)}}; }

Proof ByCertificate(const std::string& certificate, const ProofSettings& settings = Trusting(), std::int64_t now = kNow,
                    const std::string& more = "") {
  return ProofOf("sshd", more + "publickey " + certificate + "\n", Account(), settings, now);
}

TEST(ProofOf, AcceptsAKeyOfTheDirectory) {
  const Proof proof = Prove("sshd", std::string(kMine) + "\n", Account(), true);
  EXPECT_TRUE(proof.accepted);
  EXPECT_EQ(proof.method, "publickey");
  EXPECT_EQ(proof.fingerprint, Account().keys[0].Fingerprint());
}

TEST(ProofOf, AcceptsWhenOneOfSeveralMethodsIsAKeyOfTheDirectory) {
  EXPECT_TRUE(Prove("sshd", std::string(kOther) + "\n" + kMine + "\n", Account(), true).accepted);
}

TEST(ProofOf, NamesTheKeyOfTheDirectoryAmongTheMethods) {
  const Proof proof = Prove("sshd", "password\n" + std::string(kOther) + "\n" + kMine + "\n", Account(), true);
  EXPECT_TRUE(proof.accepted);
  EXPECT_EQ(proof.method, "publickey");
  EXPECT_EQ(proof.fingerprint, Account().keys[0].Fingerprint());
}

TEST(ProofOf, AcceptsEachOfSeveralKeys) {
  replica::AccountEntry account = Account();
  account.keys.push_back(KeyOf(kOther));
  for (const char* key : {kMine, kOther}) {
    EXPECT_TRUE(Prove("sshd", std::string(key) + "\n", account, true).accepted);
  }
}

TEST(ProofOf, RefusesEveryKeyOfAnAccountThatHasNone) {
  EXPECT_FALSE(Prove("sshd", std::string(kMine) + "\n", replica::AccountEntry(), true).accepted);
}

TEST(ProofOf, RefusesAnotherKeyAndSaysWhich) {
  const Proof proof = Prove("sshd", std::string(kOther) + "\npassword\n", Account(), true);
  EXPECT_FALSE(proof.accepted);
  EXPECT_EQ(proof.code, "TL-DENY-NOKEY");
  EXPECT_EQ(proof.method, "publickey");
  EXPECT_EQ(proof.fingerprint, KeyOf(kOther).Fingerprint());
  EXPECT_NE(proof.detail.find("none of the accepted methods"), std::string::npos);
  EXPECT_NE(std::string(proof.message).find("is not one that the directory holds for you."), std::string::npos);
}

TEST(ProofOf, RefusesACertificateThatMakesNoSense) {
  for (const bool require : {true, false}) {
    const Proof proof = Prove("sshd", "publickey ssh-ed25519-cert-v01@openssh.com AAAA\n", Account(), require);
    EXPECT_FALSE(proof.accepted);
    EXPECT_EQ(proof.code, "TL-DENY-CERT");
    EXPECT_EQ(proof.fingerprint, "");
  }
}

TEST(ProofOf, AcceptsACertificateOfATrustedAuthority) {
  const Proof proof = ByCertificate(vectors::kEd25519Certificate);
  EXPECT_TRUE(proof.accepted);
  EXPECT_EQ(proof.code, "");
  EXPECT_EQ(proof.method, "publickey");
  EXPECT_EQ(proof.fingerprint, KeyFrom(vectors::kEd25519Key).Fingerprint());
  ASSERT_TRUE(proof.certificate);
  EXPECT_EQ(proof.certificate->serial, 42U);
  const policy::Proof rules = proof.ForRules();
  ASSERT_EQ(rules.keys.size(), 1U);
  EXPECT_EQ(rules.keys[0].type, "ssh-ed25519");
  EXPECT_EQ(rules.keys[0].principals, (std::vector<std::string>{"alice", "alice@prod"}));
  EXPECT_FALSE(rules.keys[0].verified);
  EXPECT_FALSE(rules.otherwise);
}

TEST(ProofOf, RefusesCertificatesThatDoNotCount) {
  const auto detail = [](const Proof& proof) {
    EXPECT_FALSE(proof.accepted);
    EXPECT_TRUE(proof.keys.empty());
    EXPECT_EQ(proof.code, "TL-DENY-CERT");
    EXPECT_TRUE(proof.certificate);
    return proof.detail;
  };
  const std::string start = "the certificate does not count: ";
  EXPECT_EQ(detail(ByCertificate(vectors::kEd25519Certificate, {true, {}, {}})),
            start + "no authority's certificates count here ([ssh] trusted_user_ca_keys)");
  EXPECT_EQ(
      detail(ByCertificate(vectors::kByRsaCertificate)),
      start + "it is signed by " + KeyFrom(vectors::kRsaKey).Fingerprint() + ", which trusted_user_ca_keys lacks");
  EXPECT_EQ(detail(ByCertificate(vectors::kHostCertificate)), start + "it is for a host");
  EXPECT_EQ(detail(ByCertificate(vectors::kForeverCertificate)),
            start + "it has no principals, and so would be anybody's");
  ProofSettings settings = Trusting();
  settings.keys.min_rsa_bits = 3072;
  EXPECT_EQ(detail(ByCertificate(vectors::kRsaCertificate, settings)),
            start + "its key has 2048 bits, fewer than min_rsa_bits (3072)");
  settings.keys.types = {"ssh-rsa"};
  EXPECT_EQ(detail(ByCertificate(vectors::kEd25519Certificate, settings)),
            start + "its key is of type ssh-ed25519, which key_types does not list");
  // Nor does it where any method will do.
  settings = Trusting();
  settings.require_directory_key = false;
  detail(ByCertificate(vectors::kHostCertificate, settings));
}

// "valid after <= current time < valid before" (PROTOCOL.certkeys).
TEST(ProofOf, HoldsACertificateToItsTimes) {
  constexpr std::int64_t kBegin = 1767225600;
  constexpr std::int64_t kEnd = 1798761600;
  for (const auto& [now, good] : std::map<std::int64_t, bool>{
           {-1, false}, {0, false}, {kBegin - 1, false}, {kBegin, true}, {kEnd - 1, true}, {kEnd, false}}) {
    EXPECT_EQ(ByCertificate(vectors::kEd25519Certificate, Trusting(), now).accepted, good) << now;
  }
}

// The plain key inside of a certificate is not proven where the certificate does not count.
TEST(ProofOf, TakesNoDirectoryKeyOutOfACertificate) {
  replica::AccountEntry account;
  account.keys.push_back(KeyFrom(vectors::kEd25519Key));
  const std::string info = std::string("publickey ") + vectors::kEd25519Certificate + "\n";
  EXPECT_FALSE(ProofOf("sshd", info, account, {true, {}, {}}, kNow).accepted);
}

TEST(ProofOf, BelievesACertificateThatItsKeyMustVerify) {
  EXPECT_TRUE(ByCertificate(vectors::kOptionsCertificate).ForRules().keys.at(0).verified);
  EXPECT_FALSE(ByCertificate(vectors::kEd25519SkCertificate).ForRules().keys.at(0).verified);
}

TEST(ProofOf, TakesCertificatesOfAnyOfItsAuthorities) {
  ProofSettings settings = Trusting();
  settings.authorities.push_back(KeyFrom(vectors::kRsaKey));
  EXPECT_TRUE(ByCertificate(vectors::kEd25519Certificate, settings).accepted);
  EXPECT_TRUE(ByCertificate(vectors::kByRsaCertificate, settings).accepted);
}

TEST(ProofOf, RecordsTheCertificateThatCounted) {
  const Proof proof = ByCertificate(vectors::kEd25519Certificate, Trusting(), kNow,
                                    std::string("publickey ") + vectors::kHostCertificate + "\n");
  EXPECT_TRUE(proof.accepted);
  ASSERT_TRUE(proof.certificate);
  EXPECT_TRUE(proof.certificate->for_user);
  const std::string beside = std::string("publickey ") + vectors::kHostCertificate + "\n" + kMine + "\n";
  const Proof by_key = ProofOf("sshd", beside, Account(), Trusting(), kNow);
  EXPECT_TRUE(by_key.accepted);
  EXPECT_FALSE(by_key.certificate);
  ProofSettings any = Trusting();
  any.require_directory_key = false;
  const Proof by_password = ByCertificate(vectors::kHostCertificate, any, kNow, "password\n");
  EXPECT_TRUE(by_password.accepted);
  EXPECT_FALSE(by_password.certificate);
}

TEST(ProofOf, RecordsTheFirstCertificateOfARefusal) {
  const Proof proof =
      ProofOf("sshd", std::string("publickey ") + vectors::kHostCertificate + "\n", Account(), Trusting(), kNow);
  EXPECT_FALSE(proof.accepted);
  ASSERT_TRUE(proof.certificate);
  EXPECT_FALSE(proof.certificate->for_user);
}

TEST(ProofOf, SaysWhatIsWrongWithTheFirstOfSeveralCertificates) {
  const Proof proof = ByCertificate(vectors::kByRsaCertificate, Trusting(), kNow,
                                    std::string("publickey ") + vectors::kHostCertificate + "\n");
  EXPECT_EQ(proof.detail, "the certificate does not count: it is for a host");
}

TEST(ProofOf, TakesNoPlainKeyForVerified) {
  EXPECT_FALSE(Prove("sshd", std::string(kMine) + "\n", Account(), true).ForRules().keys.at(0).verified);
}

TEST(ProofOf, KeepsEveryKeyThatCounts) {
  const Proof proof = ByCertificate(
      vectors::kEd25519Certificate, Trusting(), kNow,
      "password\n" + std::string(kOther) + "\n" + kMine + "\n" + "publickey " + vectors::kHostCertificate + "\n");
  EXPECT_TRUE(proof.accepted);
  ASSERT_EQ(proof.keys.size(), 2U);
  EXPECT_EQ(proof.fingerprint, KeyOf(kMine).Fingerprint());
  EXPECT_FALSE(proof.keys[0].credential.principals);
  EXPECT_TRUE(proof.keys[1].credential.principals);
  EXPECT_FALSE(proof.otherwise);
}

TEST(ProofOf, CountsAnythingElseOnlyWhereNoDirectoryKeyIsRequired) {
  EXPECT_TRUE(Prove("sshd", "password\n", Account(), false).ForRules().otherwise);
  EXPECT_FALSE(Prove("sshd", std::string(kMine) + "\npassword\n", Account(), true).ForRules().otherwise);
  EXPECT_FALSE(Prove("sshd", std::string(kMine) + "\n", Account(), false).ForRules().otherwise);
  EXPECT_TRUE(Prove("su", "", Account(), true).ForRules().otherwise);
  // Somebody else's key is no key, but it is a proof of some kind.
  const policy::Proof other = Prove("sshd", std::string(kOther) + "\n", Account(), false).ForRules();
  EXPECT_TRUE(other.otherwise && other.keys.empty());
}

TEST(ProofOf, NamesTheFirstMethodWhereAnyWillDo) {
  const Proof proof = Prove("sshd", std::string(kOther) + "\npassword\n", Account(), false);
  EXPECT_TRUE(proof.accepted);
  EXPECT_EQ(proof.method, "publickey");
  EXPECT_EQ(proof.fingerprint, KeyOf(kOther).Fingerprint());
}

TEST(ProofOf, RefusesPasswordAndKerberosUnlessToldOtherwise) {
  for (const char* info : {"password\n", "keyboard-interactive/pam\n", "gssapi-with-mic alice@CORP.EXAMPLE\n"}) {
    EXPECT_EQ(Prove("sshd", info, Account(), true).code, "TL-DENY-NOKEY") << info;
    EXPECT_TRUE(Prove("sshd", info, Account(), false).accepted) << info;
  }
}

TEST(ProofOf, RefusesMissingOrBrokenInfoInAnyCase) {
  for (const bool require : {true, false}) {
    for (const char* info : {"", "\n", "publickey", "publickey ssh-ed25519", "publickey ssh-ed25519 !!!\n"}) {
      const Proof proof = Prove("sshd", info, Account(), require);
      EXPECT_FALSE(proof.accepted);
      EXPECT_EQ(proof.code, "TL-DENY-AUTHINFO") << "'" << info << "'";
      EXPECT_NE(proof.detail.find("SSH_AUTH_INFO_0"), std::string::npos);
      EXPECT_NE(std::string(proof.message).find("how you proved"), std::string::npos);
    }
  }
}

TEST(ProofOf, AsksOtherServicesForNothing) {
  EXPECT_TRUE(Prove("su", "", Account(), true).accepted);
  EXPECT_FALSE(Prove("sshd", "", Account(), true).accepted);
}

}  // namespace
}  // namespace taglogin::daemon
