// SPDX-License-Identifier: Apache-2.0
// The netlogon ping (MS-ADTS 6.3.3): one LDAP search of the rootDSE, over UDP to many servers at once.
// Private to this room. Ping is blocking; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "directory/host_resolver.h"
#include "directory/netlogon_reply.h"

namespace taglogin::directory {

// The attribute and the filter of the search, for a search over TCP.
constexpr char kNetlogonAttribute[] = "Netlogon";
std::string NetlogonFilter(const std::string& domain);

// The search as one LDAP message (RFC 4511 4.5.1), as it goes into a datagram. Empty: out of memory.
std::string EncodePing(std::int32_t id, const std::string& domain);

// A datagram with the answer to message `id`. Errors: kInvalid (not that), kNotFound (the server has
// no answer: it does not serve the domain), kUnavailable (see DecodeNetlogonReply).
base::Result<NetlogonReply> DecodePingAnswer(std::string_view datagram, std::int32_t id);

struct PingTarget {
  std::string host;                // for messages
  std::vector<Address> addresses;  // with the port; tried in turn, one a step
};
struct PingOutcome {
  base::Result<NetlogonReply> reply;
  std::int64_t latency_us = 0;  // from the datagram that was answered
};

// Pings all at once, again after 400 and 800 ms. Ends when all have answered; 500 ms after the start when
// one has; else after 1,200 ms or at the deadline. One outcome for each target, in their order.
std::vector<PingOutcome> PingAll(const std::vector<PingTarget>& targets, const std::string& domain,
                                 base::Deadline deadline);

}  // namespace taglogin::directory
