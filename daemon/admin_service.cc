// SPDX-License-Identifier: Apache-2.0
#include "daemon/admin_service.h"

#include <charconv>
#include <optional>
#include <utility>

#include "base/printable.h"
#include "daemon/explain.h"
#include "daemon/replica/freshness.h"
#include "protocol/login_name.h"

namespace taglogin::daemon {
namespace {

using nlohmann::json;
using protocol::Status;

// Exit codes of the cli (docs/cli.md).
constexpr std::uint8_t kYes = 0;
constexpr std::uint8_t kNo = 1;
constexpr std::uint8_t kUsage = 2;
constexpr std::uint8_t kUnknown = 3;

constexpr std::chrono::milliseconds kLookup{4000};

void AnswerError(const Responder& to, std::uint8_t code, std::string text) {
  to.AnswerJson(Dump({{"error", std::move(text)}}), code);
}

// What `taglogin test` was told: user=, from=, at=SECONDS, tag=KEY=VALUE.
struct TestArgs {
  std::string user;
  policy::Request request;
  std::optional<std::int64_t> at_s;
  bool other_tags = false;
  std::map<std::string, policy::Tag, std::less<>> tags;
};

base::Result<TestArgs> ParseTestArgs(const std::vector<std::string>& args) {
  TestArgs out;
  out.request.client = policy::Request::Client::kUnknown;
  for (const auto& arg : args) {
    const auto equals = arg.find('=');
    const std::string key = arg.substr(0, equals);
    const std::string value = equals == std::string::npos ? std::string() : arg.substr(equals + 1);
    if (key == "user") {
      out.user = value;
    } else if (key == "from") {
      out.request = RequestFrom(value);
      if (out.request.client != policy::Request::Client::kAddress) {
        return base::Invalid("\"" + base::Printable(value) + "\" is no IP address");
      }
    } else if (key == "at") {
      std::int64_t seconds = 0;
      const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), seconds);
      if (failed != std::errc() || end != value.data() + value.size()) return base::Invalid("at: no time in seconds");
      out.at_s = seconds;
    } else if (key == "tag" && value.find('=') != std::string::npos) {
      out.other_tags = true;
      const std::string tag_value = policy::ToNfc(value.substr(value.find('=') + 1));
      out.tags[value.substr(0, value.find('='))] = policy::Tag{tag_value, "test", {}};
    } else {
      return base::Invalid("\"" + base::Printable(arg) + "\" is no argument of test");
    }
  }
  return out;
}

void AnswerTest(const View& view, const std::string& name, const TestArgs& test, const Responder& to) {
  const auto* account = view.snapshot->Find(name);
  if (account == nullptr) return AnswerError(to, kUnknown, "no such account, or the name is a local account's");
  replica::Moment now = replica::Now();
  const Judgement judgement = Judge(view, *account, test.request, now, test.at_s);
  if (test.at_s) now.wall_s = *test.at_s;
  json out = DecisionJson(judgement, now);
  out["user"] = account->login_name;
  out["tags"] = TagsJson(view, replica::Now());
  to.AnswerJson(Dump(out), judgement.decision.allow ? kYes : kNo);
}

}  // namespace

const std::map<std::string, AdminService::Verb>& AdminService::Verbs() {
  static const std::map<std::string, Verb> verbs = {{"status", {false, &AdminService::Status}},
                                                    {"why", {false, &AdminService::Why}},
                                                    {"who", {true, &AdminService::Who}},
                                                    {"tags", {true, &AdminService::Tags}},
                                                    {"test", {true, &AdminService::Test}},
                                                    {"refresh", {true, &AdminService::Refresh}},
                                                    {"accept-tags", {true, &AdminService::AcceptTags}}};
  return verbs;
}

std::vector<std::string> AdminService::VerbNames() {
  std::vector<std::string> names;
  for (const auto& [name, verb] : Verbs()) names.push_back(name);
  return names;
}

void AdminService::AddTo(RequestTable& table) {
  table.Add<protocol::Admin>(kRoot | kAnybody, [this](const Peer& peer, const protocol::Admin& request,
                                                      const Responder& to) { Handle(peer, request, to); });
}

