// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "base/printable.h"
#include "daemon/tags/check_tag.h"
#include "daemon/tags/http_get.h"
#include "daemon/tags/imds_client.h"
#include "daemon/tags/source.h"

namespace taglogin::daemon::tags {
namespace {

using base::ErrorCode;
using base::Result;

// Compute Engine documentation, "About VM metadata": the header that every question needs, and every answer bears.
constexpr char kFlavorHeader[] = "Metadata-Flavor: Google";
constexpr char kFlavor[] = "Google";
constexpr char kRoot[] = "/computeMetadata/v1/";
constexpr char kAttributes[] = "instance/attributes/";
// Only attributes that are meant: scripts and keys of other people stand beside them.
constexpr std::string_view kPrefix = "taglogin-";

// What stands behind the last '/': "europe-west3-c" of "projects/123/zones/europe-west3-c".
std::string LastPart(const std::string& path) { return path.substr(path.rfind('/') + 1); }

class GceSource final : public Source {
 public:
  explicit GceSource(std::string endpoint) : endpoint_(std::move(endpoint)) {}
  std::string Name() const override { return "gce"; }

  Result<Reading> Read(base::Deadline deadline) override {
    Reading reading;
    const std::pair<const char*, std::string*> facts[] = {{"instance/id", &reading.instance_id},
                                                          {"project/numeric-project-id", &reading.account_id},
                                                          {"instance/zone", &reading.region}};
    for (const auto& [path, into] : facts) {
      auto text = Get(path, deadline);
      if (!text) return text.error();
      *into = LastPart(*text);
      if (!IsIdentifier(*into)) return base::Invalid(endpoint_ + ": " + path + " is no identifier");
    }
    if (auto read = ReadTags(reading, deadline); !read) return read.error();
    return reading;
  }

 private:
  Result<std::string> Get(const std::string& path, base::Deadline deadline) {
    auto answer = http_.Ask("GET", endpoint_ + kRoot + path, {kFlavorHeader}, deadline);
    if (!answer) return answer.error();
    const std::string what = endpoint_ + ": " + base::Printable(path);
    if (answer->metadata_flavor != kFlavor) return base::Invalid(what + ": not Google's metadata server");
    if (answer->status == 404) return base::NotFound(what + " is not there");
    if (answer->status != 200) {
      return base::Error{answer->status >= 500 ? ErrorCode::kUnavailable : ErrorCode::kRefused,
                         what + ": HTTP " + std::to_string(answer->status)};
    }
    return std::move(answer->body);
  }

  Result<void> ReadTags(Reading& reading, base::Deadline deadline) {
    const auto list = Get(kAttributes, deadline);
    if (!list) return list.error();
    std::vector<std::string> names;
    for (std::string_view rest = *list; !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      if (line.starts_with(kPrefix)) names.emplace_back(line);
    }
    if (names.size() > kMaxTags) return base::Invalid(endpoint_ + ": more than 64 tags");
    for (const std::string& name : names) {
      const auto key = CheckKey(std::string_view(name).substr(kPrefix.size()));
      if (!key) {
        reading.warnings.push_back(key.error().detail + ": left out");
        continue;
      }
      auto answer = Get(kAttributes + EscapeForPath(name), deadline);
      if (!answer && answer.error().code == ErrorCode::kNotFound) continue;  // taken away since the list was read
      if (!answer) return answer.error();
      auto value = CheckValue(*key, *answer);
      if (!value) {
        reading.warnings.push_back(value.error().detail + ": left out");
      } else {
        reading.tags.emplace(*key, *std::move(value));
      }
    }
    return {};
  }

  std::string endpoint_;
  HttpClient http_;
};

}  // namespace

std::unique_ptr<Source> MakeGceSource(std::string endpoint) { return std::make_unique<GceSource>(std::move(endpoint)); }

}  // namespace taglogin::daemon::tags
