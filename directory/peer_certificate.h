// SPDX-License-Identifier: Apache-2.0
// What a directory server's certificate must be beyond what libldap's TLS library checks. That one has verified
// chain, times and name constraints by then; which of the rest it looks at depends on the library that the
// distribution built libldap with. Private to this room. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace taglogin::directory {

// `der`: the certificate that the server showed. `host`: the name (or address) that was asked for. Wanted:
//  * a subjectAltName for `host` (RFC 6125 6.4; "*" as a whole label only; never the subject's common name);
//  * use as a TLS server, if uses are listed (RFC 5280 4.2.1.12);
//  * a key and a signature of 112 bits of security or more (RSA of 2048 bits, SHA-256; NIST SP 800-57).
// Errors: kRefused, with what is wrong and what to do.
base::Result<void> CheckPeerCertificate(std::string_view der, const std::string& host);

}  // namespace taglogin::directory
