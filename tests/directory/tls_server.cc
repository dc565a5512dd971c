// SPDX-License-Identifier: Apache-2.0
#include "tls_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <utility>

namespace taglogin::tests {
namespace {

constexpr timeval kPatience{2, 0};

std::string Element(char tag, const std::string& content) {
  EXPECT_LT(content.size(), 128u);
  return std::string(1, tag) + static_cast<char>(content.size()) + content;
}

// An LDAPMessage (RFC 4511 4.1.1) with an LDAPResult of the given tag.
std::string Answer(char message_id, char tag, char code, const std::string& referral = {}) {
  std::string result = Element('\x0a', std::string(1, code)) + Element('\x04', "") + Element('\x04', "");
  if (!referral.empty()) result += Element('\xa3', Element('\x04', referral));
  return Element('\x30', Element('\x02', std::string(1, message_id)) + Element(tag, result));
}

constexpr char kExtended = '\x78';
constexpr char kBound = '\x61';
constexpr char kSuccess = 0;
constexpr char kIsProtocolError = 2;
constexpr char kIsReferral = 10;
constexpr char kInvalidCredentials = 49;
constexpr char kIsUnwilling = 53;

void Send(int fd, const std::string& bytes) { (void)::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

}  // namespace

TlsServer::TlsServer(const Identity& identity, TlsServerForm form)
    : form_(std::move(form)), context_(SSL_CTX_new(TLS_server_method())) {
  // The server's own strictness is not what is tested.
  SSL_CTX_set_security_level(context_.get(), 0);
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context_.get(), form_.newest_version);
  EXPECT_EQ(SSL_CTX_use_certificate(context_.get(), identity.certificate.get()), 1);
  EXPECT_EQ(SSL_CTX_use_PrivateKey(context_.get(), identity.key.get()), 1);
  SSL_CTX_set_dh_auto(context_.get(), 1);
  const std::string ciphers = form_.ciphers.empty() ? "ALL:@SECLEVEL=0" : form_.ciphers;
  EXPECT_EQ(SSL_CTX_set_cipher_list(context_.get(), ciphers.c_str()), 1);

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

TlsServer::~TlsServer() {
  over_ = true;
  ::shutdown(socket_.get(), SHUT_RDWR);  // wakes accept()
  thread_.join();
}

std::string TlsServer::InClear() const {
  const std::lock_guard lock(mutex_);
  return in_clear_;
}

std::string TlsServer::ThroughTls() const {
  const std::lock_guard lock(mutex_);
  return through_tls_;
}

void TlsServer::Keep(std::string& where, const char* bytes, std::size_t size) {
  const std::lock_guard lock(mutex_);
  where.append(bytes, size);
}

void TlsServer::Run() {
  // OpenSSL writes to whoever has hung up. Of this thread alone: the client has to bear it by itself.
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  while (!over_) {
    const base::UniqueFd peer(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!peer.valid()) continue;
    ++connections_;
    ::setsockopt(peer.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    Serve(peer.get());
  }
}

void TlsServer::Serve(int fd) {
  if (form_.start_tls != StartTlsAnswer::kNotAsked && !AnswerStartTls(fd)) return SpeakPlain(fd);
  SpeakTls(fd);
}

// Whether the handshake comes next.
bool TlsServer::AnswerStartTls(int fd) {
  char request[512];
  const ssize_t got = ::recv(fd, request, sizeof request, 0);
  if (got <= 0) return false;
  Keep(in_clear_, request, static_cast<std::size_t>(got));
  constexpr char kFirst = 1;
  switch (form_.start_tls) {
    case StartTlsAnswer::kProtocolError:
      Send(fd, Answer(kFirst, kExtended, kIsProtocolError));
      return false;
    case StartTlsAnswer::kUnwilling:
      Send(fd, Answer(kFirst, kExtended, kIsUnwilling));
      return false;
    case StartTlsAnswer::kReferral:
      Send(fd, Answer(kFirst, kExtended, kIsReferral, form_.referral));
      return false;
    case StartTlsAnswer::kHangUp:
      ::shutdown(fd, SHUT_RDWR);
      return false;
    case StartTlsAnswer::kAgreeThenSpeakPlain:
      Send(fd, Answer(kFirst, kExtended, kSuccess));
      return false;
    case StartTlsAnswer::kAgreeWithBytesBehind:
      Send(fd, Answer(kFirst, kExtended, kSuccess) + Answer(kFirst + 1, kBound, kSuccess));
      return true;
    case StartTlsAnswer::kNotAsked:
    case StartTlsAnswer::kAgree:
      break;
  }
  Send(fd, Answer(kFirst, kExtended, kSuccess));
  return true;
}

// Says yes to whatever is said in clear.
void TlsServer::SpeakPlain(int fd) {
  char bytes[4096];
  for (ssize_t got = 0; (got = ::recv(fd, bytes, sizeof bytes, 0)) > 0;) {
    Keep(in_clear_, bytes, static_cast<std::size_t>(got));
    Send(fd, Answer(2, kBound, kSuccess));
  }
}

void TlsServer::SpeakTls(int fd) {
  SSL* session = SSL_new(context_.get());
  SSL_set_fd(session, fd);
  const bool shaken = SSL_accept(session) == 1;
  if (shaken) {
    char bytes[4096];
    for (int got = 0; (got = SSL_read(session, bytes, sizeof bytes)) > 0;) {
      Keep(through_tls_, bytes, static_cast<std::size_t>(got));
      // The first message through TLS has the number that follows StartTLS's.
      const char id = form_.start_tls == StartTlsAnswer::kNotAsked ? 1 : 2;
      const std::string answer =
          Answer(id, kBound, form_.referral.empty() ? kInvalidCredentials : kIsReferral, form_.referral);
      (void)SSL_write(session, answer.data(), static_cast<int>(answer.size()));
    }
  }
  SSL_free(session);
  // Somebody who goes on without TLS is heard.
  if (!shaken) SpeakPlain(fd);
}

}  // namespace taglogin::tests
