// SPDX-License-Identifier: Apache-2.0
// Host names to addresses with a deadline, which getaddrinfo() does not have: each look-up runs in
// a thread of its own, at most one per name, and is left behind when it takes too long.
#pragma once

#include <sys/socket.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"

namespace taglogin::directory {

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

// The same addresses with that port.
std::vector<Address> WithPort(std::vector<Address> addresses, int port);

class HostResolver {
 public:
  // Starts looking `host` up, so that several are looked up at once; Resolve then waits for it.
  void Begin(const std::string& host);
  // Addresses of `host` with `port`, at least one. When DNS says nothing in time, the addresses it
  // gave the last time are used: who answers there still has to prove its name.
  // Errors: kNotFound (no such host), kDeadline, kUnavailable.
  base::Result<std::vector<Address>> Resolve(const std::string& host, int port, base::Deadline deadline);

 private:
  struct Lookup;
  std::shared_ptr<Lookup>& Start(const std::string& host);
  std::map<std::string, std::shared_ptr<Lookup>> running_;
  std::map<std::string, std::vector<Address>> last_;
};

}  // namespace taglogin::directory
