// SPDX-License-Identifier: Apache-2.0
#include "tests/directory/strict_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <lber.h>
#include <ldap.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <utility>
#include <vector>

#include "directory/sid.h"

namespace taglogin::directory {
namespace {

constexpr const char* kService = "CN=NTDS Settings,CN=DC1,CN=Configuration,DC=corp,DC=example";
constexpr const char* kExtendedDn = "1.2.840.113556.1.4.529";

struct FreeBer {
  void operator()(BerElement* ber) const { ber_free(ber, 1); }
};
using Ber = std::unique_ptr<BerElement, FreeBer>;

std::string Text(const berval& value) { return {value.bv_val, value.bv_len}; }

std::string Bytes(BerElement* ber) {
  berval* flat = nullptr;
  EXPECT_EQ(ber_flatten(ber, &flat), 0);
  std::string out = Text(*flat);
  ber_bvfree(flat);
  return out;
}

std::string Escaped(const std::string& value) {
  std::string out;
  for (const char c : value) {
    char hex[4];
    (void)std::snprintf(hex, sizeof hex, "\\%02x", static_cast<unsigned char>(c));
    out += hex;
  }
  return out;
}

// The filter (RFC 4511 4.5.1.7) at this place as RFC 4515 writes it; empty when it is none of the known kinds.
std::string FilterText(BerElement* ber) {
  ber_len_t length = 0;
  const ber_tag_t tag = ber_peek_tag(ber, &length);
  if (tag == LDAP_FILTER_PRESENT) {
    berval name{};
    return ber_scanf(ber, "m", &name) == LBER_ERROR ? "" : '(' + Text(name) + "=*)";
  }
  if (tag == LDAP_FILTER_EQUALITY || tag == LDAP_FILTER_GE) {
    berval name{};
    berval value{};
    if (ber_scanf(ber, "{mm}", &name, &value) == LBER_ERROR) return "";
    return '(' + Text(name) + (tag == LDAP_FILTER_GE ? ">=" : "=") + Escaped(Text(value)) + ')';
  }
  if (tag != LDAP_FILTER_AND && tag != LDAP_FILTER_OR) return "";
  std::string out = tag == LDAP_FILTER_AND ? "(&" : "(|";
  char* last = nullptr;
  for (ber_tag_t part = ber_first_element(ber, &length, &last); part != LBER_DEFAULT;
       part = ber_next_element(ber, &length, last)) {
    const std::string text = FilterText(ber);
    if (text.empty()) return "";
    out += text;
  }
  return out + ')';
}

struct Asked {
  Query query;
  ber_int_t page_size = 0;
  std::string cookie;
};

bool ReadControls(BerElement* ber, Asked& asked) {
  ber_len_t length = 0;
  if (ber_peek_tag(ber, &length) != LDAP_TAG_CONTROLS) return true;
  char* last = nullptr;
  for (ber_tag_t part = ber_first_element(ber, &length, &last); part != LBER_DEFAULT;
       part = ber_next_element(ber, &length, last)) {
    berval oid{};
    berval value{};
    ber_int_t critical = 0;
    if (ber_scanf(ber, "{m", &oid) == LBER_ERROR) return false;
    if (ber_peek_tag(ber, &length) == LBER_BOOLEAN && ber_scanf(ber, "b", &critical) == LBER_ERROR) return false;
    if (ber_peek_tag(ber, &length) == LBER_OCTETSTRING && ber_scanf(ber, "m", &value) == LBER_ERROR) return false;
    if (ber_scanf(ber, "}") == LBER_ERROR) return false;
    if (Text(oid) == kExtendedDn) asked.query.extended_dn = true;
    if (Text(oid) != LDAP_CONTROL_PAGEDRESULTS) continue;
    asked.query.paged = true;
    const Ber page(ber_init(&value));
    berval cookie{};
    if (ber_scanf(page.get(), "{im}", &asked.page_size, &cookie) == LBER_ERROR) return false;
    asked.cookie = Text(cookie);
  }
  return true;
}

// What stands behind message id and tag of a SearchRequest (RFC 4511 4.5.1).
bool ReadSearch(BerElement* ber, Asked& asked) {
  berval base{};
  ber_int_t scope = 0;
  ber_int_t ignored = 0;
  if (ber_scanf(ber, "{meeiib", &base, &scope, &ignored, &ignored, &ignored, &ignored) == LBER_ERROR) return false;
  asked.query.base = Text(base);
  asked.query.subtree = scope == LDAP_SCOPE_SUBTREE;
  asked.query.filter = FilterText(ber);
  berval* names = nullptr;
  if (ber_scanf(ber, "{W}}", &names) == LBER_ERROR) return false;
  for (const berval* name = names; name != nullptr && name->bv_val != nullptr; ++name) {
    asked.query.attributes.push_back(Text(*name));
  }
  ber_bvarray_free(names);
  return !asked.query.filter.empty() && ReadControls(ber, asked);
}

std::string EntryBytes(ber_int_t id, const Entry& entry) {
  const Ber ber(ber_alloc_t(LBER_USE_DER));
  ber_printf(ber.get(), "{it{s{", id, LDAP_RES_SEARCH_ENTRY, entry.dn.c_str());
  for (const auto& [name, values] : entry.attributes) {
    ber_printf(ber.get(), "{s[", name.c_str());
    for (const std::string& value : values) ber_printf(ber.get(), "o", value.data(), value.size());
    ber_printf(ber.get(), "]}");
  }
  ber_printf(ber.get(), "}}}");
  return Bytes(ber.get());
}

std::string ReferenceBytes(ber_int_t id, const std::string& url) {
  const Ber ber(ber_alloc_t(LBER_USE_DER));
  ber_printf(ber.get(), "{it{s}}", id, LDAP_RES_SEARCH_REFERENCE, url.c_str());
  return Bytes(ber.get());
}

std::string ResultBytes(ber_int_t id, ber_tag_t tag, int code, const std::string* cookie = nullptr) {
  const Ber ber(ber_alloc_t(LBER_USE_DER));
  ber_printf(ber.get(), "{it{ess}", id, tag, code, "", "");
  if (cookie != nullptr) {
    const Ber page(ber_alloc_t(LBER_USE_DER));
    ber_printf(page.get(), "{io}", 0, cookie->data(), cookie->size());
    const std::string value = Bytes(page.get());
    ber_printf(ber.get(), "t{{so}}", LDAP_TAG_CONTROLS, LDAP_CONTROL_PAGEDRESULTS, value.data(), value.size());
  }
  ber_printf(ber.get(), "}");
  return Bytes(ber.get());
}

}  // namespace

// One connection after its handshake.
class StrictServer::Session {
 public:
  Session(StrictServer& server, SSL* tls) : server_(server), tls_(tls) {}

