// SPDX-License-Identifier: Apache-2.0
#include "directory/ldap_connection.h"

#include <fcntl.h>
#include <openldap.h>
#include <sasl/sasl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "base/printable.h"
#include "base/secret.h"
#include "directory/ldap_handle.h"
#include "directory/peer_certificate.h"
#include "directory/watchdog.h"

namespace taglogin::directory {
namespace {

constexpr int kMinSsf = 128;
constexpr std::size_t kMaxPassword = 1024;
constexpr std::size_t kMaxKeyFile = 65536;
// One message; a group's 1,500 members with GUID and SID are below 1 MiB.
constexpr ber_len_t kMaxMessage = 16 << 20;

timeval ToTimeval(std::int64_t milliseconds) {
  return {static_cast<time_t>(milliseconds / 1000), static_cast<suseconds_t>(milliseconds % 1000 * 1000)};
}

// With libldap, GSSAPI asks for nothing but an authorization name, and that stays empty.
int AnswerNothing(LDAP* /*ldap*/, unsigned /*flags*/, void* /*defaults*/, void* prompts) noexcept {
  for (auto* prompt = static_cast<sasl_interact_t*>(prompts); prompt->id != SASL_CB_LIST_END; ++prompt) {
    prompt->result = "";
    prompt->len = 0;
  }
  return LDAP_SUCCESS;
}

bool SetBlocking(int fd, bool blocking) {
  const int flags = ::fcntl(fd, F_GETFL);
  const int wanted = blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
  return flags >= 0 && ::fcntl(fd, F_SETFL, wanted) == 0;
}

// The trusted certificates: the file of the settings, or where Debian and Fedora keep theirs.
std::string CaFile(const Connection& settings) {
  if (!settings.ca_file.empty()) return settings.ca_file;
  for (const char* path : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"}) {
    if (::access(path, R_OK) == 0) return path;
  }
  return {};
}

bool SetNumber(LDAP* ldap, int option, int value) { return ldap_set_option(ldap, option, &value) == LDAP_OPT_SUCCESS; }

bool SetText(LDAP* ldap, int option, const char* value) {
  return ldap_set_option(ldap, option, value) == LDAP_OPT_SUCCESS;
}

// Everything that /etc/ldap/ldap.conf or the environment might have set otherwise.
bool SetOptions(LDAP* ldap) {
  const timeval no_limit{-1, 0};
  return SetNumber(ldap, LDAP_OPT_PROTOCOL_VERSION, LDAP_VERSION3) &&
         ldap_set_option(ldap, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) == LDAP_OPT_SUCCESS &&
         ldap_set_option(ldap, LDAP_OPT_X_SASL_NOCANON, LDAP_OPT_ON) == LDAP_OPT_SUCCESS &&
         ldap_set_option(ldap, LDAP_OPT_NETWORK_TIMEOUT, &no_limit) == LDAP_OPT_SUCCESS &&
         ldap_set_option(ldap, LDAP_OPT_RESTART, LDAP_OPT_ON) == LDAP_OPT_SUCCESS &&
         SetNumber(ldap, LDAP_OPT_DEREF, LDAP_DEREF_NEVER) && SetNumber(ldap, LDAP_OPT_SIZELIMIT, LDAP_NO_LIMIT) &&
         SetNumber(ldap, LDAP_OPT_TIMELIMIT, LDAP_NO_LIMIT);
}

// Of a credential, systemd.exec(5): the service manager made the folder, and nobody else may write into it.
base::Result<std::string> PasswordFile(const Connection& settings) {
  if (settings.bind_password_credential.empty()) return settings.bind_password_file;
  const char* folder = ::secure_getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr || *folder != '/') {
    return base::Invalid("bind_password_credential: the service was given no credentials: LoadCredential=" +
                         base::Printable(settings.bind_password_credential) + ":FILE is missing in its unit");
  }
  return std::string(folder) + '/' + settings.bind_password_credential;
}

base::Result<base::Secret> ReadPassword(const std::string& path) {
  auto text = base::ReadTrustedFile(path, kMaxPassword);
  if (!text) return base::Error{text.error().code, "bind password: " + text.error().detail};
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
  base::Secret password(std::move(*text));
  // An empty password is an anonymous bind that succeeds (RFC 4513 5.1.2).
  const bool blank = password.Reveal().find_first_not_of(" \t\n\r\v\f") == std::string_view::npos;
  if (blank || password.Reveal().find('\0') != std::string_view::npos) {
    return base::Invalid("bind password: " + base::Printable(path) + " holds no usable password");
  }
  return password;
}

}  // namespace

