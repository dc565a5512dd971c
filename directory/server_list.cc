// SPDX-License-Identifier: Apache-2.0
#include "directory/server_list.h"

#include <algorithm>
#include <utility>

namespace taglogin::directory {
namespace {

constexpr std::int64_t kFirstPenaltyMs = 30000;
constexpr std::int64_t kMaxPenaltyMs = 300000;
constexpr int kMaxDoublings = 8;

// 0: good, 1: silent, 2: failed lately.
int Rank(const FoundServer& server, std::int64_t now_ms) {
  if (ServerList::PenaltyLeftMs(server, now_ms) > 0) return 2;
  const bool silent = server.probe && !server.probe->answered && server.worked_ms < server.probe->at_ms;
  return silent ? 1 : 0;
}

}  // namespace

void ServerList::Replace(std::vector<FoundServer> servers) {
  for (FoundServer& server : servers) {
    const FoundServer* known = Find(server.host);
    if (known == nullptr) continue;
    if (!server.probe) server.probe = known->probe;
    // Where it was, until it is known where it is.
    if (server.probe && known->probe && server.probe->addresses.empty()) {
      server.probe->addresses = known->probe->addresses;
    }
    server.failures = known->failures;
    server.failed_ms = known->failed_ms;
    server.failure = known->failure;
    server.worked_ms = known->worked_ms;
  }
  servers_ = std::move(servers);
}

void ServerList::Failed(const std::string& host, const std::string& why, std::int64_t now_ms) {
  FoundServer* server = Find(host);
  if (server == nullptr) return;
  ++server->failures;
  server->failed_ms = now_ms;
  server->failure = why;
}

void ServerList::Worked(const std::string& host, std::int64_t now_ms) {
  FoundServer* server = Find(host);
  if (server == nullptr) return;
  server->failures = 0;
  server->failure.clear();
  server->worked_ms = now_ms;
}

std::int64_t ServerList::PenaltyLeftMs(const FoundServer& server, std::int64_t now_ms) {
  if (server.failures == 0) return 0;
  const int doublings = std::min(server.failures - 1, kMaxDoublings);
  const std::int64_t penalty = std::min(kFirstPenaltyMs << doublings, kMaxPenaltyMs);
  return std::max<std::int64_t>(server.failed_ms + penalty - now_ms, 0);
}

std::vector<FoundServer> ServerList::InOrder(std::int64_t now_ms) const {
  std::vector<FoundServer> out = servers_;
  std::stable_sort(out.begin(), out.end(), [now_ms](const FoundServer& a, const FoundServer& b) {
    const int rank = Rank(a, now_ms);
    if (const int other = Rank(b, now_ms); rank != other) return rank < other;
    if (rank == 2 && a.failed_ms != b.failed_ms) return a.failed_ms < b.failed_ms;
    return a.in_site && !b.in_site;
  });
  return out;
}

bool ServerList::ShouldLeave(const std::string& host, std::int64_t since_ms, std::int64_t now_ms) const {
  const auto mine =
      std::find_if(servers_.begin(), servers_.end(), [&](const FoundServer& server) { return server.host == host; });
  if (mine == servers_.end()) return false;
  if (mine->failures > 0 && mine->failed_ms > since_ms) return true;
  return !mine->in_site && std::any_of(servers_.begin(), servers_.end(), [now_ms](const FoundServer& server) {
    return server.in_site && server.probe && server.probe->answered && Rank(server, now_ms) == 0;
  });
}

FoundServer* ServerList::Find(const std::string& host) {
  const auto found =
      std::find_if(servers_.begin(), servers_.end(), [&](const FoundServer& server) { return server.host == host; });
  return found == servers_.end() ? nullptr : &*found;
}

}  // namespace taglogin::directory
