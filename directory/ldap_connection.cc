// SPDX-License-Identifier: Apache-2.0
#include "directory/ldap_connection.h"

#include <openldap.h>
#include <sasl/sasl.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/file.h"
#include "base/printable.h"
#include "base/secret.h"
#include "directory/ldap_handle.h"
#include "directory/ldap_tls.h"

namespace taglogin::directory {
namespace {

constexpr int kMinSsf = 128;
constexpr std::size_t kMaxPassword = 1024;
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
