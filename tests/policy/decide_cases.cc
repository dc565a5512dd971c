// SPDX-License-Identifier: Apache-2.0
// Reads cases, one JSON object a line, decides each and prints the decision as one JSON object a
// line. differential.py writes the cases, and compares with what oracle.py makes of them.
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "policy/decide.h"

namespace taglogin::policy {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using std::chrono::sys_seconds;

TagSet ReadTags(const json& in) {
  TagSet tags;
  tags.known = in.at("known");
  tags.hostname = in.at("hostname");
  tags.instance_id = in.at("instance_id");
  for (const auto& [key, value] : in.at("tags").items()) tags.tags[key] = Tag{value, "test", {}};
  return tags;
}

Account ReadAccount(const json& in) {
  Account account;
  account.name = in.at("name");
  account.id = in.at("id");
  account.disabled = in.at("disabled");
  account.locked = in.at("locked");
  account.password_must_change = in.at("must_change");
  account.contradicted = in.at("contradicted");
  if (!in.at("expires").is_null()) account.expires = sys_seconds(seconds(in.at("expires").get<std::int64_t>()));
  for (const auto& [id, path] : in.at("groups").items()) account.groups[id] = path.get<GroupPath>();
  return account;
}

Ages ReadAges(const json& account, const json& tags) {
  return {seconds(account.at("data_age").get<std::int64_t>()), account.at("age_known"),
          seconds(tags.at("age").get<std::int64_t>())};
}

ResolvedNames ReadNames(const json& in) {
  ResolvedNames names;
  for (const auto& [name, id] : in.at("groups").items()) names.groups[name] = id;
  for (const auto& [name, id] : in.at("users").items()) names.users[name] = id;
  return names;
}

Request ReadRequest(const std::string& client) {
  Request request;
  if (client == "none") return request;
  request.client = Request::Client::kName;
  if (client == "name") return request;
  request.client = Request::Client::kUnknown;
  if (client == "unknown") return request;
  request.client = Request::Client::kAddress;
  request.address = IpAddress::Parse(client).value();
  return request;
}

json Answer(const json& in, const base::Result<RuleSet>& rules) {
  if (!rules) return {{"error", rules.error().detail}};
  const TagSet tags = ReadTags(in.at("tags"));
  const Decision decision =
      Decide(Bind(*rules, tags, ReadNames(in.at("names"))), ReadAccount(in.at("account")),
             ReadAges(in.at("account"), in.at("tags")), ReadRequest(in.at("client").get<std::string>()),
             sys_seconds(seconds(in.at("now").get<std::int64_t>())));
  json limits = json::array();
  for (const Network& network : decision.from_limits) limits.push_back(network.ToString());
  const SelectedNames selected = Select(*rules, tags);
  return {{"allow", decision.allow},
          {"reason", ReasonCode(decision.reason)},
          {"rule", decision.rule},
          {"group", decision.group},
          {"path", decision.path},
          {"would_suffice", decision.would_suffice},
          {"more_would_suffice", decision.more_would_suffice},
          {"stale", decision.stale},
          {"from_limits", limits},
          {"selected", json::array({selected.groups, selected.users})},
          {"detail", decision.detail},
          {"message", MessageFor(decision)}};
}

}  // namespace
}  // namespace taglogin::policy

int main() {
  try {
    std::ios::sync_with_stdio(false);
    auto rules = taglogin::policy::ParseRules("", "case.toml");
    std::string line;
    while (std::getline(std::cin, line)) {
      const auto in = nlohmann::json::parse(line);
      // null: the rules of the case before.
      if (!in.at("rules").is_null()) {
        rules = taglogin::policy::ParseRules(in.at("rules").get<std::string>(), "case.toml");
      }
      std::cout << taglogin::policy::Answer(in, rules).dump() << '\n';
    }
  } catch (const std::exception& error) {
    std::cerr << "decide_cases: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
