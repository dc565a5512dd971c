// SPDX-License-Identifier: Apache-2.0
#include "tests/daemon/trial_world.h"

#include <fstream>
#include <thread>

#include "daemon/replica/builder.h"
#include "daemon/replica/freshness.h"

namespace taglogin::test {
namespace {

constexpr char kDomain[] = "S-1-5-21-1-2-3";
constexpr char kRules[] =
    "[[rule]]\nname = \"web\"\nwhen = { Environment = \"prod\" }\nlogin = [\"ssh-{Environment}-web\"]\n";

std::string Sid(int rid) { return std::string(kDomain) + "-" + std::to_string(rid); }

directory::Account Person(const std::string& name, int rid) {
  directory::Account account;
  account.id = Sid(rid);
  account.guid = "00000000-0000-0000-0000-00000000" + std::to_string(rid);
  account.name = name;
  account.primary_group_id = Sid(513);
  return account;
}

directory::Group Named(const std::string& name, int rid) {
  directory::Group group;
  group.id = Sid(rid);
  group.guid = "00000000-0000-0000-0000-0000000" + std::to_string(rid);
  group.name = name;
  group.security = true;
  return group;
}

directory::Closure People() {
  directory::Closure closure;
  closure.server = "dc1.corp.example";
  closure.groups["ssh-prod-web"] = {directory::Resolution::kFound, Named("ssh-prod-web", 2001)};
  closure.known_groups[Sid(2001)] = Named("ssh-prod-web", 2001);
  closure.known_groups[Sid(513)] = Named("Domain Users", 513);
  directory::Member alice{Person("alice", 1101), {{Sid(2001), {"ssh-prod-web", "web-team"}, false}}, {}};
  alice.account.key_values = {std::string("SSHKey:ssh-ed25519 ") + kAliceKey};
  alice.account.upn = "Alice.Example@Mail.Example";
  directory::Member carol{Person("carol", 1103), {{Sid(2001), {"ssh-prod-web"}, false}}, {}};
  carol.account.disabled = true;
  carol.account.key_values = {std::string("ssh-ed25519 ") + kAliceKey};
  closure.members[alice.account.id] = alice;
  closure.members[carol.account.id] = carol;
  return closure;
}

}  // namespace

TrialWorld::TrialWorld(const std::string& more_rules) : TrialWorld(more_rules, std::nullopt) {}

TrialWorld::TrialWorld(const std::string& more_rules, std::optional<std::uint32_t> keyhelper)
    : socket_(folder_.File("socket")) {
  settings_.directory.domain = "corp.example";
  settings_.nss.domain = "corp.example";
  auto loop = daemon::EventLoop::Create();
  EXPECT_TRUE(loop);
  loop_ = *std::move(loop);
  audit::Host host;
  host.hostname = "host1";
  auto trail = audit::Trail::Open(folder_.File("audit.jsonl"), host);
  EXPECT_TRUE(trail) << trail.error().detail;
  recorder_ = std::make_unique<daemon::Recorder>(*loop_, *std::move(trail));
  lookups_ = std::make_unique<daemon::Lookups>(*loop_, [this](const std::string& name) {
    searched_.push_back(name);
    lookups_->Finish(name, daemon::Lookups::Result::kNotFound);
  });
  core_ = std::make_unique<daemon::Core>(daemon::Core{
      settings_, *loop_, *lookups_, *recorder_, MakeView(more_rules), {}, {}, [](const auto&, const auto&) {}});
  sessions_ = std::make_unique<daemon::SessionKeeper>(
      *loop_, daemon::sessions::Ledger::Open(folder_.File("sessions.json"), daemon::replica::Now().boot_id),
      [](const auto&, const auto& recorded) { recorded(true); });
  logins_ = std::make_unique<daemon::LoginService>(*core_, *sessions_);
  names_ = std::make_unique<daemon::NameService>(*core_);
  admin_ = std::make_unique<daemon::AdminService>(*core_, *sessions_, Actions());
  requests_ = std::make_unique<daemon::RequestTable>(keyhelper);
  logins_->AddTo(*requests_);
  names_->AddTo(*requests_);
  admin_->AddTo(*requests_);
  const bool as_root = !keyhelper;
  auto server = daemon::Server::Listen(
      *loop_, socket_,
      [this, as_root](const daemon::Peer& peer, protocol::RequestType type, protocol::Reader& body,
                      const daemon::Responder& to) {
        requests_->Dispatch({as_root ? 0 : peer.uid, peer.pid}, type, body, to);
      },
      keyhelper ? std::set<std::uint32_t>{*keyhelper} : std::set<std::uint32_t>{});
  EXPECT_TRUE(server) << server.error().detail;
  server_ = *std::move(server);
}

daemon::AdminActions TrialWorld::Actions() {
  daemon::AdminActions actions;
  actions.refresh = [](const std::string&, const auto& done) { done(""); };
  actions.trial = [this](const auto&, const auto&, const auto& done) { done(core_->view); };
  actions.accept_tags = [](const auto&, const auto& done) { done(base::Result<void>()); };
  return actions;
}

daemon::View TrialWorld::MakeView(const std::string& more_rules) const {
  namespace replica = daemon::replica;
  const replica::Moment now = replica::Now();
  auto rules = policy::ParseRules(kRules + more_rules, "rules.toml");
  EXPECT_TRUE(rules) << rules.error().detail;
  replica::Contents contents;
  replica::ApplyClosure(contents, People(), {{"ssh-prod-web"}, {}}, now);
  directory::Member bob{Person("bob", 1102), {}, {}};
  bob.account.key_values = {std::string("ssh-ed25519 ") + kAliceKey};
  replica::ApplyLookup(contents, bob, now);
  policy::TagSet tags;
  tags.known = true;
  tags.tags["Environment"] = {"prod", "imds", {}};
  replica::LocalNames local;
  local.known = true;
  local.shells = {"/bin/bash"};
  replica::BuildInput input;
  input.rules = std::make_shared<policy::RuleSet>(*std::move(rules));
  input.contents = &contents;
  input.tags = &tags;
  input.tags_read_at = now;
  input.nss = &settings_.nss;
  input.local = &local;
  daemon::View view;
  view.snapshot = replica::Build(input);
  view.walked_at = view.tags_read_at = now;
  view.wall_high_water_s = now.wall_s;
  return view;
}

void TrialWorld::With(const std::function<void()>& client) {
  std::thread thread([&] {
    client();
    loop_->Post([this] { loop_->Stop(0); });
  });
  EXPECT_TRUE(loop_->Run());
  thread.join();
}

std::vector<nlohmann::json> TrialWorld::Records() const {
  std::ifstream file(folder_.File("audit.jsonl"));
  std::vector<nlohmann::json> records;
  for (std::string line; std::getline(file, line);) records.push_back(nlohmann::json::parse(line));
  return records;
}

}  // namespace taglogin::test
