// SPDX-License-Identifier: Apache-2.0
#include "directory/ssh_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/directory/key_vectors.h"

namespace taglogin::directory {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::string_literals;

constexpr KeyVector kAccepted[] = {kEd25519, kEcdsa256, kEcdsa384, kEcdsa521, kRsa2048, kRsa4096, kSkEd25519, kSkEcdsa};

std::string Line(const KeyVector& key) { return key.type + " "s + key.base64; }

std::vector<std::string> Fingerprints(const KeyReading& reading) {
  std::vector<std::string> out;
  for (const SshKey& key : reading.keys) out.push_back(key.Fingerprint());
  return out;
}

// Nothing is taken from the value, and `rejected` reasons are given.
void ExpectRefused(const std::string& value, std::size_t rejected = 1) {
  const KeyReading reading = ReadKeys({value});
  EXPECT_THAT(reading.keys, IsEmpty()) << value;
  EXPECT_THAT(reading.rejected, SizeIs(rejected)) << value;
}

TEST(ReadKeys, AgreesWithSshKeygenOnFingerprints) {
  for (const KeyVector& key : kAccepted) {
    const KeyReading reading = ReadKeys({Line(key)});
    ASSERT_THAT(reading.keys, SizeIs(1)) << key.type;
    EXPECT_EQ(reading.keys[0].type, key.type);
    EXPECT_EQ(reading.keys[0].Base64(), key.base64);
    EXPECT_EQ(reading.keys[0].Fingerprint(), key.fingerprint);
    EXPECT_THAT(reading.rejected, IsEmpty());
  }
}

TEST(ReadKeys, TakesOnlyTheTypesThatTheSiteLists) {
  const std::vector<std::string> values = {Line(kRsa2048), Line(kEd25519), Line(kRsa4096)};
  KeyDemands demands;
  demands.types = {"ssh-ed25519", "sk-ssh-ed25519@openssh.com"};
  const KeyReading reading = ReadKeys(values, demands);
  EXPECT_THAT(Fingerprints(reading), ElementsAre(kEd25519.fingerprint));
  ASSERT_THAT(reading.rejected, SizeIs(2));
  EXPECT_THAT(reading.rejected[0], HasSubstr("is of type ssh-rsa, which key_types does not list"));
}

TEST(ReadKeys, TakesRsaKeysOfTheSitesSize) {
  const std::vector<std::string> values = {Line(kRsa2048), Line(kEd25519), Line(kRsa4096)};
  const auto accepted = [&values](int bits) {
    KeyDemands demands;
    demands.min_rsa_bits = bits;
    return ReadKeys(values, demands).keys.size();
  };
  EXPECT_EQ(accepted(2048), 3u);
  EXPECT_EQ(accepted(2049), 2u);
  EXPECT_EQ(accepted(4096), 2u);
  EXPECT_EQ(accepted(4097), 1u);
}

TEST(ReadKeys, TakesTheSshKeyPrefixInAnyCase) {
  for (const char* prefix : {"SSHKey:", "sshkey:", "SSHKEY: ", "SshKey:  \t", "  SSHKey:"}) {
    EXPECT_THAT(Fingerprints(ReadKeys({prefix + Line(kEd25519)})), ElementsAre(kEd25519.fingerprint)) << prefix;
  }
}

TEST(ReadKeys, DropsCommentsWhateverTheyHold) {
  for (const std::string& comment :
       {" alice@laptop"s, "\talice"s, " a b c"s, "  "s, " \"quoted\""s, " evil\",command=\"/bin/sh"s, " \x0b"s,
        " \xe2\x80\xa8" + Line(kEcdsa256), " # x"s, " " + Line(kEcdsa256), " \x1b[31m"s, " \xff"s}) {
    const KeyReading reading = ReadKeys({Line(kEd25519) + comment});
    EXPECT_THAT(Fingerprints(reading), ElementsAre(kEd25519.fingerprint)) << comment;
    EXPECT_THAT(reading.rejected, IsEmpty()) << comment;
  }
}

TEST(ReadKeys, SkipsOtherSchemesAndCommentLinesSilently) {
  const KeyReading reading =
      ReadKeys({"X509:<I>CN=CA<S>CN=alice", "x509:<SHA1-PUKEY>00", "Kerberos:alice@OTHER.EXAMPLE", "passkey:abc,def",
                "# " + Line(kEcdsa256), "", "   ", "\n\n", "X509:" + Line(kEcdsa256), Line(kEd25519)});
  EXPECT_THAT(Fingerprints(reading), ElementsAre(kEd25519.fingerprint));
  EXPECT_THAT(reading.rejected, IsEmpty());
}

TEST(ReadKeys, RefusesLeadingOptionsTogetherWithTheKey) {
  for (const char* options :
       {"command=\"/bin/sh\"", "environment=\"LD_PRELOAD=/tmp/x.so\"", "principals=\"root\"", "cert-authority",
        "permitopen=\"a:1\"", "tunnel=\"0\"", "no-pty", "restrict", "from=\"*\"", "command=\"a b\",cert-authority",
        "no-pty,no-port-forwarding", "expiry-time=\"20300101\"", "command=\"echo ssh-ed25519 x\""}) {
    ExpectRefused(options + " "s + Line(kEd25519));
    ExpectRefused("SSHKey:"s + options + " " + Line(kEd25519));
  }
}

TEST(ReadKeys, TakesSeveralLinesOfAValueApart) {
  for (const char* end : {"\n", "\r\n", "\r", "\n\n", " \n  "}) {
    const KeyReading reading =
        ReadKeys({"SSHKey:" + Line(kEd25519) + end + "sshkey:" + Line(kEcdsa256) + end + Line(kRsa2048) + end});
    EXPECT_THAT(Fingerprints(reading), ElementsAre(kEd25519.fingerprint, kEcdsa256.fingerprint, kRsa2048.fingerprint));
    EXPECT_THAT(reading.rejected, IsEmpty());
  }
}

TEST(ReadKeys, ABadValueHidesNoGoodOne) {
  const KeyReading reading = ReadKeys({"garbage", Line(kDsa), Line(kEd25519) + "\ncommand=\"x\" " + Line(kEcdsa256),
                                       std::string(100000, 'A'), Line(kRsa2048)});
  EXPECT_THAT(Fingerprints(reading), ElementsAre(kEd25519.fingerprint, kRsa2048.fingerprint));
  EXPECT_THAT(reading.rejected, SizeIs(4));
}

TEST(ReadKeys, GivesEachKeyOnceInOrder) {
  const KeyReading reading = ReadKeys({Line(kRsa2048), Line(kEd25519) + " a", "SSHKey:" + Line(kRsa2048) + " b"});
  EXPECT_THAT(Fingerprints(reading), ElementsAre(kRsa2048.fingerprint, kEd25519.fingerprint));
}

TEST(ReadKeys, SecondKeyBehindACommaOrBlankIsNotTaken) {
  ExpectRefused(Line(kEd25519) + "," + Line(kEcdsa256));
  EXPECT_THAT(Fingerprints(ReadKeys({Line(kEd25519) + " " + Line(kEcdsa256)})), ElementsAre(kEd25519.fingerprint));
}

TEST(ReadKeys, RefusesControlAndUnicodeSeparators) {
  ExpectRefused("ssh-ed25519\x0b"s + kEd25519.base64);
  ExpectRefused("ssh-ed25519\xe2\x80\xa8"s + kEd25519.base64);
  ExpectRefused("ssh-ed25519\xc2\xa0"s + kEd25519.base64);
  ExpectRefused("ssh-ed25519 \x0b"s + kEd25519.base64);
  ExpectRefused("\x0b" + Line(kEd25519));
  ExpectRefused("\xef\xbb\xbf" + Line(kEd25519));
  ExpectRefused(Line(kEd25519) + "\0"s);
  ExpectRefused(Line(kEd25519) + " c\0d"s);
  ExpectRefused("\0\0\0"s + Line(kEd25519));
}

TEST(ReadKeys, RefusesWeakAndUnknownTypes) {
  ExpectRefused(Line(kDsa));
  ExpectRefused(Line(kRsa1024));
  ExpectRefused("ssh-ed448 " + std::string(kEd25519.base64));
  ExpectRefused("SSH-ED25519 " + std::string(kEd25519.base64));
  ExpectRefused("ssh-ed25519-cert-v01@openssh.com " + std::string(kEd25519.base64));
  ExpectRefused("rsa-sha2-256 " + std::string(kRsa2048.base64));
  ExpectRefused("ssh-ed25519");
  ExpectRefused(kEd25519.base64);
}

TEST(ReadKeys, RefusesATypeThatIsNotTheBlobs) {
  for (const KeyVector& outer : kAccepted) {
    for (const KeyVector& inner : kAccepted) {
      if (outer.type == std::string_view(inner.type)) continue;
      ExpectRefused(outer.type + " "s + inner.base64);
    }
  }
}

TEST(ReadKeys, RefusesOtherSpellingsOfBase64) {
  const std::string good = kEd25519.base64;  // a length of 51 bytes: no padding
  const std::string padded = kEcdsa384.base64;
  ASSERT_EQ(padded.back(), '=');
  ASSERT_NE(good.back(), '=');
  for (const std::string& text : {good + "=", good + "==", good + "====", good + "A", good + "AAAA", good + "!",
                                  good.substr(0, good.size() - 1), good.substr(0, 20) + "\\" + good.substr(21),
                                  good.substr(0, 20) + "-" + good.substr(21), "=" + good, good + "=xyz"}) {
    ExpectRefused("ssh-ed25519 " + text);
  }
  const std::string bare = padded.substr(0, padded.find('='));
  ExpectRefused(kEcdsa384.type + " "s + bare);
  ExpectRefused(kEcdsa384.type + " "s + padded + "=");
  ExpectRefused(kEcdsa384.type + " "s + padded + padded);
  // The unused low bits of the last digit set: decodes to the same bytes elsewhere.
  std::string loose = bare;
  loose.back() = static_cast<char>(loose.back() + 1);
  ExpectRefused(kEcdsa384.type + " "s + loose + padded.substr(bare.size()));
}

TEST(ReadKeys, RefusesOversizedLines) {
  EXPECT_THAT(ReadKeys({Line(kEd25519) + ' ' + std::string(16000, 'c')}).keys, SizeIs(1));
  ExpectRefused(Line(kEd25519) + ' ' + std::string(16384, 'c'));
  ExpectRefused("ssh-rsa " + std::string(65536, 'A'));
}

TEST(ReadKeys, BoundsWhatAHostileValueCosts) {
  std::string many;
  for (int i = 0; i < 30000; ++i) many += "x\n";
  const KeyReading reading = ReadKeys({many});
  EXPECT_THAT(reading.keys, IsEmpty());
  EXPECT_THAT(reading.rejected, SizeIs(100));
}

TEST(ReadKeys, ReasonsArePrintable) {
  const KeyReading reading = ReadKeys({"\x1b]0;owned\x07\xff ssh-ed25519"});
  ASSERT_THAT(reading.rejected, SizeIs(1));
  for (const char c : reading.rejected[0]) EXPECT_TRUE(c >= ' ' && c <= '~') << reading.rejected[0];
}

// Blobs put together by hand.
std::string String(const std::string& text) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((text.size() >> shift) & 0xff);
  return out + text;
}