LdapHandle::~LdapHandle() {
  // Nothing that libldap may still want to say is worth waiting for.
  (void)SetBlocking(fd_, false);
  (void)ldap_unbind_ext(ldap_, nullptr, nullptr);
}

base::Result<MessagePtr> LdapHandle::Receive(int id, base::Deadline deadline) {
  const std::int64_t patience = std::min<std::int64_t>(deadline.RemainingMs(), silence_.count());
  if (patience > 0) {
    timeval wait = ToTimeval(patience);
    LDAPMessage* message = nullptr;
    const int type = ldap_result(ldap_, id, LDAP_MSG_ONE, &wait, &message);
    if (type > 0) return MessagePtr(message);
    if (type < 0) {
      int code = LDAP_OTHER;
      (void)ldap_get_option(ldap_, LDAP_OPT_RESULT_CODE, &code);
      return Fail("reading an answer", code);
    }
  }
  return base::Error{base::ErrorCode::kDeadline, base::Printable(host_) + " did not answer in time"};
}

base::Error LdapHandle::Fail(const std::string& what, int code) const {
  std::string detail = what + " at " + base::Printable(host_) + ": " + ldap_err2string(code);
  char* diagnostic = nullptr;
  if (ldap_get_option(ldap_, LDAP_OPT_DIAGNOSTIC_MESSAGE, &diagnostic) == LDAP_OPT_SUCCESS && diagnostic != nullptr) {
    if (*diagnostic != '\0') detail += " (" + base::Printable(diagnostic) + ')';
    ldap_memfree(diagnostic);
  }
  switch (code) {
    case LDAP_INVALID_CREDENTIALS:
    case LDAP_INSUFFICIENT_ACCESS:
    case LDAP_STRONG_AUTH_REQUIRED:
    case LDAP_CONFIDENTIALITY_REQUIRED:
    case LDAP_INAPPROPRIATE_AUTH:
    case LDAP_LOCAL_ERROR:
    case LDAP_AUTH_UNKNOWN:
    case LDAP_CONNECT_ERROR:
      return {base::ErrorCode::kRefused, std::move(detail)};
    case LDAP_REFERRAL:
    case LDAP_INVALID_DN_SYNTAX:
    case LDAP_FILTER_ERROR:
      return {base::ErrorCode::kInvalid, std::move(detail)};
    case LDAP_TIMEOUT:
      return {base::ErrorCode::kDeadline, std::move(detail)};
    default:
      return {base::ErrorCode::kUnavailable, std::move(detail)};
  }
}

base::Result<void> LdapHandle::CheckResult(const std::string& what, LDAPMessage* message) const {
  int code = LDAP_OTHER;
  char* diagnostic = nullptr;
  const int parsed = ldap_parse_result(ldap_, message, &code, nullptr, &diagnostic, nullptr, nullptr, 0);
  const std::string text = diagnostic != nullptr ? diagnostic : "";
  ldap_memfree(diagnostic);
  if (parsed != LDAP_SUCCESS) return Fail(what, parsed);
  if (code == LDAP_SUCCESS) return {};
  return Fail(what, code);
}

