// SPDX-License-Identifier: Apache-2.0
#include "keyhelper/confinement.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace taglogin::keyhelper {

#if defined(__x86_64__)
#define TAGLOGIN_AUDIT_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#define TAGLOGIN_AUDIT_ARCH AUDIT_ARCH_AARCH64
#endif

#if defined(TAGLOGIN_AUDIT_ARCH) && !defined(TAGLOGIN_SANITIZED)
namespace {

// Whatever their arguments are.
constexpr std::uint32_t kAllowed[] = {
    SYS_connect,        SYS_getsockopt,   SYS_sendto,        SYS_recvfrom,
    SYS_ppoll,  // the daemon, and the system log
    SYS_read,           SYS_lseek,        SYS_fstat,         SYS_newfstatat,
    SYS_statx,          SYS_fcntl,  // the log's time zone
    SYS_write,          SYS_writev,       SYS_close,         SYS_exit,
    SYS_exit_group,     SYS_brk,          SYS_munmap,        SYS_futex,
    SYS_getrandom,  // malloc
    SYS_getpid,         SYS_gettid,       SYS_clock_gettime, SYS_gettimeofday,
    SYS_rt_sigprocmask, SYS_rt_sigaction, SYS_rt_sigreturn,  SYS_restart_syscall,
#if defined(__x86_64__)
    SYS_poll,           SYS_stat,         SYS_lstat,         SYS_time,
#endif
};

class Filter {
 public:
  Filter() noexcept {
    Add(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch));
    Add(BPF_JMP | BPF_JEQ | BPF_K, TAGLOGIN_AUDIT_ARCH, 1, 0);
    Add(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    Add(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
    for (const std::uint32_t number : kAllowed) {
      Add(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1);
      Add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    AllowWith(SYS_socket, 0, BPF_JEQ, AF_UNIX, true);
    AllowWith(SYS_setsockopt, 2, BPF_JEQ, SO_SNDTIMEO, true);
    AllowWith(SYS_openat, 2, BPF_JSET, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, false);
    AllowWith(SYS_mmap, 2, BPF_JSET, PROT_EXEC, false);
    AllowWith(SYS_mprotect, 2, BPF_JSET, PROT_EXEC, false);
    Add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
  }

  sock_fprog program() noexcept { return {size_, code_}; }

 private:
  void Add(int code, std::uint32_t k, std::uint8_t if_true = 0, std::uint8_t if_false = 0) noexcept {
    code_[size_++] = {static_cast<std::uint16_t>(code), if_true, if_false, k};
  }

  // Allows `number` when `test` of its argument (the low half; these processors put it first) with
  // `operand` gives `wanted`.
  void AllowWith(std::uint32_t number, unsigned argument, int test, std::uint32_t operand, bool wanted) noexcept {
    const auto at = static_cast<std::uint32_t>(offsetof(seccomp_data, args) + argument * sizeof(std::uint64_t));
    Add(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 4);
    Add(BPF_LD | BPF_W | BPF_ABS, at);
    Add(BPF_JMP | test | BPF_K, operand, wanted ? 0 : 1, wanted ? 1 : 0);
    Add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    Add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
  }

  static constexpr std::size_t kMax = 5 + 2 * sizeof kAllowed / sizeof kAllowed[0] + std::size_t{5} * 5;
  unsigned short size_ = 0;
  sock_filter code_[kMax];
};

}  // namespace

void Confine() noexcept {
  Filter filter;
  const sock_fprog program = filter.program();
  ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

#else

void Confine() noexcept {}

#endif

}  // namespace taglogin::keyhelper
