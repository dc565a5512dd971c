// SPDX-License-Identifier: Apache-2.0
#include "daemon/daemon.h"

#include <signal.h>
#include <systemd/sd-daemon.h>

#include <array>
#include <utility>

#include "base/file.h"
#include "base/printable.h"
#include "daemon/explain.h"
#include "daemon/hardware.h"
#include "daemon/local_user.h"
#include "daemon/log.h"
#include "daemon/own_names.h"
#include "daemon/replica/freshness.h"
#include "daemon/replica/machine_identity.h"
#include "daemon/sinks/journal.h"
#include "daemon/tag_record.h"
#include "daemon/trial.h"
#include "directory/computer_object.h"
#include "directory/ssh_certificate.h"

namespace taglogin::daemon {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxConfig = 1 << 20;
constexpr char kKeyhelperUser[] = "taglogin-keys";
constexpr milliseconds kRefreshTime{25000};

base::Result<std::vector<std::unique_ptr<tags::Source>>> MakeSources(
    const Settings& settings, const std::string& certificates,
    const std::shared_ptr<directory::ServerFinder>& servers) {
  constexpr std::string_view kFile = "file:";
  std::vector<std::unique_ptr<tags::Source>> sources;
  for (const auto& name : settings.tag_sources) {
    if (name.starts_with(kFile)) {
      sources.push_back(tags::MakeFileSource(name.substr(kFile.size())));
    } else if (name == "ec2-api") {
      sources.push_back(tags::MakeEc2ApiSource({settings.ec2_endpoint, settings.ec2_ca_file, certificates}));
    } else if (name == "directory") {
      auto computer = directory::ComputerObject::Open(settings.directory, servers);
      if (!computer) return computer.error();
      sources.push_back(tags::MakeDirectorySource(*std::move(computer), settings.directory_tags));
    } else if (name == "gce") {
      sources.push_back(tags::MakeGceSource());
    } else if (name == "azure") {
      sources.push_back(tags::MakeAzureSource());
    } else {
      sources.push_back(tags::MakeImdsSource(tags::kImdsEndpoint, certificates));
    }
  }
  return sources;
}

// The certificates that the identity document has to be signed by; empty when the settings ask for none.
base::Result<std::string> ReadCertificates(const std::string& path) {
  if (path.empty()) return std::string();
  auto pem = base::ReadTrustedFile(path, kMaxConfig);
  if (!pem) return pem.error();
  if (!tags::AreCertificates(*pem)) return base::Invalid(path + ": no PEM certificates, or one of them is broken");
  return pem;
}

base::Result<std::vector<directory::SshKey>> ReadAuthorities(const std::string& path) {
  if (path.empty()) return std::vector<directory::SshKey>();
  const auto text = base::ReadTrustedFile(path, kMaxConfig);
  if (!text) return text.error();
  return directory::ParseAuthorities(*text, path);
}

audit::Host HostFrom(const replica::TagReading& reading) {
  audit::Host host;
  host.hostname = HostName();
  host.product_version = TAGLOGIN_VERSION;
  host.instance_id = reading.tags.instance_id;
  host.account_id = reading.account_id;
  host.region = reading.region;
  return host;
}

}  // namespace

base::Result<Configuration> LoadConfiguration(const std::string& path) {
  const auto text = base::ReadTrustedFile(path, kMaxConfig);
  if (!text) return text.error();
  auto settings = ParseSettings(*text, path);
  if (!settings) return settings.error();
  auto rules = policy::ParseRules(*text, path);
  if (!rules) return rules.error();
  auto authorities = ReadAuthorities(settings->trusted_user_ca_keys);
  if (!authorities) return authorities.error();
  return Configuration{*std::move(settings), *std::move(rules), *std::move(authorities)};
}

Daemon::Daemon(Paths paths, Configuration configuration, std::unique_ptr<EventLoop> loop)
    : paths_(std::move(paths)),
      settings_(std::move(configuration.settings)),
      first_rules_(std::move(configuration.rules)),
      first_authorities_(std::move(configuration.user_authorities)),
      loop_(std::move(loop)) {
  settings_.account.host_names = OwnNames(FullHostName(), settings_.directory);
}

