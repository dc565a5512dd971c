// SPDX-License-Identifier: Apache-2.0
// One bounded HTTP request to a literal address on this machine's own link: no proxy, no redirect,
// no DNS, no other protocol. The only includer of libcurl in this room. Tags worker thread only.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"

namespace taglogin::daemon::tags {

struct HttpAnswer {
  long status = 0;
  std::string body;
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

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

// `text` with everything but RFC 3986's unreserved characters written as %XX.
std::string EscapeForPath(std::string_view text);

}  // namespace taglogin::daemon::tags
