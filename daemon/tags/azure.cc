// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/printable.h"
#include "daemon/tags/check_tag.h"
#include "daemon/tags/http_get.h"
#include "daemon/tags/imds_client.h"
#include "daemon/tags/source.h"

namespace taglogin::daemon::tags {
namespace {

using base::ErrorCode;
using base::Result;
using nlohmann::json;

// The first version with tagsList (Azure Instance Metadata Service, "Instance metadata"); later ones give the machine's
// user data along, which may be longer than all else.
constexpr char kPath[] = "/metadata/instance/compute?api-version=2019-06-04&format=json";
constexpr char kHeader[] = "Metadata: true";

// The text of a member; nullptr when it has no such text.
const std::string* TextOf(const json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found == object.end() ? nullptr : found->get_ptr<const std::string*>();
}

void TakeTag(const json& item, Reading& reading, std::set<std::string>& twice) {
  const std::string* raw_key = TextOf(item, "name");
  const std::string* raw_value = TextOf(item, "value");
  if (raw_key == nullptr || raw_value == nullptr) {
    reading.warnings.emplace_back("an entry of tagsList has no name or no value: left out");
    return;
  }
  auto key = CheckKey(*raw_key);
  auto value = key ? CheckValue(*key, *raw_value) : Result<std::string>(std::string());
  if (!key || !value) {
    reading.warnings.push_back((key ? value.error() : key.error()).detail + ": left out");
  } else if (!reading.tags.emplace(*key, *std::move(value)).second) {
    twice.insert(*key);
    reading.warnings.push_back("tag key \"" + base::Printable(*key) + "\" stands there twice: left out");
  }
}

Result<Reading> FromCompute(const json& compute, const std::string& endpoint) {
  Reading reading;
  const std::pair<const char*, std::string*> facts[] = {
      {"vmId", &reading.instance_id}, {"subscriptionId", &reading.account_id}, {"location", &reading.region}};
  for (const auto& [name, into] : facts) {
    const std::string* text = TextOf(compute, name);
    if (text == nullptr || !IsIdentifier(*text)) return base::Invalid(endpoint + ": " + name + " is no identifier");
    *into = *text;
  }
  const auto list = compute.find("tagsList");
  if (list == compute.end() || !list->is_array()) return base::Invalid(endpoint + ": there is no tagsList");
  if (list->size() > kMaxTags) return base::Invalid(endpoint + ": more than 64 tags");
  std::set<std::string> twice;
  for (const json& item : *list) TakeTag(item, reading, twice);
  for (const std::string& key : twice) reading.tags.erase(key);
  return reading;
}

class AzureSource final : public Source {
 public:
  explicit AzureSource(std::string endpoint) : endpoint_(std::move(endpoint)) {}
  std::string Name() const override { return "azure"; }

  Result<Reading> Read(base::Deadline deadline) override {
    const auto answer = http_.Ask("GET", endpoint_ + kPath, {kHeader}, deadline);
    if (!answer) return answer.error();
    if (answer->status != 200) {
      const bool later = answer->status >= 500 || answer->status == 429;
      return base::Error{later ? ErrorCode::kUnavailable : ErrorCode::kRefused,
                         endpoint_ + ": HTTP " + std::to_string(answer->status)};
    }
    const json compute = json::parse(answer->body, nullptr, false);
    if (!compute.is_object()) return base::Invalid(endpoint_ + ": the answer is no JSON object");
    return FromCompute(compute, endpoint_);
  }

 private:
  std::string endpoint_;
  HttpClient http_;
};

}  // namespace

std::unique_ptr<Source> MakeAzureSource(std::string endpoint) {
  return std::make_unique<AzureSource>(std::move(endpoint));
}

}  // namespace taglogin::daemon::tags
