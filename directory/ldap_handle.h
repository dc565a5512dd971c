// SPDX-License-Identifier: Apache-2.0
// The raw handle of the libldap adapter and what its source files share. Included by
// ldap_connection.cc, ldap_search.cc and ldap_tls alone: it is where <ldap.h> enters.
#pragma once

#include <fcntl.h>
#include <ldap.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/deadline.h"
#include "base/result.h"

namespace taglogin::directory {

struct FreeMessage {
  void operator()(LDAPMessage* message) const { (void)ldap_msgfree(message); }
};
using MessagePtr = std::unique_ptr<LDAPMessage, FreeMessage>;

inline bool SetNumber(LDAP* ldap, int option, int value) {
  return ldap_set_option(ldap, option, &value) == LDAP_OPT_SUCCESS;
}
inline bool SetText(LDAP* ldap, int option, const char* value) {
  return ldap_set_option(ldap, option, value) == LDAP_OPT_SUCCESS;
}
inline bool SetBlocking(int fd, bool blocking) {
  const int flags = ::fcntl(fd, F_GETFL);
  const int wanted = blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
  return flags >= 0 && ::fcntl(fd, F_SETFL, wanted) == 0;
}

class LdapHandle {
 public:
  LdapHandle(LDAP* ldap, int fd, std::string host, std::chrono::milliseconds silence, std::uint64_t& operations)
      : ldap_(ldap), fd_(fd), host_(std::move(host)), silence_(silence), operations_(operations) {}
  ~LdapHandle();
  LdapHandle(const LdapHandle&) = delete;
  LdapHandle& operator=(const LdapHandle&) = delete;

  LDAP* get() const { return ldap_; }
  int fd() const { return fd_; }
  const std::string& host() const { return host_; }
  void CountRequest() { ++operations_; }

  // The next message (of `id`, or of any request with LDAP_RES_ANY), by the deadline and before the
  // server has been silent for too long.
  base::Result<MessagePtr> Receive(int id, base::Deadline deadline);
  // The Error for a result code of libldap or of the server, naming `what` was done.
  base::Error Fail(const std::string& what, int code) const;
  // Success when the message holds result code 0; otherwise its Error.
  base::Result<void> CheckResult(const std::string& what, LDAPMessage* message) const;

 private:
  LDAP* ldap_;
  int fd_;
  std::string host_;
  std::chrono::milliseconds silence_;
  std::uint64_t& operations_;
};

}  // namespace taglogin::directory
