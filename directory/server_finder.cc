// SPDX-License-Identifier: Apache-2.0
#include "directory/server_finder.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "base/printable.h"
#include "directory/finder_network.h"
#include "directory/netlogon_ping.h"
#include "directory/srv_records.h"

namespace taglogin::directory {
namespace {

constexpr std::int64_t kMinTtlMs = 60000;
constexpr std::int64_t kMaxTtlMs = 900000;
constexpr std::int64_t kAfterFailureMs = 5000;
constexpr std::int64_t kFirstPatienceMs = 2000;
constexpr std::int64_t kMaxPatienceMs = 30000;
constexpr std::int64_t kPingMs = 3000;
constexpr std::size_t kMaxServers = 32;
constexpr std::size_t kMaxPings = 16;
// Of servers elsewhere, when the site has its own.
constexpr std::size_t kMaxElsewhere = 4;

std::uint64_t RandomSeed() {
  try {
    std::random_device device;
    return static_cast<std::uint64_t>(device()) << 32 | device();
  } catch (const std::exception&) {
    return static_cast<std::uint64_t>(base::ClockMs(CLOCK_REALTIME));
  }
}

}  // namespace

struct ServerFinder::Found {
  std::optional<base::Error> problem;
  std::vector<SrvRecord> all;        // in the order of RFC 2782
  std::vector<FoundServer> servers;  // to be the list; those of the site first
  std::vector<std::string> refused;
  std::uint32_t ttl_s = 0;
  std::string site;
  std::string told_site;  // by the first server that answered
  bool answered = false;
};

ServerFinder::ServerFinder(std::string domain, std::unique_ptr<FinderNetwork> network, std::uint64_t seed, Clock now_ms)
    : domain_(std::move(domain)), network_(std::move(network)), now_ms_(std::move(now_ms)), random_(seed) {}

ServerFinder::ServerFinder(std::string domain)
    : ServerFinder(domain, RealFinderNetwork(domain), RandomSeed(), [] { return base::ClockMs(CLOCK_BOOTTIME); }) {}

ServerFinder::~ServerFinder() = default;

std::int64_t ServerFinder::Look() {
  std::string site;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (const std::int64_t left = due_ms_ - now_ms_(); left > 0) return left;
    site = state_.site;
  }
  begun_ms_ = now_ms_();
  Publish(Ask(std::move(site)), begun_ms_);
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::max<std::int64_t>(due_ms_ - now_ms_(), 1);
}

// The site's own servers first, for the site that was known; when the answers tell another site, for that.
ServerFinder::Found ServerFinder::Ask(std::string site) {
  Found found;
  const std::string name = "_ldap._tcp.dc._msdcs." + domain_;
  auto all = network_->LookUp(name);
  if (!all) {
    found.problem = all.error();
    // What is known may still answer: its state is for status, and for the order.
    const std::lock_guard<std::mutex> lock(mutex_);
    found.servers = list_.servers();
    found.site = site;
  } else {
    found.refused = all->refused;
    found.ttl_s = all->ttl_s;
    found.all = InSrvOrder(std::move(all->records), random_);
    if (found.all.empty()) found.problem = base::NotFound("DNS names no server of " + domain_ + " (" + name + ')');
    AskSite(found, site);
  }
  Ping(found);
  if (!found.problem && !found.told_site.empty() && found.told_site != found.site && AskSite(found, found.told_site)) {
    Ping(found);
  }
  if (found.answered) found.site = found.told_site;
  return found;
}

// Puts the list together: the servers of `site` (none when it is empty), then the others. What a ping said
// before stays. True when there is something new to ping.
bool ServerFinder::AskSite(Found& found, const std::string& site) {
  std::vector<SrvRecord> near;
  if (!site.empty()) {
    auto answer = network_->LookUp("_ldap._tcp." + site + "._sites.dc._msdcs." + domain_);
    if (answer) {
      for (std::string& refused : answer->refused) {
        if (std::find(found.refused.begin(), found.refused.end(), refused) == found.refused.end()) {
          found.refused.push_back(std::move(refused));
        }
      }
      found.ttl_s = std::min(found.ttl_s, answer->ttl_s);
      near = InSrvOrder(std::move(answer->records), random_);
    }
  }
  const std::vector<FoundServer> before = std::move(found.servers);
  found.servers.clear();
  found.site = site;
  const auto add = [&](const SrvRecord& record, bool in_site) {
    const auto is_it = [&](const FoundServer& server) { return server.host == record.target; };
    if (found.servers.size() == kMaxServers || std::any_of(found.servers.begin(), found.servers.end(), is_it)) return;
    FoundServer server;
    server.host = record.target;
    server.port = record.port;
    server.in_site = in_site;
    if (const auto old = std::find_if(before.begin(), before.end(), is_it); old != before.end()) {
      server.probe = old->probe;
    }
    found.servers.push_back(std::move(server));
  };
  for (const SrvRecord& record : near) add(record, true);
  for (const SrvRecord& record : found.all) add(record, false);
  return std::any_of(found.servers.begin(), found.servers.end(),
                     [](const FoundServer& server) { return server.in_site && !server.probe; });
}

