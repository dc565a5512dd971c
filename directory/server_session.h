// SPDX-License-Identifier: Apache-2.0
// Which server to talk to, and a session with it: connected, protected, bound, and known to serve
// the domain of the settings. Private to this room. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "directory/active_directory.h"
#include "directory/entry_reader.h"
#include "directory/host_resolver.h"
#include "directory/ldap_connection.h"
#include "directory/machine_ticket.h"

namespace taglogin::directory {

struct ServerSession {
  std::unique_ptr<LdapConnection> connection;
  std::string host;
  Domain domain;
  // Names the database that update numbers count in (MS-ADTS 3.1.1.1.9): host and invocationId.
  std::string database;
};

// highestCommittedUSN of the server (MS-ADTS 3.1.1.3.2.5).
base::Result<std::int64_t> ReadUpdateNumber(LdapSearcher& searcher, base::Deadline deadline);

class ServerPool {
 public:
  explicit ServerPool(Connection settings);

  // Tries the servers from the one that worked last on; each has its share of the deadline, at most
  // the timeout of the settings. The error is that of the last one tried, or what all say.
  base::Result<ServerSession> Connect(base::Deadline deadline);
  // The server at hand failed: the next Connect begins behind it.
  void MoveOn();
  // True when the machine's tickets are half used up, so that a session should be replaced.
  bool RenewalDue() const;

  const Connection& settings() const { return settings_; }
  std::uint64_t operations() const { return operations_; }

 private:
  base::Result<ServerSession> ConnectTo(const std::string& host, base::Deadline deadline);
  base::Result<base::UniqueFd> Reach(const std::string& host, int port, base::Deadline deadline);
  base::Result<std::string> AskKdc(const std::string& first, std::string_view message, base::Deadline deadline);
  base::Result<void> ReadDomain(ServerSession& session, base::Deadline deadline) const;

  Connection settings_;
  HostResolver resolver_;
  MachineTicket ticket_;
  std::size_t preferred_ = 0;
  std::uint64_t operations_ = 0;
};

}  // namespace taglogin::directory
