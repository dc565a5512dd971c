// SPDX-License-Identifier: Apache-2.0
// Rules, whatever the text: refused with a place and a reason, or sound; and what they decide keeps to
// what docs/rules.md promises, whoever asks from wherever.
#include "policy/rules.h"

#include <algorithm>
#include <set>

#include "policy/decide.h"
#include "tests/fuzz/fuzz.h"

namespace taglogin::policy {
namespace {

using std::chrono::sys_seconds;
constexpr sys_seconds kNow{std::chrono::seconds(1790000000)};

void CheckHours(const Rule& rule) {
  FUZZ_CHECK((rule.zone_data == nullptr) == rule.hours.empty() && rule.zone.empty() == rule.hours.empty());
  for (const WeekHours& span : rule.hours) {
    FUZZ_CHECK(span.days >= 1 && span.days <= 127);
    FUZZ_CHECK(span.begin_minute >= 0 && span.begin_minute < 1440 && span.end_minute >= 1 && span.end_minute <= 1440);
  }
}

void CheckNetwork(const Network& network) {
  const std::string text = network.ToString();
  const auto again = Network::Parse(text);
  FUZZ_CHECK(again && again->base.v6 == network.base.v6 && again->base.bytes == network.base.bytes);
  FUZZ_CHECK(again->prefix == network.prefix && again->ToString() == text);
  FUZZ_CHECK(network.Contains(network.base));
}

bool LetsIn(const Rule& rule) { return !rule.login.empty() || !rule.users.empty(); }
bool KeepsOut(const Rule& rule) { return !rule.deny.empty() || !rule.deny_users.empty(); }

void CheckRule(const Rule& rule) {
  FUZZ_CHECK(!rule.name.empty() && rule.name.size() <= 128 && rule.line >= 1);
  FUZZ_CHECK(LetsIn(rule) != KeepsOut(rule));
  for (const auto* names : {&rule.login, &rule.users, &rule.deny, &rule.deny_users}) {
    for (const std::string& name : *names) FUZZ_CHECK(!name.empty());
  }
  const bool everybody = std::find(rule.deny.begin(), rule.deny.end(), "*") != rule.deny.end();
  FUZZ_CHECK(!everybody || rule.deny.size() == 1);
  FUZZ_CHECK(std::find(rule.login.begin(), rule.login.end(), "*") == rule.login.end());
  for (const auto& [key, condition] : rule.when) {
    FUZZ_CHECK(!key.empty() && key.front() != '@');
    for (const std::string& value : condition.values) FUZZ_CHECK(IsUsableTagValue(value) && ToNfc(value) == value);
  }
  for (const Network& network : rule.from) CheckNetwork(network);
  CheckHours(rule);
  FUZZ_CHECK(rule.max_staleness >= std::chrono::seconds(1) && rule.max_staleness <= std::chrono::hours(24 * 365));
}

// Tags that some rule may want, among them ones that no template may take.
std::vector<TagSet> TagSets(const RuleSet& set) {
  std::vector<TagSet> sets(3);
  sets[1].known = true;
  sets[2].known = true;
  sets[2].hostname = "web1";
  sets[2].instance_id = "i-0123";
  for (const Rule& rule : set.rules) {
    for (const auto& [key, condition] : rule.when) {
      sets[2].tags[key].value = condition.values.empty() ? "a/b" : condition.values.front();
    }
  }
  for (const char* key : {"Environment", "Role"}) sets[2].tags.try_emplace(key, Tag{"prod", "imds", kNow});
  sets[2].tags.try_emplace("Evil", Tag{"x}{Role}*", "imds", kNow});
  return sets;
}

// Every selected name stands for an object; the account is in those groups whose bit is set.
struct World {
  ResolvedNames names;
  Account account;
  BoundRules rules;

