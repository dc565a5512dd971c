// SPDX-License-Identifier: Apache-2.0
// One bounded HTTP request: no proxy, no redirect, no protocol but the one that was asked for. The only includer of
// libcurl in this room. Tags worker thread only.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "base/secret.h"

namespace taglogin::daemon::tags {

// What AWS Signature Version 4 needs (CURLOPT_AWS_SIGV4(3)).
struct AwsSigner {
  std::string region;
  std::string service;
  std::string key_id;
  base::Secret key;
  base::Secret session_token;
};

struct HttpAnswer {
  long status = 0;
  std::string body;
  std::string metadata_flavor;  // the header of that name; empty if there is none, or several
};

// Keeps one connection open between requests.
class HttpClient {
 public:
  static constexpr std::size_t kMaxBody = 65536;

  HttpClient();
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // `method` is "GET" or "PUT" (without a body); `headers` are complete "Name: value" lines, wiped
  // after use. Any status is an answer. Errors: kUnavailable (no connection, broken off),
  // kDeadline, kInvalid (not HTTP, or a body beyond kMaxBody).
  base::Result<HttpAnswer> Ask(const char* method, const std::string& url, std::vector<std::string> headers,
                               base::Deadline deadline);

  // POST of `form` (already encoded) to an https address, signed; the server's certificate must be good for its name,
  // by `ca_file` or (empty) the system's. To http only where the address is the loopback, for tests. Errors as Ask;
  // also kRefused: the certificate is not good.
  base::Result<HttpAnswer> PostSigned(const std::string& url, const std::string& form, const AwsSigner& signer,
                                      const std::string& ca_file, base::Deadline deadline);

 private:
  base::Result<HttpAnswer> Perform(const std::string& what);

  struct Handle;
  std::unique_ptr<Handle> handle_;
};

// `text` with everything but RFC 3986's unreserved characters written as %XX.
std::string EscapeForPath(std::string_view text);

}  // namespace taglogin::daemon::tags
