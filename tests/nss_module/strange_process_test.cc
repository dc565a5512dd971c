// SPDX-License-Identifier: Apache-2.0
// The built module in processes that lack what most have: descriptors, /run, /proc, system calls, room.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "base/unique_fd.h"
#include "built_module.h"
#include "in_child.h"
#include "system_call_filter.h"

namespace taglogin::tests {
namespace {

constexpr int kErrnoBefore = 77;

class StrangeProcessTest : public BuiltModuleTest {
 protected:
  // Each kind of look-up once, of names in the table: "SSSSS" when all succeed (U: unavailable, N: not
  // found, T: try again), with a `!` behind each that did not leave errno alone.
  static std::string Known() {
    return ByName("alice") + ByUid(1201105) + Group("ssh-prod-web") + Group(gid_t{1200513}) + Groups("alice");
  }
  // Of names that only the daemon could tell of, and of those that are certain without it.
  static std::string Unknown() { return ByName("mallory") + ByUid(1299999) + Group("nothing") + Group(gid_t{1299999}); }
  static std::string Certain() { return ByName("root") + ByUid(0) + Group("root") + Group(gid_t{0}) + Groups("sshd"); }

  static std::string Say(nss_status status) {
    const std::string errno_kept = errno == kErrnoBefore ? "" : "!";
    switch (status) {
      case NSS_STATUS_SUCCESS:
        return "S" + errno_kept;
      case NSS_STATUS_NOTFOUND:
        return "N" + errno_kept;
      case NSS_STATUS_UNAVAIL:
        return "U" + errno_kept;
      case NSS_STATUS_TRYAGAIN:
        return "T" + errno_kept;
      default:
        return "?";
    }
  }
  static std::string ByName(const char* name) {
    passwd out{};
    char buffer[512];
    int error = 0;
    errno = kErrnoBefore;
    const std::string said = Say(module_->getpwnam_r(name, &out, buffer, sizeof buffer, &error));
    return said[0] == 'S' && std::string_view(out.pw_name) != name ? "?" : said;
  }
  static std::string ByUid(uid_t uid) {
    passwd out{};
    char buffer[512];
    int error = 0;
    errno = kErrnoBefore;
    return Say(module_->getpwuid_r(uid, &out, buffer, sizeof buffer, &error));
  }
  static std::string Group(const char* name) {
    group out{};
    char buffer[512];
    int error = 0;
    errno = kErrnoBefore;
    return Say(module_->getgrnam_r(name, &out, buffer, sizeof buffer, &error));
  }
  static std::string Group(gid_t gid) {
    group out{};
    char buffer[512];
    int error = 0;
    errno = kErrnoBefore;
    return Say(module_->getgrgid_r(gid, &out, buffer, sizeof buffer, &error));
  }
  static std::string Groups(const char* name) {
    long used = 0;
    long capacity = 8;
    auto* gids = static_cast<gid_t*>(::malloc(8 * sizeof(gid_t)));
    int error = 0;
    errno = kErrnoBefore;
    const std::string said = Say(module_->initgroups_dyn(name, 1200513, &used, &capacity, &gids, 0, &error));
    ::free(gids);
    return said[0] == 'S' && used != 2 ? "?" : said;
  }

