// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/tag_hold.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "daemon/replica/digest.h"
#include "daemon/replica/freshness.h"
#include "policy/tag_change.h"

namespace taglogin::daemon::replica {
namespace {

constexpr std::string_view kFile = "file:";
constexpr std::size_t kIdDigits = 32;  // who may tag the machine must not find two sets with one id

bool IsLocal(const policy::Tag& tag) { return tag.source.starts_with(kFile); }

// See EarlierTagSets.
policy::TagSet WithLocalTagsOf(policy::TagSet earlier, const policy::TagSet& current) {
  if (!earlier.known) return earlier;
  std::erase_if(earlier.tags, [](const auto& entry) { return IsLocal(entry.second); });
  for (const auto& [key, tag] : current.tags) {
    if (IsLocal(tag)) earlier.tags.insert_or_assign(key, tag);
  }
  return earlier;
}

// The newest moment at which one of the first two counted; see kMaxEarlierTags.
void MergeOldest(std::vector<EarlierTags>& earlier) {
  while (earlier.size() > kMaxEarlierTags) {
    earlier[1].tags = policy::TagSet();
    earlier.erase(earlier.begin());
  }
}

// Drops what lasted long enough ago, by the clock and by the oldest answer that the tags rest on.
void DropElapsed(Contents& contents, const HoldSettings& hold, const Moment& now) {
  if (hold.until_confirmed) return;
  const auto lasted = [&](const Moment& since, const Moment& until) {
    const Age age = AgeOf(since, until, contents.wall_high_water_s);
    return age.known && age.age >= hold.delay;
  };
  std::erase_if(contents.earlier_tags, [&](EarlierTags& earlier) {
    if (hold.delay.count() == 0) return true;
    // Across boots there is the wall clock alone, which others can set.
    if (now.boot_id.empty() || earlier.replaced_at.boot_id != now.boot_id) earlier.replaced_at = now;
    return lasted(earlier.replaced_at, now) && lasted(earlier.replaced_at, contents.tags->read_at);
  });
}

// Drops what no longer makes a difference.
void DropCovered(Contents& contents, const policy::RuleSet& rules) {
  const policy::TagSet& current = contents.tags->tags;
  std::erase_if(contents.earlier_tags, [&](const EarlierTags& earlier) {
    return policy::AddsNothing(rules, WithLocalTagsOf(earlier.tags, current), current);
  });
}

}  // namespace

bool SameTags(const policy::TagSet& a, const policy::TagSet& b) {
  return a.known == b.known && a.hostname == b.hostname && a.instance_id == b.instance_id &&
         std::equal(a.tags.begin(), a.tags.end(), b.tags.begin(), b.tags.end(), [](const auto& x, const auto& y) {
           return x.first == y.first && x.second.value == y.second.value;
         });
}

TagChange TakeTags(Contents& contents, TagReading reading, const policy::RuleSet& rules, const HoldSettings& hold,
                   const Moment& now) {
  TagChange change;
  if (!contents.tags) {
    contents.tags = std::move(reading);
    contents.earlier_tags.clear();
    change.outcome = TagChange::Outcome::kFirst;
    return change;
  }
  std::vector<EarlierTags>& earlier = contents.earlier_tags;
  const bool changed = !SameTags(contents.tags->tags, reading.tags);
  const bool was_held = !earlier.empty();
  if (changed) {
    change.before = contents.tags->tags;
    // One entry for each set, as of when it was last there.
    std::erase_if(earlier, [&](const EarlierTags& other) { return SameTags(other.tags, change.before); });
    earlier.push_back({change.before, now});
    MergeOldest(earlier);
  } else if (was_held) {
    change.before = earlier.front().tags;
  }
  contents.tags = std::move(reading);
  DropCovered(contents, rules);
  DropElapsed(contents, hold, now);
  if (changed) {
    change.outcome = earlier.empty() ? TagChange::Outcome::kApplied : TagChange::Outcome::kHeld;
  } else if (was_held && earlier.empty()) {
    change.outcome = TagChange::Outcome::kElapsed;
  }
  return change;
}

void BeginHoldsAnew(Contents& contents, const Moment& now) {
  for (EarlierTags& earlier : contents.earlier_tags) earlier.replaced_at = now;
}

TagChange Accept(Contents& contents) {
  TagChange change;
  if (contents.earlier_tags.empty()) return change;
  change.before = contents.earlier_tags.front().tags;
  contents.earlier_tags.clear();
  change.outcome = TagChange::Outcome::kAccepted;
  return change;
}

std::vector<policy::TagSet> EarlierTagSets(const Contents& contents) {
  std::vector<policy::TagSet> sets;
  if (!contents.tags) return sets;
  for (const EarlierTags& earlier : contents.earlier_tags) {
    sets.push_back(WithLocalTagsOf(earlier.tags, contents.tags->tags));
  }
  return sets;
}

policy::SelectedNames SelectForAll(const policy::RuleSet& rules, const policy::TagSet& current,
                                   const Contents& contents) {
  policy::SelectedNames all = policy::Select(rules, current);
  const auto merge = [](std::vector<std::string>& into, const std::vector<std::string>& more) {
    std::vector<std::string> merged;
    std::set_union(into.begin(), into.end(), more.begin(), more.end(), std::back_inserter(merged));
    into = std::move(merged);
  };
  std::vector<policy::TagSet> others = EarlierTagSets(contents);
  // Once they count again, their groups need not be read anew.
  if (contents.tags && !contents.tags_distrust.empty()) others.push_back(contents.tags->tags);
  for (const policy::TagSet& tags : others) {
    const policy::SelectedNames names = policy::Select(rules, tags);
    merge(all.groups, names.groups);
    merge(all.users, names.users);
  }
  return all;
}

std::optional<std::int64_t> HeldUntil(const Contents& contents, const HoldSettings& hold) {
  if (contents.earlier_tags.empty() || hold.until_confirmed) return std::nullopt;
  std::int64_t latest = 0;
  for (const EarlierTags& earlier : contents.earlier_tags) latest = std::max(latest, earlier.replaced_at.wall_s);
  return latest + hold.delay.count();
}

std::string TagsId(const policy::TagSet& tags) {
  // Lengths in front, so that no two sets give one text.
  std::string text = tags.known ? "known" : "unknown";
  const auto add = [&text](std::string_view part) {
    text.append(std::to_string(part.size())).append(":").append(part);
  };
  add(tags.hostname);
  add(tags.instance_id);
  for (const auto& [key, tag] : tags.tags) {
    add(key);
    add(tag.value);
  }
  return ToHex(Sha256(text)).substr(0, kIdDigits);
}

}  // namespace taglogin::daemon::replica
