// SPDX-License-Identifier: Apache-2.0
// Answers for the NSS module: who is this, as far as this peer may know (design: visibility).
#pragma once

#include "daemon/core.h"
#include "daemon/request_table.h"

namespace taglogin::daemon {

class NameService {
 public:
  explicit NameService(Core& core) : core_(core) {}
  void AddTo(RequestTable& table);

 private:
  void ByName(const Peer& peer, const protocol::AccountByName& request, const Responder& to);
  void ByUid(const Peer& peer, const protocol::AccountByUid& request, const Responder& to);
  void Groups(const Peer& peer, const protocol::GroupsOfAccount& request, const Responder& to);
  void GroupByName(const protocol::GroupByName& request, const Responder& to);
  void GroupByGid(const protocol::GroupByGid& request, const Responder& to);
  bool Visible(const Peer& peer, const replica::AccountEntry& account) const;
  void AnswerAccount(const Peer& peer, const replica::AccountEntry* account, const Responder& to) const;

  Core& core_;
};

}  // namespace taglogin::daemon
