// SPDX-License-Identifier: Apache-2.0
#include "daemon/explain.h"

#include <algorithm>

#include "daemon/replica/freshness.h"
#include "daemon/replica/tag_hold.h"

namespace taglogin::daemon {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxHeldUsers = 100;

json AgeJson(std::chrono::seconds age) {
  if (age == std::chrono::seconds::max()) return nullptr;  // unknown
  return age.count();
}

json TimeJson(const std::optional<std::chrono::sys_seconds>& moment) {
  return moment ? json(IsoTime(moment->time_since_epoch().count())) : json();
}

json NetworksJson(const std::vector<policy::Network>& networks) {
  json out = json::array();
  for (const auto& network : networks) out.push_back(network.ToString());
  return out;
}

json SinceJson(std::int64_t then_ms, std::int64_t now_ms) {
  if (then_ms == 0) return nullptr;
  return std::max<std::int64_t>(now_ms - then_ms, 0) / 1000;
}

json ServerJson(const directory::FoundServer& server, std::int64_t now_ms) {
  json out = {{"host", server.host}, {"port", server.port}, {"in_site", server.in_site}};
  if (server.probe) {
    const directory::Probe& probe = *server.probe;
    out["ping"] = {{"answered", probe.answered}, {"age_s", SinceJson(probe.at_ms, now_ms)}};
    if (probe.answered) {
      out["ping"]["latency_ms"] = static_cast<double>(probe.latency_us) / 1000;
      out["ping"]["site"] = probe.server_site;
    } else {
      out["ping"]["error"] = probe.error;
    }
  }
  out["connected_s"] = SinceJson(server.worked_ms, now_ms);
  if (server.failures > 0) {
    const std::int64_t left_ms = directory::ServerList::PenaltyLeftMs(server, now_ms);
    out["failed"] = {{"times", server.failures},
                     {"age_s", SinceJson(server.failed_ms, now_ms)},
                     {"error", server.failure},
                     {"last_for_s", (left_ms + 999) / 1000}};
  }
  return out;
}

}  // namespace

json DecisionJson(const Judgement& judgement, const replica::Moment& now) {
  const policy::Decision& decision = judgement.decision;
  json out;
  out["time"] = IsoTime(now.wall_s);
  out["allow"] = decision.allow;
  out["code"] = policy::ReasonCode(decision.reason);
  out["detail"] = decision.detail;
  out["message"] = policy::MessageFor(decision);
  out["rule"] = decision.rule;
  out["group"] = decision.group;
  out["path"] = decision.path;
  out["would_suffice"] = decision.would_suffice;
  if (decision.more_would_suffice > 0) out["more_would_suffice"] = decision.more_would_suffice;
  out["from"] = NetworksJson(decision.from_limits);
  out["freshness"] = judgement.freshness;
  out["data_age_s"] = AgeJson(judgement.data_age);
  out["tags_age_s"] = AgeJson(judgement.tags_age);
  return out;
}

json TagsJson(const View& view, const replica::Moment& now) {
  const policy::TagSet tags = TagsAt(view, now);
  json list = json::array();
  for (const auto& [key, tag] : tags.tags) {
    list.push_back({{"key", key}, {"value", tag.value}, {"source", tag.source}, {"age_s", AgeJson(tags.age)}});
  }
  return list;
}

json HoldJson(const View& view, const replica::Moment& now) {
  if (!view.tags_held) return nullptr;
  json out;
  out["id"] = replica::TagsId(view.snapshot->tags);
  out["until"] = view.tags_held_until_s ? json(IsoTime(*view.tags_held_until_s)) : json();
  out["earlier"] = json::array();
  for (const policy::BoundRules& rules : view.snapshot->earlier) {
    json tags = json::array();
    for (const auto& [key, tag] : rules.tags.tags) {
      tags.push_back({{"key", key}, {"value", tag.value}, {"source", tag.source}});
    }
    out["earlier"].push_back(std::move(tags));
  }
  policy::Request anywhere;
  anywhere.client = policy::Request::Client::kUnknown;
  out["users"] = json::array();
  std::size_t more = 0;
  for (const auto& account : view.snapshot->accounts) {
    if (Judge(view, account, anywhere, now).decision.reason != policy::Reason::kDenyTagsHeld) continue;
    if (out["users"].size() < kMaxHeldUsers) {
      out["users"].push_back(account.login_name);
    } else {
      ++more;
    }
  }
  out["more_users"] = more;
  out["complete"] = view.snapshot->complete;
  return out;
}

json WhoJson(const View& view, const replica::Moment& now) {
  policy::Request anywhere;
  anywhere.client = policy::Request::Client::kUnknown;
  std::vector<const replica::AccountEntry*> accounts;
  for (const auto& account : view.snapshot->accounts) accounts.push_back(&account);
  std::sort(accounts.begin(), accounts.end(),
            [](const auto* a, const auto* b) { return a->login_name < b->login_name; });
  json out = json::array();
  for (const auto* account : accounts) {
    const Judgement judgement = Judge(view, *account, anywhere, now);
    if (!judgement.decision.allow) continue;
    json row = DecisionJson(judgement, now);
    row["user"] = account->login_name;
    row["id"] = account->record.id;
    out.push_back(std::move(row));
  }
  return out;
}

json ServersJson(const Settings& settings, const directory::FinderState& found, const std::string& in_use,
                 std::int64_t now_boot_ms) {
  json out;
  out["in_use"] = in_use;
  out["tried"] = json::array();
  out["source"] = settings.directory.servers.empty() ? "dns" : "settings";
  for (const auto& further : settings.directory.further) out["domains"].push_back(further.domain);
  if (!settings.directory.servers.empty()) {
    for (const auto& host : settings.directory.servers) out["tried"].push_back({{"host", host}});
    return out;
  }
  out["site"] = found.site;
  out["looked_s"] = SinceJson(found.looked_ms, now_boot_ms);
  out["problem"] = found.problem;
  out["refused"] = found.refused;
  for (const auto& server : found.servers) out["tried"].push_back(ServerJson(server, now_boot_ms));
  return out;
}

json AccountJson(const replica::AccountEntry& account, const replica::Moment& now) {
  const policy::Account& facts = account.facts;
  json out;
  out["name"] = account.login_name;
  out["id"] = account.record.id;
  out["uid"] = account.uid;
  out["gid"] = account.gid;
  out["home"] = account.home;
  out["shell"] = account.shell;
  out["disabled"] = facts.disabled;
  out["expires"] = TimeJson(facts.expires);
  const bool locked = facts.locked_until && facts.locked_until->time_since_epoch().count() > now.wall_s;
  out["locked"] = locked;
  out["locked_until"] =
      locked && *facts.locked_until != std::chrono::sys_seconds::max() ? TimeJson(facts.locked_until) : json();
  out["workstations"] = facts.workstations ? json(*facts.workstations) : json();
  out["limited_logon_hours"] = facts.logon_hours && !facts.logon_hours->open.all();
  out["must_change_password"] = facts.password_must_change;
  out["password_expires"] = TimeJson(facts.password_expires);
  out["groups"] = json::array();
  for (const auto& [id, path] : account.facts.groups) out["groups"].push_back({{"id", id}, {"path", path}});
  out["keys"] = json::array();
  for (const auto& key : account.keys) out["keys"].push_back({{"type", key.type}, {"fingerprint", key.Fingerprint()}});
  return out;
}

std::string Dump(const json& value) { return value.dump(-1, ' ', true, json::error_handler_t::replace); }

}  // namespace taglogin::daemon
