// SPDX-License-Identifier: Apache-2.0
// The servers that were found, what is known of each, and the order in which to try them. Pure: the
// clock is handed in (milliseconds of CLOCK_BOOTTIME). One thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "directory/host_resolver.h"

namespace taglogin::directory {

// What a netlogon ping found out.
struct Probe {
  std::int64_t at_ms = 0;
  bool answered = false;
  std::int64_t latency_us = 0;     // if it answered
  std::string server_site;         // if it answered; may be empty
  std::string error;               // if it did not
  std::vector<Address> addresses;  // of the server; empty when its name could not be resolved
};

struct FoundServer {
  std::string host;
  std::uint16_t port = 0;  // LDAP without TLS, or StartTLS
  bool in_site = false;    // DNS names it for the site of this machine
  std::optional<Probe> probe;
  // The last use that went wrong; a success clears it.
  int failures = 0;            // in a row
  std::int64_t failed_ms = 0;  // when, if failures > 0
  std::string failure;         // why
  std::int64_t worked_ms = 0;  // the last use that went well; 0: none
};

class ServerList {
 public:
  // In the order of DNS, those of the site first. What is known of servers that stay is kept; a new probe
  // takes the place of the old one.
  void Replace(std::vector<FoundServer> servers);
  void Failed(const std::string& host, const std::string& why, std::int64_t now_ms);
  void Worked(const std::string& host, std::int64_t now_ms);

  // How long a server that failed stays behind the others: 30 s, doubled with each failure in a row, at
  // most 5 min. 0 when it is not behind.
  static std::int64_t PenaltyLeftMs(const FoundServer& server, std::int64_t now_ms);
  // In the order to try them: those that neither failed lately nor left the last ping unanswered, then
  // the silent ones, then those that failed, the longest ago first; within each the site's own first.
  std::vector<FoundServer> InOrder(std::int64_t now_ms) const;
  // Whether a session with `host` that began at `since_ms` had better be given up: the server has failed
  // since, or it is not in this machine's site while a good one is.
  bool ShouldLeave(const std::string& host, std::int64_t since_ms, std::int64_t now_ms) const;

  bool empty() const { return servers_.empty(); }
  const std::vector<FoundServer>& servers() const { return servers_; }

 private:
  FoundServer* Find(const std::string& host);

  std::vector<FoundServer> servers_;
};

}  // namespace taglogin::directory
