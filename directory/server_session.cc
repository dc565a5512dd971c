// SPDX-License-Identifier: Apache-2.0
#include "directory/server_session.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>

#include "base/printable.h"
#include "directory/ad_values.h"
#include "directory/directory_name.h"
#include "directory/ldap_account_state.h"
#include "directory/sid.h"
#include "directory/tcp_connect.h"

namespace taglogin::directory {
namespace {

constexpr int kKdcPort = 88;
constexpr int kLdapPort = 389;
constexpr int kLdapsPort = 636;
constexpr std::int64_t kConnectMs = 1500;
constexpr std::int64_t kFirstRoundMs = 2000;

std::string Realm(std::string domain) {
  std::transform(domain.begin(), domain.end(), domain.begin(), [](unsigned char c) { return std::toupper(c); });
  return domain;
}

// Of the machine's account.
std::string HomeRealm(const Connection& settings) {
  return settings.realm.empty() ? Realm(settings.domain) : settings.realm;
}

Query BaseQuery(std::string base, std::vector<std::string> attributes) {
  Query query;
  query.base = std::move(base);
  query.attributes = std::move(attributes);
  return query;
}

// The entry at `base`; one without attributes and name when there is none.
base::Result<Entry> ReadOne(LdapSearcher& searcher, const Query& query, base::Deadline deadline) {
  Entry out;
  const auto take = [&out](std::size_t, Entry entry) { out = std::move(entry); };
  if (auto done = searcher.Search({query}, deadline, take); !done) return done.error();
  return out;
}

}  // namespace

base::Result<ServerMoment> ReadMoment(LdapSearcher& searcher, base::Deadline deadline) {
  const auto root = ReadOne(searcher, BaseQuery("", {"highestCommittedUSN", "currentTime"}), deadline);
  if (!root) return root.error();
  const auto number = ParseInteger(root->Single("highestcommittedusn"));
  if (!number || *number < 0) return base::Unavailable("the server does not tell highestCommittedUSN");
  return ServerMoment{*number, ParseGeneralizedTime(root->Single("currenttime"))};
}

std::optional<std::string> ClockWarning(std::chrono::sys_seconds server_time, std::chrono::sys_seconds own_time,
                                        const std::string& host) {
  const auto ahead = own_time - server_time;
  // In minutes, so that the same warning is the same text.
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(std::chrono::abs(ahead)).count();
  if (minutes < 1) return std::nullopt;
  return "the clock of this machine is " + std::to_string(minutes) +
         (ahead.count() > 0 ? " min ahead of" : " min behind") + " that of " + base::Printable(host) +
         ": accounts expire and hours begin by this machine's; set it";
}

ServerPool::ServerPool(Connection settings, std::shared_ptr<ServerFinder> finder)
    : settings_(std::move(settings)),
      finder_(settings_.servers.empty() ? std::move(finder) : nullptr),
      ticket_(std::make_unique<MachineTicket>(settings_.keytab, settings_.principal, HomeRealm(settings_))) {}

void ServerPool::SetOtherRealms(std::vector<std::string> realms, RealmExchange exchange) {
  ticket_ =
      std::make_unique<MachineTicket>(settings_.keytab, settings_.principal, HomeRealm(settings_), std::move(realms));
  other_realms_ = std::move(exchange);
}

std::string ServerPool::realm() const { return Realm(settings_.domain); }

void ServerPool::MoveOn(const ServerSession& session, const std::string& why) { Failed(session.host, why); }

void ServerPool::Failed(const std::string& host, const std::string& why) {
  if (finder_ != nullptr) return finder_->Failed(host, why);
  const auto& hosts = settings_.servers;
  const auto at = std::find(hosts.begin(), hosts.end(), host);
  if (at != hosts.end()) preferred_ = static_cast<std::size_t>(at - hosts.begin() + 1) % hosts.size();
}

bool ServerPool::RenewalDue(const ServerSession& session) const {
  if (settings_.bind == Bind::kGssapi && ticket_->RenewalDue()) return true;
  return finder_ != nullptr && finder_->ShouldLeave(session.host, session.since_ms);
}

base::Result<std::vector<ServerPool::Server>> ServerPool::Servers(base::Deadline deadline) {
  std::vector<Server> out;
  if (finder_ == nullptr) {
    const std::size_t count = settings_.servers.size();
    for (std::size_t i = 0; i < count; ++i) out.push_back({settings_.servers[(preferred_ + i) % count], 0, {}});
    return out;
  }
  auto found = finder_->Wait(deadline);
  if (!found) return found.error();
  for (FoundServer& server : *found) {
    out.push_back(
        {server.host, server.port, server.probe ? std::move(server.probe->addresses) : std::vector<Address>()});
  }
  return out;
}

base::Result<ServerSession> ServerPool::Connect(base::Deadline deadline) {
  auto servers = Servers(deadline);
  if (!servers) return servers.error();
  servers_ = *std::move(servers);
  base::Error last{base::ErrorCode::kDeadline, "no time left to reach a directory server"};
  std::string all;
  std::vector<Server> round = servers_;
  std::int64_t limit_ms = servers_.size() > 1 ? kFirstRoundMs : settings_.timeout.count();
  while (!round.empty()) {
    std::vector<Server> slow;
    for (std::size_t tried = 0; tried < round.size() && !deadline.Passed(); ++tried) {
      const std::int64_t share = deadline.RemainingMs() / static_cast<std::int64_t>(round.size() - tried);
      const std::int64_t patience = std::min({share, limit_ms, std::int64_t{settings_.timeout.count()}});
      auto session = TryOne(round[tried], base::Deadline::After(patience));
      if (session) return session;
      last = session.error();
      all += (all.empty() ? "" : "; ") + last.detail;
      if (last.code == base::ErrorCode::kDeadline) slow.push_back(round[tried]);
    }
    if (limit_ms >= settings_.timeout.count() || deadline.Passed()) break;
    limit_ms = settings_.timeout.count();
    round = std::move(slow);
  }
  return base::Error{last.code, all.empty() ? last.detail : all};
}

base::Result<ServerSession> ServerPool::TryOne(const Server& server, base::Deadline deadline) {
  const std::int64_t begun_ms = base::ClockMs(CLOCK_BOOTTIME);
  auto session = ConnectTo(server, deadline);
  if (!session) {
    Failed(server.host, session.error().detail);
    return session;
  }
  session->since_ms = begun_ms;
  if (finder_ != nullptr) finder_->Worked(server.host);
  return session;
}

base::Result<base::UniqueFd> ServerPool::Reach(const Server& server, int port, base::Deadline deadline) {
  std::vector<Address> addresses = server.addresses;
  if (addresses.empty()) {
    auto resolved = resolver_.Resolve(server.host, port, deadline);
    if (!resolved) return resolved.error();
    addresses = *std::move(resolved);
  }
  const bool others = servers_.size() > 1;
  const std::int64_t patience =
      others ? std::min<std::int64_t>(deadline.RemainingMs(), kConnectMs) : deadline.RemainingMs();
  return ConnectTcp(WithPort(std::move(addresses), port), server.host + ':' + std::to_string(port),
                    base::Deadline::After(patience));
}

// Domain controllers are the KDCs of their domain (MS-KILE 1.3): the one at hand, then the others. Over
// TCP alone, which RFC 4120 7.2 lets a client choose: no answer is too long for it, no firewall cuts it.
base::Result<std::string> ServerPool::AskKdcs(const std::vector<Server>& servers, std::string_view message,
                                              base::Deadline deadline) {
  base::Error last{base::ErrorCode::kDeadline, "no time left to ask a KDC"};
  for (std::size_t i = 0; i < servers.size() && !deadline.Passed(); ++i) {
    const auto share = base::Deadline::After(deadline.RemainingMs() / static_cast<int>(servers.size() - i));
    const auto socket = Reach(servers[i], kKdcPort, share);
    if (!socket) {
      last = socket.error();
      continue;
    }
    auto reply = ExchangeWithKdc(socket->get(), message, share);
    if (reply) return reply;
    last = {reply.error().code, "KDC " + base::Printable(servers[i].host) + ": " + reply.error().detail};
  }
  return last;
}

base::Result<std::string> ServerPool::AskRealm(const Server& first, std::string_view realm, std::string_view message,
                                               base::Deadline deadline) {
  if (realm != this->realm()) {
    if (other_realms_) return other_realms_(realm, message, deadline);
    return base::Unavailable("the KDC refers to realm " + base::Printable(realm) + ", which the settings do not name");
  }
  std::vector<Server> servers = {first};
  std::copy_if(servers_.begin(), servers_.end(), std::back_inserter(servers),
               [&first](const Server& server) { return server.host != first.host; });
  return AskKdcs(servers, message, deadline);
}

base::Result<std::string> ServerPool::AskKdc(std::string_view message, base::Deadline deadline) {
  const auto servers = Servers(deadline);
  if (!servers) return servers.error();
  return AskKdcs(*servers, message, deadline);
}

base::Result<ServerSession> ServerPool::ConnectTo(const Server& server, base::Deadline deadline) {
  const std::string& host = server.host;
  int port = settings_.transport == Transport::kLdaps ? kLdapsPort : kLdapPort;
  // DNS names the port of LDAP alone.
  if (server.ldap_port != 0 && settings_.transport != Transport::kLdaps) port = server.ldap_port;
  if (settings_.port != 0) port = settings_.port;
  auto socket = Reach(server, port, deadline);
  if (!socket) return socket.error();
  if (settings_.bind == Bind::kGssapi) {
    const auto exchange = [&](std::string_view realm, std::string_view message) {
      return AskRealm(server, realm, message, deadline);
    };
    if (auto ready = ticket_->Prepare(host, exchange); !ready) return ready.error();
  }
  auto connection = LdapConnection::Open(std::move(*socket), host, settings_, deadline, operations_);
  if (!connection) {
    // A ticket from before the account's password or the server's key changed is refused.
    if (connection.error().code == base::ErrorCode::kRefused) ticket_->Forget();
    return connection.error();
  }
  ServerSession session;
  session.connection = std::move(*connection);
  session.host = host;
  if (settings_.kind != DirectoryKind::kActiveDirectory) return session;
  if (auto read = ReadDomain(session, deadline); !read) return read.error();
  return session;
}

base::Result<void> ServerPool::ReadDomain(ServerSession& session, base::Deadline deadline) const {
  LdapConnection& ldap = *session.connection;
  const auto root = ReadOne(ldap, BaseQuery("", {"defaultNamingContext", "dsServiceName"}), deadline);
  if (!root) return root.error();
  session.domain.naming_context = root->Single("defaultnamingcontext");
  if (!SameText(session.domain.naming_context, NamingContext(settings_.domain))) {
    return base::Invalid("server " + base::Printable(session.host) + " serves " +
                         base::Printable(session.domain.naming_context) + ", not " + settings_.domain +
                         "; check [directory] domain and servers");
  }
  const auto context = ReadOne(ldap, BaseQuery(session.domain.naming_context, {"objectSid"}), deadline);
  if (!context) return context.error();
  const auto sid = SidFromBinary(context->Single("objectsid"));
  if (!sid || !SplitSid(*sid + "-0")) return base::Unavailable("the server does not tell the SID of its domain");
  session.domain.sid = *sid;
  session.domain.search_base = context->dn;
  if (!settings_.search_base.empty()) {
    const auto base = ReadOne(ldap, BaseQuery(settings_.search_base, {"objectClass"}), deadline);
    if (!base) return base.error();
    session.domain.search_base = base->dn;
  }
  if (session.domain.search_base.empty() || !IsWithin(session.domain.search_base, context->dn)) {
    return base::Invalid("[directory] search_base " + base::Printable(settings_.search_base) +
                         " does not exist in the domain");
  }
  const auto service = ReadOne(ldap, BaseQuery(std::string(root->Single("dsservicename")), {"invocationId"}), deadline);
  if (!service) return service.error();
  session.database = session.host + ' ' + GuidFromBinary(service->Single("invocationid")).value_or("");
  return {};
}

}  // namespace taglogin::directory
