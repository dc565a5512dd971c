// SPDX-License-Identifier: Apache-2.0
// The adapter to libldap: one authenticated, protected connection to one server. Private to this
// room. One thread at a time. After any error it is of no more use; the owner drops it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "directory/directory.h"
#include "directory/ldap_searcher.h"

namespace taglogin::directory {

class LdapHandle;

class LdapConnection : public LdapSearcher {
 public:
  // Takes over a connected, non-blocking socket to `host`; secures it as the settings say (TLS 1.2
  // or later with certificate and host name verified, or SASL with integrity and confidentiality of
  // 128 bits or more) and binds. With GSSAPI the thread's default credential cache must hold the
  // ticket. Adds each request that it sends to `operations`, which must outlive it.
  // Errors: kRefused (certificate, credentials, strength), kInvalid (password file), kUnavailable,
  // kDeadline.
  static base::Result<std::unique_ptr<LdapConnection>> Open(base::UniqueFd socket, const std::string& host,
                                                            const Connection& settings, base::Deadline deadline,
                                                            std::uint64_t& operations);
  // As Open, but neither secured nor bound: for the rootDSE, whose answers prove nothing.
  static base::Result<std::unique_ptr<LdapConnection>> OpenAnonymous(base::UniqueFd socket, const std::string& host,
                                                                     base::Deadline deadline,
                                                                     std::uint64_t& operations);
  ~LdapConnection() override;
  LdapConnection(const LdapConnection&) = delete;
  LdapConnection& operator=(const LdapConnection&) = delete;

  base::Result<void> Search(const std::vector<Query>& queries, base::Deadline deadline,
                            const OnEntry& on_entry) override;

 private:
  explicit LdapConnection(std::unique_ptr<LdapHandle> handle);
  std::unique_ptr<LdapHandle> handle_;
};

}  // namespace taglogin::directory
