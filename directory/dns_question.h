// SPDX-License-Identifier: Apache-2.0
// One question to DNS, with the resolver of libc and limits of ours. Private to this room. Blocking;
// any thread.
#pragma once

#include <string>

#include "base/result.h"

namespace taglogin::directory {

// The message that answers a question for the SRV records of `name` (a full name; no search list).
// resolv.conf(5) is read anew each time, its timeout and attempts are not used: each of its at most three
// servers gets one second, a single one twice. Errors: kNotFound (no such name or no such record),
// kUnavailable.
base::Result<std::string> AskForSrv(const std::string& name);

}  // namespace taglogin::directory
