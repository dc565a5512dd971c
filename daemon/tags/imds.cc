// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>

#include "base/printable.h"
#include "base/secret.h"
#include "daemon/tags/check_tag.h"
#include "daemon/tags/http_get.h"
#include "daemon/tags/source.h"

namespace taglogin::daemon::tags {
namespace {

using base::ErrorCode;
using base::Printable;
using base::Result;

// The longest life that IMDSv2 gives (Amazon EC2 user guide, "Use IMDSv2").
constexpr char kTokenLifeHeader[] = "X-aws-ec2-metadata-token-ttl-seconds: 21600";
constexpr std::int64_t kTokenLifeMs = 21600000;
constexpr std::int64_t kTokenMarginMs = 300000;
constexpr std::size_t kMaxToken = 1024;

constexpr char kTokenPath[] = "/latest/api/token";
constexpr char kTagsPath[] = "/latest/meta-data/tags/instance/";
constexpr char kInstanceIdPath[] = "/latest/meta-data/instance-id";
constexpr char kIdentityPath[] = "/latest/dynamic/instance-identity/document";

// A header line is made of it: visible ASCII alone.
bool IsToken(std::string_view text) {
  return !text.empty() && text.size() <= kMaxToken &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool IsIdentifier(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

base::Error Refused(long status, const std::string& what) {
  const ErrorCode code = status >= 500 ? ErrorCode::kUnavailable : ErrorCode::kRefused;
  return {code, what + " (HTTP " + std::to_string(status) + ")"};
}

class ImdsSource final : public Source {
 public:
  explicit ImdsSource(std::string endpoint) : endpoint_(std::move(endpoint)) {}
  std::string Name() const override { return "imds"; }

  Result<Reading> Read(base::Deadline deadline) override {
    auto list = Get(kTagsPath, deadline);
    if (!list) return list.error();
    if (list->status == 404) {
      return base::NotFound(endpoint_ +
                            ": instance metadata shows no tags: switch them on with aws ec2 "
                            "modify-instance-metadata-options --instance-metadata-tags enabled, or tag the instance");
    }
    if (list->status != 200) return Refused(list->status, endpoint_ + ": no list of tags");
    Reading reading;
    if (auto read = ReadTags(list->body, reading, deadline); !read) return read.error();
    if (auto read = ReadInstanceId(reading, deadline); !read) return read.error();
    if (auto read = ReadIdentity(reading, deadline); !read) return read.error();
    return reading;
  }

 private:
  Result<void> FetchToken(base::Deadline deadline) {
    auto answer = http_.Ask("PUT", endpoint_ + kTokenPath, {kTokenLifeHeader}, deadline);
    if (!answer) return answer.error();
    base::Secret token(std::move(answer->body));
    if (answer->status == 403) return Refused(403, endpoint_ + ": instance metadata is switched off or out of reach");
    if (answer->status != 200) return Refused(answer->status, endpoint_ + ": no IMDSv2 token, and IMDSv1 is not used");
    if (!IsToken(token.Reveal())) return base::Invalid(endpoint_ + ": the IMDSv2 token is not one");
    token_ = std::move(token);
    token_until_ms_ = base::ClockMs(CLOCK_BOOTTIME) + kTokenLifeMs - kTokenMarginMs;
    return {};
  }

  Result<HttpAnswer> GetOnce(const std::string& path, base::Deadline deadline) {
    if (token_.empty() || base::ClockMs(CLOCK_BOOTTIME) >= token_until_ms_) {
      if (auto fetched = FetchToken(deadline); !fetched) return fetched.error();
    }
    std::vector<std::string> headers(1);
    headers[0].reserve(kMaxToken + 64);
    headers[0].append("X-aws-ec2-metadata-token: ").append(token_.Reveal());
    return http_.Ask("GET", endpoint_ + path, std::move(headers), deadline);
  }

  Result<HttpAnswer> Get(const std::string& path, base::Deadline deadline) {
    auto answer = GetOnce(path, deadline);
    if (!answer || answer->status != 401) return answer;
    // The token is no longer known (the machine was stopped and started): once more with a new one.
    token_ = base::Secret();
    answer = GetOnce(path, deadline);
    if (!answer || answer->status != 401) return answer;
    token_ = base::Secret();
    return Refused(401, endpoint_ + path + ": a new token is refused");
  }

  Result<void> ReadTags(std::string_view list, Reading& reading, base::Deadline deadline) {
    const std::vector<std::string> keys = Lines(list);
    if (keys.size() > kMaxTags) return base::Invalid(endpoint_ + ": more than 64 tags");
    std::set<std::string> twice;
    for (const std::string& raw : keys) {
      auto key = CheckKey(raw);
      if (!key) {
        reading.warnings.push_back(key.error().detail + ": left out");
        continue;
      }
      auto answer = Get(kTagsPath + EscapeForPath(raw), deadline);
      if (!answer) return answer.error();
      if (answer->status == 404) continue;  // taken away since the list was read
      if (answer->status != 200) return Refused(answer->status, endpoint_ + ": no value for " + Printable(raw));
      auto value = CheckValue(*key, answer->body);
      if (!value) {
        reading.warnings.push_back(value.error().detail + ": left out");
      } else if (!reading.tags.emplace(*key, std::move(*value)).second) {
        twice.insert(*key);
      }
    }
    for (const std::string& key : twice) {
      reading.tags.erase(key);
      reading.warnings.push_back("tag key \"" + Printable(key) + "\" stands there twice: left out");
    }
    return {};
  }

  Result<void> ReadInstanceId(Reading& reading, base::Deadline deadline) {
    auto answer = Get(kInstanceIdPath, deadline);
    if (!answer) return answer.error();
    if (answer->status == 404) return {};
    if (answer->status != 200) return Refused(answer->status, endpoint_ + ": no instance id");
    if (IsIdentifier(answer->body)) {
      reading.instance_id = std::move(answer->body);
    } else {
      reading.warnings.push_back("the instance id \"" + Printable(answer->body, 64) + "\" is not one: left out");
    }
    return {};
  }

  Result<void> ReadIdentity(Reading& reading, base::Deadline deadline) {
    auto answer = Get(kIdentityPath, deadline);
    if (!answer) return answer.error();
    if (answer->status == 404) return {};
    if (answer->status != 200) return Refused(answer->status, endpoint_ + ": no identity document");
    const auto document = nlohmann::json::parse(answer->body, nullptr, false);
    const auto take = [&](const char* name, std::string& into) {
      const auto found = document.is_object() ? document.find(name) : document.end();
      const auto* text = found == document.end() ? nullptr : found->get_ptr<const std::string*>();
      if (text != nullptr && IsIdentifier(*text)) {
        into = *text;
      } else {
        reading.warnings.push_back(std::string("the identity document has no usable ") + name);
      }
    };
    take("accountId", reading.account_id);
    take("region", reading.region);
    return {};
  }

  std::string endpoint_;
  HttpClient http_;
  base::Secret token_;
  std::int64_t token_until_ms_ = 0;  // CLOCK_BOOTTIME: it ages while the machine sleeps
};

}  // namespace

std::unique_ptr<Source> MakeImdsSource(std::string endpoint) {
  return std::make_unique<ImdsSource>(std::move(endpoint));
}

}  // namespace taglogin::daemon::tags
