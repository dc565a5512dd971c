// SPDX-License-Identifier: Apache-2.0
#include "daemon/tags/imds_client.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace taglogin::daemon::tags {
namespace {

using base::ErrorCode;
using base::Result;

// The longest life that IMDSv2 gives (Amazon EC2 user guide, "Use IMDSv2").
constexpr char kTokenLifeHeader[] = "X-aws-ec2-metadata-token-ttl-seconds: 21600";
constexpr std::int64_t kTokenLifeMs = 21600000;
constexpr std::int64_t kTokenMarginMs = 300000;
constexpr std::size_t kMaxToken = 1024;
constexpr char kTokenPath[] = "/latest/api/token";

// A header line is made of it: visible ASCII alone.
bool IsToken(std::string_view text) {
  return !text.empty() && text.size() <= kMaxToken &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

bool IsIdentifier(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

base::Error ImdsClient::Refused(long status, const std::string& what) const {
  const ErrorCode code = status >= 500 ? ErrorCode::kUnavailable : ErrorCode::kRefused;
  return {code, endpoint_ + ": " + what + " (HTTP " + std::to_string(status) + ")"};
}

Result<void> ImdsClient::FetchToken(base::Deadline deadline) {
  auto answer = http_.Ask("PUT", endpoint_ + kTokenPath, {kTokenLifeHeader}, deadline);
  if (!answer) return answer.error();
  base::Secret token(std::move(answer->body));
  if (answer->status == 403) return Refused(403, "instance metadata is switched off or out of reach");
  if (answer->status != 200) return Refused(answer->status, "no IMDSv2 token, and IMDSv1 is not used");
  if (!IsToken(token.Reveal())) return base::Invalid(endpoint_ + ": the IMDSv2 token is not one");
  token_ = std::move(token);
  token_until_ms_ = base::ClockMs(CLOCK_BOOTTIME) + kTokenLifeMs - kTokenMarginMs;
  return {};
}

Result<HttpAnswer> ImdsClient::GetOnce(const std::string& path, base::Deadline deadline) {
  if (token_.empty() || base::ClockMs(CLOCK_BOOTTIME) >= token_until_ms_) {
    if (auto fetched = FetchToken(deadline); !fetched) return fetched.error();
  }
  std::vector<std::string> headers(1);
  headers[0].reserve(kMaxToken + 64);
  headers[0].append("X-aws-ec2-metadata-token: ").append(token_.Reveal());
  return http_.Ask("GET", endpoint_ + path, std::move(headers), deadline);
}

Result<HttpAnswer> ImdsClient::Get(const std::string& path, base::Deadline deadline) {
  auto answer = GetOnce(path, deadline);
  if (!answer || answer->status != 401) return answer;
  // The token is no longer known (the machine was stopped and started): once more with a new one.
  token_ = base::Secret();
  answer = GetOnce(path, deadline);
  if (!answer || answer->status != 401) return answer;
  token_ = base::Secret();
  return base::Error{ErrorCode::kRefused, endpoint_ + path + ": a new token is refused (HTTP 401)"};
}

}  // namespace taglogin::daemon::tags
