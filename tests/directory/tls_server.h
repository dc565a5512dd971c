// SPDX-License-Identifier: Apache-2.0
// A directory server on loopback that does with StartTLS and TLS what it is told, and keeps what it received: in
// clear, and through TLS. Its own thread serves one connection at a time, until it goes.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/unique_fd.h"
#include "certificates.h"

namespace taglogin::tests {

enum class StartTlsAnswer {
  kNotAsked,       // TLS from the first byte on
  kAgree,          // then the handshake
  kProtocolError,  // RFC 4511 4.14.2
  kUnwilling,
  kAgreeThenSpeakPlain,   // success, and no handshake: an LDAP answer to whatever comes
  kAgreeWithBytesBehind,  // success with the answer to a bind right behind it, then the handshake
  kHangUp,
  kReferral,  // "ask ldap://…" in place of an answer
};

struct TlsServerForm {
  StartTlsAnswer start_tls = StartTlsAnswer::kNotAsked;
  int newest_version = 0;  // TLS1_1_VERSION …; 0: any
  std::string ciphers{};   // OpenSSL's list for TLS 1.2 and older; empty: its own
  std::string referral{};  // URL that a bind through TLS is answered with; empty: invalidCredentials
};

class TlsServer {
 public:
  TlsServer(const Identity& identity, TlsServerForm form);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  int port() const { return port_; }
  std::string InClear() const;
  std::string ThroughTls() const;
  int connections() const { return connections_; }

 private:
  void Run();
  void Serve(int fd);
  bool AnswerStartTls(int fd);
  void SpeakTls(int fd);
  void SpeakPlain(int fd);
  void Keep(std::string& where, const char* bytes, std::size_t size);

  struct FreeContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  const TlsServerForm form_;
  std::unique_ptr<SSL_CTX, FreeContext> context_;
  base::UniqueFd socket_;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::string in_clear_;
  std::string through_tls_;
  std::atomic<int> connections_{0};
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace taglogin::tests
