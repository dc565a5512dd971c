// SPDX-License-Identifier: Apache-2.0
// A small HTTP/1.1 server on the loopback, for one client at a time, that answers as the test says.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/unique_fd.h"

namespace taglogin::test {

struct HttpRequest {
  std::string method;
  std::string path;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;                            // as long as content-length says
};

struct HttpResponse {
  HttpResponse() = default;
  explicit HttpResponse(int with_status, std::string with_body = "")
      : status(with_status), body(std::move(with_body)) {}

  int status = 200;
  std::string body;
  std::string headers;  // more header lines, each with "\r\n"
  std::string raw;      // sent instead of all of the above
  enum class Manner { kAtOnce, kNever, kOneByteEvery50Ms } manner = Manner::kAtOnce;
};

class HttpServer {
 public:
  using Handler = std::function<HttpResponse(const HttpRequest&)>;
  // `handler` runs on the server's thread.
  explicit HttpServer(Handler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  const std::string& url() const { return url_; }  // "http://127.0.0.1:PORT"
  std::vector<HttpRequest> Seen() const;

 private:
  void Run();
  void Serve(int client);
  bool Answer(int client, const HttpRequest& request);
  bool Send(int client, const std::string& bytes) const;
  // True when `fd` can be read, false when the server has to stop or the time is over.
  bool WaitFor(int fd, int timeout_ms) const;

  Handler handler_;
  base::UniqueFd listener_;
  base::UniqueFd stop_;
  std::string url_;
  mutable std::mutex mutex_;
  std::vector<HttpRequest> seen_;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace taglogin::test
