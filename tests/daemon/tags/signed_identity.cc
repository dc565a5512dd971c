// SPDX-License-Identifier: Apache-2.0
#include "tests/daemon/tags/signed_identity.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

namespace taglogin::test {
namespace {

std::string Text(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  std::string text(bytes, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

}  // namespace

struct IdentitySigner::Parts {
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;

  std::string Finish(PKCS7* signature, const std::string& document, int flags) const {
    BIO* in = BIO_new_mem_buf(document.data(), static_cast<int>(document.size()));
    EXPECT_EQ(PKCS7_final(signature, in, flags), 1);
    BIO_free(in);
    unsigned char* der = nullptr;
    const int size = i2d_PKCS7(signature, &der);
    EXPECT_GT(size, 0);
    PKCS7_free(signature);
    std::string base64(static_cast<std::size_t>(size) * 2, '\0');
    base64.resize(
        static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()), der, size)));
    OPENSSL_free(der);
    for (std::size_t at = 64; at < base64.size(); at += 65) base64.insert(at, 1, '\n');
    return base64;
  }
};

IdentitySigner::IdentitySigner(const std::string& name) : parts_(std::make_unique<Parts>()) {
  parts_->key = EVP_RSA_gen(2048);
  X509* certificate = parts_->certificate = X509_new();
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  // Over since long ago: AWS's own certificates are not renewed for it.
  X509_gmtime_adj(X509_getm_notBefore(certificate), -2 * 86400);
  X509_gmtime_adj(X509_getm_notAfter(certificate), -86400);
  X509_NAME* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(certificate, subject);
  X509_set_pubkey(certificate, parts_->key);
  EXPECT_GT(X509_sign(certificate, parts_->key, EVP_sha256()), 0);
}

IdentitySigner::~IdentitySigner() {
  X509_free(parts_->certificate);
  EVP_PKEY_free(parts_->key);
}

std::string IdentitySigner::Certificate() const {
  BIO* out = BIO_new(BIO_s_mem());
  EXPECT_EQ(PEM_write_bio_X509(out, parts_->certificate), 1);
  return Text(out);
}

std::string IdentitySigner::Sign(const std::string& document, const char* digest) const {
  // Without the certificate, so that every byte matters.
  constexpr int kFlags = PKCS7_PARTIAL | PKCS7_BINARY | PKCS7_NOCERTS;
  PKCS7* signature = PKCS7_sign(nullptr, nullptr, nullptr, nullptr, kFlags);
  EXPECT_NE(PKCS7_sign_add_signer(signature, parts_->certificate, parts_->key, EVP_get_digestbyname(digest), kFlags),
            nullptr);
  return parts_->Finish(signature, document, PKCS7_BINARY);
}

std::string IdentitySigner::SignDetached(const std::string& document) const {
  BIO* in = BIO_new_mem_buf(document.data(), static_cast<int>(document.size()));
  constexpr int kFlags = PKCS7_DETACHED | PKCS7_BINARY | PKCS7_PARTIAL;
  PKCS7* signature = PKCS7_sign(parts_->certificate, parts_->key, nullptr, in, kFlags);
  BIO_free(in);
  return parts_->Finish(signature, document, PKCS7_BINARY | PKCS7_DETACHED);
}

std::string IdentitySigner::SignWith(const IdentitySigner& other, const std::string& document) const {
  constexpr int kFlags = PKCS7_PARTIAL | PKCS7_BINARY;
  PKCS7* signature = PKCS7_sign(nullptr, nullptr, nullptr, nullptr, kFlags);
  for (const Parts* parts : {parts_.get(), other.parts_.get()}) {
    EXPECT_NE(PKCS7_sign_add_signer(signature, parts->certificate, parts->key, EVP_sha256(), kFlags), nullptr);
  }
  return parts_->Finish(signature, document, PKCS7_BINARY);
}

}  // namespace taglogin::test
