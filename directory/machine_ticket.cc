// SPDX-License-Identifier: Apache-2.0
#include "directory/machine_ticket.h"

#include <gssapi/gssapi_krb5.h>
#include <krb5.h>
#include <profile.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

#include "base/printable.h"
#include "base/unique_fd.h"
#include "directory/machine_keytab.h"

namespace taglogin::directory {
namespace {

constexpr std::size_t kMaxNetbiosName = 15;
// Each try with a wrong key is a failed logon of the machine account for the domain.
constexpr std::size_t kMaxKeyVersions = 3;

using CredentialsPtr = Owned<krb5_creds*, krb5_free_creds>;
using InitOptions = Owned<krb5_get_init_creds_opt*, krb5_get_init_creds_opt_free>;

class Credentials {
 public:
  explicit Credentials(krb5_context context) : context_(context) {}
  ~Credentials() { krb5_free_cred_contents(context_, &value_); }
  Credentials(const Credentials&) = delete;
  Credentials& operator=(const Credentials&) = delete;
  krb5_creds* out() { return &value_; }
  const krb5_creds& value() const { return value_; }

 private:
  krb5_context context_;
  krb5_creds value_{};
};

constexpr const char* kNoCanonicalNames = "[libdefaults]\n dns_canonicalize_hostname = false\n rdns = false\n";

// A file in memory; invalid when there is none.
base::UniqueFd MemoryFile(const std::string& text) {
  base::UniqueFd file(::memfd_create("taglogin-krb5.conf", MFD_CLOEXEC));
  if (file.valid() && ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) file.reset();
  return file;
}

// That file first, then what the system has.
std::string ConfigurationPath(const base::UniqueFd& file) {
  const char* system = std::getenv("KRB5_CONFIG");
  return "/proc/self/fd/" + std::to_string(file.get()) + ':' +
         (system != nullptr && *system != '\0' ? system : "/etc/krb5.conf");
}

// One libkrb5 context for one round of tickets. Reads the system's settings anew, but looks for no
// KDC in DNS, which would be outside of any deadline: each realm has one that is never asked,
// because all messages go through the hook.
class Kerberos {
 public:
  explicit Kerberos(const std::vector<std::string>& realms) {
    std::string text =
        std::string(kNoCanonicalNames) + " dns_lookup_kdc = false\n dns_lookup_realm = false\n[realms]\n";
    for (const std::string& realm : realms) text += ' ' + realm + " = {\n  kdc = kdc.invalid\n }\n";
    file_ = MemoryFile(text);
    profile_t profile = nullptr;
    code_ = static_cast<krb5_error_code>(profile_init_path(ConfigurationPath(file_).c_str(), &profile));
    if (code_ != 0) return;
    code_ = krb5_init_context_profile(profile, 0, &context_);
    profile_abandon(profile);
  }
  ~Kerberos() {
    if (context_ != nullptr) krb5_free_context(context_);
  }
  Kerberos(const Kerberos&) = delete;
  Kerberos& operator=(const Kerberos&) = delete;
  krb5_context get() const { return context_; }
  krb5_error_code code() const { return code_; }

