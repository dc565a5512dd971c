// SPDX-License-Identifier: Apache-2.0
// What sshd's key command and principals command are given: the lines for one key, or for the certificates of one
// account. Only refusals wait for an audit record.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "daemon/core.h"
#include "daemon/judge.h"
#include "daemon/key_lines.h"
#include "daemon/login_proof.h"
#include "daemon/request_table.h"
#include "daemon/session_keeper.h"
#include "daemon/verify_memory.h"

namespace taglogin::daemon {

class KeyService {
 public:
  KeyService(Core& core, const SessionKeeper& sessions) : core_(core), sessions_(sessions) {}
  void AddTo(RequestTable& table);

  struct Certificate {
    std::string fingerprint;  // of the certified key
    std::string key_type;
  };
  // What sshd is given about certificates of that key, and the decision behind it. It is taken to be told.
  struct PrincipalLines {
    Judgement judgement;
    std::string text;
  };
  PrincipalLines LinesForPrincipals(const replica::AccountEntry& account, const Certificate& certificate,
                                    const sessions::Peer& monitor);

  // Fills in which of the keys must have verified their user, from what this connection's sshd was told.
  void FillVerified(const std::string& name, const sessions::Peer& monitor, const policy::Request& from,
                    Proof& proof) const;

 private:
  using Use = std::function<void(const replica::AccountEntry&)>;
  void Keys(const Peer& peer, const protocol::Keys& request, const Responder& to);
  void Principals(const Peer& peer, const protocol::Principals& request, const Responder& to);
  // sshd's monitor, which runs the commands itself and opens the session; pid 0 when it cannot be told.
  sessions::Peer MonitorOf(const Peer& command) const;
  // Finds the account, asking the directory if need be; answers when there is none, or nobody knows.
  void Resolve(std::string_view name, const Responder& to, const Use& use);
  void AnswerKey(const replica::AccountEntry& account, const std::string& fingerprint, const sessions::Peer& monitor,
                 const Responder& to);
  void AnswerPrincipals(const replica::AccountEntry& account, const Certificate& certificate,
                        const sessions::Peer& monitor, const Responder& to);
  Judgement JudgeKey(const replica::AccountEntry& account, policy::Credential key) const;
  // Both decisions; the first one's is the second's where verification is none of the key's matters.
  KeyDecisions DecideBoth(const replica::AccountEntry& account, const policy::Credential& key,
                          const policy::Decision& verified) const;
  // Answers with the lines; behind a record if `judgement` is a refusal.
  void Answer(const replica::AccountEntry& account, const Judgement& judgement, const std::string& fingerprint,
              std::string lines, const Responder& to);

  void Note(const std::string& name, const std::string& key, const KeyLines& lines);

  Core& core_;
  const SessionKeeper& sessions_;
  std::map<std::string, VerifyMemory> memories_;  // by login name
  std::map<std::string, std::int64_t> refusals_;  // "account key" -> boot ms when the next one is recorded
};

}  // namespace taglogin::daemon
