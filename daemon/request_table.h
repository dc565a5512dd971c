// SPDX-License-Identifier: Apache-2.0
// Who may send what: the table of every request (docs/protocol.md), checked before any handler
// runs. Peers are told apart by the uid the kernel gives, and by nothing else.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include "daemon/server.h"
#include "protocol/messages.h"

namespace taglogin::daemon {

enum PeerKind : unsigned {
  kRoot = 1,
  kKeyhelper = 2,
  kAnybody = 4,  // every other uid
};

class RequestTable {
 public:
  // `keyhelper_uid`: the uid of taglogin-keys; without one only root may ask for keys.
  explicit RequestTable(std::optional<std::uint32_t> keyhelper_uid) : keyhelper_uid_(keyhelper_uid) {}

  // One row. `peers` is a set of PeerKind bits; `handle` gets a fully decoded message.
  template <typename Message>
  void Add(unsigned peers, std::function<void(const Peer&, const Message&, const Responder&)> handle) {
    rows_[Message::kType] =
        Row{peers, [handle = std::move(handle)](const Peer& peer, protocol::Reader& body, const Responder& to) {
              Message message;
              if (!protocol::DecodeBody(body, message)) {
                return to.Fail(protocol::Status::kMalformed);
              }
              handle(peer, message, to);
            }};
  }

  // Unknown types are kMalformed; a peer without the right is kNotPermitted, before decoding.
  void Dispatch(const Peer& peer, protocol::RequestType type, protocol::Reader& body, const Responder& to) const;

  PeerKind KindOf(const Peer& peer) const;

  // Every row: the request and the set of PeerKind bits that may send it.
  std::map<protocol::RequestType, unsigned> Rows() const;

 private:
  struct Row {
    unsigned peers = 0;
    std::function<void(const Peer&, protocol::Reader&, const Responder&)> handle;
  };
  std::optional<std::uint32_t> keyhelper_uid_;
  std::map<protocol::RequestType, Row> rows_;
};

}  // namespace taglogin::daemon
