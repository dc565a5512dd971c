// SPDX-License-Identifier: Apache-2.0
// From the view to a decision: fills ages in, asks policy, and says how fresh the ground was.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/event.h"
#include "daemon/view.h"
#include "policy/decide.h"

namespace taglogin::daemon {

// "2026-01-31T12:00:00Z".
std::string IsoTime(std::int64_t wall_s);

struct Judgement {
  policy::Decision decision;
  std::string freshness;  // live, fresh, stale, expired
  std::chrono::seconds data_age{0};
  std::chrono::seconds tags_age{0};
};

// Decides for one account of the view. `now` is the freshness clock's moment; its wall time is also
// the decision's own, unless `at_s` gives another one (trials). Pure.
Judgement Judge(const View& view, const replica::AccountEntry& account, const policy::Request& request,
                const replica::Moment& now, std::optional<std::int64_t> at_s = std::nullopt);

// Names in rules that the directory has not been asked for yet match nobody. While there are any,
// "in none of the groups" is no answer; while a deny rule has one, neither is a yes.
bool TooEarly(const View& view, const policy::Decision& decision);

// The view's tags with their age at `now`.
policy::TagSet TagsAt(const View& view, const replica::Moment& now);

// PAM_RHOST as the decision's client: none when it is empty, else an address or a name.
policy::Request RequestFrom(std::string_view rhost);

// The parts of an audit event that come from the account and the judgement.
void Describe(const View& view, const replica::AccountEntry& account, const Judgement& judgement, audit::Event& event);

}  // namespace taglogin::daemon
