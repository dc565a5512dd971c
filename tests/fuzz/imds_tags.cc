// SPDX-License-Identifier: Apache-2.0
// An instance metadata service that answers anything: no request without a token, none that a key could
// bend, and only sound tags come out. Input: a byte for each answer's status, 16 of them, then bodies,
// each ended by a byte 0xff, in the order in which they are asked for.
#include "daemon/tags/http_get.h"
#include "tests/fuzz/tag_rules.h"

namespace taglogin::daemon::tags {
namespace {

constexpr std::size_t kStatuses = 16;

struct Service {
  std::uint8_t statuses[kStatuses] = {};
  std::size_t asked = 0;
  std::string token;
  std::vector<std::string> answers;

  HttpAnswer Next() {
    // Mostly 200, or nothing would ever be read.
    static constexpr long kStatus[] = {200, 200, 200, 200, 200, 200, 401, 403, 404, 500, 0, 301};
    const std::uint8_t which = statuses[asked % kStatuses];
    HttpAnswer answer{kStatus[which % std::size(kStatus)], {}, {}};
    if (asked < answers.size()) answer.body = answers[asked];
    ++asked;
    return answer;
  }
};
Service* service = nullptr;

bool IsVisible(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

// In the place of the one with libcurl: no socket.
struct HttpClient::Handle {};
HttpClient::HttpClient() = default;
HttpClient::~HttpClient() = default;

base::Result<HttpAnswer> HttpClient::Ask(const char* method, const std::string& url, std::vector<std::string> headers,
                                         base::Deadline /*deadline*/) {
  FUZZ_CHECK(url.starts_with("http://169.254.169.254/latest/") && IsVisible(url) && headers.size() == 1);
  const bool put = std::string_view(method) == "PUT";
  FUZZ_CHECK(put == url.ends_with("/latest/api/token"));
  HttpAnswer answer = service->Next();
  if (put) {
    service->token = answer.body;
  } else {
    // Version 2 only: the token that was given, as one header line.
    FUZZ_CHECK(headers[0] == "X-aws-ec2-metadata-token: " + service->token && IsVisible(service->token));
  }
  if (answer.status == 0) return base::Unavailable("the service broke off");
  return answer;
}

// Every byte, so that a key that got here unchecked would be seen whole.
std::string EscapeForPath(std::string_view text) {
  FUZZ_CHECK(CheckKey(text));
  std::string out;
  for (const char c : text) out += std::to_string(static_cast<unsigned char>(c)) + "-";
  return out;
}

}  // namespace taglogin::daemon::tags

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taglogin;
  fuzz::Input input(data, size);
  daemon::tags::Service service;
  for (std::uint8_t& status : service.statuses) status = input.Byte();
  while (!input.AtEnd()) service.answers.emplace_back(input.Field());
  daemon::tags::service = &service;
  const auto source = daemon::tags::MakeImdsSource();
  // Twice: the second time the token may be known already.
  for (int reading = 0; reading < 2; ++reading) {
    const auto read = source->Read(base::Deadline::After(1000));
    if (read) {
      fuzz::CheckReading(*read);
    } else {
      fuzz::CheckError(read.error());
    }
  }
  return 0;
}
