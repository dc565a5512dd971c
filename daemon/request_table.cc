// SPDX-License-Identifier: Apache-2.0
#include "daemon/request_table.h"

namespace taglogin::daemon {
namespace {

// What the kernel says for every uid that has no number in our user namespace (user_namespaces(7)):
// many people share it, so it is nobody's in particular.
constexpr std::uint32_t kOverflowUid = 65534;

}  // namespace

PeerKind RequestTable::KindOf(const Peer& peer) const {
  if (peer.uid == 0) return kRoot;
  if (keyhelper_uid_ && peer.uid == *keyhelper_uid_ && peer.uid != kOverflowUid) return kKeyhelper;
  return kAnybody;
}

void RequestTable::Dispatch(const Peer& peer, protocol::RequestType type, protocol::Reader& body,
                            const Responder& to) const {
  const auto row = rows_.find(type);
  if (row == rows_.end()) return to.Fail(protocol::Status::kMalformed);
  if ((row->second.peers & KindOf(peer)) == 0) return to.Fail(protocol::Status::kNotPermitted);
  row->second.handle(peer, body, to);
}

std::map<protocol::RequestType, unsigned> RequestTable::Rows() const {
  std::map<protocol::RequestType, unsigned> rows;
  for (const auto& [type, row] : rows_) rows[type] = row.peers;
  return rows;
}

}  // namespace taglogin::daemon
