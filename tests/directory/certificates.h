// SPDX-License-Identifier: Apache-2.0
// A certificate authority of one test, and certificates of every kind of badness.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace taglogin::tests {

struct FreeX509 {
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using CertificatePtr = std::unique_ptr<X509, FreeX509>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeX509>;

// A certificate and the key that belongs to it.
struct Identity {
  CertificatePtr certificate;
  KeyPtr key;
};

// What a certificate says. As it is: a good one for the name it is given.
struct CertificateForm {
  std::string common_name = "a server";
  // X.509v3 extensions as openssl-x509v3_config(5) writes them: {"subjectAltName", "DNS:dc1.corp.example"}.
  std::vector<std::pair<std::string, std::string>> extensions;
  long not_before_s = -3600;  // from now
  long not_after_s = 3600;
  int rsa_bits = 2048;
  const char* digest = "SHA256";
};

// Signed by `issuer`; by itself when that is null. Aborts the test program when OpenSSL refuses.
Identity MakeIdentity(const CertificateForm& form, const Identity* issuer);

// One that may sign others.
Identity MakeAuthority(const std::string& name,
                       const std::vector<std::pair<std::string, std::string>>& more_extensions = {});

// The certificate; its key.
std::string ToPem(const Identity& identity);
std::string KeyToPem(const Identity& identity);

}  // namespace taglogin::tests
