// SPDX-License-Identifier: Apache-2.0
// T30, T31, T32: StartTLS that is stripped, certificates that prove nothing, referrals to a stranger. Whatever the
// server at that name and address says or is, the bind account's password leaves for the right one alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <netdb.h>

#include <filesystem>
#include <functional>

#include "certificates.h"
#include "directory/directory.h"
#include "tests/base/temp_folder.h"
#include "tls_server.h"

extern "C" {
int __real_getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** result);
// DNS of domains that exist here alone: everything in them is this machine.
int __wrap_getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** result);
int __wrap_getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** result) {
  const std::string_view name = node == nullptr ? "" : node;
  const bool ours = name.ends_with(".corp.example") || name.ends_with(".partner.example");
  return __real_getaddrinfo(ours ? "127.0.0.1" : node, service, hints, result);
}
}

namespace taglogin::directory {
namespace {

using base::Deadline;
using base::ErrorCode;
using namespace tests;
using namespace std::string_literals;
using testing::HasSubstr;
using testing::Not;

constexpr char kHost[] = "dc1.corp.example";
constexpr char kBindDn[] = "CN=reader,DC=corp,DC=example";
constexpr char kPassword[] = "correct horse battery staple";
constexpr int kDeadlineMs = 3000;

CertificateForm For(const std::string& alternative_name) {
  CertificateForm form;
  form.extensions = {{"subjectAltName", alternative_name}, {"extendedKeyUsage", "serverAuth"}};
  return form;
}

CertificateForm Good() { return For("DNS:dc1.corp.example"); }

class TransportTest : public testing::Test {
 protected:
  TransportTest() : authority_(MakeAuthority("Example CA")) {
    folder_.Write("ca.pem", ToPem(authority_));
    folder_.Write("password", kPassword);
    std::filesystem::permissions(folder_.File("password"), std::filesystem::perms::owner_read);
  }

  Connection To(const TlsServer& server, Transport transport) const {
    Connection connection;
    connection.domain = "corp.example";
    connection.servers = {kHost};
    connection.port = server.port();
    connection.bind = Bind::kSimple;
    connection.transport = transport;
    connection.bind_dn = kBindDn;
    connection.bind_password_file = folder_.File("password");
    connection.ca_file = folder_.File("ca.pem");
    return connection;
  }

  static base::Error Ask(Directory& directory) {
    const auto found = directory.FindAccount("alice", Deadline::After(kDeadlineMs));
    if (found) return base::Internal("found somebody");
    return found.error();
  }
  static base::Error Ask(const Connection& connection) {
    const auto directory = OpenDirectory(connection);
    return directory ? Ask(**directory) : directory.error();
  }

  static void ExpectNothingLeft(const TlsServer& server) {
    for (const std::string& heard : {server.InClear(), server.ThroughTls()}) {
      EXPECT_THAT(heard, Not(HasSubstr(kPassword)));
      EXPECT_THAT(heard, Not(HasSubstr(kBindDn)));
    }
    // An unbind request (RFC 4511 4.3) at most: a goodbye.
    const std::string said = server.ThroughTls();
    EXPECT_TRUE(said.empty() || (said.size() == 7 && said.ends_with("\x42\0"s))) << testing::PrintToString(said);
  }

  void ExpectHeard(Transport transport, const TlsServer& server) const {
    EXPECT_THAT(Ask(To(server, transport)).detail, HasSubstr("Invalid credentials"));
    EXPECT_THAT(server.ThroughTls(), HasSubstr(kPassword));
    EXPECT_THAT(server.InClear(), Not(HasSubstr(kPassword)));
  }

  // With both ways into TLS.
  void ExpectRefused(const Identity& identity, const TlsServerForm& form = {}) {
    for (const Transport transport : {Transport::kLdaps, Transport::kStartTls}) {
      TlsServerForm both = form;
      both.start_tls = transport == Transport::kLdaps ? StartTlsAnswer::kNotAsked : StartTlsAnswer::kAgree;
      const TlsServer server(identity, both);
      const base::Error error = Ask(To(server, transport));
      EXPECT_EQ(error.code, ErrorCode::kRefused) << error.detail;
      EXPECT_THAT(error.detail, HasSubstr(kHost));
      EXPECT_GE(server.connections(), 1);
      ExpectNothingLeft(server);
    }
  }

