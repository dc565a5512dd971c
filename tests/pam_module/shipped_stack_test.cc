// SPDX-License-Identifier: Apache-2.0
// The account and session lines of conf/pam in the system's libpam, with the module allowing,
// denying, without its daemon, missing, and broken in several ways. Root and local users get in
// every time, a user of the directory only with a module that works and says yes.
#include <elf.h>
#include <gtest/gtest.h>
#include <security/pam_appl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "fake_daemon.h"
#include "protocol/messages.h"
#include "real_pam.h"

namespace taglogin::tests {
namespace {

constexpr char kDirectoryUser[] = "dora";  // not in the passwd file below
constexpr char kLocalUser[] = "larry";     // in it

// What the machine has and a test has not: a login to give an audit id to, a home to make, and
// service files of the system.
constexpr const char* kLeftOut[] = {"pam_loginuid.so",  "pam_mkhomedir.so", "pam_selinux.so", "pam_keyinit.so",
                                    "pam_motd.so",      "pam_mail.so",      "pam_limits.so",  "pam_env.so",
                                    "pam_namespace.so", "pam_sepermit.so",  "include"};

void Replace(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

bool IsLeftOut(const std::string& line) {
  for (const char* what : kLeftOut) {
    if (line.find(what) != std::string::npos) return true;
  }
  return false;
}

// A shipped file's account and session lines, with the module and, in `folder`, the passwd file and
// the service files of the test (a substack is looked for in /etc/pam.d, whatever pam_start_confdir
// was told).
std::string Shipped(const std::string& file, const std::string& module, const std::string& folder) {
  std::ifstream in(std::string(TAGLOGIN_CONF_PAM) + "/" + file);
  EXPECT_TRUE(in) << file;
  std::string out;
  std::string line;
  while (std::getline(in, line)) {
    if ((!line.starts_with("account") && !line.starts_with("session")) || IsLeftOut(line)) continue;
    Replace(line, "pam_taglogin.so", module);
    Replace(line, "pam_localuser.so", "pam_localuser.so file=" + folder + "/passwd");
    for (const std::string name : {"common-account", "password-auth"})
      Replace(line, " " + name, " " + folder + "/" + name);
    Replace(line, "pam_nologin.so", "pam_nologin.so file=/nonexistent/nologin successok");
    out += line + "\n";
  }
  return out;
}

std::string BytesOf(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

// A service that is shipped, and the phases in which its stack has lines of ours.
struct Service {
  const char* file;
  std::vector<Phase> phases;
};

// What gtest shows of a parameter.
void PrintTo(const Service& service, std::ostream* out) { *out << service.file; }

class ShippedStack : public testing::TestWithParam<Service> {
 protected:
  ShippedStack() {
    folder_.Write("passwd", "root:x:0:0::/root:/bin/sh\nlarry:x:1000:1000::/home/larry:/bin/sh\n");
    // The distribution's own lines: they let everybody in whom they are asked about. What keeps a
    // directory user out is ours alone.
    for (const char* name : {"common-account", "password-auth"}) {
      folder_.Write(name,
                    "account [success=1 default=ignore] pam_permit.so\naccount requisite pam_deny.so\n"
                    "account required pam_permit.so\n");
    }
  }

  void UseModule(const std::string& module) {
    std::string stack = Shipped(GetParam().file, module, folder_.path());
    // A session stack of lines that were all jumped over has no verdict; the real ones go on.
    folder_.Write("sshd", stack + "session required pam_permit.so\n");
  }

  void ExpectOnlyLocalUsersGetIn() {
    for (const Phase phase : GetParam().phases) {
      EXPECT_EQ(RunPhase(folder_, "sshd", "root", phase), PAM_SUCCESS);
      EXPECT_EQ(RunPhase(folder_, "sshd", kLocalUser, phase), PAM_SUCCESS);
      EXPECT_NE(RunPhase(folder_, "sshd", kDirectoryUser, phase), PAM_SUCCESS);
    }
  }

  // The module, changed, in a file of the test's own.
  void UseChangedModule(const std::function<void(std::string&)>& change) {
    std::string bytes = BytesOf(TAGLOGIN_MODULE);
    change(bytes);
    folder_.Write("changed.so", bytes);
    UseModule(folder_.path() + "/changed.so");
  }

  // In a child, so that this process stays what it is.
  void RunAsNobody(const std::function<void()>& act) {
    const pid_t child = ::fork();
    if (child == 0) {
      constexpr uid_t kNobody = 65534;
      if (::geteuid() == 0 && ::setresuid(kNobody, kNobody, kNobody) != 0) ::_exit(2);
      act();
      ::_exit(HasFailure() ? 1 : 0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }

  std::string WorkingModule(const FakeDaemon& daemon) {
    return std::string(TAGLOGIN_MODULE) + " socket=" + daemon.socket_path();
  }

  std::unique_ptr<FakeDaemon> DaemonThatSays(protocol::Verdict verdict) {
    return FakeDaemon::Open([verdict](std::string_view) {
      return Reply{Reply::Kind::kPacket, VerdictPacket(static_cast<std::uint32_t>(verdict), "TL-X", "No.")};
    });
  }

  ServiceFolder folder_;
};

TEST_P(ShippedStack, LetsADirectoryUserInWithAWorkingAllowingModule) {
  const auto daemon = DaemonThatSays(protocol::Verdict::kAllow);
  UseModule(WorkingModule(*daemon));
  for (const Phase phase : GetParam().phases) {
    EXPECT_EQ(RunPhase(folder_, "sshd", kDirectoryUser, phase), PAM_SUCCESS);
    EXPECT_EQ(RunPhase(folder_, "sshd", "root", phase), PAM_SUCCESS);
    EXPECT_EQ(RunPhase(folder_, "sshd", kLocalUser, phase), PAM_SUCCESS);
  }
}

TEST_P(ShippedStack, AsksNothingAboutLocalUsers) {
  const auto daemon = FakeDaemon::Open([](std::string_view packet) {
    ADD_FAILURE() << DescribeRequest(packet);
    return Reply{Reply::Kind::kClose, {}};
  });
  UseModule(WorkingModule(*daemon));
  for (const Phase phase : {Phase::kAccount, Phase::kOpenSession, Phase::kCloseSession}) {
    EXPECT_EQ(RunPhase(folder_, "sshd", "root", phase), PAM_SUCCESS);
    EXPECT_EQ(RunPhase(folder_, "sshd", kLocalUser, phase), PAM_SUCCESS);
  }
}

TEST_P(ShippedStack, DeniesADirectoryUserWhenTheModuleDoes) {
  for (const auto verdict : {protocol::Verdict::kDeny, protocol::Verdict::kAccountExpired,
                             protocol::Verdict::kUnknownUser, static_cast<protocol::Verdict>(1)}) {
    const auto daemon = DaemonThatSays(verdict);
    UseModule(WorkingModule(*daemon));
    ExpectOnlyLocalUsersGetIn();
  }
}

TEST_P(ShippedStack, DeniesADirectoryUserWithoutADaemon) {
  UseModule(std::string(TAGLOGIN_MODULE) + " socket=/nonexistent/socket");
  ExpectOnlyLocalUsersGetIn();
}

TEST_P(ShippedStack, DeniesADirectoryUserWhenTheModuleIsMissing) {
  UseModule("/nonexistent/pam_taglogin.so");
  ExpectOnlyLocalUsersGetIn();
}

TEST_P(ShippedStack, DeniesADirectoryUserWhenTheModuleIsNoModule) {
  folder_.Write("garbage.so", "this is not ELF\n");
  UseModule(folder_.path() + "/garbage.so");
  ExpectOnlyLocalUsersGetIn();
}

// Within its header: cut elsewhere, glibc's loader itself may end the process with SIGBUS.
TEST_P(ShippedStack, DeniesADirectoryUserWhenTheModuleIsCut) {
  UseChangedModule([](std::string& bytes) { bytes.resize(60); });
  ExpectOnlyLocalUsersGetIn();
}

TEST_P(ShippedStack, DeniesADirectoryUserWhenTheModuleIsEmpty) {
  UseChangedModule([](std::string& bytes) { bytes.clear(); });
  ExpectOnlyLocalUsersGetIn();
}

TEST_P(ShippedStack, DeniesADirectoryUserWhenTheModuleIsAFolderOrADanglingLink) {
  std::filesystem::create_directory(folder_.path() + "/folder.so");
  UseModule(folder_.path() + "/folder.so");
  ExpectOnlyLocalUsersGetIn();
  std::filesystem::create_symlink("/nonexistent/pam_taglogin.so", folder_.path() + "/link.so");
  UseModule(folder_.path() + "/link.so");
  ExpectOnlyLocalUsersGetIn();
}

TEST_P(ShippedStack, DeniesADirectoryUserWhenTheModuleIsOfAnotherArchitecture) {
  for (const auto machine : {EM_AARCH64, EM_386, EM_PPC64, EM_NONE}) {
    UseChangedModule([&](std::string& bytes) {
      bytes.at(offsetof(Elf64_Ehdr, e_machine)) = static_cast<char>(machine);
      bytes.at(offsetof(Elf64_Ehdr, e_machine) + 1) = static_cast<char>(machine >> 8);
    });
    ExpectOnlyLocalUsersGetIn();
  }
}

TEST_P(ShippedStack, DeniesADirectoryUserWhenTheModuleIsOf32BitsOrOfTheOtherByteOrder) {
  UseChangedModule([](std::string& bytes) { bytes.at(EI_CLASS) = ELFCLASS32; });
  ExpectOnlyLocalUsersGetIn();
  UseChangedModule([](std::string& bytes) { bytes.at(EI_DATA) = ELFDATA2MSB; });
  ExpectOnlyLocalUsersGetIn();
}

// Each entry point missing alone, so that the module loads and lacks what this phase looks up.
TEST_P(ShippedStack, DeniesADirectoryUserWhenTheModuleLacksAnEntryPoint) {
  UseChangedModule([](std::string& bytes) {
    Replace(bytes, "pam_sm_acct_mgmt", "pam_sm_acct_mgmX");
    Replace(bytes, "pam_sm_open_session", "pam_sm_open_sessioX");
  });
  ExpectOnlyLocalUsersGetIn();
}

// An import that no library has: the loader refuses the module as a whole.
TEST_P(ShippedStack, DeniesADirectoryUserWhenTheModuleNeedsASymbolThatIsMissing) {
  UseChangedModule([](std::string& bytes) { Replace(bytes, "pam_get_item", "pam_get_iteX"); });
  ExpectOnlyLocalUsersGetIn();
}

TEST_P(ShippedStack, DeniesADirectoryUserWhenTheModuleNeedsALibraryThatIsMissing) {
  UseChangedModule([](std::string& bytes) { Replace(bytes, "libpam.so.0", "libpaX.so.0"); });
  ExpectOnlyLocalUsersGetIn();
}

// Root reads a file of any mode: there the module works on, and its answer counts. Whoever is not root
// can not read it.
TEST_P(ShippedStack, DeniesADirectoryUserWhenTheModuleIsUnreadable) {
  const auto denying = DaemonThatSays(protocol::Verdict::kDeny);
  folder_.Write("unreadable.so", BytesOf(TAGLOGIN_MODULE));
  ASSERT_EQ(::chmod((folder_.path() + "/unreadable.so").c_str(), 0), 0);
  UseModule(folder_.path() + "/unreadable.so socket=" + denying->socket_path());
  ExpectOnlyLocalUsersGetIn();

  // A module stays in the process that has loaded it: each of these files is loaded by one child alone.
  const auto allowing = DaemonThatSays(protocol::Verdict::kAllow);
  ASSERT_EQ(::chmod(allowing->socket_path().c_str(), 0666), 0);
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0755), 0);
  for (const mode_t mode : {0755u, 0u}) {
    const std::string module = folder_.path() + "/" + std::to_string(mode) + ".so";
    std::ofstream(module, std::ios::binary) << BytesOf(TAGLOGIN_MODULE);
    ASSERT_EQ(::chmod(module.c_str(), mode), 0);
    UseModule(module + " socket=" + allowing->socket_path());
    RunAsNobody([this, mode] {
      if (mode == 0) return ExpectOnlyLocalUsersGetIn();
      for (const Phase phase : GetParam().phases) {
        EXPECT_EQ(RunPhase(folder_, "sshd", kDirectoryUser, phase), PAM_SUCCESS);
      }
    });
  }
}

// libpam itself is a sound shared object, and has none of the entry points.
TEST_P(ShippedStack, DeniesADirectoryUserWhenTheModuleHasNoEntryPoint) {
  UseModule(TAGLOGIN_LIBPAM);
  ExpectOnlyLocalUsersGetIn();
}

INSTANTIATE_TEST_SUITE_P(Files, ShippedStack,
                         testing::Values(Service{"sshd.debian", {Phase::kAccount, Phase::kOpenSession}},
                                         Service{"sshd.fedora", {Phase::kAccount, Phase::kOpenSession}},
                                         Service{"sudo.debian", {Phase::kAccount}},
                                         Service{"su.debian", {Phase::kAccount}}),
                         [](const auto& test) {
                           std::string name = test.param.file;
                           Replace(name, ".", "_");
                           return name;
                         });

TEST(ShippedFiles, HoldTheSameLinesOfOursEverywhere) {
  const auto ours = [](const std::string& file) {
    std::string lines;
    std::istringstream in(Shipped(file, "THE_MODULE", ""));
    for (std::string line; std::getline(in, line);) {
      if (line.find("THE_MODULE") != std::string::npos || line.find("pam_localuser") != std::string::npos)
        lines += line + "\n";
    }
    return lines;
  };
  EXPECT_EQ(ours("sshd.debian"), ours("lines-for-account") + ours("lines-for-session"));
  EXPECT_EQ(ours("sshd.fedora"), ours("sshd.debian"));
  EXPECT_EQ(ours("sudo.debian"), ours("lines-for-account"));
  EXPECT_EQ(ours("su.debian"), ours("lines-for-account"));
}

}  // namespace
}  // namespace taglogin::tests
