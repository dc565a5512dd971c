// SPDX-License-Identifier: Apache-2.0
// The instance identity document of EC2: which machine of which account this is, signed by AWS. Private to daemon/tags.
// Tags worker thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "daemon/tags/imds_client.h"

namespace taglogin::daemon::tags {

struct Identity {
  std::string instance_id;
  std::string account_id;
  std::string region;
  std::vector<std::string> missing;  // what is not there or no identifier; that field is empty
};

// The JSON document. kInvalid when it is none.
base::Result<Identity> ParseIdentity(std::string_view document);

// The document inside `signature`, the base64 text of a PKCS#7 SignedData as /latest/dynamic/instance-identity/rsa2048
// gives it, after one signer whose certificate is one of those in `certificates` (PEM; what the signature itself brings
// is not looked at) has been found to have signed it with SHA-256 or better. The certificates' own chain and dates do
// not count: they are the anchor (Amazon EC2 user guide, "Verify the instance identity document").
// Errors: kInvalid (not base64, not PKCS#7, no certificate), kRefused (not signed by any of them).
base::Result<std::string> SignedDocument(std::string_view signature, const std::string& certificates);

// The document as the metadata service gives it. With `certificates` only a signed one counts, and nothing in it may be
// missing; without them one that makes no sense is one in which everything is missing. Errors: kNotFound (unsigned, and
// there is none), kInvalid, kRefused, and those of ImdsClient.
base::Result<Identity> FetchIdentity(ImdsClient& imds, const std::string& certificates, base::Deadline deadline);

}  // namespace taglogin::daemon::tags
