// SPDX-License-Identifier: Apache-2.0
// Decisions and states as JSON for the cli (docs/cli.md): what was decided, on what ground, and what
// would be decided now. Pure functions over the view.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "daemon/judge.h"
#include "daemon/settings.h"
#include "daemon/view.h"
#include "directory/server_finder.h"

namespace taglogin::daemon {

// allow, code, detail, message, rule, group, path, would_suffice, from, freshness, ages, time.
nlohmann::json DecisionJson(const Judgement& judgement, const replica::Moment& now);

// {key, value, source, age_s} of each tag the decision could use.
nlohmann::json TagsJson(const View& view, const replica::Moment& now);

// What is held of a change of the tags: null when nothing is; else id, until (null: until root confirms), the earlier
// tags that still count and the accounts that are kept out because of them.
nlohmann::json HoldJson(const View& view, const replica::Moment& now);

// Everybody who may log in here now from somewhere, sorted by name, and through what.
nlohmann::json WhoJson(const View& view, const replica::Moment& now);

// Where the directory's servers come from, this machine's site, and of each server what is known: in the
// order in which they would be tried. `in_use`: the host that was read from last.
nlohmann::json ServersJson(const Settings& settings, const directory::FinderState& found, const std::string& in_use,
                           std::int64_t now_boot_ms);

// Account facts that matter to an admin: id, uid, state, groups, keys' fingerprints.
nlohmann::json AccountJson(const replica::AccountEntry& account, const replica::Moment& now);

// JSON text in which foreign bytes that are not UTF-8 are replaced: never fails.
std::string Dump(const nlohmann::json& json);

}  // namespace taglogin::daemon
