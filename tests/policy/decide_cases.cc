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

// null: never; "forever": the last moment there is.
std::optional<sys_seconds> ReadMoment(const json& in) {
  if (in.is_null()) return std::nullopt;
  return in == "forever" ? sys_seconds::max() : sys_seconds(seconds(in.get<std::int64_t>()));
}

AccountChecks ReadChecks(const json& in) {
  return {in.at("password_must_change") == "deny", in.at("password_expired") == "deny", in.at("host_names")};
}

Account ReadAccount(const json& in) {
  Account account;
  account.name = in.at("name");
  account.id = in.at("id");
  account.disabled = in.at("disabled");
  account.password_must_change = in.at("must_change");
  account.contradicted = in.at("contradicted");
  account.expires = ReadMoment(in.at("expires"));
  account.locked_until = ReadMoment(in.at("locked_until"));
  account.password_expires = ReadMoment(in.at("password_expires"));
  if (!in.at("workstations").is_null()) account.workstations = in.at("workstations").get<std::vector<std::string>>();
  if (in.at("logon_hours") == "unreadable") {
    account.logon_hours = LogonHours{{}, false};
  } else if (!in.at("logon_hours").is_null()) {
    account.logon_hours = LogonHours{std::bitset<168>(in.at("logon_hours").get<std::string>()), true};
  }
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

std::optional<Proof> ReadProof(const json& in) {
  if (in.is_null()) return std::nullopt;
  Proof proof;
  proof.otherwise = in.at("otherwise");
  for (const json& key : in.at("keys")) {
    Credential credential{key.at("type"), key.at("verified")};
    if (!key.at("principals").is_null()) credential.principals = key.at("principals").get<std::vector<std::string>>();
    proof.keys.push_back(std::move(credential));
  }
  return proof;
}

Request ReadRequest(const std::string& client, const json& proof) {
  Request request;
  request.proof = ReadProof(proof);
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
  const BoundRules bound = Bind(*rules, tags, ReadNames(in.at("names")), ReadChecks(in.at("checks")));
  const Decision decision = Decide(bound, ReadAccount(in.at("account")), ReadAges(in.at("account"), in.at("tags")),
                                   ReadRequest(in.at("client").get<std::string>(), in.at("proof")),
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
          {"principals", PrincipalsOf(bound, ReadAccount(in.at("account")))},
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
