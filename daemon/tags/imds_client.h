// SPDX-License-Identifier: Apache-2.0
// The EC2 instance metadata service, version 2 alone: a token by PUT first, and never a question without one. Private
// to daemon/tags. Tags worker thread only.
#pragma once

#include <cstdint>
#include <string>

#include "base/secret.h"
#include "daemon/tags/http_get.h"

namespace taglogin::daemon::tags {

class ImdsClient {
 public:
  explicit ImdsClient(std::string endpoint) : endpoint_(std::move(endpoint)) {}

  const std::string& endpoint() const { return endpoint_; }

  // Any status but 401 is an answer: then a new token was refused as well (kRefused). Other errors: no token (kRefused,
  // kInvalid), and those of HttpClient. The token is kept in memory between questions.
  base::Result<HttpAnswer> Get(const std::string& path, base::Deadline deadline);

  // The error for a status that is no answer to `what`: kUnavailable from 500 on, else kRefused.
  base::Error Refused(long status, const std::string& what) const;

 private:
  base::Result<void> FetchToken(base::Deadline deadline);
  base::Result<HttpAnswer> GetOnce(const std::string& path, base::Deadline deadline);

  std::string endpoint_;
  HttpClient http_;
  base::Secret token_;
  std::int64_t token_until_ms_ = 0;  // CLOCK_BOOTTIME: it ages while the machine sleeps
};

// An id of the cloud's: letters, digits and '-', at most 64.
bool IsIdentifier(std::string_view text);

}  // namespace taglogin::daemon::tags