Daemon::~Daemon() = default;

base::Result<std::unique_ptr<Daemon>> Daemon::Start(Paths paths, Configuration configuration) {
  auto loop = EventLoop::Create();
  if (!loop) return loop.error();
  std::unique_ptr<Daemon> daemon(new Daemon(std::move(paths), std::move(configuration), *std::move(loop)));
  // Signals first: threads inherit the mask.
  constexpr std::array<base::Result<void> (Daemon::*)(), 5> kSteps = {
      &Daemon::WatchSignals, &Daemon::OpenState, &Daemon::OpenDirectory, &Daemon::OpenSocket, &Daemon::StartTags};
  for (const auto step : kSteps) {
    if (auto done = (daemon.get()->*step)(); !done) return done.error();
  }
  return daemon;
}

base::Result<void> Daemon::WatchSignals() {
  (void)::signal(SIGPIPE, SIG_IGN);
  const std::array<std::pair<int, std::function<void()>>, 3> actions = {
      {{SIGTERM, [this] { loop_->Stop(0); }}, {SIGINT, [this] { loop_->Stop(0); }}, {SIGHUP, [this] { Reload(); }}}};
  for (const auto& [number, action] : actions) {
    auto watch = loop_->OnSignal(number, action);
    if (!watch) return watch.error();
    signals_.push_back(*std::move(watch));
  }
  return {};
}

base::Result<void> Daemon::OpenState() {
  // What was pinned in one directory means nothing in another.
  const bool ldap = settings_.directory.kind == directory::DirectoryKind::kLdap;
  const std::string owner = replica::ReplicaOwner(std::string(ldap ? "ldap " : "") + settings_.directory.domain + " " +
                                                  settings_.directory.search_base);
  auto opened = replica::Store::Open(paths_.state_folder, owner);
  if (!opened) return opened.error();
  for (const auto& warning : opened->warnings) LogWarning("replica: " + warning);
  if (!replica::SettleHardware(opened->contents, HardwareId())) {
    LogWarning("replica: this is other hardware than before (a copied image?): nothing that was known is used");
  }

  const replica::TagReading no_reading;
  auto trail = audit::Trail::Open(settings_.audit_file, HostFrom(opened->contents.tags.value_or(no_reading)));
  if (!trail) return trail.error();
  if ((*trail)->cut_bytes() > 0) {
    LogWarning("audit: cut the last " + std::to_string((*trail)->cut_bytes()) + " bytes, an unfinished record, off " +
               settings_.audit_file);
  }
  if (settings_.journal) (*trail)->OnLine(sinks::SendToJournal);
  recorder_ = std::make_unique<Recorder>(*loop_, *std::move(trail));

  auto ledger = sessions::Ledger::Open(paths_.state_folder + "/sessions.json", replica::Now().boot_id);
  if (!ledger.warning.empty()) LogWarning("sessions: " + ledger.warning);
  sessions_ = std::make_unique<SessionKeeper>(
      *loop_, std::move(ledger), [this](const auto& session, auto recorded) { RecordEnd(session, recorded); });

  auto publisher = replica::TablePublisher::Open(paths_.runtime_folder + "/nss");
  if (!publisher) return publisher.error();
  lookups_ = std::make_unique<Lookups>(*loop_, [this](const std::string& name) { Search(name); });
  core_ = std::make_unique<Core>(Core{settings_,
                                      *loop_,
                                      *lookups_,
                                      *recorder_,
                                      {},
                                      {},
                                      opened->contents.decisions,
                                      [this](const auto& account, const auto& json) { Used(account, json); },
                                      std::move(first_authorities_)});
  core_->health.started_s = replica::Now().wall_s;
  StartReplica(*std::move(opened), *std::move(publisher));
  return {};
}

