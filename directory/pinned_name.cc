// SPDX-License-Identifier: Apache-2.0
#include "directory/pinned_name.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "base/printable.h"
#include "directory/directory_name.h"

namespace taglogin::directory {
namespace {

constexpr std::size_t kMaxWarnings = 200;

ResolvedName Found(const std::string& guid, bool security) {
  return {security ? Resolution::kFound : Resolution::kNotSecurity, guid};
}

}  // namespace

ResolvedName JudgeName(const std::string& name, const NameCandidates& by_name, const NameCandidates& by_id,
                       const std::string& pin, std::vector<std::string>& warnings) {
  const auto [begin, end] = by_name.equal_range(NameKey(name));
  // Found twice, under two spellings that were asked for, it is still one.
  std::set<std::string_view> guids;
  for (auto item = begin; item != end; ++item) guids.insert(item->second.guid);
  const std::size_t count = guids.size();
  if (pin.empty()) {
    if (count == 0) return {Resolution::kNotFound, ""};
    if (count > 1) return {Resolution::kAmbiguous, ""};
    return Found(begin->second.guid, begin->second.security);
  }
  const auto pinned = by_id.find(pin);
  if (pinned == by_id.end()) {
    return {count == 0 ? Resolution::kNotFound : Resolution::kPinMismatch, ""};
  }
  const NameCandidate& object = pinned->second;
  const bool holds = std::any_of(begin, end, [&pin](const auto& item) { return item.second.id == pin; });
  if (count == 0) Warn(warnings, base::Printable(name) + " was renamed; " + pin + " still stands for it");
  if (holds || count == 0) return Found(object.guid, object.security);
  return {Resolution::kPinMismatch, object.guid};
}

std::string UserWarning(const std::string& name, Resolution resolution) {
  const std::string who = "user " + base::Printable(name);
  if (resolution == Resolution::kAmbiguous) return who + ": several accounts of that name, so it stands for nobody";
  if (resolution == Resolution::kPinMismatch) return who + ": now another account than the one it stood for before";
  return who + ": no account of that name within the search base";
}

void Warn(std::vector<std::string>& warnings, std::string text) {
  if (warnings.size() < kMaxWarnings) warnings.push_back(std::move(text));
}

}  // namespace taglogin::directory