  test::TempFolder folder_;
  Identity authority_;
};

// Without this one the others would prove nothing.
TEST_F(TransportTest, TheRightServerHearsThePasswordThroughTls) {
  for (const char* name : {"DNS:dc1.corp.example", "DNS:DC1.Corp.Example", "DNS:*.corp.example",
                           "DNS:other.example,DNS:dc1.corp.example"}) {
    SCOPED_TRACE(name);
    const Identity identity = MakeIdentity(For(name), &authority_);
    ExpectHeard(Transport::kLdaps, TlsServer(identity, {}));
    ExpectHeard(Transport::kStartTls, TlsServer(identity, {.start_tls = StartTlsAnswer::kAgree}));
  }
}

// T30
TEST_F(TransportTest, NothingIsSaidToAServerThatDoesNotStartTls) {
  const Identity identity = MakeIdentity(Good(), &authority_);
  for (const StartTlsAnswer answer :
       {StartTlsAnswer::kProtocolError, StartTlsAnswer::kUnwilling, StartTlsAnswer::kHangUp,
        StartTlsAnswer::kAgreeThenSpeakPlain, StartTlsAnswer::kReferral}) {
    const TlsServer stranger(identity, {});
    const TlsServer server(
        identity, {.start_tls = answer, .referral = "ldap://dc2.corp.example:" + std::to_string(stranger.port())});
    const base::Error error = Ask(To(server, Transport::kStartTls));
    EXPECT_NE(error.code, ErrorCode::kInternal) << error.detail;
    EXPECT_THAT(error.detail, HasSubstr(kHost));
    EXPECT_GE(server.connections(), 1);
    EXPECT_EQ(stranger.connections(), 0);
    ExpectNothingLeft(server);
  }
}

// T30: an answer to a bind, put behind the answer to StartTLS by somebody in between, counts for nothing.
TEST_F(TransportTest, BytesFromBeforeTlsAreNoAnswer) {
  const TlsServer server(MakeIdentity(Good(), &authority_), {.start_tls = StartTlsAnswer::kAgreeWithBytesBehind});
  const base::Error error = Ask(To(server, Transport::kStartTls));
  EXPECT_NE(error.code, ErrorCode::kInternal) << error.detail;
  EXPECT_THAT(server.InClear(), Not(HasSubstr(kPassword)));
}

// T32
TEST_F(TransportTest, ReferralsAreNotFollowed) {
  const Identity identity = MakeIdentity(Good(), &authority_);
  const TlsServer stranger(identity, {});
  for (const char* scheme : {"ldap", "ldaps"}) {
    const std::string url = std::string(scheme) + "://dc2.corp.example:" + std::to_string(stranger.port());
    const TlsServer server(identity, {.referral = url});
    const base::Error error = Ask(To(server, Transport::kLdaps));
    EXPECT_EQ(error.code, ErrorCode::kInvalid) << error.detail;
    EXPECT_THAT(server.ThroughTls(), HasSubstr(kPassword));
    EXPECT_EQ(stranger.connections(), 0);
  }
}

// T31
TEST_F(TransportTest, RefusesCertificatesOfTheWrongTime) {
  CertificateForm expired = Good();
  expired.not_before_s = -7200;
  expired.not_after_s = -60;
  ExpectRefused(MakeIdentity(expired, &authority_));
  CertificateForm to_come = Good();
  to_come.not_before_s = 3600;
  to_come.not_after_s = 7200;
  ExpectRefused(MakeIdentity(to_come, &authority_));
}

TEST_F(TransportTest, RefusesCertificatesForAnotherName) {
  for (const char* name :
       {"DNS:dc2.corp.example", "DNS:corp.example", "DNS:*.example", "DNS:dc*.corp.example", "DNS:*.dc1.corp.example",
        "DNS:dc1.corp.example.evil.test", "IP:127.0.0.1", "email:dc1.corp.example", "URI:ldap://dc1.corp.example"}) {
    SCOPED_TRACE(name);
    ExpectRefused(MakeIdentity(For(name), &authority_));
  }
}

// RFC 6125 6.4.4 lets a client look at the common name; no directory of today needs that, and a CA that puts
// people's free text there makes it a name for anything.
TEST_F(TransportTest, RefusesANameThatOnlyTheSubjectHas) {
  CertificateForm form;
  form.common_name = kHost;
  ExpectRefused(MakeIdentity(form, &authority_));
}

TEST_F(TransportTest, RefusesWhatTheAuthorityDidNotSign) {
  ExpectRefused(MakeIdentity(Good(), nullptr));
  const Identity other = MakeAuthority("Other CA");
  ExpectRefused(MakeIdentity(Good(), &other));
  const Identity namesake = MakeAuthority("Example CA", {{"subjectKeyIdentifier", "hash"}});
  CertificateForm forged = Good();
  const Identity no_authority = MakeIdentity(forged, &authority_);
  ExpectRefused(MakeIdentity(Good(), &no_authority));
}

TEST_F(TransportTest, RefusesWeakKeysAndSignatures) {
  CertificateForm short_key = Good();
  short_key.rsa_bits = 1024;
  ExpectRefused(MakeIdentity(short_key, &authority_));
  CertificateForm old_digest = Good();
  old_digest.digest = "SHA1";
  ExpectRefused(MakeIdentity(old_digest, &authority_));
}

TEST_F(TransportTest, RefusesCertificatesForOtherUses) {
  for (const char* usage : {"clientAuth", "codeSigning", "clientAuth,emailProtection"}) {
    SCOPED_TRACE(usage);
    CertificateForm form = Good();
    form.extensions[1].second = usage;
    ExpectRefused(MakeIdentity(form, &authority_));
  }
}

TEST_F(TransportTest, RefusesNamesThatTheAuthorityMayNotSign) {
  const Identity limited = MakeAuthority("Limited CA", {{"nameConstraints", "critical,permitted;DNS:other.example"}});
  folder_.Write("ca.pem", ToPem(limited));
  ExpectRefused(MakeIdentity(Good(), &limited));
}

TEST_F(TransportTest, RefusesOldProtocols) {
  const Identity identity = MakeIdentity(Good(), &authority_);
  ExpectRefused(identity, {.newest_version = TLS1_VERSION});
  ExpectRefused(identity, {.newest_version = TLS1_1_VERSION});
}

TEST_F(TransportTest, SpeaksTls12) {
  const TlsServer server(MakeIdentity(Good(), &authority_),
                         {.newest_version = TLS1_2_VERSION, .ciphers = "ECDHE-RSA-AES128-GCM-SHA256"});
  (void)Ask(To(server, Transport::kLdaps));
  EXPECT_THAT(server.ThroughTls(), HasSubstr(kPassword));
}

TEST_F(TransportTest, RefusesWhatHasNoForwardSecrecy) {
  const Identity identity = MakeIdentity(Good(), &authority_);
  for (const char* cipher : {"AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES256-SHA256", "ADH-AES128-GCM-SHA256"}) {
    SCOPED_TRACE(cipher);
    ExpectRefused(identity, {.newest_version = TLS1_2_VERSION, .ciphers = std::string(cipher) + ":@SECLEVEL=0"});
  }
}

TEST_F(TransportTest, SpeaksTls12WithEachKindOfForwardSecrecy) {
  const Identity identity = MakeIdentity(Good(), &authority_);
  for (const char* cipher :
       {"ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305", "DHE-RSA-AES128-GCM-SHA256"}) {
    const TlsServer server(identity, {.newest_version = TLS1_2_VERSION, .ciphers = cipher});
    (void)Ask(To(server, Transport::kLdaps));
    EXPECT_THAT(server.ThroughTls(), HasSubstr(kPassword)) << cipher;
  }
}

#ifndef __SANITIZE_ADDRESS__
// One context of libldap's serves all connections: each new one would lose 8 KB.
TEST_F(TransportTest, ManyConnectionsLeaveNothingBehind) {
  const TlsServer server(MakeIdentity(Good(), &authority_), {});
  for (int i = 0; i < 5; ++i) (void)Ask(To(server, Transport::kLdaps));
  const std::size_t before = ::mallinfo2().uordblks;
  for (int i = 0; i < 50; ++i) (void)Ask(To(server, Transport::kLdaps));
  EXPECT_LT(::mallinfo2().uordblks, before + std::size_t{50} * 2048);
}
#endif

TEST_F(TransportTest, WithoutTrustedCertificatesNobodyIsTrusted) {
  const Identity identity = MakeIdentity(Good(), &authority_);
  const TlsServer server(identity, {});
  for (const std::string& content : {std::string(), std::string("no certificate\n")}) {
    folder_.Write("ca.pem", content);
    const base::Error error = Ask(To(server, Transport::kLdaps));
    EXPECT_THAT(error.detail, HasSubstr("ca.pem"));
  }
  Connection missing = To(server, Transport::kLdaps);
  missing.ca_file = folder_.File("missing.pem");
  EXPECT_THAT(Ask(missing).detail, HasSubstr("missing.pem"));
  ExpectNothingLeft(server);
}

TEST_F(TransportTest, AReplacedCaFileCountsFromTheNextConnectionOn) {
  const TlsServer server(MakeIdentity(Good(), &authority_), {});
  const Identity other = MakeAuthority("Other CA");
  folder_.Write("ca.pem", ToPem(other));
  auto directory = OpenDirectory(To(server, Transport::kLdaps));
  ASSERT_TRUE(directory);
  (void)Ask(**directory);
  ExpectNothingLeft(server);
  folder_.Write("ca.pem", ToPem(authority_));
  (void)Ask(**directory);
  EXPECT_THAT(server.ThroughTls(), HasSubstr(kPassword));
  folder_.Write("ca.pem", ToPem(other));
  const std::size_t heard = server.ThroughTls().size();
  (void)Ask(**directory);
  EXPECT_EQ(server.ThroughTls().size(), heard);
}

}  // namespace
}  // namespace taglogin::directory
