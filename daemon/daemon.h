// SPDX-License-Identifier: Apache-2.0
// taglogind put together: starts the workers, wires their reports to the loop, serves until told to
// stop. What the parts do is in the parts.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "daemon/admin_service.h"
#include "daemon/core.h"
#include "daemon/directory_worker.h"
#include "daemon/login_service.h"
#include "daemon/name_service.h"
#include "daemon/replica_worker.h"
#include "daemon/request_table.h"
#include "daemon/server.h"
#include "daemon/server_watch.h"
#include "daemon/session_keeper.h"
#include "daemon/tags_worker.h"

namespace taglogin::daemon {

struct Paths {
  std::string config = "/etc/taglogin/taglogin.toml";
  std::string state_folder = "/var/lib/taglogin";
  std::string runtime_folder = "/run/taglogin";
};

// The settings and rules of one file, read and checked together.
struct Configuration {
  Settings settings;
  policy::RuleSet rules;
  std::vector<directory::SshKey> user_authorities = {};  // of [ssh] trusted_user_ca_keys
};
base::Result<Configuration> LoadConfiguration(const std::string& path);

class Daemon {
 public:
  // Opens everything that must be there before the first request. Errors say what stops the start.
  static base::Result<std::unique_ptr<Daemon>> Start(Paths paths, Configuration configuration);
  ~Daemon();

  // Serves until SIGTERM or SIGINT. SIGHUP reads the rules again and reopens the audit file.
  base::Result<int> Run();

 private:
  Daemon(Paths paths, Configuration configuration, std::unique_ptr<EventLoop> loop);
  base::Result<void> OpenState();
  base::Result<void> OpenDirectory();
  base::Result<void> OpenSocket();
  base::Result<void> WatchSignals();
  void StartReplica(replica::Store::Opened opened, std::unique_ptr<replica::TablePublisher> publisher);
  base::Result<void> StartTags();

  void Search(const std::string& name);
  void SetView(View view);
  void DirectoryAnswered(const std::string& error);
  void ServersFound(directory::FinderState state);
  void TagsAnswered(const std::string& source, const std::string& error);
  void Reload();
  void Refresh(const std::string& repin, std::function<void(std::string)> done);
  // Runs `task` on the loop when the replica has dealt with everything that came before.
  void OnLoopBehindReplica(std::function<void()> task);
  void Trial(policy::TagSet tags, const std::string& user, std::function<void(base::Result<View>)> done);
  void RecordEnd(const sessions::Session& session, const std::function<void(bool)>& recorded);
  void RecordTags(const ReplicaWorker::TagStep& step);
  void AcceptTags(const std::string& id, std::function<void(base::Result<void>)> done);
  void Used(const replica::AccountEntry& account, const std::string& decision_json);

  Paths paths_;
  Settings settings_;
  policy::RuleSet first_rules_;
  std::vector<directory::SshKey> first_authorities_;
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<Lookups> lookups_;
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<Core> core_;
  std::unique_ptr<SessionKeeper> sessions_;
  std::unique_ptr<LoginService> logins_;
  std::unique_ptr<NameService> names_;
  std::unique_ptr<AdminService> admin_;
  std::unique_ptr<RequestTable> requests_;
  std::vector<EventLoop::Watch> signals_;
  std::shared_ptr<directory::ServerFinder> server_finder_;  // empty when the settings name the servers
  // Threads, stopped first and in this order: later ones report to earlier ones.
  std::unique_ptr<ReplicaWorker> replica_;
  std::unique_ptr<ServerWatch> servers_;                       // empty when the settings name the servers
  std::vector<std::unique_ptr<ServerWatch>> further_servers_;  // of [directory] domains
  std::unique_ptr<DirectoryWorker> directory_;
  std::unique_ptr<LookupWorker> finder_;
  std::unique_ptr<TagsWorker> tags_;
  std::unique_ptr<Server> server_;
};

}  // namespace taglogin::daemon
