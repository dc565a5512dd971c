// SPDX-License-Identifier: Apache-2.0
// The texts are what OpenSSH 9.2 puts into SSH_AUTH_INFO_0; the fingerprints are ssh-keygen's.
#include "daemon/sessions/auth_info.h"

#include <gtest/gtest.h>

namespace taglogin::daemon::sessions {
namespace {

const std::string kEd25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOnueiAlwjZ9vtuSwr7DwG7A1yxSs+2b0rIVdEbduCVq";
const std::string kEcdsa =
    "ecdsa-sha2-nistp256 "
    "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBAHB79UURrYKRVdR904MU9Df+KlZ6sbGEpj87HiCU710sFtK3frwEaWZXozmZZ"
    "6pG7mLsQB37l4mx8jwsLEPWx8=";
const std::string kCertificate =
    "ssh-ed25519-cert-v01@openssh.com "
    "AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAII6sEbB9SmpoSDD4xixvL+msRlmmuEwzUN+XAKkTJ5WqAAAAIOnueiAlwjZ9vt"
    "uSwr7DwG7A1yxSs+2b0rIVdEbduCVqAAAAAAAAAAAAAAABAAAAAmlkAAAACQAAAAVhbGljZQ==";

TEST(ParseAuthInfo, ReadsAPlainKey) {
  const auto methods = ParseAuthInfo("publickey " + kEd25519 + "\n");
  ASSERT_TRUE(methods);
  ASSERT_EQ(methods->size(), 1U);
  EXPECT_EQ(methods->at(0).name, "publickey");
  EXPECT_EQ(methods->at(0).key_type, "ssh-ed25519");
  EXPECT_EQ(methods->at(0).fingerprint, "SHA256:8ExlIxJuJvwuv+HgUH42egNkHVlDcxh9DKBYJwlOYSc");
  EXPECT_FALSE(methods->at(0).certificate);
}

TEST(ParseAuthInfo, ReadsEveryMethodInOrder) {
  const auto methods = ParseAuthInfo("publickey " + kEcdsa + "\nkeyboard-interactive/pam\ngssapi-with-mic " +
                                     "alice@CORP.EXAMPLE.COM\npassword\n");
  ASSERT_TRUE(methods);
  ASSERT_EQ(methods->size(), 4U);
  EXPECT_EQ(methods->at(0).fingerprint, "SHA256:lq/xt4bUNyz+42bh/kp/BfF+ajvNq8AZtT3Xcqt+/8E");
  EXPECT_EQ(methods->at(1).name, "keyboard-interactive/pam");
  EXPECT_EQ(methods->at(2).name, "gssapi-with-mic");
  EXPECT_EQ(methods->at(2).principal, "alice@CORP.EXAMPLE.COM");
  EXPECT_EQ(methods->at(3).name, "password");
  EXPECT_EQ(methods->at(3).fingerprint, "");
}

TEST(ParseAuthInfo, DoesNotNeedTheLastNewline) {
  const auto methods = ParseAuthInfo("password");
  ASSERT_TRUE(methods);
  EXPECT_EQ(methods->size(), 1U);
}

TEST(ParseAuthInfo, KnowsACertificateAndGivesNoFingerprintForIt) {
  const auto methods = ParseAuthInfo("publickey " + kCertificate + "\n");
  ASSERT_TRUE(methods);
  EXPECT_TRUE(methods->at(0).certificate);
  EXPECT_EQ(methods->at(0).fingerprint, "");
}

TEST(ParseAuthInfo, ReadsNothingAsNoMethod) {
  const auto methods = ParseAuthInfo("");
  ASSERT_TRUE(methods);
  EXPECT_TRUE(methods->empty());
}

TEST(ParseAuthInfo, TakesNoKeyFromTheHostOfHostbased) {
  const auto methods = ParseAuthInfo("hostbased " + kEd25519 + " client user \"alice\", client host \"x\"\n");
  ASSERT_TRUE(methods);
  EXPECT_EQ(methods->at(0).name, "hostbased");
  EXPECT_EQ(methods->at(0).fingerprint, "");
}

TEST(ParseAuthInfo, RefusesTheWholeTextForOneOddLine) {
  const std::string good = "publickey " + kEd25519;
  using std::string_literals::operator""s;
  for (const std::string& bad : {"publickey"s,
                                 "publickey "s,
                                 "publickey ssh-ed25519"s,
                                 "publickey ssh-ed25519 "s,
                                 good + " more"s,
                                 good + " "s,
                                 " " + good,
                                 "publickey  " + kEd25519,
                                 "PUBLICKEY " + kEd25519,
                                 good + "\n\n"s,
                                 "\n"s + good,
                                 "\n"s,
                                 good + "\nnonsense\n"s,
                                 good + "\r\n"s,
                                 "password x"s,
                                 "publickey ssh-rsa " + kEd25519.substr(12),  // type and blob differ
                                 good.substr(0, good.size() - 4),             // a cut blob
                                 "publickey ssh-ed25519 !!!!"s,
                                 good + "\0"s,
                                 "pass\0word"s,
                                 "publickey ssh-ed25519-cert-v01@openssh.com"s,
                                 "publickey ssh-ed25519-cert-v01@openssh.com !"s,
                                 "publickey ssh-ed25519-cert-v01@openssh.com AAAA AAAA"s,
                                 "gssapi-with-mic"s,
                                 "gssapi-with-mic "s,
                                 "gssapi-with-mic a b"s,
                                 "gssapi-with-mic a\tb"s,
                                 "keyboard-interactive/bsdauth x"s,
                                 "publickey/x " + kEd25519}) {
    EXPECT_FALSE(ParseAuthInfo(bad)) << bad;
  }
}

TEST(ParseAuthInfo, RefusesTooMuch) {
  std::string many;
  for (int i = 0; i < 17; ++i) many += "password\n";
  EXPECT_FALSE(ParseAuthInfo(many));
  EXPECT_FALSE(ParseAuthInfo("gssapi-with-mic " + std::string(70000, 'a')));
}

TEST(ParseAuthInfo, QuotesForeignBytesSafely) {
  const auto methods = ParseAuthInfo("evil\x1b[2J");
  ASSERT_FALSE(methods);
  EXPECT_EQ(methods.error().detail.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace taglogin::daemon::sessions