bool Accepts(const std::string& type, const std::string& blob) {
  const SshKey key{type, blob};
  SshKey out;
  return DecodeKey(type, key.Base64(), out) && out.blob == blob;
}

TEST(DecodeKey, RefusesLeftoversAndShortage) {
  for (const KeyVector& vector : kAccepted) {
    SshKey key;
    ASSERT_TRUE(DecodeKey(vector.type, vector.base64, key)) << vector.type;
    EXPECT_FALSE(Accepts(vector.type, key.blob + '\0')) << vector.type;
    for (std::size_t size = 0; size < key.blob.size(); ++size) {
      ASSERT_FALSE(Accepts(vector.type, key.blob.substr(0, size))) << vector.type << size;
    }
  }
}

TEST(DecodeKey, RefusesEd25519OfAnotherLength) {
  const std::string head = String("ssh-ed25519");
  EXPECT_TRUE(Accepts("ssh-ed25519", head + String(std::string(32, 'k'))));
  EXPECT_FALSE(Accepts("ssh-ed25519", head + String(std::string(31, 'k'))));
  EXPECT_FALSE(Accepts("ssh-ed25519", head + String(std::string(33, 'k'))));
  EXPECT_FALSE(Accepts("ssh-ed25519", head + "\xff\xff\xff\xff" + std::string(32, 'k')));
}