// Its reports arrive through the loop: what they touch belongs there, and the replica outlives the
// workers that report to it.
void Daemon::StartReplica(replica::Store::Opened opened, std::unique_ptr<replica::TablePublisher> publisher) {
  ReplicaWorker::Reports reports;
  reports.view = [this](View view) { loop_->Post([this, view = std::move(view)] { SetView(view); }); };
  reports.looked_up = [this](const std::string& name, Lookups::Result result) {
    loop_->Post([this, name, result] { lookups_->Finish(name, result); });
  };
  reports.target = [this](directory::WalkRequest target, bool at_once) {
    loop_->Post([this, target = std::move(target), at_once] { directory_->SetTarget(target, at_once); });
  };
  reports.search = [this](const std::string& name) { loop_->Post([this, name] { finder_->Find(name); }); };
  reports.warn = [](const std::string& warning) { LogWarning(warning); };
  reports.tags = [this](ReplicaWorker::TagStep step) {
    loop_->Post([this, step = std::move(step)] { RecordTags(step); });
  };
  reports.own_reading = [this](const replica::TagReading& reading) { recorder_->SetHost(HostFrom(reading)); };
  replica_ = std::make_unique<ReplicaWorker>(
      settings_.nss, settings_.keys, settings_.account, settings_.tags_hold, std::move(opened), std::move(publisher),
      std::make_shared<policy::RuleSet>(std::move(first_rules_)), std::move(reports));
}

base::Result<void> Daemon::OpenDirectory() {
  std::shared_ptr<directory::ServerFinder>& servers = server_finder_;
  if (settings_.directory.servers.empty()) {
    servers = std::make_shared<directory::ServerFinder>(settings_.directory.domain);
    servers_ = std::make_unique<ServerWatch>(
        servers, [this](const directory::FinderState& state) { loop_->Post([this, state] { ServersFound(state); }); });
  }
  directory::FurtherFinders further;
  for (const auto& domain : settings_.directory.further) {
    const auto finder = std::make_shared<directory::ServerFinder>(domain.domain);
    further.emplace(domain.domain, finder);
    further_servers_.push_back(std::make_unique<ServerWatch>(finder, [](const directory::FinderState&) {}));
  }
  auto walking = directory::OpenDirectory(settings_.directory, servers, further);
  if (!walking) return walking.error();
  auto finding = directory::OpenDirectory(settings_.directory, servers, further);
  if (!finding) return finding.error();
  DirectoryWorker::Reports reports;
  reports.walked = [this](directory::Closure closure, const directory::WalkRequest& asked, replica::Moment begun) {
    replica_->SetClosure(std::move(closure), asked, std::move(begun));
    loop_->Post([this] { DirectoryAnswered({}); });
  };
  reports.unchanged = [this](replica::Moment begun) {
    replica_->Confirm(std::move(begun));
    loop_->Post([this] { DirectoryAnswered({}); });
  };
  reports.failed = [this](const base::Error& error) {
    loop_->Post([this, detail = error.detail] { DirectoryAnswered(detail); });
  };
  directory_ = std::make_unique<DirectoryWorker>(
      *std::move(walking), DirectoryWorker::Times{settings_.poll_interval, settings_.sweep_interval, settings_.timeout},
      std::move(reports));
  finder_ = std::make_unique<LookupWorker>(*std::move(finding), settings_.timeout,
                                           [this](const std::string& name, base::Result<directory::Member> member) {
                                             replica_->SetMember(name, std::move(member));
                                           });
  return {};
}

base::Result<void> Daemon::StartTags() {
  auto certificates = ReadCertificates(settings_.identity_certificate);
  if (!certificates) return certificates.error();
  TagsWorker::Reports reports;
  reports.warn = [](const std::string& warning) { LogWarning(warning); };
  reports.read = [this](replica::TagReading reading) { replica_->SetTags(std::move(reading)); };
  reports.answered = [this](const std::string& source, const std::string& error) {
    loop_->Post([this, source, error] { TagsAnswered(source, error); });
  };
  auto sources = MakeSources(settings_, *certificates, server_finder_);
  if (!sources) return sources.error();
  tags_ = std::make_unique<TagsWorker>(*std::move(sources), settings_.tags_agree, settings_.tags_refresh,
                                       std::move(reports));
  return {};
}