namespace {

const char* OrNull(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

// A key that others may read or write is no secret of this machine. libldap opens it by itself, again.
base::Result<void> CheckClientKey(const Connection& settings) {
  if (settings.bind != Bind::kExternal) return {};
  auto key = base::ReadTrustedFile(settings.client_key, kMaxKeyFile);
  if (!key) return base::Error{key.error().code, "client_key: " + key.error().detail};
  const base::Secret wiped(std::move(*key));
  struct stat status {};
  if (::stat(settings.client_key.c_str(), &status) != 0 || (status.st_mode & S_IRWXO) != 0) {
    return base::Invalid("client_key: " + base::Printable(settings.client_key) +
                         " may be read by everybody: run chmod o-rwx on it");
  }
  return {};
}

// Forward secrecy: keys of a session come from an exchange of their own, so that a server's key that is stolen later
// opens nothing that was recorded. In TLS 1.3 there is nothing else. In the words of the library that libldap was
// built with; nullptr when it is neither.
const char* CipherSuite(LDAP* ldap) {
  char* package = nullptr;
  if (ldap_get_option(ldap, LDAP_OPT_X_TLS_PACKAGE, &package) != LDAP_OPT_SUCCESS || package == nullptr) return nullptr;
  const std::string name = package;
  ldap_memfree(package);
  if (name == "GnuTLS") {
    return "NORMAL:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:+DHE-RSA:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
  }
  return name == "OpenSSL" ? "ECDHE:DHE:!aNULL:!eNULL:!3DES:!MD5:!RC4:!PSK" : nullptr;
}

// TLS options take effect in a context of their own, made by the last of them.
bool SetTlsOptions(LDAP* ldap, const Connection& settings) {
  const char* cipher_suite = CipherSuite(ldap);
  return cipher_suite != nullptr && SetText(ldap, LDAP_OPT_X_TLS_CIPHER_SUITE, cipher_suite) &&
         SetText(ldap, LDAP_OPT_X_TLS_CACERTFILE, CaFile(settings).c_str()) &&
         SetText(ldap, LDAP_OPT_X_TLS_CACERTDIR, nullptr) &&
         SetText(ldap, LDAP_OPT_X_TLS_CERTFILE, OrNull(settings.client_certificate)) &&
         SetText(ldap, LDAP_OPT_X_TLS_KEYFILE, OrNull(settings.client_key)) &&
         SetNumber(ldap, LDAP_OPT_X_TLS_REQUIRE_CERT, LDAP_OPT_X_TLS_DEMAND) &&
         SetNumber(ldap, LDAP_OPT_X_TLS_PROTOCOL_MIN, LDAP_OPT_X_TLS_PROTOCOL_TLS1_2) &&
         SetNumber(ldap, LDAP_OPT_X_TLS_NEWCTX, 0);
}

base::Result<void> StartTls(LdapHandle& handle, base::Deadline deadline) {
  int id = 0;
  handle.CountRequest();
  const int code = ldap_start_tls(handle.get(), nullptr, nullptr, &id);
  if (code != LDAP_SUCCESS) return handle.Fail("StartTLS", code);
  const auto answer = handle.Receive(id, deadline);
  if (!answer) return answer.error();
  return handle.CheckResult("StartTLS", answer->get());
}

// libldap with GnuTLS does not hold to LDAP_OPT_X_TLS_PROTOCOL_MIN. GnuTLS and OpenSSL write the names differently.
bool IsNewEnough(LdapHandle& handle) {
  char* version = nullptr;
  if (ldap_get_option(handle.get(), LDAP_OPT_X_TLS_VERSION, &version) != LDAP_OPT_SUCCESS || version == nullptr) {
    return false;
  }
  const std::string name = version;
  ldap_memfree(version);
  return name == "TLS1.2" || name == "TLS1.3" || name == "TLSv1.2" || name == "TLSv1.3";
}

base::Result<void> CheckPeer(LdapHandle& handle) {
  if (!IsNewEnough(handle)) {
    return base::Error{base::ErrorCode::kRefused, base::Printable(handle.host()) + " has no TLS 1.2"};
  }
  berval der{};
  if (ldap_get_option(handle.get(), LDAP_OPT_X_TLS_PEERCERT, &der) != LDAP_OPT_SUCCESS || der.bv_val == nullptr) {
    return base::Error{base::ErrorCode::kRefused, base::Printable(handle.host()) + " showed no certificate"};
  }
  auto checked = CheckPeerCertificate({der.bv_val, der.bv_len}, handle.host());
  ldap_memfree(der.bv_val);
  return checked;
}

base::Result<void> Handshake(LdapHandle& handle, const std::string& ca_file, base::Deadline deadline) {
  int code = LDAP_CONNECT_ERROR;
  try {
    const Watchdog watchdog(handle.fd(), deadline);
    code = SetBlocking(handle.fd(), true) ? ldap_install_tls(handle.get()) : LDAP_OTHER;
  } catch (const std::system_error&) {
    return base::Unavailable("no thread could be started to watch over TLS");
  }
  if (deadline.Passed()) {
    return base::Error{base::ErrorCode::kDeadline, base::Printable(handle.host()) + " did not finish TLS in time"};
  }
  if (code != LDAP_SUCCESS) {
    // libldap does not say which of these it was.
    return base::Error{base::ErrorCode::kRefused,
                       "TLS with " + base::Printable(handle.host()) +
                           " failed: its certificate is not for that name, out of date, or not signed by " +
                           base::Printable(ca_file) + ", or it has no TLS 1.2 with forward secrecy"};
  }
  // On a blocking socket half a message would be waited for forever.
  if (ldap_tls_inplace(handle.get()) != 1 || !SetBlocking(handle.fd(), false)) {
    return base::Internal("TLS is not in place");
  }
  return CheckPeer(handle);
}

base::Result<void> Secure(LdapHandle& handle, const Connection& settings, base::Deadline deadline) {
  if (settings.transport == Transport::kSignSeal) return {};
  if (settings.transport == Transport::kStartTls) {
    if (auto started = StartTls(handle, deadline); !started) return started;
  }
  if (auto checked = CheckClientKey(settings); !checked) return checked;
  if (!SetTlsOptions(handle.get(), settings)) {
    return base::Invalid("TLS could not be set up with the certificates in " + base::Printable(CaFile(settings)) +
                         "; check [directory] ca_file, client_certificate and client_key");
  }
  return Handshake(handle, CaFile(settings), deadline);
}

base::Result<void> BindSimple(LdapHandle& handle, const Connection& settings, base::Deadline deadline) {
  if (ldap_tls_inplace(handle.get()) != 1) return base::Internal("a password may go through TLS only");
  const auto file = PasswordFile(settings);
  if (!file) return file.error();
  const auto password = ReadPassword(*file);
  if (!password) return password.error();
  berval credentials{};
  credentials.bv_val = const_cast<char*>(password->Reveal().data());
  credentials.bv_len = password->Reveal().size();
  int id = 0;
  handle.CountRequest();
  const int code =
      ldap_sasl_bind(handle.get(), settings.bind_dn.c_str(), LDAP_SASL_SIMPLE, &credentials, nullptr, nullptr, &id);
  if (code != LDAP_SUCCESS) return handle.Fail("bind", code);
  const auto answer = handle.Receive(id, deadline);
  if (!answer) return answer.error();
  return handle.CheckResult("bind as " + base::Printable(settings.bind_dn), answer->get());
}

// The server takes the name from the certificate that TLS has checked (RFC 4422 A).
base::Result<void> BindExternal(LdapHandle& handle, base::Deadline deadline) {
  if (ldap_tls_inplace(handle.get()) != 1) return base::Internal("EXTERNAL needs TLS");
  berval nobody_else{};
  nobody_else.bv_val = const_cast<char*>("");
  int id = 0;
  handle.CountRequest();
  const int code = ldap_sasl_bind(handle.get(), nullptr, "EXTERNAL", &nobody_else, nullptr, nullptr, &id);
  if (code != LDAP_SUCCESS) return handle.Fail("EXTERNAL bind", code);
  const auto answer = handle.Receive(id, deadline);
  if (!answer) return answer.error();
  return handle.CheckResult("EXTERNAL bind with the client certificate", answer->get());
}

// The rounds of a GSSAPI bind, each with the deadline.
base::Result<void> NegotiateGssapi(LdapHandle& handle, base::Deadline deadline) {
  MessagePtr answer;
  const char* mechanism = nullptr;
  for (;;) {
    int id = 0;
    handle.CountRequest();
    const int code = ldap_sasl_interactive_bind(handle.get(), nullptr, "GSSAPI", nullptr, nullptr, LDAP_SASL_QUIET,
                                                AnswerNothing, nullptr, answer.get(), &mechanism, &id);
    if (code == LDAP_SUCCESS) return {};
    if (code != LDAP_SASL_BIND_IN_PROGRESS) return handle.Fail("GSSAPI bind", code);
    auto next = handle.Receive(id, deadline);
    if (!next) return next.error();
    answer = std::move(*next);
  }
}

base::Result<void> BindGssapi(LdapHandle& handle, const Connection& settings, base::Deadline deadline) {
  // Active Directory refuses a layer of SASL's inside TLS.
  const bool sign_seal = settings.transport == Transport::kSignSeal;
  const std::string strength = sign_seal ? "noanonymous,noplain,minssf=" + std::to_string(kMinSsf)
                                         : std::string("noanonymous,noplain,minssf=0,maxssf=0");
  if (!SetText(handle.get(), LDAP_OPT_X_SASL_SECPROPS, strength.c_str())) {
    return base::Internal("SASL did not take its security properties");
  }
  if (!sign_seal && !SetNumber(handle.get(), LDAP_OPT_X_SASL_CBINDING, LDAP_OPT_X_SASL_CBINDING_TLS_ENDPOINT)) {
    return base::Internal("SASL did not take the channel binding");
  }
  if (auto bound = NegotiateGssapi(handle, deadline); !bound) return bound;
  if (!sign_seal) return {};
  ber_len_t ssf = 0;
  const int code = ldap_get_option(handle.get(), LDAP_OPT_X_SASL_SSF, &ssf);
  if (code == LDAP_OPT_SUCCESS && ssf >= kMinSsf) return {};
  return base::Error{base::ErrorCode::kRefused, handle.host() + " did not agree to sign and seal with 128 bits"};
}

base::Result<void> BindAs(LdapHandle& handle, const Connection& settings, base::Deadline deadline) {
  switch (settings.bind) {
    case Bind::kSimple:
      return BindSimple(handle, settings, deadline);
    case Bind::kGssapi:
      return BindGssapi(handle, settings, deadline);
    case Bind::kExternal:
      return BindExternal(handle, deadline);
    case Bind::kAnonymous:
      // What comes is only as good as who it comes from.
      if (ldap_tls_inplace(handle.get()) != 1) return base::Internal("an anonymous bind needs TLS");
      return {};
  }
  return base::Internal("there is no such bind");
}

// A numeric IPv6 address goes into a URL in brackets.
std::string Url(const std::string& host) {
  return host.find(':') == std::string::npos ? "ldap://" + host : "ldap://[" + host + ']';
}

base::Result<std::unique_ptr<LdapHandle>> Adopt(base::UniqueFd socket, const std::string& host,
                                                std::chrono::milliseconds silence, std::uint64_t& operations) {
  LDAP* ldap = nullptr;
  const int code = ldap_init_fd(socket.get(), LDAP_PROTO_TCP, Url(host).c_str(), &ldap);
  if (code != LDAP_SUCCESS) return base::Internal(std::string("libldap: ") + ldap_err2string(code));
  auto handle = std::make_unique<LdapHandle>(ldap, socket.release(), host, silence, operations);
  Sockbuf* buffer = nullptr;
  ber_len_t limit = kMaxMessage;
  if (!SetOptions(ldap) || ldap_get_option(ldap, LDAP_OPT_SOCKBUF, &buffer) != LDAP_OPT_SUCCESS ||
      ber_sockbuf_ctrl(buffer, LBER_SB_OPT_SET_MAX_INCOMING, &limit) != 1) {
    return base::Internal("libldap did not take its options");
  }
  return handle;
}

}  // namespace

base::Result<std::unique_ptr<LdapConnection>> LdapConnection::Open(base::UniqueFd socket, const std::string& host,
                                                                   const Connection& settings, base::Deadline deadline,
                                                                   std::uint64_t& operations) {
  auto adopted = Adopt(std::move(socket), host, settings.timeout, operations);
  if (!adopted) return adopted.error();
  std::unique_ptr<LdapHandle> handle = *std::move(adopted);
  if (auto secured = Secure(*handle, settings, deadline); !secured) return secured.error();
  const auto bound = BindAs(*handle, settings, deadline);
  if (!bound) return bound.error();
  return std::unique_ptr<LdapConnection>(new LdapConnection(std::move(handle)));
}

base::Result<std::unique_ptr<LdapConnection>> LdapConnection::OpenAnonymous(base::UniqueFd socket,
                                                                            const std::string& host,
                                                                            base::Deadline deadline,
                                                                            std::uint64_t& operations) {
  auto adopted =
      Adopt(std::move(socket), host, std::chrono::milliseconds(std::max(deadline.RemainingMs(), 1)), operations);
  if (!adopted) return adopted.error();
  return std::unique_ptr<LdapConnection>(new LdapConnection(*std::move(adopted)));
}

LdapConnection::LdapConnection(std::unique_ptr<LdapHandle> handle) : handle_(std::move(handle)) {}

LdapConnection::~LdapConnection() = default;

}  // namespace taglogin::directory
