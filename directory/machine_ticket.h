// SPDX-License-Identifier: Apache-2.0
// Kerberos tickets of the machine account, from its keytab by libkrb5, in memory alone. The keys'
// only adapter to libkrb5. Every exchange with a KDC goes over connections of our own with our own
// deadline (libkrb5's time limits are not ours), to the servers that the caller names.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"

namespace taglogin::directory {

// Sends one message to a KDC of the realm and gives its reply, by the deadline.
using KdcExchange = std::function<base::Result<std::string>(std::string_view realm, std::string_view message)>;

class MachineTicket {
 public:
  // `principal` empty: the machine account in the keytab, at `realm`: of several, the one named after the host (its
  // name's first label in upper case, cut to 15 characters, and "$"). `further` realms may be asked as well when a host
  // is theirs. Touches neither the keytab nor the network.
  MachineTicket(std::string keytab, std::string principal, std::string realm, std::vector<std::string> further = {});
  ~MachineTicket();
  MachineTicket(const MachineTicket&) = delete;
  MachineTicket& operator=(const MachineTicket&) = delete;

  // Has a service ticket for ldap/`host` ready for GSSAPI in the calling thread, whose default
  // credential cache it sets (gss_krb5_ccache_name: this thread alone, no environment). A ticket
  // for that host is used again for half its life; then the keytab is opened anew, and of the account's keys in it
  // the one that was written last and is the KDC's own is used.
  // Errors: kInvalid (keytab or principal), kRefused (the KDC says no), kUnavailable, kDeadline.
  base::Result<void> Prepare(const std::string& host, const KdcExchange& exchange);

  // True when more than half of the life of the tickets is over: time to bind anew.
  bool RenewalDue() const;

  // The principal that the tickets are for, with its realm; empty before there were any.
  const std::string& account() const { return account_; }

  // Forgets all tickets, for when the server did not accept them.
  void Forget();

 private:
  class Cache;
  base::Result<void> Fetch(const std::string& host, const KdcExchange& exchange);

  std::string keytab_;
  std::string principal_;
  std::string realm_;
  std::string account_;
  std::vector<std::string> further_;
  std::unique_ptr<Cache> cache_;
  std::string host_;              // that the cache has a ticket for
  std::int64_t renew_at_ms_ = 0;  // CLOCK_BOOTTIME; 0: no ticket
};

// Keeps Kerberos host names as they are written: without this, libkrb5 may canonicalise them by
// DNS (rdns, dns_canonicalize_hostname), outside of any deadline and on the word of DNS. Sets
// KRB5_CONFIG of this process to a few lines of ours in memory, before what it was or
// /etc/krb5.conf. Call once at the start of the program, before there are threads.
base::Result<void> FixKerberosNames();

}  // namespace taglogin::directory
