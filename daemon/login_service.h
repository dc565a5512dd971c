// SPDX-License-Identifier: Apache-2.0
// The login path: keys, the account phase, and sessions. Every answer but a key's waits for its
// audit record.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "audit/event.h"
#include "daemon/core.h"
#include "daemon/judge.h"
#include "daemon/key_service.h"
#include "daemon/login_proof.h"
#include "daemon/request_table.h"
#include "daemon/session_keeper.h"

namespace taglogin::daemon {

class LoginService {
 public:
  LoginService(Core& core, SessionKeeper& sessions) : core_(core), sessions_(sessions), keys_(core, sessions) {}
  void AddTo(RequestTable& table);

 private:
  // One PAM call, copied out of its packet.
  struct Call {
    std::string name;  // as asked, in lower case once it is a name; canonical once it is known whose
    std::string service;
    std::string rhost;
    std::string tty;
    std::string auth_info;
    std::int32_t pid = 0;
    std::int64_t started_us = 0;
    std::function<void()> refused;  // after any answer that is not an allow; may be empty
    std::function<void()> decided;  // after the answer to a call that a decision was made for; may be empty
  };
  using Use = std::function<void(const replica::AccountEntry&)>;

  void Check(const Peer& peer, const protocol::CheckAccount& request, const Responder& to);
  void CheckKnown(Call call, const replica::AccountEntry& account, const Responder& to);
  void Open(const Peer& peer, const protocol::OpenSession& request, const Responder& to);
  void OpenKnown(Call call, const replica::AccountEntry& account, const sessions::Peer& monitor, const Responder& to);
  Proof ProofFor(const Call& call, const replica::AccountEntry& account, std::int64_t now_s) const;
  void NameTheKey(const replica::AccountEntry& account, const Judgement& judgement, policy::Request request,
                  const replica::Moment& now, Proof& proof, audit::Event& event) const;
  void Close(const Peer& peer, const protocol::CloseSession& request, const Responder& to);

  // Finds the account, asking the directory if need be, and calls `use`; a name that is nobody's
  // or cannot be asked for now is recorded and answered here.
  void Resolve(Call call, const Responder& to, Use use);
  void AnswerNobody(const Call& call, const Responder& to);
  void AnswerUnavailable(const Call& call, const Responder& to, const std::string& why);
  // Call::decided: keeps the decision as the account's last one. Nobody has to wait for that.
  std::function<void()> Keep(const std::string& name, const Judgement& judgement, const replica::Moment& now);
  audit::Event EventFor(const Call& call) const;
  // Records, then answers; a record that cannot be written turns any answer into kUnavailable.
  void RecordThenAnswer(const Call& call, audit::Event event, const Responder& to, protocol::Verdict verdict,
                        std::string message);
  void OpenAllowed(const Call& call, const replica::AccountEntry& account, const sessions::Peer& monitor,
                   audit::Event event, const Responder& to);

  Core& core_;
  SessionKeeper& sessions_;
  KeyService keys_;
};

}  // namespace taglogin::daemon
