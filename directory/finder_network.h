// SPDX-License-Identifier: Apache-2.0
// What finding servers needs of the network, so that it can be tried without one. Private to this room.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "directory/netlogon_ping.h"
#include "directory/srv_records.h"

namespace taglogin::directory {

struct Pinged {
  std::vector<Address> addresses;  // without a port that counts; empty: not resolved
  PingOutcome outcome;
};

class FinderNetwork {
 public:
  virtual ~FinderNetwork() = default;
  // The SRV records of `name`. Errors as those of AskForSrv and ParseSrvAnswer.
  virtual base::Result<SrvAnswer> LookUp(const std::string& name) = 0;
  // Resolves and pings all at once; one answer for each, in their order.
  virtual std::vector<Pinged> Ping(const std::vector<SrvRecord>& servers, base::Deadline deadline) = 0;
};

// DNS by resolv.conf(5), the ping over UDP; when nobody answers that (a firewall that lets no UDP through),
// the same search over TCP to the first four, without a bind.
std::unique_ptr<FinderNetwork> RealFinderNetwork(std::string domain);

}  // namespace taglogin::directory
