// SPDX-License-Identifier: Apache-2.0
// Which server to talk to, and a session with it: connected, protected, bound, and, in Active Directory, known to
// serve the domain of the settings. Private to this room. One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "directory/directory.h"
#include "directory/entry_reader.h"
#include "directory/host_resolver.h"
#include "directory/ldap_connection.h"
#include "directory/machine_ticket.h"
#include "directory/server_finder.h"

namespace taglogin::directory {

struct ServerSession {
  std::unique_ptr<LdapConnection> connection;
  std::string host;
  std::int64_t since_ms = 0;  // CLOCK_BOOTTIME, when it was begun
  Domain domain;              // Active Directory
  // Active Directory: names the database that update numbers count in (MS-ADTS 3.1.1.1.9): host and invocationId.
  std::string database;
};

// What an Active Directory server's root entry says of this moment (MS-ADTS 3.1.1.3.2).
struct ServerMoment {
  std::int64_t update_number = 0;                // highestCommittedUSN
  std::optional<std::chrono::sys_seconds> time;  // currentTime, if it is told
};
base::Result<ServerMoment> ReadMoment(LdapSearcher& searcher, base::Deadline deadline);

// What is to be said when the server's clock and this machine's are a minute or more apart: expiry and hours go by
// this machine's, and Kerberos corrects its own times without a word. Times of one moment.
std::optional<std::string> ClockWarning(std::chrono::sys_seconds server_time, std::chrono::sys_seconds own_time,
                                        const std::string& host);

// A KDC of `realm` gets `message`; what it replied.
using RealmExchange =
    std::function<base::Result<std::string>(std::string_view realm, std::string_view message, base::Deadline deadline)>;

class ServerPool {
 public:
  // Without servers in the settings, `finder` says which; it is told which of them fail.
  ServerPool(Connection settings, std::shared_ptr<ServerFinder> finder);

  // Tries the servers of the settings from the one that worked last on, or those found in the finder's
  // order. Each has its share of the deadline; of several, a first round gives each 1.5 s to connect and
  // 2 s in all, and a second one, for those that were too slow, the timeout of the settings. The
  // error says what all of them say.
  base::Result<ServerSession> Connect(base::Deadline deadline);
  // The session at hand failed: the next Connect begins behind its server.
  void MoveOn(const ServerSession& session, const std::string& why);
  // True when the machine's tickets are half used up, or the finder knows that there is better than
  // the session's server: the session should be replaced.
  bool RenewalDue(const ServerSession& session) const;

  // Bind::kGssapi: the principal of the sessions, with its realm; empty before there was one.
  const std::string& account() const { return ticket_->account(); }
  // For tickets that other realms' KDCs have a part in. `realms`: all that may be asked.
  void SetOtherRealms(std::vector<std::string> realms, RealmExchange exchange);
  // Asks the KDCs of this pool's own domain.
  base::Result<std::string> AskKdc(std::string_view message, base::Deadline deadline);
  // Of this pool's domain.
  std::string realm() const;

  const Connection& settings() const { return settings_; }
  std::uint64_t operations() const { return operations_; }

 private:
  struct Server {
    std::string host;
    int ldap_port = 0;
    std::vector<Address> addresses;  // empty: to be resolved
  };
  base::Result<std::vector<Server>> Servers(base::Deadline deadline);
  base::Result<ServerSession> TryOne(const Server& server, base::Deadline deadline);
  base::Result<ServerSession> ConnectTo(const Server& server, base::Deadline deadline);
  base::Result<base::UniqueFd> Reach(const Server& server, int port, base::Deadline deadline);
  base::Result<std::string> AskKdcs(const std::vector<Server>& servers, std::string_view message,
                                    base::Deadline deadline);
  base::Result<std::string> AskRealm(const Server& first, std::string_view realm, std::string_view message,
                                     base::Deadline deadline);
  base::Result<void> ReadDomain(ServerSession& session, base::Deadline deadline) const;
  void Failed(const std::string& host, const std::string& why);

  Connection settings_;
  std::shared_ptr<ServerFinder> finder_;  // empty: the settings name the servers
  HostResolver resolver_;
  std::unique_ptr<MachineTicket> ticket_;
  RealmExchange other_realms_;   // empty: there are none
  std::vector<Server> servers_;  // of the Connect under way
  std::size_t preferred_ = 0;    // of the settings' servers
  std::uint64_t operations_ = 0;
};

}  // namespace taglogin::directory
