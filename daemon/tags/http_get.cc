// SPDX-License-Identifier: Apache-2.0
#include "daemon/tags/http_get.h"

#include <curl/curl.h>
#include <string.h>

#include <string_view>
#include <utility>

#include "base/printable.h"

namespace taglogin::daemon::tags {
namespace {

using base::ErrorCode;

struct EasyFreer {
  void operator()(CURL* easy) const { ::curl_easy_cleanup(easy); }
};

struct Body {
  std::string text;
  bool too_long = false;
};

std::size_t OnBytes(char* bytes, std::size_t one, std::size_t count, void* to) noexcept {
  auto& body = *static_cast<Body*>(to);
  const std::size_t size = one * count;
  if (size > HttpClient::kMaxBody - body.text.size()) {
    body.too_long = true;
    return CURL_WRITEFUNC_ERROR;
  }
  body.text.append(bytes, size);
  return size;
}

// Header lines as libcurl wants them. They may hold the token, so they are wiped.
class HeaderList {
 public:
  explicit HeaderList(std::vector<std::string>& lines) {
    for (std::string& line : lines) {
      curl_slist* longer = ::curl_slist_append(list_, line.c_str());
      if (longer == nullptr) complete_ = false;
      if (longer != nullptr) list_ = longer;
      ::explicit_bzero(line.data(), line.size());
    }
  }
  ~HeaderList() {
    for (curl_slist* item = list_; item != nullptr; item = item->next) {
      ::explicit_bzero(item->data, ::strlen(item->data));
    }
    ::curl_slist_free_all(list_);
  }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  bool complete() const { return complete_; }
  curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
  bool complete_ = true;
};

template <typename Value>
void Set(CURL* easy, bool& all_set, CURLoption option, Value value) {
  all_set = ::curl_easy_setopt(easy, option, value) == CURLE_OK && all_set;
}

bool Configure(CURL* easy, const char* method, const std::string& url, Body& body, curl_slist* headers,
               int timeout_ms) {
  ::curl_easy_reset(easy);
  bool all_set = true;
  Set(easy, all_set, CURLOPT_URL, url.c_str());
  Set(easy, all_set, CURLOPT_CUSTOMREQUEST, method);
  Set(easy, all_set, CURLOPT_HTTPHEADER, headers);
  Set(easy, all_set, CURLOPT_PATH_AS_IS, 1L);
  Set(easy, all_set, CURLOPT_PROTOCOLS_STR, "http");
  Set(easy, all_set, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  Set(easy, all_set, CURLOPT_FOLLOWLOCATION, 0L);
  // An empty proxy switches the environment's off (CURLOPT_PROXY(3)).
  Set(easy, all_set, CURLOPT_PROXY, "");
  Set(easy, all_set, CURLOPT_NOPROXY, "*");
  Set(easy, all_set, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  Set(easy, all_set, CURLOPT_NOSIGNAL, 1L);
  Set(easy, all_set, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeout_ms));
  Set(easy, all_set, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_ms));
  Set(easy, all_set, CURLOPT_WRITEFUNCTION, &OnBytes);
  Set(easy, all_set, CURLOPT_WRITEDATA, static_cast<void*>(&body));
  return all_set;
}

bool IsLoopback(const std::string& url) { return url.starts_with("http://127.0.0.1:"); }

bool ConfigureSigned(CURL* easy, const std::string& url, const std::string& form, const AwsSigner& signer,
                     const std::string& ca_file) {
  bool all_set = true;
  const std::string scope = "aws:amz:" + signer.region + ":" + signer.service;
  Set(easy, all_set, CURLOPT_PROTOCOLS_STR, IsLoopback(url) ? "http" : "https");
  Set(easy, all_set, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  Set(easy, all_set, CURLOPT_POSTFIELDSIZE, static_cast<long>(form.size()));
  Set(easy, all_set, CURLOPT_COPYPOSTFIELDS, form.c_str());
  Set(easy, all_set, CURLOPT_AWS_SIGV4, scope.c_str());
  Set(easy, all_set, CURLOPT_USERNAME, signer.key_id.c_str());
  Set(easy, all_set, CURLOPT_PASSWORD, std::string(signer.key.Reveal()).c_str());
  if (!ca_file.empty()) Set(easy, all_set, CURLOPT_CAINFO, ca_file.c_str());
  return all_set;
}

ErrorCode CodeOf(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return ErrorCode::kRefused;
    case CURLE_OPERATION_TIMEDOUT:
      return ErrorCode::kDeadline;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return ErrorCode::kInvalid;
    default:
      return ErrorCode::kUnavailable;
  }
}

}  // namespace

struct HttpClient::Handle {
  std::unique_ptr<CURL, EasyFreer> easy;
  Body body;
};

HttpClient::HttpClient() : handle_(std::make_unique<Handle>()) {
  // Once in a process, before any handle (curl_global_init(3)); never undone.
  static const CURLcode ready = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  if (ready == CURLE_OK) handle_->easy.reset(::curl_easy_init());
}

HttpClient::~HttpClient() = default;

base::Result<HttpAnswer> HttpClient::Ask(const char* method, const std::string& url, std::vector<std::string> headers,
                                         base::Deadline deadline) {
  const HeaderList list(headers);
  const int left_ms = deadline.RemainingMs();
  const std::string what = base::Printable(url);
  // Zero would mean "no limit" to libcurl.
  if (left_ms == 0) return base::Error{ErrorCode::kDeadline, what + ": not asked, the time is over"};
  CURL* easy = handle_->easy.get();
  if (easy == nullptr || !list.complete() || !Configure(easy, method, url, handle_->body, list.get(), left_ms)) {
    return base::Internal(what + ": libcurl cannot be set up");
  }
  return Perform(what);
}

base::Result<HttpAnswer> HttpClient::PostSigned(const std::string& url, const std::string& form,
                                                const AwsSigner& signer, const std::string& ca_file,
                                                base::Deadline deadline) {
  // In one piece: what a string leaves behind as it grows nobody would wipe.
  std::vector<std::string> headers(1);
  headers[0].reserve(signer.session_token.Reveal().size() + 32);
  headers[0].append("X-Amz-Security-Token: ").append(signer.session_token.Reveal());
  const HeaderList list(headers);
  const int left_ms = deadline.RemainingMs();
  const std::string what = base::Printable(url);
  if (left_ms == 0) return base::Error{ErrorCode::kDeadline, what + ": not asked, the time is over"};
  CURL* easy = handle_->easy.get();
  if (easy == nullptr || !list.complete() || !Configure(easy, "POST", url, handle_->body, list.get(), left_ms) ||
      !ConfigureSigned(easy, url, form, signer, ca_file)) {
    return base::Internal(what + ": libcurl cannot be set up");
  }
  auto answer = Perform(what);
  ::curl_easy_reset(easy);  // forgets the key
  return answer;
}

base::Result<HttpAnswer> HttpClient::Perform(const std::string& what) {
  CURL* easy = handle_->easy.get();
  handle_->body = Body();
  const CURLcode code = ::curl_easy_perform(easy);
  if (handle_->body.too_long) {
    return base::Invalid(what + ": answer longer than " + std::to_string(kMaxBody) + " bytes");
  }
  if (code != CURLE_OK) return base::Error{CodeOf(code), what + ": " + ::curl_easy_strerror(code)};
  HttpAnswer answer;
  if (::curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer.status) != CURLE_OK) {
    return base::Internal(what + ": no status in the answer");
  }
  curl_header* flavor = nullptr;
  const bool has_flavor = ::curl_easy_header(easy, "Metadata-Flavor", 0, CURLH_HEADER, -1, &flavor) == CURLHE_OK;
  if (has_flavor && flavor->amount == 1) answer.metadata_flavor = flavor->value;
  answer.body = std::move(handle_->body.text);
  return answer;
}

std::string EscapeForPath(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (word || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 0xf];
    }
  }
  return out;
}

}  // namespace taglogin::daemon::tags
