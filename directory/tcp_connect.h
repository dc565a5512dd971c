// SPDX-License-Identifier: Apache-2.0
// TCP connections and exchanges over them that end by a deadline.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "directory/host_resolver.h"

namespace taglogin::directory {

// A connected, non-blocking, close-on-exec socket to the first address that accepts; an address
// that does not answer costs its even share of the time left. What is sent on it and not acknowledged for
// 1.5 s breaks it: a server that is switched off is not waited for as long as one that is slow. `name` is
// for messages.
base::Result<base::UniqueFd> ConnectTcp(const std::vector<Address>& addresses, const std::string& name,
                                        base::Deadline deadline);

// One Kerberos message and its reply over TCP (RFC 4120 7.2.2: a length of four bytes before each).
base::Result<std::string> ExchangeWithKdc(int fd, std::string_view message, base::Deadline deadline);

}  // namespace taglogin::directory
