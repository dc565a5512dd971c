// SPDX-License-Identifier: Apache-2.0
#include "daemon/tags/identity_document.h"

#include <gtest/gtest.h>

#include "daemon/tags/source.h"
#include "tests/daemon/tags/fake_imds.h"
#include "tests/daemon/tags/signed_identity.h"

namespace taglogin::daemon::tags {
namespace {

using base::ErrorCode;
using test::IdentitySigner;

constexpr char kDocument[] =
    "{\n  \"accountId\" : \"123456789012\",\n  \"instanceId\" : \"i-0123456789abcdef0\",\n"
    "  \"region\" : \"eu-central-1\"\n}";

// Keys take long to make.
const IdentitySigner& Aws() {
  static const IdentitySigner signer;
  return signer;
}
const IdentitySigner& Impostor() {
  static const IdentitySigner signer;
  return signer;
}
const IdentitySigner& Other() {
  static const IdentitySigner signer("Other");
  return signer;
}

TEST(IdentityDocument, ComesOutOfASignatureByTheCertificate) {
  const IdentitySigner& aws = Aws();
  const auto document = SignedDocument(aws.Sign(kDocument), aws.Certificate());
  ASSERT_TRUE(document) << document.error().detail;
  EXPECT_EQ(*document, kDocument);
  // One of several certificates will do.
  const IdentitySigner& other = Other();
  EXPECT_TRUE(SignedDocument(aws.Sign(kDocument), other.Certificate() + aws.Certificate()));
}

TEST(IdentityDocument, IsRefusedFromAnotherSignerOfTheSameName) {
  const IdentitySigner& aws = Aws();
  const IdentitySigner& impostor = Impostor();
  const auto document = SignedDocument(impostor.Sign(kDocument), aws.Certificate());
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().code, ErrorCode::kRefused);
}

TEST(IdentityDocument, IsRefusedWhenASecondSignerIsUnknown) {
  const IdentitySigner& aws = Aws();
  const IdentitySigner& impostor = Other();
  EXPECT_FALSE(SignedDocument(aws.SignWith(impostor, kDocument), aws.Certificate()));
  EXPECT_FALSE(SignedDocument(aws.SignWith(impostor, kDocument), aws.Certificate() + impostor.Certificate()));
}

TEST(IdentityDocument, IsRefusedWithAWeakDigest) {
  const IdentitySigner& aws = Aws();
  EXPECT_FALSE(SignedDocument(aws.Sign(kDocument, "SHA1"), aws.Certificate()));
  EXPECT_FALSE(SignedDocument(aws.Sign(kDocument, "MD5"), aws.Certificate()));
  EXPECT_TRUE(SignedDocument(aws.Sign(kDocument, "SHA512"), aws.Certificate()));
}

TEST(IdentityDocument, IsRefusedWithoutTheDocumentInside) {
  const IdentitySigner& aws = Aws();
  EXPECT_FALSE(SignedDocument(aws.SignDetached(kDocument), aws.Certificate()));
}

TEST(IdentityDocument, NoFlippedByteOfASignatureChangesTheDocument) {
  const IdentitySigner& aws = Aws();
  const std::string good = aws.Sign(kDocument);
  int accepted = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = bad[at] == 'A' ? 'B' : 'A';
    const auto document = SignedDocument(bad, aws.Certificate());
    if (!document) continue;
    ++accepted;  // bits that mean nothing, such as the spare ones of a base64 digit
    EXPECT_EQ(*document, kDocument) << at;
  }
  EXPECT_LT(accepted, static_cast<int>(good.size() / 10));
}

TEST(IdentityDocument, WantsBase64AndCertificates) {
  const IdentitySigner& aws = Aws();
  for (const char* bad : {"", "!!!!", "AAAA", "QUJD", "AAA", "=", "===="}) {
    EXPECT_FALSE(SignedDocument(bad, aws.Certificate())) << bad;
  }
  const std::string good = aws.Sign(kDocument);
  EXPECT_FALSE(SignedDocument(good + good, aws.Certificate()));
  EXPECT_FALSE(SignedDocument(good + "AAAA", aws.Certificate()));
  EXPECT_FALSE(SignedDocument(good, ""));
  EXPECT_FALSE(SignedDocument(good, "no certificate"));
  EXPECT_FALSE(AreCertificates("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
  EXPECT_FALSE(AreCertificates(aws.Certificate() + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
  EXPECT_TRUE(AreCertificates("# AWS, eu-central-1\n" + aws.Certificate()));
}

TEST(IdentityDocument, IsReadFieldByField) {
  const auto identity = ParseIdentity(kDocument);
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->instance_id, "i-0123456789abcdef0");
  EXPECT_EQ(identity->account_id, "123456789012");
  EXPECT_EQ(identity->region, "eu-central-1");
  EXPECT_TRUE(identity->missing.empty());
  const auto odd = ParseIdentity(R"({"accountId": 7, "instanceId": "i-1\n2", "region": ""})");
  ASSERT_TRUE(odd);
  EXPECT_EQ(odd->missing.size(), 3U);
  for (const char* bad : {"", "[]", "7", "{", "\"x\""}) EXPECT_FALSE(ParseIdentity(bad)) << bad;
}

// The source with a certificate: nothing unsigned counts.
class SignedImds : public ::testing::Test {
 protected:
  base::Result<Reading> Read(const std::string& certificate) {
    const test::HttpServer server(imds_.Handler());
    return MakeImdsSource(server.url(), certificate)->Read(base::Deadline::After(5000));
  }
  void Answer(const std::string& text) {
    imds_.answers["/latest/dynamic/instance-identity/rsa2048"] = test::HttpResponse(200, text);
  }
  test::FakeImds imds_;
  const IdentitySigner& aws_ = Aws();
};

TEST_F(SignedImds, TakesAccountAndRegionFromTheSignedDocumentAlone) {
  imds_.answers["/latest/dynamic/instance-identity/document"] =
      test::HttpResponse(200, R"({"accountId":"666666666666","region":"moon-1"})");
  Answer(aws_.Sign(kDocument));
  const auto reading = Read(aws_.Certificate());
  ASSERT_TRUE(reading) << reading.error().detail;
  EXPECT_EQ(reading->account_id, "123456789012");
  EXPECT_EQ(reading->region, "eu-central-1");
  EXPECT_EQ(reading->instance_id, "i-0123456789abcdef0");
}

TEST_F(SignedImds, FailsWithoutASignature) {
  const auto reading = Read(aws_.Certificate());
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().code, ErrorCode::kRefused);
}

TEST_F(SignedImds, FailsWithTheDocumentOfAnotherInstance) {
  Answer(aws_.Sign(R"({"accountId":"123456789012","instanceId":"i-0000000000000000f","region":"eu-central-1"})"));
  const auto reading = Read(aws_.Certificate());
  ASSERT_FALSE(reading);
  EXPECT_NE(reading.error().detail.find("not of this instance"), std::string::npos);
}

TEST_F(SignedImds, FailsWithAnImpostorsSignature) {
  Answer(Impostor().Sign(kDocument));
  EXPECT_FALSE(Read(aws_.Certificate()));
}

}  // namespace
}  // namespace taglogin::daemon::tags