  World(const RuleSet& set, const TagSet& tags, std::uint32_t member_of) {
    const SelectedNames selected = Select(set, tags);
    account.name = "alice";
    account.id = "id-of-alice";
    std::size_t index = 0;
    for (const std::string& group : selected.groups) {
      FUZZ_CHECK(!group.empty() && group != "*");
      const std::string id = "id-" + std::to_string(index);
      names.groups[group] = id;
      if ((member_of >> (index++ % 32) & 1) != 0) account.groups[id] = {group, "team"};
    }
    for (const std::string& user : selected.users) names.users[user] = user == "alice" ? account.id : "other";
    rules = Bind(set, tags, names);
  }
};

void CheckDecision(const RuleSet& set, const TagSet& tags, const Decision& decision) {
  FUZZ_CHECK(decision.allow == (decision.reason == Reason::kAllowRule));
  FUZZ_CHECK(fuzz::IsPrintableLine(decision.detail) && !decision.detail.empty());
  FUZZ_CHECK(fuzz::IsPrintableLine(MessageFor(decision)));
  const auto spoke =
      std::find_if(set.rules.begin(), set.rules.end(), [&](const Rule& rule) { return rule.name == decision.rule; });
  FUZZ_CHECK(decision.rule.empty() || spoke != set.rules.end());
  if (!decision.allow) return;
  FUZZ_CHECK(spoke != set.rules.end() && LetsIn(*spoke) && AppliesTo(*spoke, tags));
  // Deny wins: nobody gets past a rule for everybody.
  FUZZ_CHECK(std::none_of(set.rules.begin(), set.rules.end(), [&](const Rule& rule) {
    return rule.deny == std::vector<std::string>{"*"} && rule.from.empty() && rule.hours.empty() &&
           AppliesTo(rule, tags);
  }));
}

// Asked without an address, the answer is the one of every address that its limits hold.
void CheckAddress(const RuleSet& set, const TagSet& tags, const World& world, const Decision& anywhere,
                  const IpAddress& address) {
  const Request request{Request::Client::kAddress, address};
  const Decision decision = Decide(world.rules, world.account, {}, request, kNow);
  CheckDecision(set, tags, decision);
  const auto& limits = anywhere.from_limits;
  const bool within = limits.empty() || std::any_of(limits.begin(), limits.end(),
                                                    [&](const Network& network) { return network.Contains(address); });
  FUZZ_CHECK(decision.allow == (anywhere.allow && within));
}

void CheckClients(const RuleSet& set, const TagSet& tags, const World& world) {
  Request request;
  request.client = Request::Client::kUnknown;
  const Decision anywhere = Decide(world.rules, world.account, {}, request, kNow);
  CheckDecision(set, tags, anywhere);
  for (const Network& network : anywhere.from_limits) CheckNetwork(network);
  std::vector<IpAddress> addresses;
  for (const char* text : {"10.1.2.3", "0.0.0.0", "::1", "2001:db8::7"}) addresses.push_back(*IpAddress::Parse(text));
  for (const Rule& rule : set.rules) {
    if (!rule.from.empty() && addresses.size() < 12) addresses.push_back(rule.from.back().base);
  }
  for (const IpAddress& address : addresses) CheckAddress(set, tags, world, anywhere, address);
  for (const auto client : {Request::Client::kNone, Request::Client::kName}) {
    request.client = client;
    const Decision without = Decide(world.rules, world.account, {}, request, kNow);
    CheckDecision(set, tags, without);
    // No address never opens what some address would not.
    FUZZ_CHECK(!without.allow || anywhere.allow);
  }
}

void CheckDecisions(const RuleSet& set, std::uint32_t member_of) {
  for (const TagSet& tags : TagSets(set)) {
    World world(set, tags, member_of);
    CheckClients(set, tags, world);
    // Nobody is let in who is in nothing, or whose account is off.
    Account stranger;
    stranger.name = "mallory";
    stranger.id = "id-of-mallory";
    FUZZ_CHECK(!Decide(world.rules, stranger, {}, {}, kNow).allow);
    FUZZ_CHECK(!Decide(Bind(set, tags, {}), world.account, {}, {}, kNow).allow);
    world.account.disabled = true;
    FUZZ_CHECK(!Decide(world.rules, world.account, {}, {}, kNow).allow);
  }
}

}  // namespace
}  // namespace taglogin::policy

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taglogin;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto set = policy::ParseRules(text, "r.toml");
  if (!set) {
    FUZZ_CHECK(set.error().code == base::ErrorCode::kInvalid && set.error().detail.starts_with("r.toml:"));
    fuzz::CheckError(set.error());
    return 0;
  }
  FUZZ_CHECK(set->version.size() == 16);
  std::set<std::string> names;
  for (const policy::Rule& rule : set->rules) {
    policy::CheckRule(rule);
    FUZZ_CHECK(names.insert(rule.name).second);
  }
  // Some memberships that depend on the text.
  policy::CheckDecisions(*set, static_cast<std::uint32_t>(std::stoul(set->version.substr(0, 8), nullptr, 16)));
  policy::CheckDecisions(*set, 0xffffffff);
  return 0;
}
