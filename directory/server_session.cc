// SPDX-License-Identifier: Apache-2.0
#include "directory/server_session.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>

#include "base/printable.h"
#include "directory/ad_values.h"
#include "directory/directory_name.h"
#include "directory/sid.h"
#include "directory/tcp_connect.h"

namespace taglogin::directory {
namespace {

constexpr int kKdcPort = 88;
constexpr int kLdapPort = 389;
constexpr int kLdapsPort = 636;

std::string Realm(std::string domain) {
  std::transform(domain.begin(), domain.end(), domain.begin(), [](unsigned char c) { return std::toupper(c); });
  return domain;
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

base::Result<std::int64_t> ReadUpdateNumber(LdapSearcher& searcher, base::Deadline deadline) {
  const auto root = ReadOne(searcher, BaseQuery("", {"highestCommittedUSN"}), deadline);
  if (!root) return root.error();
  const auto number = ParseInteger(root->Single("highestcommittedusn"));
  if (!number || *number < 0) return base::Unavailable("the server does not tell highestCommittedUSN");
  return *number;
}

ServerPool::ServerPool(Connection settings)
    : settings_(std::move(settings)), ticket_(settings_.keytab, settings_.principal, Realm(settings_.domain)) {}

void ServerPool::MoveOn() { preferred_ = (preferred_ + 1) % settings_.servers.size(); }

bool ServerPool::RenewalDue() const { return settings_.bind == Bind::kGssapi && ticket_.RenewalDue(); }

base::Result<ServerSession> ServerPool::Connect(base::Deadline deadline) {
  const std::size_t count = settings_.servers.size();
  base::Error last{base::ErrorCode::kDeadline, "no time left to reach a directory server"};
  std::string all;
  for (std::size_t tried = 0; tried < count && !deadline.Passed(); ++tried) {
    const std::string host = settings_.servers[preferred_];
    const std::int64_t share = deadline.RemainingMs() / static_cast<std::int64_t>(count - tried);
    auto session = ConnectTo(host, base::Deadline::After(std::min<std::int64_t>(share, settings_.timeout.count())));
    if (session) return session;
    MoveOn();
    last = session.error();
    all += (all.empty() ? "" : "; ") + last.detail;
  }
  return base::Error{last.code, all.empty() ? last.detail : all};
}

base::Result<base::UniqueFd> ServerPool::Reach(const std::string& host, int port, base::Deadline deadline) {
  const auto addresses = resolver_.Resolve(host, port, deadline);
  if (!addresses) return addresses.error();
  return ConnectTcp(*addresses, host + ':' + std::to_string(port), deadline);
}

// Domain controllers are the KDCs of their domain (MS-KILE 1.3): the one at hand, then the others.
base::Result<std::string> ServerPool::AskKdc(const std::string& first, std::string_view message,
                                             base::Deadline deadline) {
  std::vector<std::string> hosts = {first};
  std::copy_if(settings_.servers.begin(), settings_.servers.end(), std::back_inserter(hosts),
               [&first](const std::string& host) { return host != first; });
  base::Error last{base::ErrorCode::kDeadline, "no time left to ask a KDC"};
  for (std::size_t i = 0; i < hosts.size() && !deadline.Passed(); ++i) {
    const auto share = base::Deadline::After(deadline.RemainingMs() / static_cast<int>(hosts.size() - i));
    const auto socket = Reach(hosts[i], kKdcPort, share);
    if (!socket) {
      last = socket.error();
      continue;
    }
    auto reply = ExchangeWithKdc(socket->get(), message, share);
    if (reply) return reply;
    last = {reply.error().code, "KDC " + base::Printable(hosts[i]) + ": " + reply.error().detail};
  }
  return last;
}

base::Result<ServerSession> ServerPool::ConnectTo(const std::string& host, base::Deadline deadline) {
  int port = settings_.transport == Transport::kLdaps ? kLdapsPort : kLdapPort;
  if (settings_.port != 0) port = settings_.port;
  auto socket = Reach(host, port, deadline);
  if (!socket) return socket.error();
  if (settings_.bind == Bind::kGssapi) {
    const auto exchange = [&](std::string_view message) { return AskKdc(host, message, deadline); };
    if (auto ready = ticket_.Prepare(host, exchange); !ready) return ready.error();
  }
  auto connection = LdapConnection::Open(std::move(*socket), host, settings_, deadline, operations_);
  if (!connection) {
    // A ticket from before the account's password or the server's key changed is refused.
    if (connection.error().code == base::ErrorCode::kRefused) ticket_.Forget();
    return connection.error();
  }
  ServerSession session;
  session.connection = std::move(*connection);
  session.host = host;
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
