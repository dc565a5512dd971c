// SPDX-License-Identifier: Apache-2.0
// The cli's verbs (docs/cli.md): each answers one JSON document and an exit code. Loop only.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "daemon/core.h"
#include "daemon/request_table.h"
#include "daemon/session_keeper.h"

namespace taglogin::daemon {

// What the verbs can set in motion; the daemon wires them.
struct AdminActions {
  // Reads tags and directory again; `repin`: drops the pin of that name first (empty: none). `done`
  // runs on the loop with an empty text, or with what went wrong.
  std::function<void(const std::string& repin, std::function<void(std::string error)> done)> refresh;
  // A trial view (see trial.h); `done` runs on the loop.
  std::function<void(policy::TagSet tags, const std::string& user, std::function<void(base::Result<View>)> done)> trial;
  // The tags count as they are from now on, if TagsId() of them is `id` (empty: whatever they are); `done` runs on the
  // loop.
  std::function<void(const std::string& id, std::function<void(base::Result<void>)> done)> accept_tags;
};

class AdminService {
 public:
  AdminService(Core& core, SessionKeeper& sessions, AdminActions actions)
      : core_(core), sessions_(sessions), actions_(std::move(actions)) {}
  void AddTo(RequestTable& table);
  // Every verb there is.
  static std::vector<std::string> VerbNames();

 private:
  using Args = std::vector<std::string>;  // behind the verb
  struct Verb {
    bool root_only = true;
    void (AdminService::*run)(const Peer&, const Args&, const Responder&) = nullptr;
  };
  static const std::map<std::string, Verb>& Verbs();

  void Handle(const Peer& peer, const protocol::Admin& request, const Responder& to);
  void Status(const Peer& peer, const Args& args, const Responder& to);
  void Why(const Peer& peer, const Args& args, const Responder& to);
  void Who(const Peer& peer, const Args& args, const Responder& to);
  void Tags(const Peer& peer, const Args& args, const Responder& to);
  void AcceptTags(const Peer& peer, const Args& args, const Responder& to);
  void Test(const Peer& peer, const Args& args, const Responder& to);
  void Refresh(const Peer& peer, const Args& args, const Responder& to);

  void WithAccount(const std::string& name, const Responder& to, std::function<void(const replica::AccountEntry&)> use);
  nlohmann::json Problems() const;

  Core& core_;
  SessionKeeper& sessions_;
  AdminActions actions_;
};

}  // namespace taglogin::daemon