void AdminService::Handle(const Peer& peer, const protocol::Admin& request, const Responder& to) {
  if (request.count == 0) return to.Fail(Status::kMalformed);
  const auto verb = Verbs().find(std::string(request.args[0]));
  if (verb == Verbs().end()) return to.Fail(Status::kMalformed);
  if (verb->second.root_only && peer.uid != 0) return to.Fail(Status::kNotPermitted);
  Args args;
  for (std::uint32_t i = 1; i < request.count; ++i) args.emplace_back(request.args[i]);
  (this->*verb->second.run)(peer, args, to);
}

json AdminService::Problems() const {
  json problems = json::array();
  const auto& snapshot = *core_.view.snapshot;
  const auto& health = core_.health;
  if (!health.directory_error.empty()) problems.push_back("directory: " + health.directory_error);
  for (const auto& [source, error] : health.tag_errors) {
    if (!error.empty()) problems.push_back(std::string("tags from ").append(source).append(": ").append(error));
  }
  if (!health.rules_error.empty()) problems.push_back("rules: " + health.rules_error);
  if (!snapshot.complete) problems.push_back("the directory has not been read yet for the rules in force");
  const std::string& distrust = core_.view.tags_distrust;
  if (!distrust.empty()) problems.push_back("the tags are not trusted: " + distrust);
  if (!snapshot.tags.known && distrust.empty()) problems.push_back("no tag source has answered yet");
  return problems;
}

void AdminService::Status(const Peer& peer, const Args&, const Responder& to) {
  const auto now = replica::Now();
  const View& view = core_.view;
  const json problems = Problems();
  json out;
  out["version"] = TAGLOGIN_VERSION;
  out["healthy"] = problems.empty();
  if (peer.uid == 0) {
    const auto age = replica::AgeOf(view.walked_at, now, view.wall_high_water_s);
    out["started"] = IsoTime(core_.health.started_s);
    out["domain"] = core_.settings.directory.domain;
    out["server"] = view.snapshot->server;
    out["servers"] = ServersJson(core_.settings, core_.health.servers, view.snapshot->server, now.boot_ms);
    out["directory_age_s"] = age.known ? json(age.age.count()) : json();
    out["freshness"] = replica::FreshnessName(age, view.live_limit, policy::Rule().max_staleness, false);
    out["tags"] = TagsJson(view, now);
    out["tags_hold"] = HoldJson(view, now);
    out["rules"] = {{"count", view.snapshot->rules->rules.size()},
                    {"version", view.snapshot->rules->version},
                    {"source", view.snapshot->rules->source}};
    out["accounts"] = view.snapshot->accounts.size();
    out["groups"] = view.snapshot->names.groups;
    out["sessions"] = sessions_.All().size();
    out["generation"] = view.snapshot->generation;
    out["problems"] = problems;
    out["warnings"] = view.snapshot->warnings;
  }
  to.AnswerJson(Dump(out), problems.empty() ? kYes : kNo);
}

void AdminService::WithAccount(const std::string& name, const Responder& to,
                               std::function<void(const replica::AccountEntry&)> use) {
  protocol::LoginName canonical;
  if (!protocol::LoginName::From(name, canonical)) return AnswerError(to, kUnknown, "this can be nobody's login name");
  const std::string login_name(canonical.view());
  if (const auto* account = core_.Find(login_name)) return use(*account);
  core_.lookups.Want(login_name, kLookup, [this, login_name, to, use = std::move(use)](Lookups::Result result) {
    if (const auto* account = core_.Find(login_name)) return use(*account);
    AnswerError(to, kUnknown,
                result == Lookups::Result::kUnavailable
                    ? "the directory does not answer and the account is not known here"
                    : "no such account, or the name is a local account's");
  });
}

