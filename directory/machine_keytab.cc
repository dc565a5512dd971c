// SPDX-License-Identifier: Apache-2.0
#include "directory/machine_keytab.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <utility>

#include "base/printable.h"

namespace taglogin::directory {
namespace {

struct Version {
  krb5_timestamp written = 0;
  krb5_kvno number = 0;
};
using Accounts = std::map<std::string, std::vector<Version>>;  // by principal

class Entry {
 public:
  explicit Entry(krb5_context context) : context_(context) {}
  ~Entry() { (void)krb5_free_keytab_entry_contents(context_, &value_); }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;
  krb5_keytab_entry* out() { return &value_; }
  krb5_keytab_entry& value() { return value_; }

 private:
  krb5_context context_;
  krb5_keytab_entry value_{};
};

// Runs `take` with each entry, which returns an error of libkrb5's or 0; the first error ends it.
template <typename Take>
krb5_error_code ForEach(krb5_context context, const std::string& path, Take take) {
  Keytab keytab(context);
  krb5_kt_cursor cursor{};
  krb5_error_code code = krb5_kt_resolve(context, ("FILE:" + path).c_str(), keytab.out());
  if (code == 0) code = krb5_kt_start_seq_get(context, keytab.get(), &cursor);
  if (code != 0) return code;
  while (code == 0) {
    Entry entry(context);
    code = krb5_kt_next_entry(context, keytab.get(), entry.out(), &cursor);
    if (code == 0) code = take(entry.value());
  }
  (void)krb5_kt_end_seq_get(context, keytab.get(), &cursor);
  return code == KRB5_KT_END ? 0 : code;
}

std::string NameOf(krb5_context context, krb5_const_principal principal) {
  char* text = nullptr;
  if (krb5_unparse_name(context, principal, &text) != 0) return {};
  std::string out = text;
  krb5_free_unparsed_name(context, text);
  return out;
}

// A later entry of the same version counts: it is the one that was written then.
void Note(std::vector<Version>& versions, const Version& version) {
  const auto known = std::find_if(versions.begin(), versions.end(),
                                  [&version](const Version& other) { return other.number == version.number; });
  if (known == versions.end()) return versions.push_back(version);
  known->written = std::max(known->written, version.written);
}

base::Error NoKeytab(krb5_context context, const std::string& path, krb5_error_code code) {
  const char* text = krb5_get_error_message(context, code);
  auto error = base::Invalid("keytab " + base::Printable(path) + " can not be read: " + base::Printable(text));
  krb5_free_error_message(context, text);
  return error;
}

base::Result<Accounts> ReadAccounts(krb5_context context, const std::string& path) {
  Accounts out;
  const krb5_error_code code = ForEach(context, path, [&](const krb5_keytab_entry& entry) -> krb5_error_code {
    Note(out[NameOf(context, entry.principal)], {entry.timestamp, entry.vno});
    return 0;
  });
  if (code != 0) return NoKeytab(context, path, code);
  return out;
}

MachineKeys Ordered(std::string path, std::string principal, std::vector<Version> versions) {
  std::sort(versions.begin(), versions.end(), [](const Version& a, const Version& b) {
    return a.written != b.written ? a.written > b.written : a.number > b.number;
  });
  MachineKeys out{std::move(path), std::move(principal), {}};
  for (const Version& version : versions) out.versions.push_back(version.number);
  return out;
}

// "HOST1$@REALM", and nothing with a '/' or another '@', which libkrb5 writes as "\/" and "\@".
bool IsMachine(const std::string& principal, const std::string& realm) {
  return principal.size() > realm.size() + 2 && principal.ends_with("$@" + realm) &&
         principal.find_first_of("/\\") == std::string::npos;
}

}  // namespace

base::Result<MachineKeys> FindMachineKeys(krb5_context context, const std::string& path, const std::string& usual,
                                          const std::string& realm) {
  const auto accounts = ReadAccounts(context, path);
  if (!accounts) return accounts.error();
  std::vector<Accounts::const_iterator> machines;
  std::string names;
  for (auto at = accounts->begin(); at != accounts->end(); ++at) {
    if (!IsMachine(at->first, realm)) continue;
    if (at->first == usual + '@' + realm) return Ordered(path, at->first, at->second);
    machines.push_back(at);
    names += (names.empty() ? "" : ", ") + base::Printable(at->first);
  }
  if (machines.size() == 1) return Ordered(path, machines[0]->first, machines[0]->second);
  if (machines.empty()) {
    return base::Invalid("keytab " + base::Printable(path) + " holds no machine account of " + base::Printable(realm) +
                         ": join the domain, or set [directory] principal");
  }
  return base::Invalid("keytab " + base::Printable(path) + " holds several machine accounts (" + names +
                       ") and none is named after this host, " + base::Printable(usual) +
                       ": set [directory] principal");
}

base::Result<MachineKeys> ReadKeysOf(krb5_context context, const std::string& path, const std::string& principal) {
  krb5_principal parsed = nullptr;
  if (krb5_parse_name(context, principal.c_str(), &parsed) != 0) {
    return base::Invalid("[directory] principal " + base::Printable(principal) + " is no Kerberos name");
  }
  std::string name = NameOf(context, parsed);
  krb5_free_principal(context, parsed);
  const auto accounts = ReadAccounts(context, path);
  if (!accounts) return accounts.error();
  const auto found = accounts->find(name);
  if (found == accounts->end()) {
    return base::Invalid("keytab " + base::Printable(path) + " holds no key of " + base::Printable(name) +
                         ": join the domain, or mend [directory] principal");
  }
  return Ordered(path, std::move(name), found->second);
}

krb5_error_code OneVersion(krb5_context context, const MachineKeys& keys, krb5_kvno version, Keytab& out) {
  static std::atomic<unsigned> number{0};
  const std::string name = "MEMORY:taglogin-keys-" + std::to_string(number++);
  const krb5_error_code code = krb5_kt_resolve(context, name.c_str(), out.out());
  if (code != 0) return code;
  return ForEach(context, keys.path, [&](krb5_keytab_entry& entry) -> krb5_error_code {
    if (entry.vno != version || NameOf(context, entry.principal) != keys.principal) return 0;
    return krb5_kt_add_entry(context, out.get(), &entry);
  });
}

}  // namespace taglogin::directory
