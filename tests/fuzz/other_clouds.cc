// SPDX-License-Identifier: Apache-2.0
// Metadata servers of Google and Azure that answer anything: only sound tags come out, and nothing at all from a server
// that does not say whose it is. Input: a byte that chooses, a byte for each answer's status, 8 of them, then bodies,
// each ended by a byte 0xff, in the order in which they are asked for.
#include "daemon/tags/http_get.h"
#include "tests/fuzz/tag_rules.h"

namespace taglogin::daemon::tags {
namespace {

constexpr std::size_t kStatuses = 8;

struct Service {
  bool google = false;
  std::uint8_t statuses[kStatuses] = {};
  std::size_t asked = 0;
  bool nameless = false;  // some answer did not say that it is Google's
  std::vector<std::string> answers;
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
  const bool google = service->google;
  FUZZ_CHECK(std::string_view(method) == "GET" && IsVisible(url) && headers.size() == 1);
  FUZZ_CHECK(url.starts_with(google ? "http://169.254.169.254/computeMetadata/v1/"
                                    : "http://169.254.169.254/metadata/instance/compute?"));
  FUZZ_CHECK(headers[0] == (google ? "Metadata-Flavor: Google" : "Metadata: true"));
  static constexpr long kStatus[] = {200, 200, 200, 200, 404, 503, 0, 301};
  const std::uint8_t which = service->statuses[service->asked % kStatuses];
  HttpAnswer answer;
  answer.status = kStatus[which % std::size(kStatus)];
  if (service->asked < service->answers.size()) answer.body = service->answers[service->asked];
  ++service->asked;
  const bool named = which < 0xf0;
  if (named) answer.metadata_flavor = "Google";
  service->nameless = service->nameless || !named;
  if (answer.status == 0) return base::Unavailable("the service broke off");
  return answer;
}

// Every byte, so that a key that got here unchecked would be seen whole.
std::string EscapeForPath(std::string_view text) {
  std::string out;
  for (const char c : text) out += std::to_string(static_cast<unsigned char>(c)) + "-";
  return out;
}

}  // namespace taglogin::daemon::tags

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taglogin;
  fuzz::Input input(data, size);
  daemon::tags::Service service;
  service.google = input.Byte() % 2 == 0;
  for (std::uint8_t& status : service.statuses) status = input.Byte();
  while (!input.AtEnd()) service.answers.emplace_back(input.Field());
  daemon::tags::service = &service;
  const auto source = service.google ? daemon::tags::MakeGceSource() : daemon::tags::MakeAzureSource();
  const auto read = source->Read(base::Deadline::After(1000));
  if (read) {
    fuzz::CheckReading(*read);
    FUZZ_CHECK(!read->instance_id.empty() && !read->account_id.empty());
    FUZZ_CHECK(!service.google || !service.nameless);
  } else {
    fuzz::CheckError(read.error());
  }
  return 0;
}
