// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>

#include "base/printable.h"
#include "daemon/tags/check_tag.h"
#include "daemon/tags/identity_document.h"
#include "daemon/tags/imds_client.h"
#include "daemon/tags/source.h"

namespace taglogin::daemon::tags {
namespace {

using base::ErrorCode;
using base::Printable;
using base::Result;

constexpr char kTagsPath[] = "/latest/meta-data/tags/instance/";
constexpr char kInstanceIdPath[] = "/latest/meta-data/instance-id";
std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

class ImdsSource final : public Source {
 public:
  ImdsSource(std::string endpoint, std::string certificates)
      : imds_(std::move(endpoint)), certificates_(std::move(certificates)) {}
  std::string Name() const override { return "imds"; }

  Result<Reading> Read(base::Deadline deadline) override {
    auto list = imds_.Get(kTagsPath, deadline);
    if (!list) return list.error();
    if (list->status == 404) {
      return base::NotFound(imds_.endpoint() +
                            ": instance metadata shows no tags: switch them on with aws ec2 "
                            "modify-instance-metadata-options --instance-metadata-tags enabled, or tag the instance");
    }
    if (list->status != 200) return imds_.Refused(list->status, "no list of tags");
    Reading reading;
    if (auto read = ReadTags(list->body, reading, deadline); !read) return read.error();
    if (auto read = ReadInstanceId(reading, deadline); !read) return read.error();
    if (auto read = ReadIdentity(reading, deadline); !read) return read.error();
    return reading;
  }

 private:
  Result<void> ReadTags(std::string_view list, Reading& reading, base::Deadline deadline) {
    const std::vector<std::string> keys = Lines(list);
    if (keys.size() > kMaxTags) return base::Invalid(imds_.endpoint() + ": more than 64 tags");
    std::set<std::string> twice;
    for (const std::string& raw : keys) {
      auto key = CheckKey(raw);
      if (!key) {
        reading.warnings.push_back(key.error().detail + ": left out");
        continue;
      }
      auto answer = imds_.Get(kTagsPath + EscapeForPath(raw), deadline);
      if (!answer) return answer.error();
      if (answer->status == 404) continue;  // taken away since the list was read
      if (answer->status != 200) return imds_.Refused(answer->status, "no value for " + Printable(raw));
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
    auto answer = imds_.Get(kInstanceIdPath, deadline);
    if (!answer) return answer.error();
    if (answer->status == 404) return {};
    if (answer->status != 200) return imds_.Refused(answer->status, "no instance id");
    if (IsIdentifier(answer->body)) {
      reading.instance_id = std::move(answer->body);
    } else {
      reading.warnings.push_back("the instance id \"" + Printable(answer->body, 64) + "\" is not one: left out");
    }
    return {};
  }

  Result<void> ReadIdentity(Reading& reading, base::Deadline deadline) {
    const auto identity = FetchIdentity(imds_, certificates_, deadline);
    if (!identity && certificates_.empty() && identity.error().code == ErrorCode::kNotFound) return {};
    if (!identity) return identity.error();
    if (!certificates_.empty() && identity->instance_id != reading.instance_id) {
      return base::Error{ErrorCode::kRefused, imds_.endpoint() + ": the identity document is not of this instance"};
    }
    for (const std::string& name : identity->missing) {
      if (name == "instanceId") continue;  // told by itself
      reading.warnings.push_back("the identity document has no usable " + name);
    }
    reading.account_id = identity->account_id;
    reading.region = identity->region;
    return {};
  }

  ImdsClient imds_;
  std::string certificates_;  // PEM; empty: the document is taken unsigned
};

}  // namespace

std::unique_ptr<Source> MakeImdsSource(std::string endpoint, std::string certificates) {
  return std::make_unique<ImdsSource>(std::move(endpoint), std::move(certificates));
}

}  // namespace taglogin::daemon::tags