  void Run() {
    std::string message;
    while (Receive(message) && Answer(message)) {
    }
  }

 private:
  // One whole LDAPMessage: its first two to five bytes say how long it is.
  bool Receive(std::string& message) {
    for (;;) {
      const std::size_t length = Length();
      if (length > 0 && waiting_.size() >= length) {
        message = waiting_.substr(0, length);
        waiting_.erase(0, length);
        return true;
      }
      char bytes[4096];
      const int got = SSL_read(tls_, bytes, sizeof bytes);
      if (got <= 0) return false;
      waiting_.append(bytes, static_cast<std::size_t>(got));
    }
  }
  std::size_t Length() const {
    if (waiting_.size() < 2) return 0;
    const auto first = static_cast<unsigned char>(waiting_[1]);
    if (first < 0x80) return 2U + first;
    const std::size_t count = first & 0x7fU;
    if (waiting_.size() < 2 + count) return 0;
    std::size_t length = 0;
    for (std::size_t i = 0; i < count; ++i) length = length * 256 + static_cast<unsigned char>(waiting_[2 + i]);
    return 2 + count + length;
  }

  bool Answer(std::string& message) {
    berval whole{message.size(), message.data()};
    const Ber ber(ber_init(&whole));
    ber_int_t id = 0;
    ber_len_t length = 0;
    if (ber_scanf(ber.get(), "{i", &id) == LBER_ERROR) return false;
    const ber_tag_t operation = ber_peek_tag(ber.get(), &length);
    if (operation == LDAP_REQ_BIND) return Send(ResultBytes(id, LDAP_RES_BIND, LDAP_SUCCESS));
    if (operation != LDAP_REQ_SEARCH) return false;
    Asked asked;
    if (!ReadSearch(ber.get(), asked)) {
      ADD_FAILURE() << "a search that this server cannot read";
      return Send(ResultBytes(id, LDAP_RES_SEARCH_RESULT, LDAP_PROTOCOL_ERROR));
    }
    return AnswerSearch(id, asked);
  }

