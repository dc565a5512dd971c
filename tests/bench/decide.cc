// SPDX-License-Identifier: Apache-2.0
// bench_decide BATCHES: what one decision costs with 1,000 rules and an account in 1,000 groups. Prints a line
// "CASE NS..." per case, ns per decision in each batch of calls: `last` is let in by the last rule alone, `first`
// by the first, `nobody` is in 1,000 groups of which no rule speaks, so that the refusal names what would suffice.
#include "policy/decide.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/bench/timing.h"

namespace {

using namespace taglogin;

constexpr int kRules = 1000;
constexpr int kGroups = 1000;
constexpr int kPerBatch = 5;

std::string Id(int n) { return "S-1-5-21-288540394-4251287102-2931737137-" + std::to_string(100000 + n); }

// Rules as people write them: a condition on a tag, a template, every tenth with addresses.
policy::RuleSet MakeRules() {
  std::string toml;
  for (int n = 0; n < kRules; ++n) {
    const std::string number = std::to_string(n);
    toml += "[[rule]]\nname = \"rule " + number + "\"\nwhen = { Environment = [\"prod\", \"staging\"] }\n" +
            "login = [\"ssh-{Environment}-{Role}-" + number + "\"]\n";
    if (n % 10 == 5) toml += "from = [\"10.0.0.0/8\", \"2001:db8::/32\"]\n";
  }
  auto rules = policy::ParseRules(toml, "bench.toml");
  if (!rules) {
    std::fprintf(stderr, "%s\n", rules.error().detail.c_str());
    std::exit(1);
  }
  return *std::move(rules);
}

struct World {
  policy::RuleSet rules = MakeRules();
  policy::TagSet tags;
  policy::ResolvedNames names;
  policy::Request request;
  std::chrono::sys_seconds now{std::chrono::seconds(1800000000)};

  World() {
    tags.known = true;
    tags.hostname = "host1";
    tags.tags["Environment"] = {"prod", "imds", now};
    tags.tags["Role"] = {"web", "imds", now};
    for (int n = 0; n < kRules; ++n) names.groups["ssh-prod-web-" + std::to_string(n)] = Id(n);
    request.client = policy::Request::Client::kAddress;
    request.address = *policy::IpAddress::Parse("10.1.2.3");
  }

  // In kGroups groups that no rule names and, unless `rule` is negative, in that rule's instead of one of them.
  policy::Account MemberOf(int rule) const {
    policy::Account account;
    account.name = "alice";
    account.id = Id(-1);
    for (int n = rule < 0 ? 0 : 1; n < kGroups; ++n) account.groups[Id(kRules + n)] = {"group-" + std::to_string(n)};
    if (rule >= 0) account.groups[Id(rule)] = {"ssh-prod-web-" + std::to_string(rule), "team", "on-call"};
    return account;
  }
};

void Time(const char* what, const World& world, int rule, int batches) {
  const policy::Account account = world.MemberOf(rule);
  const policy::BoundRules rules = policy::Bind(world.rules, world.tags, world.names);
  std::printf("%s", what);
  for (int batch = 0; batch < batches; ++batch) {
    const auto began = bench::NowNs();
    for (int n = 0; n < kPerBatch; ++n) {
      const auto decision = policy::Decide(rules, account, {}, world.request, world.now);
      if (decision.allow != (rule >= 0)) std::exit(1);
    }
    std::printf(" %lld", static_cast<long long>((bench::NowNs() - began) / kPerBatch));
  }
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  const int batches = argc == 2 ? std::atoi(argv[1]) : 0;
  if (batches <= 0) return 2;
  const World world;
  Time("last", world, kRules - 1, batches);
  Time("first", world, 0, batches);
  Time("nobody", world, -1, batches);
  return 0;
}
