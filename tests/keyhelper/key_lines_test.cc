// SPDX-License-Identifier: Apache-2.0
#include "keyhelper/key_lines.h"

#include <gtest/gtest.h>

#include <string>

namespace taglogin::keyhelper {
namespace {

// Of the RFC 8032 test key 1, as ssh-keygen -l prints it for any key: 43 characters of base64.
constexpr char kGood[] = "SHA256:AbCdEfGhIjKlMnOpQrStUvWxYz0123456789+/AbCdE";

TEST(IsFingerprint, TakesWhatSshdPrints) { EXPECT_TRUE(IsFingerprint(kGood)); }

TEST(IsFingerprint, RefusesEverythingElse) {
  const std::string good = kGood;
  for (const std::string& bad :
       {std::string(), std::string("SHA256:"), good + "A", good + "=", good.substr(0, good.size() - 1), " " + good,
        good + "\n", "MD5:" + good.substr(4), "sha256:" + good.substr(7), good.substr(7), std::string("%f")}) {
    EXPECT_FALSE(IsFingerprint(bad)) << bad;
  }
  for (const char c : {'\n', '\0', ' ', '-', '_', '"', '=', '\x7f', '\xc3'}) {
    std::string bad = good;
    bad[20] = c;
    EXPECT_FALSE(IsFingerprint(bad)) << static_cast<int>(c);
  }
}

TEST(IsCertificateType, TakesCertificatesOnly) {
  for (const char* good : {"ssh-ed25519-cert-v01@openssh.com", "ssh-rsa-cert-v01@openssh.com",
                           "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", "x-cert-v01@openssh.com"}) {
    EXPECT_TRUE(IsCertificateType(good)) << good;
  }
  using std::string_literals::operator""s;
  for (const std::string& bad :
       {""s, "ssh-ed25519"s, "-cert-v01@openssh.com"s, "ssh-rsa-cert-v01@openssh.com\n"s,
        "ssh rsa-cert-v01@openssh.com"s, "SSH-RSA-cert-v01@openssh.com"s, "%t"s, "a@b-cert-v01@openssh.com"s,
        std::string(41, 'a') + "-cert-v01@openssh.com", "ssh-rsa-cert-v01@openssh.org"s}) {
    EXPECT_FALSE(IsCertificateType(bad)) << bad;
  }
}

TEST(ArePrintableLines, TakesNothingAndWholeLines) {
  EXPECT_TRUE(ArePrintableLines(""));
  EXPECT_TRUE(ArePrintableLines("ssh-ed25519 AAAA\n"));
  EXPECT_TRUE(ArePrintableLines("restrict,command=\"/x TL-DENY-RULE\" ssh-ed25519 AAAA\nssh-rsa BBBB\n"));
}

TEST(ArePrintableLines, RefusesWhatIsNotALineOfAscii) {
  using std::string_literals::operator""s;
  for (const std::string& bad : {"ssh-ed25519 AAAA"s, "\n"s, "a\n\n"s, "a\r\n"s, "a\0\n"s, "a\tb\n"s, "a\x1b[2J\n"s,
                                 "a\x7f\n"s, "a\xc3\xa9\n"s, "a\xe2\x80\xa8"s + "b\n"s, "a\nb"s}) {
    EXPECT_FALSE(ArePrintableLines(bad)) << bad;
  }
}

}  // namespace
}  // namespace taglogin::keyhelper
