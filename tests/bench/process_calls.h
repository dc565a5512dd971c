// SPDX-License-Identifier: Apache-2.0
// What a whole program costs, and what pam_acct_mgmt(3) costs inside one. Each throws std::runtime_error
// when the program or the module does not answer as expected.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace taglogin::bench {

// From posix_spawn(3) to the end of waitpid(2), in ns; the program's descriptors are /dev/null.
std::int64_t TimeProgram(const std::vector<std::string>& argv);

// The number that bench_first prints: its first getpwnam(3), in ns.
std::int64_t TimeFirst(const std::string& program, const std::string& name);

// Each of `count` calls of pam_acct_mgmt within one transaction, in ns: `service` in the folder
// `services` has the stack.
std::vector<std::int64_t> TimeAccountPhase(const std::string& services, const std::string& service,
                                           const std::string& user, const std::string& rhost, std::int64_t count);

}  // namespace taglogin::bench
