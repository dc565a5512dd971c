// SPDX-License-Identifier: Apache-2.0
// Comparing two Contents field by field, without the code that writes them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "daemon/replica/contents.h"

namespace taglogin::daemon::replica {

inline auto Tie(const Moment& m) { return std::tie(m.boot_id, m.boot_ms, m.wall_s); }
inline auto Tie(const directory::Group& g) {
  return std::tie(g.id, g.guid, g.name, g.security, g.gid_number, g.domain);
}
inline auto Tie(const directory::Account& a) {
  return std::tie(a.id, a.guid, a.name, a.domain, a.upn, a.display_name, a.disabled, a.expires, a.locked_until,
                  a.workstations, a.password_must_change, a.password_expires, a.primary_group_id, a.uid_number,
                  a.gid_number, a.home, a.shell, a.key_values);
}
inline auto Tie(const directory::Membership& m) { return std::tie(m.group_id, m.path, m.contradicted); }
inline auto Tie(const MachineIdentity& m) { return std::tie(m.hardware, m.instance_id, m.account_id); }
inline auto Tie(const policy::Tag& t) { return std::tie(t.value, t.source, t.read_at); }

inline bool Same(const std::string& a, const std::string& b) { return a == b; }
inline bool Same(std::int64_t a, std::int64_t b) { return a == b; }
inline bool Same(const directory::Group& a, const directory::Group& b) { return Tie(a) == Tie(b); }
inline bool Same(const policy::Tag& a, const policy::Tag& b) { return Tie(a) == Tie(b); }
inline bool Same(const directory::ResolvedGroup& a, const directory::ResolvedGroup& b) {
  return a.resolution == b.resolution && Same(a.group, b.group);
}
inline bool SameHours(const std::optional<directory::LogonHours>& a, const std::optional<directory::LogonHours>& b) {
  return a.has_value() == b.has_value() && (!a || (a->open == b->open && a->readable == b->readable));
}
inline bool Same(const directory::Member& a, const directory::Member& b) {
  return Tie(a.account) == Tie(b.account) && SameHours(a.account.logon_hours, b.account.logon_hours) &&
         a.nss_group_ids == b.nss_group_ids &&
         std::equal(a.memberships.begin(), a.memberships.end(), b.memberships.begin(), b.memberships.end(),
                    [](const auto& x, const auto& y) { return Tie(x) == Tie(y); });
}
inline bool Same(const ExtraAccount& a, const ExtraAccount& b) {
  return Same(a.member, b.member) && Tie(a.read_at) == Tie(b.read_at);
}
template <typename Map>
bool SameMap(const Map& a, const Map& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.first == y.first && Same(x.second, y.second); });
}
inline bool Same(const WalkedClosure& a, const WalkedClosure& b) {
  return a.closure.server == b.closure.server && SameMap(a.closure.groups, b.closure.groups) &&
         a.closure.users == b.closure.users && a.closure.ambiguous_users == b.closure.ambiguous_users &&
         SameMap(a.closure.known_groups, b.closure.known_groups) && SameMap(a.closure.members, b.closure.members) &&
         a.closure.warnings == b.closure.warnings && a.asked.groups == b.asked.groups &&
         a.asked.users == b.asked.users && Tie(a.walked_at) == Tie(b.walked_at) &&
         std::equal(a.read_at.begin(), a.read_at.end(), b.read_at.begin(), b.read_at.end(),
                    [](const auto& x, const auto& y) { return x.first == y.first && Tie(x.second) == Tie(y.second); });
}
inline bool Same(const TagReading& a, const TagReading& b) {
  return a.tags.known == b.tags.known && SameMap(a.tags.tags, b.tags.tags) && a.tags.hostname == b.tags.hostname &&
         a.tags.instance_id == b.tags.instance_id && a.sources == b.sources && a.account_id == b.account_id &&
         a.region == b.region && Tie(a.read_at) == Tie(b.read_at);
}
template <typename Value>
bool Same(const std::optional<Value>& a, const std::optional<Value>& b) {
  return a.has_value() == b.has_value() && (!a || Same(*a, *b));
}

inline bool Same(const std::vector<EarlierTags>& a, const std::vector<EarlierTags>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const EarlierTags& x, const EarlierTags& y) {
    return x.tags.known == y.tags.known && SameMap(x.tags.tags, y.tags.tags) && x.tags.hostname == y.tags.hostname &&
           x.tags.instance_id == y.tags.instance_id && Tie(x.replaced_at) == Tie(y.replaced_at);
  });
}

inline bool IsSame(const Contents& a, const Contents& b) {
  return a.pins == b.pins && Same(a.walk, b.walk) && SameMap(a.extras, b.extras) && a.last_used == b.last_used &&
         Same(a.tags, b.tags) && Same(a.earlier_tags, b.earlier_tags) && Tie(a.machine) == Tie(b.machine) &&
         a.tags_distrust == b.tags_distrust && a.wall_high_water_s == b.wall_high_water_s && a.decisions == b.decisions;
}

inline void ExpectEqual(const Contents& actual, const Contents& expected) {
  EXPECT_EQ(actual.pins, expected.pins);
  EXPECT_TRUE(Same(actual.walk, expected.walk));
  EXPECT_TRUE(SameMap(actual.extras, expected.extras));
  EXPECT_EQ(actual.last_used, expected.last_used);
  EXPECT_TRUE(Same(actual.tags, expected.tags));
  EXPECT_TRUE(Same(actual.earlier_tags, expected.earlier_tags));
  EXPECT_TRUE(Tie(actual.machine) == Tie(expected.machine));
  EXPECT_EQ(actual.tags_distrust, expected.tags_distrust);
  EXPECT_EQ(actual.wall_high_water_s, expected.wall_high_water_s);
  EXPECT_EQ(actual.decisions, expected.decisions);
}

}  // namespace taglogin::daemon::replica
