// SPDX-License-Identifier: Apache-2.0
#include "system_call_filter.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cstddef>

namespace taglogin::tests {
namespace {

static_assert(kKill == SECCOMP_RET_KILL_PROCESS);

sock_filter Load(std::size_t offset) { return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)); }
sock_filter Return(std::uint32_t action) { return BPF_STMT(BPF_RET | BPF_K, action); }
// Goes over the next `over` instructions unless the loaded word is `value`.
sock_filter UnlessEqual(std::uint32_t value, std::uint8_t over) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, over);
}

}  // namespace

std::uint32_t FailWith(int error) { return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error); }

bool Confine(const CallFilter& filter) {
  std::vector<sock_filter> program = {Load(offsetof(seccomp_data, nr))};
  if (filter.other_families != 0) {
    const sock_filter families[] = {
        UnlessEqual(SYS_socket, 4), Load(offsetof(seccomp_data, args)), UnlessEqual(AF_UNIX, 1),
        Return(SECCOMP_RET_ALLOW),  Return(filter.other_families),
    };
    program.insert(program.end(), std::begin(families), std::end(families));
  }
  for (const long number : filter.allowed) {
    program.push_back(UnlessEqual(static_cast<std::uint32_t>(number), 1));
    program.push_back(Return(SECCOMP_RET_ALLOW));
  }
  program.push_back(Return(filter.otherwise));
  const sock_fprog whole{static_cast<unsigned short>(program.size()), program.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole) == 0;
}

}  // namespace taglogin::tests
