// SPDX-License-Identifier: Apache-2.0
#include "tests/daemon/tags/http_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <sstream>
#include <utility>

namespace taglogin::test {
namespace {

HttpRequest Parse(const std::string& text) {
  HttpRequest request;
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  std::istringstream(line) >> request.method >> request.path;
  while (std::getline(lines, line) && line != "\r") {
    const std::size_t colon = line.find(": ");
    std::string name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    request.headers[name] = colon == std::string::npos ? "" : line.substr(colon + 2, line.size() - colon - 3);
  }
  return request;
}

}  // namespace

HttpServer::HttpServer(Handler handler)
    : handler_(std::move(handler)),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      stop_(::eventfd(0, EFD_CLOEXEC)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(listener_.get(), generic, size), 0);
  EXPECT_EQ(::listen(listener_.get(), 8), 0);
  EXPECT_EQ(::getsockname(listener_.get(), generic, &size), 0);
  url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  thread_ = std::thread([this] { Run(); });
}

HttpServer::~HttpServer() {
  ::eventfd_write(stop_.get(), 1);
  thread_.join();
}

std::vector<HttpRequest> HttpServer::Seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

bool HttpServer::WaitFor(int fd, int timeout_ms) const {
  pollfd waiting[] = {{stop_.get(), POLLIN, 0}, {fd, POLLIN, 0}};
  return ::poll(waiting, 2, timeout_ms) > 0 && waiting[0].revents == 0;
}

void HttpServer::Run() {
  while (WaitFor(listener_.get(), -1)) {
    const base::UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (client.valid()) Serve(client.get());
  }
}

void HttpServer::Serve(int client) {
  std::string text;
  char buffer[4096];
  while (WaitFor(client, -1)) {
    const ssize_t got = ::recv(client, buffer, sizeof buffer, 0);
    if (got <= 0) return;
    text.append(buffer, static_cast<std::size_t>(got));
    const std::size_t end = text.find("\r\n\r\n");
    if (end == std::string::npos) continue;
    HttpRequest request = Parse(text.substr(0, end + 4));
    const auto length = request.headers.find("content-length");
    const std::size_t size = length == request.headers.end() ? 0 : std::stoul(length->second);
    if (text.size() < end + 4 + size) continue;
    request.body = text.substr(end + 4, size);
    text.erase(0, end + 4 + size);
    {
      const std::lock_guard lock(mutex_);
      seen_.push_back(request);
    }
    if (!Answer(client, request)) return;
  }
}

bool HttpServer::Answer(int client, const HttpRequest& request) {
  const HttpResponse response = handler_(request);
  std::string bytes = response.raw;
  if (bytes.empty()) {
    bytes = "HTTP/1.1 " + std::to_string(response.status) +
            " As Told\r\nContent-Length: " + std::to_string(response.body.size()) + "\r\n" + response.headers + "\r\n" +
            response.body;
  }
  switch (response.manner) {
    case HttpResponse::Manner::kNever:
      WaitFor(client, -1);  // until the client goes away
      return false;
    case HttpResponse::Manner::kOneByteEvery50Ms:
      for (const char byte : bytes) {
        if (WaitFor(client, 50) || !Send(client, std::string(1, byte))) return false;
      }
      return true;
    case HttpResponse::Manner::kAtOnce:
      return Send(client, bytes) && response.raw.empty();
  }
  return false;
}

bool HttpServer::Send(int client, const std::string& bytes) const {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t now = ::send(client, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (now <= 0) return false;
    sent += static_cast<std::size_t>(now);
  }
  return true;
}

}  // namespace taglogin::test
