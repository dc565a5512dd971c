// SPDX-License-Identifier: Apache-2.0
#include "daemon/judge.h"

#include <time.h>

#include <algorithm>
#include <utility>

#include "policy/tag_change.h"

namespace taglogin::daemon {
namespace {

using std::chrono::seconds;

// An account that the walk read is confirmed by every poll since; another one was when it was read.
replica::Age AgeOfAccount(const View& view, const replica::AccountEntry& account, const replica::Moment& now) {
  const replica::Moment& walked_at = view.snapshot->walked_at;
  const bool of_the_walk = account.read_at.boot_id == walked_at.boot_id && account.read_at.boot_ms == walked_at.boot_ms;
  return replica::AgeOf(of_the_walk ? view.walked_at : account.read_at, now, view.wall_high_water_s);
}

// An age nobody knows is older than anything a rule may ask for.
seconds TagsAge(const View& view, const replica::Moment& now) {
  const auto age = replica::AgeOf(view.tags_read_at, now, view.wall_high_water_s);
  return age.known ? age.age : seconds::max();
}

std::string HeldUntilText(const View& view) {
  const std::string_view or_root = "taglogin tags accept (root)";
  if (!view.tags_held_until_s) return std::string("; held until ").append(or_root);
  return "; held until " + IsoTime(*view.tags_held_until_s) + " at the earliest, or until " + std::string(or_root);
}

const policy::Rule* RuleNamed(const replica::Snapshot& snapshot, const std::string& name) {
  for (const auto& rule : snapshot.rules->rules) {
    if (rule.name == name) return &rule;
  }
  return nullptr;
}

}  // namespace

std::string IsoTime(std::int64_t wall_s) {
  const time_t seconds = wall_s;
  tm parts{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return {};
  char text[32];
  return std::string(text, ::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts));
}

policy::TagSet TagsAt(const View& view, const replica::Moment& now) {
  policy::TagSet tags = view.snapshot->tags;
  tags.age = TagsAge(view, now);
  return tags;
}

Judgement Judge(const View& view, const replica::AccountEntry& account, const policy::Request& request,
                const replica::Moment& now, std::optional<std::int64_t> at_s) {
  Judgement judgement;
  const auto age = AgeOfAccount(view, account, now);
  const policy::Ages ages{age.age, age.known, TagsAge(view, now)};
  const std::chrono::sys_seconds wall{seconds(at_s.value_or(now.wall_s))};
  judgement.decision = policy::Decide(view.snapshot->bound, account.facts, ages, request, wall);
  judgement.decision =
      policy::HoldBack(std::move(judgement.decision), view.snapshot->earlier, account.facts, ages, request, wall);
  if (judgement.decision.reason == policy::Reason::kDenyTagsHeld) judgement.decision.detail += HeldUntilText(view);
  if (judgement.decision.reason == policy::Reason::kDenyTagsUnknown && !view.tags_distrust.empty()) {
    judgement.decision.detail += ": " + view.tags_distrust;
  }
  judgement.data_age = age.age;
  judgement.tags_age = ages.tags;
  const policy::Rule* rule = RuleNamed(*view.snapshot, judgement.decision.rule);
  const seconds limit = rule == nullptr ? policy::Rule().max_staleness : rule->max_staleness;
  judgement.freshness = replica::FreshnessName(age, view.live_limit, limit, judgement.decision.stale);
  return judgement;
}

bool TooEarly(const View& view, const policy::Decision& decision) {
  if (decision.allow) return !view.snapshot->denials_complete;
  return !view.snapshot->complete && decision.reason == policy::Reason::kDenyNoGroup;
}

policy::Request RequestFrom(std::string_view rhost) {
  policy::Request request;
  if (!rhost.empty()) request.client = policy::Request::Client::kName;
  if (const auto address = policy::IpAddress::Parse(rhost)) {
    request.client = policy::Request::Client::kAddress;
    request.address = *address;
  }
  return request;
}

void Describe(const View& view, const replica::AccountEntry& account, const Judgement& judgement, audit::Event& event) {
  const policy::Decision& decision = judgement.decision;
  event.allowed = decision.allow;
  event.reason_code = policy::ReasonCode(decision.reason);
  event.detail = decision.detail;
  event.user_name = account.login_name;
  event.user_id = account.record.id;
  if (!account.record.domain.empty()) event.domain = account.record.domain;
  event.uid = account.uid;
  event.rule = decision.rule;
  event.rules_version = view.snapshot->rules->version;
  event.group = decision.group;
  if (const auto found = view.snapshot->names.groups.find(decision.group); found != view.snapshot->names.groups.end()) {
    event.group_id = found->second;
  }
  event.group_path = decision.path;
  event.would_suffice = decision.would_suffice;
  event.more_would_suffice = decision.more_would_suffice;
  for (const auto& [key, tag] : view.snapshot->tags.tags) {
    const auto age = std::min<std::int64_t>(judgement.tags_age.count(), INT32_MAX);
    event.tags.push_back({key, tag.value, tag.source, age});
  }
  event.freshness = judgement.freshness;
  event.data_age_s = judgement.data_age.count();
}

}  // namespace taglogin::daemon