 private:
  base::UniqueFd file_;  // libkrb5 looks at it again by its path
  krb5_context context_ = nullptr;
  krb5_error_code code_ = 0;
};

std::string Message(krb5_context context, krb5_error_code code) {
  const char* text = krb5_get_error_message(context, code);
  std::string out = base::Printable(text);
  krb5_free_error_message(context, text);
  return out;
}

base::ErrorCode Classify(krb5_error_code code) {
  switch (code) {
    case KRB5_KT_NOTFOUND:
    case KRB5_PARSE_MALFORMED:
    case KRB5_KEYTAB_BADVNO:
    case ENOENT:
    case EACCES:
      return base::ErrorCode::kInvalid;
    case KRB5_KDC_UNREACH:
    case KRB5_REALM_CANT_RESOLVE:
    case KRB5KDC_ERR_SVC_UNAVAILABLE:
      return base::ErrorCode::kUnavailable;
    default:
      return base::ErrorCode::kRefused;
  }
}

// What an administrator can do about it; empty when the message says enough.
const char* Advice(krb5_error_code code) {
  switch (code) {
    case KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN:
      return "; the machine account is gone or has another name: join the domain again";
    case KRB5KDC_ERR_PREAUTH_FAILED:
    case KRB5KRB_AP_ERR_BAD_INTEGRITY:
      return "; the keytab's keys are not the machine account's present ones: join the domain again";
    case KRB5KDC_ERR_CLIENT_REVOKED:
    case KRB5KDC_ERR_NAME_EXP:
      return "; the machine account is disabled or expired: enable it in the directory";
    case KRB5KRB_AP_ERR_SKEW:
    case KRB5_KDCREP_SKEW:
      return "; the clocks of this machine and of the KDC differ too much: set this machine's";
    default:
      return "";
  }
}

// Whether another key of the account could do better.
bool IsWrongKey(krb5_error_code code) {
  return code == KRB5KDC_ERR_PREAUTH_FAILED || code == KRB5KRB_AP_ERR_BAD_INTEGRITY;
}

// What the hook below needs and what it leaves behind.
struct Exchange {
  const KdcExchange* send = nullptr;
  base::Result<void> failure;
};

krb5_error_code SendToKdc(krb5_context context, void* data, const krb5_data* realm, const krb5_data* message,
                          krb5_data** /*new_message*/, krb5_data** reply) noexcept {
  auto* exchange = static_cast<Exchange*>(data);
  auto answer = (*exchange->send)({realm->data, realm->length}, {message->data, message->length});
  if (!answer) {
    exchange->failure = answer.error();
    return KRB5_KDC_UNREACH;
  }
  krb5_data view{};
  view.data = answer->data();
  view.length = static_cast<unsigned>(answer->size());
  return krb5_copy_data(context, &view, reply);
}

// The account that a machine of this host name joins as.
std::string UsualAccount() {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0) return {};
  std::string out(name, std::strcspn(name, "."));
  out.resize(std::min(out.size(), kMaxNetbiosName));
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::toupper(c); });
  return out + '$';
}

std::int64_t LifeMs(krb5_context context, const krb5_creds& credentials) {
  krb5_timestamp now = 0;
  if (krb5_timeofday(context, &now) != 0) return 0;
  // Timestamps of krb5 are unsigned 32 bits in a signed type.
  const auto seconds = static_cast<std::int32_t>(static_cast<std::uint32_t>(credentials.times.endtime) -
                                                 static_cast<std::uint32_t>(now));
  return std::max<std::int64_t>(seconds, 0) * 1000;
}

}  // namespace

// A credential cache in this process's memory, gone with this object.
class MachineTicket::Cache {
 public:
  Cache() {
    static std::atomic<unsigned> number{0};
    name_ = "MEMORY:taglogin-" + std::to_string(number++);
  }
  ~Cache() {
    const Kerberos kerberos({"NONE"});
    krb5_ccache cache = nullptr;
    if (kerberos.code() == 0 && krb5_cc_resolve(kerberos.get(), name_.c_str(), &cache) == 0) {
      (void)krb5_cc_destroy(kerberos.get(), cache);
    }
  }
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;
  const std::string& name() const { return name_; }

  // Ticket of the account with the newest of `keys` that the KDC takes, then the one for ldap/host. Gives the
  // shorter life.
  krb5_error_code Fill(krb5_context context, const MachineKeys& keys, const std::string& host, std::int64_t& life_ms) {
    Principal client(context);
    Credentials first(context);
    krb5_error_code code = krb5_parse_name(context, keys.principal.c_str(), client.out());
    if (code == 0) code = First(context, keys, client.get(), first);
    if (code != 0) return code;
    Owned<krb5_ccache, krb5_cc_close> cache(context);
    code = krb5_cc_resolve(context, name_.c_str(), cache.out());
    if (code == 0) code = krb5_cc_initialize(context, cache.get(), client.get());
    if (code == 0) code = krb5_cc_store_cred(context, cache.get(), first.out());
    life_ms = LifeMs(context, first.value());
    return code == 0 ? AddService(context, cache.get(), client.get(), host, life_ms) : code;
  }

 private:
  static krb5_error_code First(krb5_context context, const MachineKeys& keys, krb5_principal client,
                               Credentials& ticket) {
    InitOptions options(context);
    krb5_error_code code = krb5_get_init_creds_opt_alloc(context, options.out());
    if (code != 0) return code;
    krb5_get_init_creds_opt_set_forwardable(options.get(), 0);
    krb5_get_init_creds_opt_set_proxiable(options.get(), 0);
    code = KRB5_KT_NOTFOUND;
    const std::size_t count = std::min(keys.versions.size(), kMaxKeyVersions);
    for (std::size_t i = 0; i < count && (i == 0 || IsWrongKey(code)); ++i) {
      Keytab keytab(context);
      code = OneVersion(context, keys, keys.versions[i], keytab);
      if (code != 0) return code;
      code = krb5_get_init_creds_keytab(context, ticket.out(), client, keytab.get(), 0, nullptr, options.get());
    }
    return code;
  }

