// SPDX-License-Identifier: Apache-2.0
// A directory of accounts and groups behind LDAP, whatever kind it is: how it is reached, what is asked of it. What
// comes back (records.h) is the same for all kinds.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "directory/records.h"

namespace taglogin::directory {

enum class DirectoryKind { kActiveDirectory, kLdap };
// kExternal: SASL EXTERNAL (RFC 4422 A) with a client certificate. kLdap goes with kSimple, kExternal and kAnonymous,
// kActiveDirectory with kGssapi and kSimple.
enum class Bind { kGssapi, kSimple, kExternal, kAnonymous };
enum class Transport { kSignSeal, kStartTls, kLdaps };

// How a directory of DirectoryKind::kLdap writes accounts and groups down. As it is: RFC 2307 and its successor at
// once.
struct LdapSchema {
  // kBoth: whoever either kind of attribute names is a member.
  enum class Members { kBoth, kNames, kDns };
  Members members = Members::kBoth;
  std::string account_class = "posixAccount";
  std::vector<std::string> group_classes = {"posixGroup", "groupOfNames", "groupOfUniqueNames", "groupOfMembers"};
  std::string account_name = "uid";
  std::string group_name = "cn";
  std::string member_names = "memberUid";                            // login names
  std::vector<std::string> member_dns = {"member", "uniqueMember"};  // DNs of accounts and groups
  // What never changes and never comes back. Empty: nsUniqueId with 389 Directory Server, else entryUUID (RFC 4530).
  std::string id;
  std::string uid_number = "uidNumber";
  std::string gid_number = "gidNumber";
  std::string display_name = "displayName";
  std::string home = "homeDirectory";
  std::string shell = "loginShell";
};

// kActiveDirectory: a further domain, of the same forest or trusted, whose accounts may be in groups of the own one.
struct FurtherDomain {
  std::string domain;                // DNS name, lower case
  std::vector<std::string> servers;  // as Connection's
  int port = 0;
};

struct Connection {
  DirectoryKind kind = DirectoryKind::kActiveDirectory;
  std::string domain;            // DNS name, lower case: "corp.example.com"
  bool qualified_names = false;  // "x@domain" is the account x, whosever userPrincipalName it may be as well
  std::vector<FurtherDomain> further;
  std::vector<std::string> servers;  // host names, tried in order, the one that answered last first; none: a finder's
  int port = 0;                      // 0: 636 with kLdaps, else 389
  std::string search_base;           // DN; empty: the domain's own (kLdap: the server's only) naming context
  Bind bind = Bind::kGssapi;
  Transport transport = Transport::kSignSeal;  // kSignSeal goes with kGssapi only
  std::string keytab = "/etc/krb5.keytab";     // kGssapi: opened anew for each ticket
  std::string principal;                       // kGssapi: empty: HOSTNAME$ in upper case at the realm
  std::string realm;                           // kGssapi: of the principal; empty: the domain's
  std::string bind_dn;                         // kSimple
  std::string bind_password_file;              // kSimple: read through base::ReadTrustedFile, trailing newline dropped
  std::string bind_password_credential;        // kSimple: instead, a name in $CREDENTIALS_DIRECTORY (systemd.exec(5))
  std::string client_certificate;              // kExternal: PEM, with the chain behind it if there is one
  std::string client_key;                      // kExternal: PEM; a file that only root and this process's group read
  std::string ca_file;                         // kStartTls, kLdaps: PEM; empty: the system's
  std::vector<std::string> key_attributes = {"altSecurityIdentities", "sshPublicKey"};
  // Longest that one server may take to connect and bind, or be silent within an operation, before
  // it is given up and the next one is tried; the deadline of the call holds regardless.
  std::chrono::milliseconds timeout{5000};
  LdapSchema schema;  // kLdap
};

// What the caller wants to know the whole membership of.
struct WalkRequest {
  std::vector<std::string> groups;          // names out of rules
  std::vector<std::string> users;           // names out of rules
  std::vector<std::string> nss_groups;      // names out of [nss] groups
  std::vector<std::string> lookup_ids;      // further accounts to read again, by id (no membership needed)
  std::map<std::string, std::string> pins;  // group or user name -> id that it stood for before
  // Accounts, by id, of whose memberships the server once said other than the walk: it is asked before the walk ends.
  std::vector<std::string> doubtful_ids;
};

// Blocking; every call ends by its deadline. One thread at a time. Owns its connection. A call that finds the
// connection of an earlier one dead tries once more with another server; after any other failure the next call
// reconnects.
class Directory {
 public:
  virtual ~Directory() = default;
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  // Everybody in the groups asked for, and the accounts asked for by name or id. Either the whole truth or an error:
  // what could not be read completely is never given as if it were all. A further domain that cannot be read is no
  // error: Closure::behind_ms says of when its part is, and without one its accounts are left out.
  virtual base::Result<Closure> Walk(const WalkRequest& request, base::Deadline deadline) = 0;

  // One account by login name (its name, that with "@domain", or its userPrincipalName; NAME@DOMAIN of a further
  // domain) within the search base, with its nss groups as far as a walk has found those; kNotFound when there is none,
  // kAmbiguous: several, kInvalid: the further domain is silent.
  virtual base::Result<Member> FindAccount(const std::string& login_name, base::Deadline deadline) = 0;

  // True when something that the last Walk saw may have changed since the last call of this or of Walk. It need not
  // see everything: call Walk from time to time regardless. Of a walk with very many accounts it asks the server for
  // some memberships at each call, until all are confirmed; true when one is not. Also true when a further domain falls
  // silent, or answers again.
  virtual base::Result<bool> Changed(base::Deadline deadline) = 0;

  // For status: the server in use, empty if none.
  virtual std::string server() const = 0;
  // Operations sent to the directory since it was opened.
  virtual std::uint64_t operations() const = 0;

 protected:
  Directory() = default;
};

class ServerFinder;
using FurtherFinders = std::map<std::string, std::shared_ptr<ServerFinder>>;  // by domain

// A directory of the connection's kind. Checks the settings' own consistency (kInvalid); does not connect. `finder`
// may be shared with others; it is needed when the settings name no server, and not used when they do. `further`
// likewise for the connection's further domains.
base::Result<std::unique_ptr<Directory>> OpenDirectory(Connection connection,
                                                       std::shared_ptr<ServerFinder> finder = nullptr,
                                                       FurtherFinders further = {});

}  // namespace taglogin::directory