void ServerFinder::Ping(Found& found) {
  std::vector<SrvRecord> asked;
  std::vector<FoundServer*> servers;
  const bool near = !found.servers.empty() && found.servers.front().in_site;
  std::size_t elsewhere = near ? kMaxElsewhere : kMaxPings;
  const std::int64_t begun_ms = begun_ms_;
  for (FoundServer& server : found.servers) {
    if (asked.size() == kMaxPings) break;
    if (server.probe && server.probe->at_ms >= begun_ms) continue;
    if (!server.in_site && elsewhere-- == 0) break;
    asked.push_back({0, 0, server.port, server.host});
    servers.push_back(&server);
  }
  if (asked.empty()) return;
  auto pinged = network_->Ping(asked, base::Deadline::After(kPingMs));
  for (std::size_t i = 0; i < std::min(pinged.size(), servers.size()); ++i) {
    TakePing(found, *servers[i], std::move(pinged[i]));
  }
}

void ServerFinder::TakePing(Found& found, FoundServer& server, Pinged pinged) {
  Probe probe;
  probe.at_ms = now_ms_();
  probe.addresses = std::move(pinged.addresses);
  const auto& reply = pinged.outcome.reply;
  if (!reply) {
    probe.error = reply.error().detail;
  } else if (!IsInDomain(reply->domain, domain_) || reply->domain.size() != domain_.size()) {
    probe.error = "it serves " + base::Printable(reply->domain) + ", not " + domain_;
  } else if ((reply->flags & kServesLdap) == 0) {
    probe.error = "it says that it does not serve LDAP";
  } else {
    probe.answered = true;
    probe.latency_us = pinged.outcome.latency_us;
    if (IsDnsLabel(reply->server_site)) probe.server_site = reply->server_site;
    if (!found.answered && IsDnsLabel(reply->client_site)) found.told_site = reply->client_site;
    found.answered = true;
  }
  server.probe = std::move(probe);
}

void ServerFinder::Publish(Found found, std::int64_t begun_ms) {
  const bool good = !found.problem && found.answered;
  patience_ms_ = good ? 0 : std::clamp(patience_ms_ * 2, kFirstPatienceMs, kMaxPatienceMs);
  const bool site_silent = std::any_of(found.servers.begin(), found.servers.end(), [](const FoundServer& server) {
    return server.in_site && server.probe && !server.probe->answered;
  });
  const std::int64_t longest_ms = site_silent ? kMinTtlMs : kMaxTtlMs;
  const std::int64_t ttl_ms = std::clamp<std::int64_t>(std::int64_t{found.ttl_s} * 1000, kMinTtlMs, longest_ms);
  const std::int64_t now_ms = now_ms_();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!found.servers.empty()) list_.Replace(std::move(found.servers));
  state_.site = std::move(found.site);
  state_.looked_ms = begun_ms;
  state_.refused = std::move(found.refused);
  problem_ = found.problem.value_or(base::Error{});
  state_.problem = problem_.detail;
  due_ms_ = now_ms + (good ? ttl_ms : patience_ms_);
  looked_.notify_all();
}

base::Result<std::vector<FoundServer>> ServerFinder::Wait(base::Deadline deadline) {
  std::unique_lock<std::mutex> lock(mutex_);
  looked_.wait_for(lock, std::chrono::milliseconds(deadline.RemainingMs()), [this] { return state_.looked_ms != 0; });
  if (state_.looked_ms == 0) {
    return base::Error{base::ErrorCode::kDeadline, "DNS has not told the servers of " + domain_ + " yet"};
  }
  if (list_.empty()) return problem_;
  return list_.InOrder(now_ms_());
}

void ServerFinder::Failed(const std::string& host, const std::string& why) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    list_.Failed(host, why, now_ms_());
    due_ms_ = std::min(due_ms_, state_.looked_ms + kAfterFailureMs);
  }
  if (changed_) changed_();
}

void ServerFinder::Worked(const std::string& host) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    list_.Worked(host, now_ms_());
  }
  if (changed_) changed_();
}

bool ServerFinder::ShouldLeave(const std::string& host, std::int64_t since_ms) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return list_.ShouldLeave(host, since_ms, now_ms_());
}

FinderState ServerFinder::State() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  FinderState state = state_;
  state.servers = list_.InOrder(now_ms_());
  return state;
}

}  // namespace taglogin::directory
