// SPDX-License-Identifier: Apache-2.0
#include "directory/ssh_certificate.h"

#include <gmock/gmock.h>

#include "tests/directory/certificate_vectors.h"

namespace taglogin::directory {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::optional<SshCertificate> Decode(const std::string& text) {
  const std::size_t space = text.find(' ');
  return DecodeCertificate(text.substr(0, space), text.substr(space + 1));
}

SshKey KeyOf(const std::string& text) {
  const std::size_t space = text.find(' ');
  SshKey key;
  EXPECT_TRUE(DecodeKey(text.substr(0, space), text.substr(space + 1), key));
  return key;
}

TEST(DecodeCertificate, ReadsEveryPart) {
  const auto certificate = Decode(vectors::kEd25519Certificate);
  ASSERT_TRUE(certificate);
  EXPECT_TRUE(certificate->for_user);
  EXPECT_EQ(certificate->serial, 42U);
  EXPECT_EQ(certificate->id, "id of ed");
  EXPECT_THAT(certificate->principals, ElementsAre("alice", "alice@prod"));
  EXPECT_EQ(certificate->valid_after, 1767225600U);
  EXPECT_EQ(certificate->valid_before, 1798761600U);
  EXPECT_FALSE(certificate->verify_required);
  EXPECT_EQ(certificate->authority.Fingerprint(), "SHA256:51Ta+Nbvcy6f9XmzFgHAEHf8Bv90Et5BCmnKuf8x3dw");
}

// The fingerprints are ssh-keygen -l's; sshd gives the same ones as %f for the certificate.
TEST(DecodeCertificate, GivesTheCertifiedKeyOfEveryType) {
  const struct {
    const char* certificate;
    const char* key;
    const char* fingerprint;
  } all[] = {{vectors::kEd25519Certificate, vectors::kEd25519Key, "1+mHPO1qIFK/pU+L/YuGeHeSzAMWffXGJ/pOKBBQGiw"},
             {vectors::kRsaCertificate, vectors::kRsaKey, "1SSsf7unyttmvBmSRqD2WmYD2HbdppHWX7HuhM+n+kY"},
             {vectors::kEcdsaCertificate, vectors::kEcdsaKey, "TkQuFhgB/ln2aWhrfyU4cgxLpz/2KF8Ill1wIVg26gQ"},
             {vectors::kEd25519SkCertificate, vectors::kEd25519SkKey, "z4yYlYBFUoVuu+qXbUtTclJUOCAFI5+Vbr3ctf8F3To"},
             {vectors::kEcdsaSkCertificate, vectors::kEcdsaSkKey, "WUVOXGg3V5c9XkDmYawEO6yfpESMYJciupcD2EdjggE"}};
  for (const auto& one : all) {
    const auto certificate = Decode(one.certificate);
    ASSERT_TRUE(certificate) << one.certificate;
    EXPECT_EQ(certificate->key.type + " " + certificate->key.Base64(), one.key);
    EXPECT_EQ(certificate->key.Fingerprint(), std::string("SHA256:") + one.fingerprint);
  }
}

TEST(DecodeCertificate, KnowsHostsAuthoritiesTimesAndOptions) {
  EXPECT_FALSE(Decode(vectors::kHostCertificate).value().for_user);
  const auto forever = Decode(vectors::kForeverCertificate).value();
  EXPECT_THAT(forever.principals, ElementsAre());
  EXPECT_EQ(forever.serial, UINT64_MAX);
  EXPECT_EQ(forever.valid_after, 0U);
  EXPECT_EQ(forever.valid_before, UINT64_MAX);
  EXPECT_TRUE(Decode(vectors::kOptionsCertificate).value().verify_required);
  EXPECT_EQ(Decode(vectors::kByRsaCertificate).value().authority.blob, KeyOf(vectors::kRsaKey).blob);
}

// A certificate again, made of parts, so that single ones can be wrong.
struct Parts {
  std::string type = "ssh-ed25519-cert-v01@openssh.com";
  std::string nonce = "nonce";
  std::string key = std::string(32, 'k');
  std::string serial = std::string(8, '\0');
  std::string kind = std::string("\0\0\0\1", 4);
  std::string id = "id";
  std::string principals;
  std::string times = std::string(8, '\0') + std::string(8, '\xff');
  std::string critical;
  std::string extensions;
  std::string reserved;
  std::string authority = KeyOf(vectors::kAuthority).blob;
  std::string signature = "signature";
  std::string rest;
};

std::string Ssh(const std::string& text) {
  std::string length(4, '\0');
  for (std::size_t i = 0; i < 4; ++i) length[3 - i] = static_cast<char>((text.size() >> (8 * i)) & 0xff);
  return length + text;
}

std::string BlobOf(const Parts& p) {
  return Ssh(p.type) + Ssh(p.nonce) + Ssh(p.key) + p.serial + p.kind + Ssh(p.id) + Ssh(p.principals) + p.times +
         Ssh(p.critical) + Ssh(p.extensions) + Ssh(p.reserved) + Ssh(p.authority) + Ssh(p.signature) + p.rest;
}

std::optional<SshCertificate> Decode(const Parts& parts) {
  return DecodeCertificate("ssh-ed25519-cert-v01@openssh.com", SshKey{{}, BlobOf(parts)}.Base64());
}

TEST(DecodeCertificate, RefusesAnyPartThatIsOdd) {
  using std::string_literals::operator""s;
  ASSERT_TRUE(Decode(Parts()));
  const auto odd = [](auto change) {
    Parts parts;
    change(parts);
    return !Decode(parts);
  };
  EXPECT_TRUE(odd([](Parts& p) { p.type = "ssh-rsa-cert-v01@openssh.com"; }));
  EXPECT_TRUE(odd([](Parts& p) { p.type = "ssh-ed25519"; }));
  EXPECT_TRUE(odd([](Parts& p) { p.key.pop_back(); }));
  EXPECT_TRUE(odd([](Parts& p) { p.kind = "\0\0\0\3"s; }));
  EXPECT_TRUE(odd([](Parts& p) { p.kind = "\0\0\0\0"s; }));
  EXPECT_TRUE(odd([](Parts& p) { p.id = "a\0b"s; }));
  EXPECT_TRUE(odd([](Parts& p) { p.principals = Ssh("alice\0root"s); }));
  EXPECT_TRUE(odd([](Parts& p) { p.principals = "alice"; }));
  EXPECT_TRUE(odd([](Parts& p) {
    p.principals =
        "\0\0\0\xff"
        "alice"s;
  }));
  EXPECT_TRUE(odd([](Parts& p) { p.critical = Ssh("verify-required"); }));
  EXPECT_TRUE(odd([](Parts& p) { p.extensions = "x"; }));
  EXPECT_TRUE(odd([](Parts& p) { p.authority = "x"; }));
  EXPECT_TRUE(odd([](Parts& p) { p.authority += "x"; }));
  EXPECT_TRUE(odd([](Parts& p) { p.authority = BlobOf(Parts()); }));  // a certificate is no authority
  EXPECT_TRUE(odd([](Parts& p) { p.rest = "x"; }));
}

TEST(DecodeCertificate, BoundsPrincipals) {
  Parts parts;
  for (int i = 0; i < 256; ++i) parts.principals += Ssh("a");
  EXPECT_TRUE(Decode(parts));
  parts.principals += Ssh("a");
  EXPECT_FALSE(Decode(parts));
}

TEST(DecodeCertificate, RefusesEveryPrefixAndOtherTypes) {
  const std::string blob = BlobOf(Parts());
  for (std::size_t size = 0; size < blob.size(); ++size) {
    const std::string text = SshKey{{}, blob.substr(0, size)}.Base64();
    EXPECT_FALSE(DecodeCertificate("ssh-ed25519-cert-v01@openssh.com", text)) << size;
  }
  const std::string whole = vectors::kEd25519Certificate;
  const std::string base64 = whole.substr(whole.find(' ') + 1);
  for (const char* type : {"ssh-ed25519", "ssh-rsa-cert-v01@openssh.com", "ssh-ed25519-cert-v01@openssh.com ", "",
                           "ssh-ed25519-cert-v00@openssh.com", "sk-ssh-ed25519-cert-v01@openssh.com"}) {
    EXPECT_FALSE(DecodeCertificate(type, base64)) << type;
  }
  EXPECT_FALSE(DecodeCertificate("ssh-ed25519-cert-v01@openssh.com", base64 + "="));
  EXPECT_FALSE(DecodeCertificate("ssh-ed25519-cert-v01@openssh.com", std::string(32772, 'A')));
}

TEST(CertifiedType, IsThatOfTheKeyInside) {
  EXPECT_EQ(CertifiedType("ssh-rsa-cert-v01@openssh.com"), "ssh-rsa");
  EXPECT_EQ(CertifiedType("ecdsa-sha2-nistp521-cert-v01@openssh.com"), "ecdsa-sha2-nistp521");
  EXPECT_EQ(CertifiedType("sk-ssh-ed25519-cert-v01@openssh.com"), "sk-ssh-ed25519@openssh.com");
  EXPECT_EQ(CertifiedType("sk-ecdsa-sha2-nistp256-cert-v01@openssh.com"), "sk-ecdsa-sha2-nistp256@openssh.com");
  for (const char* other : {"ssh-dss-cert-v01@openssh.com", "ssh-rsa", "-cert-v01@openssh.com", "",
                            "sk-ssh-ed25519@openssh.com-cert-v01@openssh.com@openssh.com", "rsa-sha2-256"}) {
    EXPECT_FALSE(CertifiedType(other)) << other;
  }
}

TEST(ParseAuthorities, ReadsKeysCommentsAndEmptyLines) {
  const std::string text =
      std::string("# ours\n\n  \t\n") + vectors::kAuthority + " the CA of 2026\r\n  # old\n " + vectors::kRsaKey;
  const auto keys = ParseAuthorities(text, "/x");
  ASSERT_TRUE(keys) << keys.error().detail;
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ((*keys)[0].blob, KeyOf(vectors::kAuthority).blob);
  EXPECT_EQ((*keys)[1].blob, KeyOf(vectors::kRsaKey).blob);
}

TEST(ParseAuthorities, RefusesTheWholeFileForOneOddLine) {
  const std::string good = std::string(vectors::kAuthority) + "\n";
  for (const std::string& bad : {std::string("cert-authority ") + vectors::kAuthority, std::string("ssh-dss AAAA"),
                                 std::string("ssh-ed25519"), std::string(vectors::kEd25519Certificate),
                                 std::string("restrict,") + vectors::kAuthority, std::string("garbage")}) {
    const auto keys = ParseAuthorities(good + bad + "\n", "/etc/ca.pub");
    ASSERT_FALSE(keys) << bad;
    EXPECT_THAT(keys.error().detail, HasSubstr("/etc/ca.pub:2: \"")) << bad;
  }
  for (const char* empty : {"", "\n", "# only\n"}) {
    const auto keys = ParseAuthorities(empty, "/etc/ca.pub");
    ASSERT_FALSE(keys);
    EXPECT_THAT(keys.error().detail, HasSubstr("no public key"));
  }
}

}  // namespace
}  // namespace taglogin::directory
