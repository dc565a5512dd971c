// SPDX-License-Identifier: Apache-2.0
// A FakeDirectory behind LDAP over TLS on loopback, with the limits that Active Directory sets and Samba does not:
// an answer without pages has 1,000 entries at most and then ends with an error, a page has 1,000 at most, and an
// attribute gives 1,500 values at a time (MS-ADTS 3.1.1.3.4.6: MaxPageSize, MaxValRange). Serves one connection at a
// time on its own thread; the directory must not be changed meanwhile.
#pragma once

#include <sys/socket.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "base/unique_fd.h"
#include "tests/directory/certificates.h"
#include "tests/directory/fake_directory.h"

namespace taglogin::directory {

class StrictServer {
 public:
  StrictServer(const tests::Identity& identity, FakeDirectory& directory);
  ~StrictServer();
  StrictServer(const StrictServer&) = delete;
  StrictServer& operator=(const StrictServer&) = delete;

  int port() const { return port_; }
  int cut() const { return cut_; }      // answers that ended with sizeLimitExceeded
  int pages() const { return pages_; }  // pages given
  // Ends the connection at hand, as a server that is restarted does.
  void HangUp() { ::shutdown(peer_, SHUT_RDWR); }
  std::size_t most_entries = 1000;  // MaxPageSize
  std::atomic<bool> same_page_for_ever = false;
  std::string reference;         // given with every answer (RFC 4511 4.5.3), if not empty
  std::atomic<int> accepted{0};  // connections

 private:
  class Session;
  void Run();

  FakeDirectory& directory_;
  std::shared_ptr<void> context_;  // SSL_CTX
  base::UniqueFd socket_;
  int port_ = 0;
  std::atomic<int> cut_{0};
  std::atomic<int> pages_{0};
  std::atomic<int> peer_{-1};
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace taglogin::directory
