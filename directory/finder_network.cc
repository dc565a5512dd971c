// SPDX-License-Identifier: Apache-2.0
#include "directory/finder_network.h"

#include <algorithm>
#include <utility>

#include "base/printable.h"
#include "directory/broken_pipe.h"
#include "directory/dns_question.h"
#include "directory/ldap_connection.h"
#include "directory/tcp_connect.h"

namespace taglogin::directory {
namespace {

constexpr std::int64_t kResolveMs = 1500;
constexpr std::int64_t kTcpMs = 1000;
constexpr std::size_t kMaxByTcp = 4;

class RealNetwork : public FinderNetwork {
 public:
  explicit RealNetwork(std::string domain) : domain_(std::move(domain)) {}

  base::Result<SrvAnswer> LookUp(const std::string& name) override {
    const auto message = AskForSrv(name);
    if (!message) return message.error();
    auto answer = ParseSrvAnswer(*message, domain_);
    if (!answer) return base::Error{answer.error().code, answer.error().detail + " (" + base::Printable(name) + ')'};
    return answer;
  }

  std::vector<Pinged> Ping(const std::vector<SrvRecord>& servers, base::Deadline deadline) override {
    const BrokenPipeGuard guard;
    const auto resolved_by = base::Deadline::After(std::min<std::int64_t>(kResolveMs, deadline.RemainingMs()));
    for (const SrvRecord& server : servers) resolver_.Begin(server.target);
    std::vector<PingTarget> targets;
    for (const SrvRecord& server : servers) {
      auto addresses = resolver_.Resolve(server.target, server.port, resolved_by);
      targets.push_back({server.target, addresses ? *std::move(addresses) : std::vector<Address>()});
    }
    auto outcomes = PingAll(targets, domain_, deadline);
    const auto answered = [](const PingOutcome& outcome) { return outcome.reply.has_value(); };
    if (std::none_of(outcomes.begin(), outcomes.end(), answered)) {
      for (std::size_t i = 0; i < std::min(kMaxByTcp, targets.size()); ++i)
        PingByTcp(targets[i], outcomes[i], deadline);
    }
    std::vector<Pinged> out;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      out.push_back({std::move(targets[i].addresses), std::move(outcomes[i])});
    }
    return out;
  }

 private:
  // A server that answers at all leaves its answer; of one that does not, the ping's error stays.
  void PingByTcp(const PingTarget& target, PingOutcome& outcome, base::Deadline all) {
    if (target.addresses.empty() || all.Passed()) return;
    const auto deadline = base::Deadline::After(std::min<std::int64_t>(kTcpMs, all.RemainingMs()));
    auto socket = ConnectTcp(target.addresses, target.host, deadline);
    if (!socket) return;
    const std::int64_t begun_ms = base::ClockMs(CLOCK_MONOTONIC);
    auto ldap = LdapConnection::OpenAnonymous(*std::move(socket), target.host, deadline, operations_);
    if (!ldap) return;
    Query query;
    query.filter = NetlogonFilter(domain_);
    query.attributes = {kNetlogonAttribute};
    std::string blob;
    const auto take = [&blob](std::size_t, const Entry& entry) { blob = entry.Single("netlogon"); };
    if (!(*ldap)->Search({query}, deadline, take)) return;
    outcome.latency_us = (base::ClockMs(CLOCK_MONOTONIC) - begun_ms) * 1000;
    outcome.reply = blob.empty() ? base::NotFound("it does not serve the domain") : DecodeNetlogonReply(blob);
  }

  std::string domain_;
  HostResolver resolver_;
  std::uint64_t operations_ = 0;
};

}  // namespace

std::unique_ptr<FinderNetwork> RealFinderNetwork(std::string domain) {
  return std::make_unique<RealNetwork>(std::move(domain));
}

}  // namespace taglogin::directory
