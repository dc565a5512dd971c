// SPDX-License-Identifier: Apache-2.0
// Short ways to write rules, tags, accounts and moments in the tests of policy/.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "policy/decide.h"

namespace taglogin::policy {

// Rules that must be right; without them the test stops.
inline RuleSet Rules(std::string_view toml) {
  auto rules = ParseRules(toml, "rules.toml");
  if (!rules) {
    ADD_FAILURE() << rules.error().detail;
    return {};
  }
  return *std::move(rules);
}

inline TagSet Tags(std::vector<std::pair<std::string, std::string>> tags) {
  TagSet set;
  set.known = true;
  set.hostname = "web1";
  set.instance_id = "i-0abc";
  for (auto& [key, value] : tags) set.tags[std::move(key)] = Tag{std::move(value), "test", {}};
  return set;
}

inline IpAddress Address(std::string_view text) {
  const auto address = IpAddress::Parse(text);
  EXPECT_TRUE(address) << text;
  return address.value_or(IpAddress{});
}

inline Request From(std::string_view address) { return {Request::Client::kAddress, Address(address)}; }
inline Request FromUnknown() { return {Request::Client::kUnknown, {}}; }

// Seconds since 1970 of a UTC time; the tests take the numbers from `date -u -d TIME +%s`.
inline std::chrono::sys_seconds At(std::int64_t seconds) {
  return std::chrono::sys_seconds(std::chrono::seconds(seconds));
}

// alice (S-alice) on a machine with Environment=prod, Role=web, where the groups ops (S-ops),
// ssh-prod-web (S-web) and contractors (S-contractors), and the accounts alice and bob are known.
struct World {
  TagSet tags = Tags({{"Environment", "prod"}, {"Role", "web"}});
  ResolvedNames names{{{"ops", "S-ops"}, {"ssh-prod-web", "S-web"}, {"contractors", "S-contractors"}},
                      {{"alice", "S-alice"}, {"bob", "S-bob"}}};
  Account account = [] {
    Account alice;
    alice.name = "alice";
    alice.id = "S-alice";
    return alice;
  }();
  AccountChecks checks;
  Ages ages;
  Request request;
  std::chrono::sys_seconds now = At(1700000000);

  World& In(const std::string& id, GroupPath path) {
    account.groups[id] = std::move(path);
    return *this;
  }
  Decision DecideBy(std::string_view toml) const {
    const RuleSet rules = Rules(toml);
    return Decide(Bind(rules, tags, names, checks), account, ages, request, now);
  }
};

}  // namespace taglogin::policy
