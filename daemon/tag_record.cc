// SPDX-License-Identifier: Apache-2.0
#include "daemon/tag_record.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/printable.h"
#include "daemon/judge.h"

namespace taglogin::daemon {
namespace {

using What = ReplicaWorker::TagStep::What;

constexpr std::size_t kMaxDifferences = 8;
constexpr std::size_t kMaxAccounts = 32;
constexpr std::size_t kMaxShown = 64;

std::string Quoted(const std::string& value) { return "\"" + base::Printable(value, kMaxShown) + "\""; }

std::string ValueIn(const policy::TagSet& tags, const std::string& key) {
  const auto found = tags.tags.find(key);
  if (found == tags.tags.end()) return "none";
  return Quoted(found->second.value) + " (" + base::Printable(found->second.source, kMaxShown) + ")";
}

const char* CodeOf(What what) {
  switch (what) {
    case What::kFirst:
      return "TL-TAGS-FIRST";
    case What::kChanged:
      return "TL-TAGS-CHANGED";
    case What::kHeld:
      return "TL-TAGS-HELD";
    case What::kElapsed:
      return "TL-TAGS-ELAPSED";
    case What::kAccepted:
      return "TL-TAGS-ACCEPTED";
    case What::kApplied:
      return "TL-TAGS-APPLIED";
  }
  return "TL-TAGS-CHANGED";
}

std::string Until(const ReplicaWorker::TagStep& step) {
  if (!step.held_until) return "until root confirms it (taglogin tags accept)";
  return "until " + IsoTime(*step.held_until) + " at the earliest, or until root confirms it (taglogin tags accept)";
}

std::string DetailOf(const ReplicaWorker::TagStep& step) {
  const std::string what = Difference(step.before, step.after);
  const std::string accounts = std::to_string(step.accounts.size()) + " accounts";
  switch (step.what) {
    case What::kFirst:
      return "the first tags of this machine count at once";
    case What::kChanged:
      return "the tags have changed: " + what +
             (step.held ? "; what this takes away is gone, what it adds is held " + Until(step)
                        : std::string("; it adds nothing"));
    case What::kHeld:
      return "held " + Until(step) + ": " + accounts + " would get in by: " + what;
    case What::kElapsed:
      return "the hold is over: the tags have stayed as they are long enough: " + what;
    case What::kAccepted:
      return "root has confirmed the tags as they are: " + what;
    case What::kApplied:
      return "the tags count as they are: " + what + "; " + accounts + " that were held back may get in";
  }
  return what;
}

std::vector<audit::TagFact> FactsOf(const policy::TagSet& tags, std::int64_t age_s) {
  std::vector<audit::TagFact> facts;
  for (const auto& [key, tag] : tags.tags) facts.push_back({key, tag.value, tag.source, age_s});
  return facts;
}

}  // namespace

std::string Difference(const policy::TagSet& before, const policy::TagSet& after) {
  std::vector<std::string> parts;
  std::set<std::string> keys;
  for (const auto& [key, tag] : before.tags) keys.insert(key);
  for (const auto& [key, tag] : after.tags) keys.insert(key);
  for (const std::string& key : keys) {
    const auto was = before.tags.find(key);
    const auto is = after.tags.find(key);
    if (was != before.tags.end() && is != after.tags.end() && was->second.value == is->second.value) continue;
    parts.push_back(base::Printable(key, kMaxShown) + ": " + ValueIn(before, key) + " -> " + ValueIn(after, key));
  }
  if (before.hostname != after.hostname) {
    parts.push_back("host name: " + Quoted(before.hostname) + " -> " + Quoted(after.hostname));
  }
  if (before.instance_id != after.instance_id) {
    parts.push_back("instance id: " + Quoted(before.instance_id) + " -> " + Quoted(after.instance_id));
  }
  if (!before.known) parts.emplace_back("too many different tags before");
  std::string out;
  for (std::size_t i = 0; i < std::min(parts.size(), kMaxDifferences); ++i) out += (i == 0 ? "" : ", ") + parts[i];
  if (parts.size() > kMaxDifferences) out += " and " + std::to_string(parts.size() - kMaxDifferences) + " more";
  return parts.empty() ? "the same tags as before" : out;
}

audit::Event EventOf(const ReplicaWorker::TagStep& step, const replica::Moment& now) {
  audit::Event event;
  event.kind = audit::Kind::kTags;
  event.time = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  event.allowed = !step.held;
  event.reason_code = CodeOf(step.what);
  event.detail = DetailOf(step);
  const auto age = replica::AgeOf(step.read_at, now, now.wall_s);
  event.tags = FactsOf(step.after, age.age.count());
  event.tags_before = FactsOf(step.before, age.age.count());
  event.held_accounts = step.accounts;
  if (event.held_accounts.size() > kMaxAccounts) {
    event.more_held_accounts = event.held_accounts.size() - kMaxAccounts;
    event.held_accounts.resize(kMaxAccounts);
  }
  return event;
}

}  // namespace taglogin::daemon
