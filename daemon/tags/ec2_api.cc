// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>

#include "base/printable.h"
#include "daemon/tags/check_tag.h"
#include "daemon/tags/describe_tags.h"
#include "daemon/tags/identity_document.h"
#include "daemon/tags/imds_client.h"
#include "daemon/tags/source.h"

namespace taglogin::daemon::tags {
namespace {

using base::ErrorCode;
using base::Printable;
using base::Result;

constexpr char kRolesPath[] = "/latest/meta-data/iam/security-credentials/";
// So few that a page fits into HttpClient::kMaxBody however long its tags are.
constexpr char kPageSize[] = "20";
constexpr int kMaxPages = 16;
constexpr std::size_t kMaxToken = 4096;

bool IsVisible(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

// A name of IAM's: letters, digits and _+=,.@- (AWS IAM user guide, "IAM names").
bool IsRoleName(std::string_view text) {
  constexpr std::string_view kOthers = "_+=,.@-";
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

// What the API's code means here, and what to do; empty for others.
std::string_view Advice(std::string_view code) {
  if (code == "UnauthorizedOperation") return "the instance's role must be allowed ec2:DescribeTags";
  if (code == "RequestExpired" || code == "RequestTimeTooSkewed") return "this machine's clock is wrong";
  if (code == "AuthFailure" || code == "InvalidClientTokenId" || code == "SignatureDoesNotMatch") {
    return "the credentials of the instance's role are not accepted; a wrong clock or region does that too";
  }
  if (code == "RequestLimitExceeded") return "the account asks the EC2 API too often";
  return {};
}

class Ec2ApiSource final : public Source {
 public:
  explicit Ec2ApiSource(Ec2ApiPlace place) : place_(std::move(place)), imds_(place_.imds) {}
  std::string Name() const override { return "ec2-api"; }

  Result<Reading> Read(base::Deadline deadline) override {
    Reading reading;
    if (auto read = ReadIdentity(reading, deadline); !read) return read.error();
    AwsSigner signer;
    signer.region = reading.region;
    signer.service = "ec2";
    if (auto read = ReadCredentials(signer, deadline); !read) return read.error();
    if (auto read = ReadTags(signer, reading, deadline); !read) return read.error();
    return reading;
  }

 private:
  Result<void> ReadIdentity(Reading& reading, base::Deadline deadline) {
    const auto identity = FetchIdentity(imds_, place_.certificates, deadline);
    if (!identity) return identity.error();
    if (!identity->missing.empty()) {
      return base::Invalid(imds_.endpoint() + ": the identity document has no usable " + identity->missing.front());
    }
    reading.instance_id = identity->instance_id;
    reading.account_id = identity->account_id;
    reading.region = identity->region;
    return {};
  }

  Result<void> ReadCredentials(AwsSigner& signer, base::Deadline deadline) {
    auto roles = imds_.Get(kRolesPath, deadline);
    if (!roles) return roles.error();
    if (roles->status != 200) {
      return imds_.Refused(roles->status, "this instance has no role: give it one that may call ec2:DescribeTags");
    }
    const std::string role = roles->body.substr(0, roles->body.find('\n'));
    if (!IsRoleName(role)) return base::Invalid(imds_.endpoint() + ": the name of the instance's role is none");
    auto answer = imds_.Get(kRolesPath + EscapeForPath(role), deadline);
    if (!answer) return answer.error();
    if (answer->status != 200) return imds_.Refused(answer->status, "no credentials for role " + role);
    const base::Secret text(std::move(answer->body));
    const auto json = nlohmann::json::parse(text.Reveal(), nullptr, false);
    const auto take = [&](const char* name) {
      const auto found = json.is_object() ? json.find(name) : json.end();
      const auto* value = found == json.end() ? nullptr : found->get_ptr<const std::string*>();
      return value != nullptr && value->size() <= kMaxToken && IsVisible(*value) ? *value : std::string();
    };
    signer.key_id = take("AccessKeyId");
    signer.key = base::Secret(take("SecretAccessKey"));
    signer.session_token = base::Secret(take("Token"));
    if (IsKeyId(signer.key_id) && !signer.key.empty() && !signer.session_token.empty()) return {};
    return base::Invalid(imds_.endpoint() + ": the credentials of role " + role + " are not complete");
  }

  // libcurl puts it into a header as it is.
  static bool IsKeyId(std::string_view text) { return IsIdentifier(text); }

  std::string UrlFor(const std::string& region) const {
    if (!place_.endpoint.empty()) return place_.endpoint + "/";
    return "https://ec2." + region + (region.starts_with("cn-") ? ".amazonaws.com.cn/" : ".amazonaws.com/");
  }

  Result<TagsPage> ReadPage(const AwsSigner& signer, const Reading& reading, const std::string& next_token,
                            base::Deadline deadline) {
    const std::string url = UrlFor(reading.region);
    std::string form = "Action=DescribeTags&Version=2016-11-15&Filter.1.Name=resource-id&Filter.1.Value.1=" +
                       EscapeForPath(reading.instance_id) + "&MaxResults=" + kPageSize;
    if (!next_token.empty()) form += "&NextToken=" + EscapeForPath(next_token);
    auto answer = http_.PostSigned(url, form, signer, place_.ca_file, deadline);
    if (!answer) return answer.error();
    if (answer->status != 200) {
      const std::string code = ErrorCodeOf(answer->body);
      const std::string_view advice = Advice(code);
      std::string detail = Printable(url) + ": HTTP " + std::to_string(answer->status);
      if (!code.empty()) detail += ", " + code;
      if (!advice.empty()) detail.append(": ").append(advice);
      return base::Error{answer->status >= 500 ? ErrorCode::kUnavailable : ErrorCode::kRefused, detail};
    }
    auto page = ParseTagsPage(answer->body, reading.instance_id);
    if (!page) return base::Invalid(Printable(url) + ": " + page.error().detail);
    return page;
  }

  Result<void> ReadTags(const AwsSigner& signer, Reading& reading, base::Deadline deadline) {
    std::string next_token;
    std::set<std::string> twice;
    std::size_t seen = 0;
    for (int pages = 0; pages < kMaxPages; ++pages) {
      auto page = ReadPage(signer, reading, next_token, deadline);
      if (!page) return page.error();
      seen += page->tags.size();
      if (seen > kMaxTags) return base::Invalid("DescribeTags: more than 64 tags");
      for (const auto& [key, value] : page->tags) TakeTag(key, value, reading, twice);
      next_token = std::move(page->next_token);
      if (!next_token.empty() && next_token.size() <= kMaxToken) continue;
      if (!next_token.empty()) return base::Invalid("DescribeTags: the token of the next page is too long");
      // Another account's credentials see no tags of this instance either.
      if (seen == 0) return base::NotFound("DescribeTags: no tags of " + Printable(reading.instance_id));
      for (const std::string& key : twice) reading.tags.erase(key);
      return {};
    }
    return base::Invalid("DescribeTags: the answer has no end");
  }

  // Two keys that are one in NFC are none.
  static void TakeTag(const std::string& raw_key, const std::string& raw_value, Reading& reading,
                      std::set<std::string>& twice) {
    auto key = CheckKey(raw_key);
    auto value = key ? CheckValue(*key, raw_value) : Result<std::string>(std::string());
    if (!key || !value) {
      reading.warnings.push_back((key ? value.error() : key.error()).detail + ": left out");
    } else if (!reading.tags.emplace(*key, *std::move(value)).second) {
      twice.insert(*key);
      reading.warnings.push_back("tag key \"" + Printable(*key) + "\" stands there twice: left out");
    }
  }

  Ec2ApiPlace place_;
  ImdsClient imds_;
  HttpClient http_;
};

}  // namespace

std::unique_ptr<Source> MakeEc2ApiSource(Ec2ApiPlace place) { return std::make_unique<Ec2ApiSource>(std::move(place)); }

}  // namespace taglogin::daemon::tags