  bool AnswerSearch(ber_int_t id, const Asked& asked) {
    const std::vector<Entry> entries = Find(asked.query);
    const std::size_t first = asked.cookie.empty() ? 0 : std::stoul(asked.cookie);
    std::size_t most = server_.most_entries;
    if (asked.query.paged) most = std::min(most, static_cast<std::size_t>(asked.page_size));
    const std::size_t end = std::min(entries.size(), first + most);
    std::string out;
    for (std::size_t i = first; i < end; ++i) out += EntryBytes(id, entries[i]);
    if (!server_.reference.empty()) out += ReferenceBytes(id, server_.reference);
    if (asked.query.paged) {
      ++server_.pages_;
      std::string cookie = end < entries.size() ? std::to_string(end) : "";
      if (server_.same_page_for_ever) cookie = "0";
      return Send(out + ResultBytes(id, LDAP_RES_SEARCH_RESULT, LDAP_SUCCESS, &cookie));
    }
    const bool cut = end < entries.size();
    if (cut) ++server_.cut_;
    return Send(out + ResultBytes(id, LDAP_RES_SEARCH_RESULT, cut ? LDAP_SIZELIMIT_EXCEEDED : LDAP_SUCCESS));
  }

  std::vector<Entry> Find(const Query& query) const {
    if (query.base.empty()) {
      return {{"",
               {{"defaultnamingcontext", {server_.directory_.context()}},
                {"configurationnamingcontext", {"CN=Configuration," + server_.directory_.context()}},
                {"dsservicename", {kService}},
                {"highestcommittedusn", {std::to_string(server_.directory_.update_number)}}}}};
    }
    if (query.base == kService) return {{kService, {{"invocationid", {std::string(16, '\x01')}}}}};
    std::vector<Entry> out;
    const auto take = [&out](std::size_t, Entry entry) { out.push_back(std::move(entry)); };
    EXPECT_TRUE(server_.directory_.Search({query}, base::Deadline::After(0), take));
    if (query.base == server_.directory_.context() && !query.subtree) {
      out[0].attributes["objectsid"] = {*SidToBinary(server_.directory_.sid())};
    }
    return out;
  }

  bool Send(const std::string& bytes) { return SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size())) > 0; }

  StrictServer& server_;
  SSL* tls_;
  std::string waiting_;
};

StrictServer::StrictServer(const tests::Identity& identity, FakeDirectory& directory)
    : directory_(directory),
      context_(SSL_CTX_new(TLS_server_method()), [](void* context) { SSL_CTX_free(static_cast<SSL_CTX*>(context)); }) {
  directory_.range_limit = 1500;
  auto* context = static_cast<SSL_CTX*>(context_.get());
  EXPECT_EQ(SSL_CTX_use_certificate(context, identity.certificate.get()), 1);
  EXPECT_EQ(SSL_CTX_use_PrivateKey(context, identity.key.get()), 1);
  socket_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::listen(socket_.get(), 16), 0);
  EXPECT_EQ(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Run(); });
}

StrictServer::~StrictServer() {
  over_ = true;
  ::shutdown(socket_.get(), SHUT_RDWR);  // wakes accept()
  thread_.join();
}

void StrictServer::Run() {
  // OpenSSL writes to whoever has hung up. Of this thread alone: the client has to bear it by itself.
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  while (!over_) {
    const base::UniqueFd peer(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!peer.valid()) continue;
    peer_ = peer.get();
    ++accepted;
    const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(static_cast<SSL_CTX*>(context_.get())), SSL_free);
    SSL_set_fd(tls.get(), peer.get());
    if (SSL_accept(tls.get()) == 1) Session(*this, tls.get()).Run();
    peer_ = -1;
  }
}

}  // namespace taglogin::directory
