// SPDX-License-Identifier: Apache-2.0
#include "certificates.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <map>

namespace taglogin::tests {
namespace {

void Need(bool done, const char* what) {
  if (done) return;
  (void)std::fprintf(stderr, "certificates: %s\n", what);
  std::abort();
}

// Making a key takes longest, and no certificate here needs one of its own.
KeyPtr KeyOf(int bits) {
  static std::map<int, KeyPtr> made;
  KeyPtr& key = made[bits];
  if (!key) key.reset(EVP_RSA_gen(static_cast<unsigned>(bits)));
  Need(key != nullptr, "no RSA key");
  EVP_PKEY_up_ref(key.get());
  return KeyPtr(key.get());
}

void AddExtension(X509* certificate, X509* issuer, const std::string& name, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf(nullptr, &context, name.c_str(), value.c_str());
  Need(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1, name.c_str());
  X509_EXTENSION_free(extension);
}

}  // namespace

Identity MakeIdentity(const CertificateForm& form, const Identity* issuer) {
  static long serial = 1;
  Identity made{CertificatePtr(X509_new()), KeyOf(form.rsa_bits)};
  X509* certificate = made.certificate.get();
  X509* signer = issuer != nullptr ? issuer->certificate.get() : certificate;
  EVP_PKEY* signing_key = issuer != nullptr ? issuer->key.get() : made.key.get();
  X509_NAME* subject = X509_get_subject_name(certificate);
  Need(X509_set_version(certificate, X509_VERSION_3) == 1 &&
           ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(certificate), form.not_before_s) != nullptr &&
           X509_gmtime_adj(X509_getm_notAfter(certificate), form.not_after_s) != nullptr &&
           X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(form.common_name.c_str()), -1, -1,
                                      0) == 1 &&
           X509_set_issuer_name(certificate, X509_get_subject_name(signer)) == 1 &&
           X509_set_pubkey(certificate, made.key.get()) == 1,
       "a field");
  for (const auto& [name, value] : form.extensions) AddExtension(certificate, signer, name, value);
  Need(X509_sign(certificate, signing_key, EVP_get_digestbyname(form.digest)) > 0, "signing");
  return made;
}

Identity MakeAuthority(const std::string& name,
                       const std::vector<std::pair<std::string, std::string>>& more_extensions) {
  CertificateForm form;
  form.common_name = name;
  form.extensions = {{"basicConstraints", "critical,CA:TRUE"}, {"keyUsage", "critical,keyCertSign,cRLSign"}};
  form.extensions.insert(form.extensions.end(), more_extensions.begin(), more_extensions.end());
  return MakeIdentity(form, nullptr);
}

std::string ToPem(const Identity& identity) {
  BIO* memory = BIO_new(BIO_s_mem());
  Need(PEM_write_bio_X509(memory, identity.certificate.get()) == 1, "PEM");
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory, &text);
  std::string pem(text, static_cast<std::size_t>(size));
  BIO_free(memory);
  return pem;
}

std::string KeyToPem(const Identity& identity) {
  BIO* memory = BIO_new(BIO_s_mem());
  Need(PEM_write_bio_PrivateKey(memory, identity.key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1, "PEM");
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory, &text);
  std::string pem(text, static_cast<std::size_t>(size));
  BIO_free(memory);
  return pem;
}

}  // namespace taglogin::tests
