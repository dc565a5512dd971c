// SPDX-License-Identifier: Apache-2.0
// Active Directory over LDAP: finds, walks and reads. Blocking; every call ends by its deadline.
// One thread at a time. Owns its connection. A call that finds the connection of an earlier one dead tries
// once more with another server; after any other failure the next call reconnects.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "base/secret.h"
#include "directory/records.h"

namespace taglogin::directory {

enum class Bind { kGssapi, kSimple };
enum class Transport { kSignSeal, kStartTls, kLdaps };

struct Connection {
  std::string domain;                // DNS name, lower case: "corp.example.com"
  std::vector<std::string> servers;  // host names, tried in order, the one that answered last first; none: a finder's
  int port = 0;                      // 0: 636 with kLdaps, else 389
  std::string search_base;           // DN; empty: the domain's own naming context
  Bind bind = Bind::kGssapi;
  Transport transport = Transport::kSignSeal;  // kSignSeal goes with kGssapi only
  std::string keytab = "/etc/krb5.keytab";     // kGssapi: opened anew for each ticket
  std::string principal;                       // kGssapi: empty: HOSTNAME$ in upper case at the realm
  std::string bind_dn;                         // kSimple
  std::string bind_password_file;              // kSimple: read through base::ReadTrustedFile, trailing newline dropped
  std::string ca_file;                         // kStartTls, kLdaps: PEM; empty: the system's
  std::vector<std::string> key_attributes = {"altSecurityIdentities", "sshPublicKey"};
  // Longest that one server may take to connect and bind, or be silent within an operation, before
  // it is given up and the next one is tried; the deadline of the call holds regardless.
  std::chrono::milliseconds timeout{5000};
};

// What the caller wants to know the whole membership of.
struct WalkRequest {
  std::vector<std::string> groups;          // names out of rules
  std::vector<std::string> users;           // names out of rules
  std::vector<std::string> nss_groups;      // names out of [nss] groups
  std::vector<std::string> lookup_ids;      // further accounts to read again, by id (no membership needed)
  std::map<std::string, std::string> pins;  // group or user name -> id that it stood for before
};

class ServerFinder;

class ActiveDirectory {
 public:
  // Checks the settings' own consistency (kInvalid); does not connect. `finder` may be shared with others; it
  // is needed when the settings name no server, and not used when they do.
  static base::Result<std::unique_ptr<ActiveDirectory>> Open(Connection connection,
                                                             std::shared_ptr<ServerFinder> finder = nullptr);
  ~ActiveDirectory();
  ActiveDirectory(const ActiveDirectory&) = delete;
  ActiveDirectory& operator=(const ActiveDirectory&) = delete;

  // Breadth-first over `member` from the selected groups (extended DN, ranged retrieval, visited
  // by GUID, security groups only), accounts by primaryGroupID, paged read of all accounts, then
  // tokenGroups of every account that was not in the same groups in the last walk.
  base::Result<Closure> Walk(const WalkRequest& request, base::Deadline deadline);

  // One account by login name within the search base, with its nss groups; nullopt-like
  // kNotFound when there is none, kInvalid when several.
  base::Result<Member> FindAccount(const std::string& login_name, base::Deadline deadline);

  // True when something that the last Walk saw may have changed since the last call of this or of
  // Walk: highestCommittedUSN, then uSNChanged of watched groups and known accounts. Also true
  // after a change of server or invocationId. It cannot see a deleted member or nested group
  // (MS-ADTS gives a machine account no sign of it): call Walk from time to time regardless.
  base::Result<bool> Changed(base::Deadline deadline);

  // For status: the server in use, empty if none.
  std::string server() const;
  // Operations sent to the directory since Open.
  std::uint64_t operations() const;

 private:
  class Impl;
  explicit ActiveDirectory(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace taglogin::directory