TEST(DecodeKey, RefusesPointsOffTheCurve) {
  const std::string head = String("ecdsa-sha2-nistp256") + String("nistp256");
  EXPECT_FALSE(Accepts("ecdsa-sha2-nistp256", head + String('\x04' + std::string(64, 'p'))));
  EXPECT_FALSE(Accepts("ecdsa-sha2-nistp256", head + String("\0"s)));
  EXPECT_FALSE(Accepts("ecdsa-sha2-nistp256", head + String("")));
  SshKey key;
  ASSERT_TRUE(DecodeKey(kEcdsa256.type, kEcdsa256.base64, key));
  const std::string point = key.blob.substr(key.blob.size() - 65);
  EXPECT_FALSE(Accepts("ecdsa-sha2-nistp256", String("ecdsa-sha2-nistp256") + String("nistp384") + String(point)));
  const bool odd = (point.back() & 1) != 0;
  EXPECT_FALSE(Accepts("ecdsa-sha2-nistp256", head + String((odd ? "\x03" : "\x02") + point.substr(1, 32))));
}

TEST(DecodeKey, RefusesUnsoundRsaNumbers) {
  const std::string n = "\0"s + '\xc0' + std::string(254, 'n') + '\x01';
  const std::string e = "\x01\x00\x01"s;
  const auto blob = [](const std::string& exponent, const std::string& modulus) {
    return String("ssh-rsa") + String(exponent) + String(modulus);
  };
  EXPECT_TRUE(Accepts("ssh-rsa", blob(e, n)));
  EXPECT_TRUE(Accepts("ssh-rsa", blob("\x03", n)));
  EXPECT_FALSE(Accepts("ssh-rsa", blob("\x01", n)));  // anybody could sign
  EXPECT_FALSE(Accepts("ssh-rsa", blob("\x02", n)));  // even
  EXPECT_FALSE(Accepts("ssh-rsa", blob("", n)));
  EXPECT_FALSE(Accepts("ssh-rsa", blob("\0"s + e, n)));                               // not the shortest form
  EXPECT_FALSE(Accepts("ssh-rsa", blob("\x01" + std::string(7, '\0') + "\x01", n)));  // 65 bits
  EXPECT_FALSE(Accepts("ssh-rsa", blob(e, "\0"s + n)));
  EXPECT_FALSE(Accepts("ssh-rsa", blob(e, n.substr(1))));                               // negative
  EXPECT_FALSE(Accepts("ssh-rsa", blob(e, "\x7f" + std::string(254, 'n') + '\x01')));   // 2047 bits
  EXPECT_FALSE(Accepts("ssh-rsa", blob(e, n.substr(0, n.size() - 1) + '\x02')));        // even
  EXPECT_FALSE(Accepts("ssh-rsa", blob(e, "\x01" + std::string(2047, 'n') + '\x01')));  // 16385 bits
}

TEST(DecodeKey, RefusesAnApplicationWithANul) {
  const std::string head = String("sk-ssh-ed25519@openssh.com") + String(std::string(32, 'k'));
  EXPECT_TRUE(Accepts("sk-ssh-ed25519@openssh.com", head + String("ssh:")));
  EXPECT_FALSE(Accepts("sk-ssh-ed25519@openssh.com", head + String("ssh:\0x"s)));
  EXPECT_FALSE(Accepts("sk-ssh-ed25519@openssh.com", head));
}

}  // namespace
}  // namespace taglogin::directory