  // The name is made by the function that GSSAPI uses, so that GSSAPI finds this very ticket and
  // never goes to a KDC by itself.
  static krb5_error_code AddService(krb5_context context, krb5_ccache cache, krb5_principal client,
                                    const std::string& host, std::int64_t& life_ms) {
    Principal server(context);
    krb5_error_code code = krb5_sname_to_principal(context, host.c_str(), "ldap", KRB5_NT_SRV_HST, server.out());
    if (code != 0) return code;
    krb5_creds wanted{};
    wanted.client = client;
    wanted.server = server.get();
    CredentialsPtr got(context);
    code = krb5_get_credentials(context, 0, cache, &wanted, got.out());
    if (code == 0) life_ms = std::min(life_ms, LifeMs(context, *got.get()));
    return code;
  }

  std::string name_;
};

MachineTicket::MachineTicket(std::string keytab, std::string principal, std::string realm,
                             std::vector<std::string> further)
    : keytab_(std::move(keytab)),
      principal_(std::move(principal)),
      realm_(std::move(realm)),
      further_(std::move(further)) {
  if (!principal_.empty() && principal_.find('@') == std::string::npos) principal_ += '@' + realm_;
}

MachineTicket::~MachineTicket() = default;

bool MachineTicket::RenewalDue() const { return base::ClockMs(CLOCK_BOOTTIME) >= renew_at_ms_; }

void MachineTicket::Forget() {
  cache_.reset();
  renew_at_ms_ = 0;
}

base::Result<void> MachineTicket::Prepare(const std::string& host, const KdcExchange& exchange) {
  if (!cache_ || host != host_ || RenewalDue()) {
    if (auto fetched = Fetch(host, exchange); !fetched) return fetched;
  }
  OM_uint32 minor = 0;
  if (gss_krb5_ccache_name(&minor, cache_->name().c_str(), nullptr) != GSS_S_COMPLETE) {
    return base::Internal("Kerberos: GSSAPI did not take the credential cache");
  }
  return {};
}

base::Result<void> MachineTicket::Fetch(const std::string& host, const KdcExchange& exchange) {
  if (::access(keytab_.c_str(), R_OK) != 0) {
    return base::Invalid("keytab " + base::Printable(keytab_) + " can not be read: " + std::strerror(errno));
  }
  std::vector<std::string> realms = further_;
  realms.push_back(realm_);
  const Kerberos kerberos(realms);
  if (kerberos.code() != 0) {
    return base::Invalid("Kerberos: " + Message(nullptr, kerberos.code()) + "; check /etc/krb5.conf");
  }
  const auto keys = principal_.empty() ? FindMachineKeys(kerberos.get(), keytab_, UsualAccount(), realm_)
                                       : ReadKeysOf(kerberos.get(), keytab_, principal_);
  if (!keys) return keys.error();
  Exchange state;
  state.send = &exchange;
  krb5_set_kdc_send_hook(kerberos.get(), SendToKdc, &state);
  auto cache = std::make_unique<Cache>();
  std::int64_t life_ms = 0;
  const krb5_error_code code = cache->Fill(kerberos.get(), *keys, host, life_ms);
  if (!state.failure) {
    return base::Error{state.failure.error().code, "Kerberos: no ticket for " + base::Printable(keys->principal) +
                                                       ": " + state.failure.error().detail};
  }
  if (code != 0) {
    return base::Error{Classify(code), "Kerberos: no ticket for " + base::Printable(keys->principal) +
                                           " to reach ldap/" + base::Printable(host) + " with " +
                                           base::Printable(keytab_) + ": " + Message(kerberos.get(), code) +
                                           Advice(code)};
  }
  cache_ = std::move(cache);
  host_ = host;
  account_ = keys->principal;
  renew_at_ms_ = base::ClockMs(CLOCK_BOOTTIME) + life_ms / 2;
  return {};
}

base::Result<void> FixKerberosNames() {
  base::UniqueFd file = MemoryFile(kNoCanonicalNames);
  if (!file.valid()) return base::Internal(std::string("memory file for Kerberos settings: ") + std::strerror(errno));
  const std::string value = ConfigurationPath(file);
  if (::setenv("KRB5_CONFIG", value.c_str(), 1) != 0) return base::Internal("KRB5_CONFIG could not be set");
  // libkrb5 opens it by that name as long as the program runs.
  (void)file.release();
  return {};
}

}  // namespace taglogin::directory
