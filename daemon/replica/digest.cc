// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/digest.h"

#include <openssl/evp.h>

#include <cstdlib>

namespace taglogin::daemon::replica {

Digest Sha256(std::string_view bytes) {
  Digest digest{};
  unsigned size = 0;
  const int done = ::EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, ::EVP_sha256(), nullptr);
  if (done != 1 || size != digest.size()) std::abort();
  return digest;
}

std::string ToHex(const Digest& digest) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const std::uint8_t byte : digest) {
    hex += kDigits[byte >> 4U];
    hex += kDigits[byte & 15U];
  }
  return hex;
}

void Toggle(Digest& sum, const Digest& digest) {
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = static_cast<std::uint8_t>(sum[i] ^ digest[i]);
}

}  // namespace taglogin::daemon::replica
