// SPDX-License-Identifier: Apache-2.0
#include "directory/peer_certificate.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

#include "base/printable.h"

namespace taglogin::directory {
namespace {

constexpr int kMinBits = 112;

struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using CertificatePtr = std::unique_ptr<X509, FreeCertificate>;

CertificatePtr Decode(std::string_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  return CertificatePtr(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
}

bool IsFor(X509* certificate, const std::string& host) {
  constexpr unsigned kFlags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
  return X509_check_host(certificate, host.data(), host.size(), kFlags, nullptr) == 1 ||
         X509_check_ip_asc(certificate, host.c_str(), kFlags) == 1;
}

bool HasStrongKey(X509* certificate) {
  EVP_PKEY* key = X509_get0_pubkey(certificate);
  return key != nullptr && EVP_PKEY_get_security_bits(key) >= kMinBits;
}

bool HasStrongSignature(X509* certificate) {
  int bits = 0;
  return X509_get_signature_info(certificate, nullptr, nullptr, &bits, nullptr) == 1 && bits >= kMinBits;
}

}  // namespace

base::Result<void> CheckPeerCertificate(std::string_view der, const std::string& host) {
  const auto refuse = [&host](const char* why) {
    return base::Error{base::ErrorCode::kRefused, "the certificate of " + base::Printable(host) + ' ' + why};
  };
  const CertificatePtr certificate = Decode(der);
  if (certificate == nullptr) return refuse("cannot be read");
  if (!IsFor(certificate.get(), host)) {
    return refuse("does not name that host: issue one with the name in its subjectAltName");
  }
  if (X509_check_purpose(certificate.get(), X509_PURPOSE_SSL_SERVER, 0) != 1) {
    return refuse("is not for a TLS server: issue one with the extended key usage serverAuth");
  }
  if (!HasStrongKey(certificate.get()))
    return refuse("has a weak key: issue one with RSA of 2048 bits or more, or ECDSA");
  if (!HasStrongSignature(certificate.get())) return refuse("has a weak signature: issue one with SHA-256");
  return {};
}

}  // namespace taglogin::directory