  static std::ptrdiff_t OpenFiles() {
    const std::filesystem::directory_iterator files("/proc/self/fd");
    return std::distance(begin(files), end(files));
  }
  static int Mappings(const std::string& of) {
    std::ifstream maps("/proc/self/maps");
    int count = 0;
    for (std::string line; std::getline(maps, line);) count += line.find(of) != std::string::npos ? 1 : 0;
    return count;
  }
};

TEST_F(StrangeProcessTest, AnOrdinaryOneIsAnswered) {
  EXPECT_EQ(InChild(Known), "SSSSS");
  EXPECT_EQ(InChild(Unknown), "UUUU");
  EXPECT_EQ(InChild(Certain), "NNNNN");
}

// The caller's buffer ends where memory ends; what is before it must stay as it was.
class BufferTest : public StrangeProcessTest {
 protected:
  static constexpr std::size_t kMost = 4096;
  void SetUp() override {
    StrangeProcessTest::SetUp();
    if (IsSkipped()) return;
    void* mapped = ::mmap(nullptr, 3 * kMost, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(mapped, MAP_FAILED);
    memory_ = static_cast<char*>(mapped);
    ASSERT_EQ(::mprotect(memory_ + 2 * kMost, kMost, PROT_NONE), 0);
  }
  // Checks one kind of look-up in a buffer of each size; returns the smallest that sufficed.
  template <typename Record, typename Ask, typename Pointers>
  std::size_t Smallest(Ask ask, Pointers pointers) {
    std::size_t smallest = kMost + 1;
    for (std::size_t size = 0; size <= kMost; ++size) {
      char* const start = memory_ + 2 * kMost - size;
      std::memset(memory_, 0x5a, 2 * kMost);
      Record out{};
      int error = 0;
      const nss_status status = ask(&out, start, size, &error);
      if (status == NSS_STATUS_TRYAGAIN) {
        EXPECT_EQ(error, ERANGE) << size;
        EXPECT_GT(smallest, kMost) << size << " is too small, " << smallest << " was not";
        EXPECT_EQ(std::string(memory_, 2 * kMost), std::string(2 * kMost, 0x5a)) << size;
        continue;
      }
      EXPECT_EQ(status, NSS_STATUS_SUCCESS) << size;
      if (status != NSS_STATUS_SUCCESS) break;
      smallest = std::min(smallest, size);
      for (const char* text : pointers(out)) {
        EXPECT_TRUE(text >= start && text + std::strlen(text) < start + size) << size;
      }
      EXPECT_EQ(std::string(memory_, start), std::string(2 * kMost - size, 0x5a)) << size;
    }
    return smallest;
  }
  char* memory_ = nullptr;
};

TEST_F(BufferTest, OfEachSizeHoldsAllOrIsSaidToBeTooSmall) {
  const auto texts = [](const passwd& p) {
    return std::vector<const char*>{p.pw_name, p.pw_passwd, p.pw_gecos, p.pw_dir, p.pw_shell};
  };
  const auto group_texts = [](const group& g) {
    EXPECT_EQ(*g.gr_mem, nullptr);
    return std::vector<const char*>{g.gr_name, g.gr_passwd, reinterpret_cast<const char*>(g.gr_mem)};
  };
  // "alice" "x" "Alice Arden" "/home/alice" "/bin/bash", each with its NUL.
  EXPECT_EQ(Smallest<passwd>([](auto... to) { return module_->getpwnam_r("alice", to...); }, texts), 42U);
  EXPECT_EQ(Smallest<passwd>([](auto... to) { return module_->getpwuid_r(1201104, to...); }, texts), 42U);
  // The buffer ends at a multiple of 8: a pointer, "ssh-prod-web" and "x" fit from 24 on (23 starts at an
  // odd address).
  EXPECT_EQ(Smallest<group>([](auto... to) { return module_->getgrnam_r("ssh-prod-web", to...); }, group_texts), 24U);
  EXPECT_EQ(Smallest<group>([](auto... to) { return module_->getgrgid_r(1201110, to...); }, group_texts), 24U);
  const auto first_account = [](auto... to) {
    module_->setpwent(0);
    return module_->getpwent_r(to...);
  };
  // "c.d-e_9" "x" "C" "/srv/c" "/usr/bin/zsh"
  EXPECT_EQ(Smallest<passwd>(first_account, texts), 32U);
}

// Loaded once it stays (-z nodelete): its code may not go while a thread is in it, nor its mappings be lost.
TEST_F(StrangeProcessTest, TenThousandLoadsLeaveOneModuleAndNoDescriptor) {
  const auto settled = [](const std::string& name) {
    return std::to_string(Mappings(name)) + " of the module, " + std::to_string(Mappings(kTables)) + " of tables, " +
           std::to_string(OpenFiles()) + " files";
  };
  for (const char* path : {TAGLOGIN_MODULE, TAGLOGIN_PAM_MODULE}) {
    const std::string name = std::filesystem::path(path).filename();
    EXPECT_EQ(InChild([&] {
                std::string at_first;
                for (int i = 0; i < 10000; ++i) {
                  void* handle = ::dlopen(path, RTLD_NOW | RTLD_LOCAL);
                  if (handle == nullptr) return name + ": not loaded";
                  if (Known() != "SSSSS") return std::string("not answered");
                  if (::dlclose(handle) != 0) return name + ": not closed";
                  if (i == 0) at_first = settled(name);
                }
                if (Mappings(name) == 0) return name + ": gone";
                return settled(name) == at_first ? std::string("as at first") : at_first + "; then " + settled(name);
              }),
              "as at first");
  }
}

// As many descriptors as the machine allows, all in use.
class DescriptorsTest : public StrangeProcessTest {
 protected:
  static int UseAll() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 20000);
    ::setrlimit(RLIMIT_NOFILE, &limit);
    int highest = -1;
    for (int fd = 0; (fd = ::open("/dev/null", O_RDONLY)) >= 0;) highest = fd;
    return highest;
  }
};

TEST_F(DescriptorsTest, AllInUseTakeNothingFromAProcessThatKnowsTheTable) {
  EXPECT_EQ(InChild([] {
              const std::string before = Known();
              const int highest = UseAll();
              return before + (highest >= 1024 ? " many " : " few ") + Known() + Unknown() + Certain();
            }),
            "SSSSS many SSSSSUUUUNNNNN");
}

TEST_F(DescriptorsTest, AllInUseAreNoReasonToSayThatSomebodyDoesNotExist) {
  EXPECT_EQ(InChild([] {
              UseAll();
              return ByName("alice") + ByUid(1201105) + Group("ssh-prod-web") + Group(gid_t{1200513}) + Certain();
            }),
            "UUUUNNNNN");
}

TEST_F(DescriptorsTest, BeyondWhatSelectTakesAreGoodEnough) {
  EXPECT_EQ(InChild([] {
              const int highest = UseAll();
              for (int fd = highest; fd > highest - 4; --fd) ::close(fd);
              return Known();
            }),
            "SSSSS");
}

TEST_F(StrangeProcessTest, WithoutRunNobodyIsAnsweredForAndNobodyDenied) {
  EXPECT_EQ(InChild([] {
              if (::unshare(CLONE_NEWNS) != 0 || ::umount2("/run", MNT_DETACH) != 0) return std::string("no namespace");
              return ByName("alice") + ByUid(1201105) + Group(gid_t{1200513}) + Certain();
            }),
            "UUUNNNNN");
}

TEST_F(StrangeProcessTest, WithoutProcAllIsAsEver) {
  EXPECT_EQ(InChild([] {
              if (::unshare(CLONE_NEWNS) != 0 || ::umount2("/proc", MNT_DETACH) != 0)
                return std::string("no namespace");
              return Known() + Unknown() + Certain() + (::access("/proc/self", F_OK) == 0 ? " /proc" : "");
            }),
            "SSSSSUUUUNNNNN");
}

TEST_F(StrangeProcessTest, InAnEmptyRootOnlyWhatIsMappedIsKnown) {
  const auto enter = [] {
    char name[] = "/run/root-XXXXXX";
    return ::mkdtemp(name) != nullptr && ::chroot(name) == 0 && ::chdir("/") == 0;
  };
  EXPECT_EQ(InChild([&] { return enter() ? ByName("alice") + ByUid(1201105) + Certain() : "no chroot"; }), "UUNNNNN");
  EXPECT_EQ(InChild([&] {
              const std::string before = Known();
              return enter() ? before + Known() + Unknown() + Certain() : "no chroot";
            }),
            "SSSSSSSSSSUUUUNNNNN");
}

// What the answer needs to reach the test.
const std::vector<long> kToSpeak = {SYS_write, SYS_exit_group, SYS_clock_gettime};

TEST_F(StrangeProcessTest, KnownNamesCostNoSystemCall) {
  EXPECT_EQ(InChild([] {
              const std::string before = Known();
              if (!Confine({kKill, kToSpeak, 0})) return std::string("no filter");
              return before + Known() + Certain();
            }),
            "SSSSSSSSSSNNNNN");
}

TEST_F(StrangeProcessTest, WhereEveryCallIsRefusedNobodyIsAnsweredFor) {
  for (const int error : {EPERM, EACCES, ENOSYS, ENOMEM, EINTR}) {
    EXPECT_EQ(InChild([error] {
                if (!Confine({FailWith(error), kToSpeak, 0})) return std::string("no filter");
                return ByName("alice") + ByUid(1201105) + Group("ssh-prod-web") + Certain();
              }),
              "UUUNNNNN")
        << std::strerror(error);
  }
}

// What a service's sandbox lets through: files and memory, no sockets.
std::vector<long> Sandbox() {
  std::vector<long> allowed = kToSpeak;
  for (const long call : {SYS_openat, SYS_open, SYS_close, SYS_read, SYS_fstat, SYS_newfstatat, SYS_mmap, SYS_munmap,
                          SYS_mprotect, SYS_brk, SYS_futex, SYS_rt_sigreturn}) {
    allowed.push_back(call);
  }
  return allowed;
}

TEST_F(StrangeProcessTest, InASandboxWithoutSocketsTheTableIsEnough) {
  EXPECT_EQ(InChild([] {
              if (!Confine({FailWith(EPERM), Sandbox(), 0})) return std::string("no filter");
              return Known() + Unknown() + Certain();
            }),
            "SSSSSUUUUNNNNN");
}

// RestrictAddressFamilies=AF_UNIX, the deadly way; a socket is there to be asked, and does not answer.
TEST_F(StrangeProcessTest, NeverTriesAFamilyOfSocketsBeyondAfUnix) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, "/run/taglogin/socket");
  const base::UniqueFd listener(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener.get(), 4), 0);
  EXPECT_EQ(InChild([] {
              CallFilter filter{kKill, Sandbox(), kKill};
              for (const long call : {SYS_connect, SYS_getsockopt, SYS_lstat, SYS_sendto, SYS_recvfrom, SYS_poll,
                                      SYS_ppoll, SYS_restart_syscall}) {
                filter.allowed.push_back(call);
              }
              if (!Confine(filter)) return std::string("no filter");
              return Known() + Unknown() + Certain();
            }),
            "SSSSSUUUUNNNNN");
  ::unlink(address.sun_path);
}

}  // namespace
}  // namespace taglogin::tests