base::Result<void> Daemon::OpenSocket() {
  const auto keyhelper = UidOfLocalUser(kKeyhelperUser);
  if (!keyhelper) LogWarning("there is no local user taglogin-keys: only root may ask for keys");
  requests_ = std::make_unique<RequestTable>(keyhelper);
  names_ = std::make_unique<NameService>(*core_);
  names_->AddTo(*requests_);
  logins_ = std::make_unique<LoginService>(*core_, *sessions_);
  logins_->AddTo(*requests_);
  AdminActions actions;
  actions.refresh = [this](const std::string& repin, std::function<void(std::string)> done) {
    Refresh(repin, std::move(done));
  };
  actions.trial = [this](policy::TagSet tags, const std::string& user, std::function<void(base::Result<View>)> done) {
    Trial(std::move(tags), user, std::move(done));
  };
  actions.accept_tags = [this](const std::string& id, std::function<void(base::Result<void>)> done) {
    AcceptTags(id, std::move(done));
  };
  admin_ = std::make_unique<AdminService>(*core_, *sessions_, std::move(actions));
  admin_->AddTo(*requests_);
  auto server = Server::Listen(
      *loop_, paths_.runtime_folder + "/socket",
      [this](const Peer& peer, protocol::RequestType type, protocol::Reader& body, const Responder& to) {
        if (core_->view.snapshot == nullptr) return to.Fail(protocol::Status::kUnavailable);
        requests_->Dispatch(peer, type, body, to);
      },
      keyhelper ? std::set<std::uint32_t>{*keyhelper} : std::set<std::uint32_t>{});
  if (!server) return server.error();
  server_ = *std::move(server);
  return {};
}

base::Result<int> Daemon::Run() {
  ::sd_notify(0, "READY=1");
  LogNotice("ready: rules " + paths_.config + ", socket " + paths_.runtime_folder + "/socket");
  auto code = loop_->Run();
  ::sd_notify(0, "STOPPING=1");
  LogNotice("stopping");
  return code;
}

void Daemon::Search(const std::string& name) { replica_->Search(name); }

void Daemon::SetView(View view) {
  const bool first = core_->view.snapshot == nullptr;
  const auto known = first ? std::vector<std::string>() : core_->view.snapshot->warnings;
  if (first || view.snapshot->generation != core_->view.snapshot->generation) {
    for (const auto& warning : view.snapshot->warnings) {
      if (std::find(known.begin(), known.end(), warning) == known.end()) LogWarning(warning);
    }
  }
  view.live_limit = 2 * settings_.sweep_interval;
  core_->view = std::move(view);
}

void Daemon::DirectoryAnswered(const std::string& error) {
  if (error.empty() && !core_->health.directory_error.empty()) LogNotice("directory: answers again");
  if (!error.empty() && error != core_->health.directory_error) LogWarning("directory: " + error);
  core_->health.directory_error = error;
}

void Daemon::ServersFound(directory::FinderState state) {
  const directory::FinderState& known = core_->health.servers;
  for (const auto& refused : state.refused) {
    if (std::find(known.refused.begin(), known.refused.end(), refused) == known.refused.end()) {
      LogWarning("servers: " + refused + ": not used");
    }
  }
  if (state.problem != known.problem) {
    LogNotice("servers: " + (state.problem.empty() ? std::string("DNS answers again") : state.problem));
  }
  if (state.site != known.site) {
    LogNotice("servers: this machine is in " + (state.site.empty() ? std::string("no site") : "site " + state.site));
  }
  const auto first = [](const directory::FinderState& of) {
    return of.servers.empty() ? std::string() : of.servers[0].host;
  };
  const bool moved = first(state) != first(known);
  core_->health.servers = std::move(state);
  if (moved) finder_->Renew();
}

void Daemon::TagsAnswered(const std::string& source, const std::string& error) {
  std::string& known = core_->health.tag_errors[source];
  if (error != known) LogNotice("tags from " + source + ": " + (error.empty() ? "answered" : error));
  known = error;
}

