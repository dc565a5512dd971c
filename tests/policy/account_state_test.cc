// SPDX-License-Identifier: Apache-2.0
// What keeps an account out whatever the rules say, at its edges.
#include <limits>

#include "tests/policy/fixtures.h"

namespace taglogin::policy {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr char kOpen[] = "[[rule]]\nname = 'a'\nlogin = ['ops']\n";
constexpr char kShut[] = "[[rule]]\nname = 'a'\nlogin = ['ops']\n[[rule]]\nname = 'b'\ndeny = '*'\n";

World Member() { return World().In("S-ops", {"ops"}); }

Reason ReasonFor(const World& world) { return world.DecideBy(kOpen).reason; }

struct State {
  const char* name;
  void (*set)(World&);
  Reason reason;
};

// In the order in which they count; each holds together with all that come after it.
const State kStates[] = {
    {"Disabled", [](World& w) { w.account.disabled = true; }, Reason::kDenyDisabled},
    {"Expired", [](World& w) { w.account.expires = w.now; }, Reason::kDenyExpired},
    {"Locked", [](World& w) { w.account.locked_until = w.now + seconds(1); }, Reason::kDenyLocked},
    {"Workstation", [](World& w) { w.account.workstations.emplace(); }, Reason::kDenyWorkstation},
    {"LogonHours", [](World& w) { w.account.logon_hours.emplace(); }, Reason::kDenyLogonHours},
    {"MustChange", [](World& w) { w.account.password_must_change = true; }, Reason::kDenyMustChange},
    {"PasswordExpired",
     [](World& w) {
       w.checks.password_expired_denies = true;
       w.account.password_expires = w.now;
     },
     Reason::kDenyPasswordExpired},
    {"Contradicted", [](World& w) { w.account.contradicted = true; }, Reason::kDenyContradicted},
};

TEST(AccountState, RefusesBeforeAnyRuleInTheOrderOfTheBook) {
  World world = Member();
  for (auto state = std::rbegin(kStates); state != std::rend(kStates); ++state) {
    World alone = Member();
    state->set(alone);
    state->set(world);
    for (const World& one : {alone, world}) {
      const Decision decision = one.DecideBy(kShut);
      EXPECT_FALSE(decision.allow) << state->name;
      EXPECT_EQ(decision.reason, state->reason) << state->name;
      EXPECT_EQ(decision.rule, "") << state->name;
      EXPECT_NE(decision.detail, "") << state->name;
    }
  }
}

TEST(AccountState, ExpiresAtItsSecond) {
  World world = Member();
  world.account.expires = world.now + seconds(1);
  EXPECT_EQ(ReasonFor(world), Reason::kAllowRule);
  world.now += seconds(1);
  EXPECT_EQ(ReasonFor(world), Reason::kDenyExpired);
}

TEST(AccountState, ALockEndsByItself) {
  World world = Member();
  world.account.locked_until = At(1700000000);
  world.now = At(1699999999);
  EXPECT_EQ(ReasonFor(world), Reason::kDenyLocked);
  EXPECT_EQ(world.DecideBy(kOpen).detail, "alice is locked in the directory until 2023-11-14T22:13:20Z");
  world.now = At(1700000000);
  EXPECT_EQ(ReasonFor(world), Reason::kAllowRule);
}

TEST(AccountState, ALockWithoutEndStays) {
  World world = Member();
  world.account.locked_until = sys_seconds::max();
  world.now = At(253402300800);  // the year 10000
  EXPECT_EQ(world.DecideBy(kOpen).detail, "alice is locked in the directory until somebody unlocks it");
  EXPECT_EQ(ReasonFor(world), Reason::kDenyLocked);
}

TEST(AccountState, WhatAPasswordMeansIsAChoice) {
  World world = Member();
  world.account.password_expires = world.now;
  EXPECT_EQ(ReasonFor(world), Reason::kAllowRule);
  world.checks.password_expired_denies = true;
  EXPECT_EQ(ReasonFor(world), Reason::kDenyPasswordExpired);
  EXPECT_EQ(world.DecideBy(kOpen).detail,
            "the password of alice expired at 2023-11-14T22:13:20Z, and [account] password_expired says deny");
  world.now -= seconds(1);
  EXPECT_EQ(ReasonFor(world), Reason::kAllowRule);
  world.account.password_must_change = true;
  EXPECT_EQ(ReasonFor(world), Reason::kDenyMustChange);
  world.checks.must_change_denies = false;
  EXPECT_EQ(ReasonFor(world), Reason::kAllowRule);
}

// 1700352000 is Sunday 2023-11-19 00:00:00 UTC.
TEST(AccountState, EachHourOfTheWeekHasItsBit) {
  World world = Member();
  const sys_seconds sunday = At(1700352000);
  for (int hour = 0; hour < 168; ++hour) {
    world.account.logon_hours.emplace().open.set(static_cast<std::size_t>(hour));
    for (const auto& [now, allowed] :
         {std::pair{sunday + hours(hour), true}, std::pair{sunday + hours(hour) - seconds(1), false},
          std::pair{sunday + hours(hour + 1) - seconds(1), true}, std::pair{sunday + hours(hour + 1), false}}) {
      world.now = now;
      EXPECT_EQ(ReasonFor(world), allowed ? Reason::kAllowRule : Reason::kDenyLogonHours) << hour;
    }
  }
}

// 1970-01-01 was a Thursday; hours count from there in both directions.
TEST(AccountState, HoursBefore1970AreWholeToo) {
  World world = Member();
  world.account.logon_hours.emplace().open.set(3 * 24 + 23);
  for (const auto& [now, allowed] : {std::pair{-3601, false}, {-3600, true}, {-1, true}, {0, false}}) {
    world.now = At(now);
    EXPECT_EQ(ReasonFor(world), allowed ? Reason::kAllowRule : Reason::kDenyLogonHours) << now;
  }
}

TEST(AccountState, WeeksHaveNoEnd) {
  World world = Member();
  world.account.logon_hours.emplace().open.set();
  for (const sys_seconds now : {sys_seconds::min(), sys_seconds::max()}) {
    world.now = now;
    EXPECT_EQ(ReasonFor(world), Reason::kAllowRule);
  }
}

TEST(AccountState, AllHoursAreNoLimitAndNoneAreAllOfIt) {
  World world = Member();
  world.account.logon_hours.emplace().open.set();
  EXPECT_EQ(ReasonFor(world), Reason::kAllowRule);
  world.now = At(-1);  // Wednesday 23:59:59
  EXPECT_EQ(ReasonFor(world), Reason::kAllowRule);
  world.account.logon_hours->open.reset(3 * 24 + 23);
  EXPECT_EQ(ReasonFor(world), Reason::kDenyLogonHours);
  EXPECT_EQ(world.DecideBy(kOpen).detail, "alice may not log on at this hour (logonHours in the directory)");
}

TEST(AccountState, LogonHoursThatMakeNoSenseAreShut) {
  World world = Member();
  world.account.logon_hours.emplace().open.set();
  world.account.logon_hours->readable = false;
  EXPECT_EQ(ReasonFor(world), Reason::kDenyLogonHours);
  EXPECT_EQ(world.DecideBy(kOpen).detail,
            "the logonHours of alice in the directory are not 21 bytes, so no hour counts as allowed");
}

TEST(AccountState, ComparesWorkstationsWithEveryNameOfTheMachineInAnyCase) {
  World world = Member();
  world.checks.host_names = {"AZ-09", "az@[.`{"};
  for (const char* here : {"az-09", "AZ@[.`{"}) {
    world.account.workstations = {{here}};
    EXPECT_EQ(ReasonFor(world), Reason::kAllowRule) << here;
  }
  world.checks.host_names = {"WEB1", "web1.corp.example"};
  for (const char* here : {"WEB1", "web1", "Web1.Corp.Example"}) {
    world.account.workstations = {{"OTHER", here}};
    EXPECT_EQ(ReasonFor(world), Reason::kAllowRule) << here;
  }
  for (const char* elsewhere : {"WEB", "WEB11", "web1.corp", "web1.corp.example.", "", "*", " WEB1", "WEB1$"}) {
    world.account.workstations = {{elsewhere, "OTHER"}};
    EXPECT_EQ(ReasonFor(world), Reason::kDenyWorkstation) << elsewhere;
  }
  EXPECT_EQ(world.DecideBy(kOpen).detail,
            "alice may log on at other computers only (userWorkstations: \"WEB1$\", \"OTHER\"), and this is "
            "\"WEB1\", \"web1.corp.example\"");
}

TEST(AccountState, AMachineWithoutANameIsNobodysWorkstation) {
  World world = Member();
  world.account.workstations = {{""}};
  EXPECT_EQ(ReasonFor(world), Reason::kDenyWorkstation);
  world.account.workstations.reset();
  EXPECT_EQ(ReasonFor(world), Reason::kAllowRule);
}

TEST(AccountState, TimesOutOfEveryYearAreStillPrinted) {
  World world = Member();
  world.checks.password_expired_denies = true;
  world.account.password_expires = sys_seconds::min();
  EXPECT_NE(world.DecideBy(kOpen).detail.find("0001-01-01T00:00:00Z"), std::string::npos);
  world.now = sys_seconds::max();
  world.account.password_expires = sys_seconds::max();
  EXPECT_NE(world.DecideBy(kOpen).detail.find("9999-12-31T23:59:59Z"), std::string::npos);
}

}  // namespace
}  // namespace taglogin::policy
