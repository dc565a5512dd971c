// SPDX-License-Identifier: Apache-2.0
// A signer of identity documents for tests: a key and a self-signed certificate, as AWS has them for each region.
#pragma once

#include <memory>
#include <string>

namespace taglogin::test {

class IdentitySigner {
 public:
  // `name`: the certificate's subject and issuer; its serial number is always 1.
  explicit IdentitySigner(const std::string& name = "Amazon Web Services LLC");
  ~IdentitySigner();
  IdentitySigner(const IdentitySigner&) = delete;
  IdentitySigner& operator=(const IdentitySigner&) = delete;

  std::string Certificate() const;  // PEM
  // Base64 lines of the DER of a SignedData with the document inside.
  std::string Sign(const std::string& document, const char* digest = "SHA256") const;
  std::string SignDetached(const std::string& document) const;
  std::string SignWith(const IdentitySigner& other, const std::string& document) const;  // both of them

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace taglogin::test
