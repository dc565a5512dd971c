// SPDX-License-Identifier: Apache-2.0
// Debian's slapd on loopback, for one test: its own folder, schema, data and certificates.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "certificates.h"
#include "directory/directory.h"
#include "tests/base/temp_folder.h"

namespace taglogin::tests {

// Its name, in a DNS of the test's own (link with --wrap=getaddrinfo).
inline constexpr char kLdapHost[] = "ldap.corp.example";
inline constexpr char kSuffix[] = "dc=corp,dc=example";
inline constexpr char kAdminDn[] = "cn=admin,dc=corp,dc=example";
inline constexpr char kAdminPassword[] = "correct horse battery staple";

struct SlapdForm {
  bool bis = false;                     // posixGroup is auxiliary, so that a groupOfNames can be one
  std::vector<std::string> overlays{};  // modules, each behind its own lines: "memberof", "syncprov", "ppolicy\n..."
  std::string access{};                 // before "access to * by * read"
  std::string global{};                 // further lines before the database
  bool client_certificates = false;     // it asks for them
};

class Slapd {
 public:
  // With the suffix's entry, ou=people and ou=groups and what `ldif` adds. Fails the test when it does not start.
  explicit Slapd(const SlapdForm& form, const std::string& ldif = "");
  ~Slapd();
  Slapd(const Slapd&) = delete;
  Slapd& operator=(const Slapd&) = delete;

  // An anonymous connection with StartTLS and nothing but server and search base set.
  directory::Connection Settings() const;
  // As LDIF (RFC 2849): entries to add, or changes. Fails the test when the server refuses.
  void Change(const std::string& ldif) const;
  // A bind as that; true when the server took it.
  bool Binds(const std::string& dn, const std::string& password) const;
  const test::TempFolder& folder() const { return folder_; }
  const Identity& authority() const { return authority_; }
  int port() const { return port_; }

 private:
  void WriteConfiguration(const SlapdForm& form);
  void Start();
  std::string Url() const;

  test::TempFolder folder_;
  Identity authority_;
  int port_ = 0;
  pid_t pid_ = -1;
};

// LDIF of an account in ou=people, and of groups in ou=groups.
std::string PersonLdif(const std::string& uid, int number, const std::string& more = "");
std::string PosixGroupLdif(const std::string& cn, int number, const std::vector<std::string>& member_uids);
std::string GroupOfNamesLdif(const std::string& cn, const std::vector<std::string>& member_dns);
std::string PersonDn(const std::string& uid);
std::string GroupDn(const std::string& cn);

}  // namespace taglogin::tests