void AdminService::Why(const Peer& peer, const Args& args, const Responder& to) {
  if (args.size() != 1) return AnswerError(to, kUsage, "why needs one user");
  if (peer.uid != 0) {
    const auto* self = core_.view.snapshot->FindUid(peer.uid);
    protocol::LoginName asked;
    if (self == nullptr || !protocol::LoginName::From(args[0], asked) ||
        core_.Find(std::string(asked.view())) != self) {
      return to.Fail(Status::kNotPermitted);
    }
  }
  WithAccount(args[0], to, [this, to](const replica::AccountEntry& account) {
    const auto now = replica::Now();
    policy::Request anywhere;
    anywhere.client = policy::Request::Client::kUnknown;
    const Judgement judgement = Judge(core_.view, account, anywhere, now);
    json out;
    out["user"] = account.login_name;
    out["account"] = AccountJson(account, now);
    out["now"] = DecisionJson(judgement, now);
    out["tags"] = TagsJson(core_.view, now);
    out["last_decision"] = nullptr;
    if (const auto last = core_.decisions.find(account.login_name); last != core_.decisions.end()) {
      json parsed = json::parse(last->second, nullptr, false);
      if (!parsed.is_discarded()) out["last_decision"] = std::move(parsed);
    }
    to.AnswerJson(Dump(out), judgement.decision.allow ? kYes : kNo);
  });
}

void AdminService::Who(const Peer&, const Args&, const Responder& to) {
  to.AnswerJson(Dump({{"who", WhoJson(core_.view, replica::Now())}, {"complete", core_.view.snapshot->complete}}),
                kYes);
}

void AdminService::Tags(const Peer&, const Args&, const Responder& to) {
  const auto now = replica::Now();
  const policy::TagSet tags = TagsAt(core_.view, now);
  json out;
  out["known"] = tags.known;
  out["hostname"] = tags.hostname;
  out["instance_id"] = tags.instance_id;
  out["tags"] = TagsJson(core_.view, now);
  out["errors"] = core_.health.tag_errors;
  out["distrust"] = core_.view.tags_distrust;
  out["hold"] = HoldJson(core_.view, now);
  to.AnswerJson(Dump(out), tags.known ? kYes : kNo);
}

void AdminService::AcceptTags(const Peer&, const Args& args, const Responder& to) {
  if (args.size() > 1) return AnswerError(to, kUsage, "accept takes at most the id that taglogin tags shows");
  actions_.accept_tags(args.empty() ? std::string() : args[0], [this, to](const base::Result<void>& accepted) {
    if (!accepted) return AnswerError(to, kNo, accepted.error().detail);
    to.AnswerJson(Dump({{"accepted", true}, {"tags", TagsJson(core_.view, replica::Now())}}), kYes);
  });
}

void AdminService::Test(const Peer&, const Args& args, const Responder& to) {
  auto parsed = ParseTestArgs(args);
  if (!parsed) return AnswerError(to, kUsage, parsed.error().detail);
  TestArgs test = *std::move(parsed);
  protocol::LoginName canonical;
  if (!protocol::LoginName::From(test.user, canonical)) return AnswerError(to, kUsage, "test needs --user NAME");
  const std::string name(canonical.view());
  if (!test.other_tags) {
    return WithAccount(name, to, [this, name, test, to](const auto&) { AnswerTest(core_.view, name, test, to); });
  }
  policy::TagSet tags = core_.view.snapshot->tags;
  tags.known = true;
  tags.tags = test.tags;
  actions_.trial(std::move(tags), name, [name, test, to](base::Result<View> view) {
    if (!view) return AnswerError(to, kUnknown, view.error().detail);
    AnswerTest(*view, name, test, to);
  });
}

void AdminService::Refresh(const Peer&, const Args& args, const Responder& to) {
  std::string repin;
  for (const auto& arg : args) {
    if (!arg.starts_with("repin=")) return AnswerError(to, kUsage, "refresh takes --repin NAME only");
    repin = arg.substr(6);
  }
  actions_.refresh(repin, [this, to](const std::string& error) {
    json out = {{"refreshed", error.empty()}, {"server", core_.view.snapshot->server}};
    out["accounts"] = core_.view.snapshot->accounts.size();
    if (!error.empty()) out["error"] = error;
    to.AnswerJson(Dump(out), error.empty() ? kYes : kNo);
  });
}

}  // namespace taglogin::daemon