void Daemon::Reload() {
  ::sd_notify(0, "RELOADING=1");
  recorder_->Reopen();
  auto configuration = LoadConfiguration(paths_.config);
  if (!configuration) {
    core_->health.rules_error = configuration.error().detail;
    LogError("reload refused, the rules in force stay: " + configuration.error().detail);
  } else {
    core_->health.rules_error.clear();
    LogNotice("reload: rules " + configuration->rules.version + "; other settings take effect at the next start");
    // An authority that was taken out of its file is trusted no longer; another file waits for the next start.
    if (configuration->settings.trusted_user_ca_keys == settings_.trusted_user_ca_keys) {
      core_->user_authorities = std::move(configuration->user_authorities);
    }
    replica_->SetRules(std::make_shared<policy::RuleSet>(std::move(configuration->rules)));
  }
  ::sd_notify(0, "READY=1");
}

// Tags first, since they say which groups to walk; each step behind the replica's inbox, so that what
// the step before has changed is in force.
void Daemon::Refresh(const std::string& repin, std::function<void(std::string)> done) {
  if (!repin.empty()) replica_->Unpin(repin);
  auto once = std::make_shared<std::function<void(std::string)>>(std::move(done));
  const auto answer = [once](const std::string& error) {
    if (!*once) return;
    const auto call = std::move(*once);
    *once = nullptr;
    call(error);
  };
  auto timer = std::make_shared<EventLoop::Watch>();
  *timer = loop_->After(kRefreshTime, [answer] { answer("the directory has not answered in time"); });
  const auto walked = [this, answer, timer](const std::string& error) {
    OnLoopBehindReplica([answer, timer, error] { answer(error); });
  };
  tags_->ReadNow([this, walked] { OnLoopBehindReplica([this, walked] { directory_->WalkNow(walked); }); });
}

void Daemon::OnLoopBehindReplica(std::function<void()> task) {
  replica_->Then([this, task = std::move(task)] { loop_->Post(task); });
}

void Daemon::Trial(policy::TagSet tags, const std::string& user, std::function<void(base::Result<View>)> done) {
  const auto rules = core_->view.snapshot->rules;
  finder_->Run([this, rules, tags = std::move(tags), user, done = std::move(done)](directory::Directory& directory) {
    const auto deadline =
        base::Deadline::After(std::chrono::duration_cast<milliseconds>(settings_.timeout).count() * 4);
    auto view = TrialView(directory, rules, tags, settings_.nss, settings_.keys, settings_.account, user, deadline);
    loop_->Post([view = std::move(view), done] { done(view); });
  });
}

void Daemon::RecordTags(const ReplicaWorker::TagStep& step) {
  audit::Event event = EventOf(step, replica::Now());
  LogNotice(event.reason_code + ": " + event.detail);
  recorder_->Record(std::move(event), [](bool) {});
}

void Daemon::AcceptTags(const std::string& id, std::function<void(base::Result<void>)> done) {
  replica_->AcceptTags(id, [this, done = std::move(done)](const base::Result<void>& accepted) {
    loop_->Post([done, accepted] { done(accepted); });
  });
}

void Daemon::Used(const replica::AccountEntry& account, const std::string& decision_json) {
  core_->decisions[account.login_name] = decision_json;
  replica_->SetUsed(account.record.id, account.login_name, decision_json);
}

void Daemon::RecordEnd(const sessions::Session& session, const std::function<void(bool)>& recorded) {
  audit::Event event;
  event.kind = audit::Kind::kLogoff;
  event.time = std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
  event.allowed = true;
  event.reason_code = "TL-SESSION-END";
  event.user_name = session.user_name;
  event.user_id = session.user_id;
  event.uid = session.user_uid;
  event.domain = settings_.directory.domain;
  event.service = session.service;
  const bool address = policy::IpAddress::Parse(session.rhost).has_value();
  (address ? event.client_address : event.client_host) = session.rhost;
  event.tty = session.tty;
  event.auth_method = session.auth_method;
  event.key_fingerprint = session.key_fingerprint;
  event.session_uid = session.uid;
  event.session_created = session.created;
  event.peer_pid = session.monitor.pid;
  recorder_->Record(std::move(event), recorded);
}

}  // namespace taglogin::daemon
