// SPDX-License-Identifier: Apache-2.0
#include "daemon/request_table.h"

namespace taglogin::daemon {

PeerKind RequestTable::KindOf(const Peer& peer) const {
  if (peer.uid == 0) return kRoot;
  if (keyhelper_uid_ && peer.uid == *keyhelper_uid_) return kKeyhelper;
  return kAnybody;
}

void RequestTable::Dispatch(const Peer& peer, protocol::RequestType type, protocol::Reader& body,
                            const Responder& to) const {
  const auto row = rows_.find(type);
  if (row == rows_.end()) return to.Fail(protocol::Status::kMalformed);
  if ((row->second.peers & KindOf(peer)) == 0) return to.Fail(protocol::Status::kNotPermitted);
  row->second.handle(peer, body, to);
}

}  // namespace taglogin::daemon
