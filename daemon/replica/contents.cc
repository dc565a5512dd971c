// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/contents.h"

#include <algorithm>
#include <utility>

namespace taglogin::daemon::replica {
namespace {

bool UsedLately(const Contents& contents, const std::string& id, std::int64_t wall_now_s) {
  const auto used = contents.last_used.find(id);
  return used != contents.last_used.end() && used->second > wall_now_s - kIdentityKeptS;
}

// Members of the outgoing closure whose identity is still needed become extras.
void KeepUsedIdentities(Contents& contents, WalkedClosure& old, const directory::Closure& next, const Moment& now) {
  for (auto& [id, member] : old.closure.members) {
    if (next.members.contains(id) || !UsedLately(contents, id, now.wall_s)) continue;
    member.memberships.clear();
    const Moment read_at = old.ReadAt(member.account.domain);
    contents.extras.insert_or_assign(id, ExtraAccount{std::move(member), read_at});
  }
}

// Of this boot, as everything that the directory's worker remembers. A moment of before the clock began is none.
Moment Before(const Moment& now, std::int64_t age_ms) {
  age_ms = std::max<std::int64_t>(age_ms, 1);
  if (age_ms > now.boot_ms) return {};
  return {now.boot_id, now.boot_ms - age_ms, now.wall_s - (age_ms + 999) / 1000};
}

void PinNewNames(Contents& contents, const directory::Closure& closure) {
  for (const auto& [name, resolved] : closure.groups) {
    if (resolved.resolution == directory::Resolution::kFound) contents.pins.try_emplace(name, resolved.group.id);
  }
  for (const auto& [name, id] : closure.users) contents.pins.try_emplace(name, id);
}

void DropLongestUnused(Contents& contents) {
  const auto used_at = [&contents](const auto& extra) {
    const auto used = contents.last_used.find(extra.first);
    return used == contents.last_used.end() ? 0 : used->second;
  };
  const auto oldest = std::min_element(contents.extras.begin(), contents.extras.end(),
                                       [&](const auto& a, const auto& b) { return used_at(a) < used_at(b); });
  if (oldest == contents.extras.end()) return;
  contents.last_used.erase(oldest->first);
  contents.extras.erase(oldest);
}

}  // namespace

void ApplyClosure(Contents& contents, directory::Closure closure, policy::SelectedNames asked, const Moment& now) {
  if (contents.walk) KeepUsedIdentities(contents, *contents.walk, closure, now);
  std::erase_if(contents.extras, [&](const auto& extra) {
    return closure.members.contains(extra.first) || !UsedLately(contents, extra.first, now.wall_s);
  });
  PinNewNames(contents, closure);
  std::map<std::string, Moment> read_at;
  for (const auto& [domain, age_ms] : closure.behind_ms) read_at[domain] = Before(now, age_ms);
  contents.walk = WalkedClosure{std::move(closure), std::move(asked), now, std::move(read_at)};
  std::erase_if(contents.last_used, [&](const auto& used) { return !UsedLately(contents, used.first, now.wall_s); });
  RaiseHighWater(contents, now);
}

void ApplyLookup(Contents& contents, directory::Member member, const Moment& now) {
  const std::string id = member.account.id;
  contents.last_used[id] = now.wall_s;
  RaiseHighWater(contents, now);
  if (contents.walk && contents.walk->closure.members.contains(id)) return;
  member.memberships.clear();
  contents.extras.insert_or_assign(id, ExtraAccount{std::move(member), now});
  if (contents.extras.size() > kMaxExtras) DropLongestUnused(contents);
}

std::vector<std::string> LookupIds(const Contents& contents, const Moment& now) {
  std::vector<std::string> ids;
  for (const auto& [id, extra] : contents.extras) ids.push_back(id);
  if (contents.walk) {
    for (const auto& [id, member] : contents.walk->closure.members) {
      if (member.memberships.empty() && UsedLately(contents, id, now.wall_s)) ids.push_back(id);
    }
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

namespace {

// While that domain is silent the way is not seen, and only tokenGroups says what it led to.
bool LeadsThroughOtherDomain(const directory::Membership& way) {
  return std::any_of(way.path.begin(), way.path.end(),
                     [](const std::string& name) { return name.find('@') != std::string::npos; });
}

}  // namespace

std::vector<std::string> DoubtfulIds(const Contents& contents) {
  std::vector<std::string> ids;
  if (!contents.walk) return ids;
  for (const auto& [id, member] : contents.walk->closure.members) {
    const auto& ways = member.memberships;
    const bool doubtful = std::any_of(ways.begin(), ways.end(), [](const directory::Membership& way) {
      return way.contradicted || way.by_token_alone || LeadsThroughOtherDomain(way);
    });
    if (doubtful) ids.push_back(id);
  }
  return ids;
}

void RaiseHighWater(Contents& contents, const Moment& now) {
  contents.wall_high_water_s = std::max(contents.wall_high_water_s, now.wall_s);
}

}  // namespace taglogin::daemon::replica
