// SPDX-License-Identifier: Apache-2.0
#include "directory/ldap_tls.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "base/printable.h"
#include "base/secret.h"
#include "directory/peer_certificate.h"
#include "directory/watchdog.h"

namespace taglogin::directory {
namespace {

constexpr std::size_t kMaxKeyFile = 65536;

// The trusted certificates: the file of the settings, or where Debian and Fedora keep theirs.
std::string CaFile(const Connection& settings) {
  if (!settings.ca_file.empty()) return settings.ca_file;
  for (const char* path : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"}) {
    if (::access(path, R_OK) == 0) return path;
  }
  return {};
}

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

// The files that a TLS context is made of, as they are on disk; nothing where one cannot be looked at.
std::string StampOf(const Connection& settings) {
  std::string out;
  for (const std::string& path : {CaFile(settings), settings.client_certificate, settings.client_key}) {
    struct stat status {};
    out += path;
    if (!path.empty() && ::stat(path.c_str(), &status) != 0) return {};
    for (const auto number : {static_cast<std::int64_t>(status.st_ino), static_cast<std::int64_t>(status.st_size),
                              static_cast<std::int64_t>(status.st_mtim.tv_sec), status.st_mtim.tv_nsec,
                              static_cast<std::int64_t>(status.st_ctim.tv_sec), status.st_ctim.tv_nsec}) {
      out += ' ' + std::to_string(number);
    }
    out += '\n';
  }
  return out;
}

// The options set before take effect in a context. libldap with GnuTLS loses memory with each context that has a
// cipher suite or a client's key, so one context serves all connections until one of its files changes.
bool TakeContext(LDAP* ldap, const std::string& stamp) {
  static std::mutex mutex;
  // Kept for good, one for each change of a file: libldap has no public call that gives a context back.
  static auto& contexts = *new std::map<std::string, void*>;
  const std::lock_guard lock(mutex);
  const auto known = contexts.find(stamp);
  if (known != contexts.end()) return ldap_set_option(ldap, LDAP_OPT_X_TLS_CTX, known->second) == LDAP_OPT_SUCCESS;
  if (!SetNumber(ldap, LDAP_OPT_X_TLS_NEWCTX, 0)) return false;
  void* context = nullptr;
  if (ldap_get_option(ldap, LDAP_OPT_X_TLS_CTX, &context) != LDAP_OPT_SUCCESS || context == nullptr) return false;
  if (!stamp.empty()) contexts[stamp] = context;
  return true;
}

bool SetTlsOptions(LDAP* ldap, const Connection& settings) {
  // From before the files are read: what changes meanwhile is read again.
  const std::string stamp = StampOf(settings);
  const char* cipher_suite = CipherSuite(ldap);
  return cipher_suite != nullptr && SetText(ldap, LDAP_OPT_X_TLS_CIPHER_SUITE, cipher_suite) &&
         SetText(ldap, LDAP_OPT_X_TLS_CACERTFILE, CaFile(settings).c_str()) &&
         SetText(ldap, LDAP_OPT_X_TLS_CACERTDIR, nullptr) &&
         SetText(ldap, LDAP_OPT_X_TLS_CERTFILE, OrNull(settings.client_certificate)) &&
         SetText(ldap, LDAP_OPT_X_TLS_KEYFILE, OrNull(settings.client_key)) &&
         SetNumber(ldap, LDAP_OPT_X_TLS_REQUIRE_CERT, LDAP_OPT_X_TLS_DEMAND) &&
         SetNumber(ldap, LDAP_OPT_X_TLS_PROTOCOL_MIN, LDAP_OPT_X_TLS_PROTOCOL_TLS1_2) && TakeContext(ldap, stamp);
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

}  // namespace

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

}  // namespace taglogin::directory
