// SPDX-License-Identifier: Apache-2.0
// T55: somebody else listens in taglogind's place and says yes to everything. Every client as built: the
// PAM module, the NSS module, the keyhelper, the command. In a mount namespace of the test's own, at the
// real path. Needs root.
#include <dlfcn.h>
#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <nss.h>
#include <pwd.h>
#include <sched.h>
#include <security/pam_appl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <functional>
#include <new>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "protocol/messages.h"
#include "tests/base/in_child.h"
#include "tests/pam_module/real_pam.h"

namespace taglogin::tests {
namespace {

constexpr char kFolder[] = "/run/taglogin";
constexpr char kElsewhere[] = "/run/elsewhere";
constexpr uid_t kDaemon = 61001;
constexpr uid_t kImpostor = 61003;
constexpr char kFingerprint[] = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
constexpr char kLine[] = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";

template <typename Message>
std::string AnswerOf(const Message& message) {
  std::string bytes(protocol::kMaxPacket, '\0');
  protocol::Writer writer(bytes.data(), bytes.size());
  protocol::EncodeAnswer(writer, message);
  bytes.resize(writer.size());
  return bytes;
}

// What would open every door.
std::string YesTo(std::uint8_t type) {
  using protocol::RequestType;
  const auto allow = static_cast<std::uint32_t>(protocol::Verdict::kAllow);
  switch (static_cast<RequestType>(type)) {
    case RequestType::kKeys:
    case RequestType::kPrincipals:
      return AnswerOf(protocol::KeysAnswer{kLine});
    case RequestType::kCheckAccount:
    case RequestType::kOpenSession:
      return AnswerOf(protocol::VerdictAnswer{allow, "TL-ALLOW", ""});
    case RequestType::kCloseSession:
      return AnswerOf(protocol::DoneAnswer{});
    case RequestType::kAdmin:
      return AnswerOf(protocol::AdminAnswer{0, 0, R"({"version":"0","healthy":true})"});
    default:
      return AnswerOf(protocol::AccountAnswer{"mallory", 770801107, 770800513, "", "/home/mallory", "/bin/bash"});
  }
}

// A socket at the real path, served by a process of `server`.
class Listener {
 public:
  Listener(uid_t server, uid_t socket_owner) {
    asked_ = new (::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) std::atomic<int>(0);
    int ready[2];
    if (::pipe2(ready, O_CLOEXEC) != 0) std::abort();
    pid_ = ::fork();
    if (pid_ == 0) Serve(server, socket_owner, ready[1]);
    ::close(ready[1]);
    char byte = 0;
    EXPECT_EQ(::read(ready[0], &byte, 1), 1) << "the listener did not start";
    ::close(ready[0]);
  }
  ~Listener() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    ::munmap(asked_, 4096);
    ::unlink(protocol::kSocketPath);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  int asked() const { return asked_->load(); }

 private:
  [[noreturn]] void Serve(uid_t server, uid_t socket_owner, int ready) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int fd = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::string(protocol::kSocketPath).copy(address.sun_path, sizeof address.sun_path - 1);
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) ::_exit(1);
    if (::chmod(protocol::kSocketPath, 0666) != 0) ::_exit(2);
    if (::lchown(protocol::kSocketPath, socket_owner, socket_owner) != 0) ::_exit(3);
    // Who listens is who the kernel tells the clients (unix(7)).
    if (::setgroups(0, nullptr) != 0 || ::setresgid(server, server, server) != 0) ::_exit(4);
    if (::setresuid(server, server, server) != 0 || ::listen(fd, 16) != 0) ::_exit(5);
    if (::write(ready, "r", 1) != 1) ::_exit(6);
    for (;;) {
      const base::UniqueFd client(::accept4(fd, nullptr, nullptr, SOCK_CLOEXEC));
      char request[protocol::kMaxPacket];
      if (::recv(client.get(), request, sizeof request, 0) < 4) continue;
      asked_->fetch_add(1);
      const std::string yes = YesTo(static_cast<std::uint8_t>(request[3]));
      (void)!::send(client.get(), yes.data(), yes.size(), MSG_NOSIGNAL);
    }
  }
  std::atomic<int>* asked_ = nullptr;
  pid_t pid_ = -1;
};

struct Scene {
  const char* name;
  bool trusted;
  uid_t folder_owner;
  mode_t folder_mode;
  uid_t server;
  uid_t socket_owner;
  bool linked;  // the folder is a link to one of the impostor's
};

constexpr Scene kScenes[] = {
    {"the daemon", true, kDaemon, 0755, kDaemon, kDaemon, false},
    {"root", true, kDaemon, 0755, 0, kDaemon, false},
    {"another user in the daemon's folder", false, kDaemon, 0755, kImpostor, kImpostor, false},
    {"another user on the daemon's own socket", false, kDaemon, 0755, kImpostor, kDaemon, false},
    {"another user in root's folder", false, 0, 0755, kImpostor, kImpostor, false},
    {"the daemon in a folder that its group may write", false, kDaemon, 0775, kDaemon, kDaemon, false},
    {"the daemon in a folder that all may write", false, kDaemon, 01777, kDaemon, kDaemon, false},
    {"another user behind a link", false, kImpostor, 0755, kImpostor, kImpostor, true},
};

void SetScene(const Scene& scene) {
  const char* folder = scene.linked ? kElsewhere : kFolder;
  ASSERT_EQ(::mkdir(folder, 0755), 0);
  ASSERT_EQ(::chown(folder, scene.folder_owner, scene.folder_owner), 0);
  ASSERT_EQ(::chmod(folder, scene.folder_mode), 0);
  const bool in_place = !scene.linked || ::symlink(kElsewhere, kFolder) == 0;
  ASSERT_TRUE(in_place);
}

void ClearScene(const Scene& scene) {
  if (scene.linked) ::unlink(kFolder);
  ASSERT_EQ(::rmdir(scene.linked ? kElsewhere : kFolder), 0);
}

// Each client in a process of its own; whether it did what the answer told it.
struct Client {
  const char* name;
  std::function<bool()> believes;
};

bool PamBelieves(Phase phase) {
  ServiceFolder folder;
  folder.Write("test", std::string("account required ") + TAGLOGIN_MODULE + "\nsession required " + TAGLOGIN_MODULE);
  const int code = test::ExitOf([&] { return RunPhase(folder, "test", "mallory", phase); });
  EXPECT_TRUE(code == PAM_SUCCESS || code == PAM_AUTHINFO_UNAVAIL) << code;
  return code == PAM_SUCCESS;
}

bool NssBelieves() {
  const int code = test::ExitOf([] {
    void* module = ::dlopen(TAGLOGIN_NSS, RTLD_NOW);
    if (module == nullptr) return 99;
    using GetPwNam = nss_status (*)(const char*, passwd*, char*, std::size_t, int*);
    const auto find = reinterpret_cast<GetPwNam>(::dlsym(module, "_nss_taglogin_getpwnam_r"));
    passwd found{};
    char buffer[4096];
    int error = 0;
    return find == nullptr ? 98 : static_cast<int>(find("mallory", &found, buffer, sizeof buffer, &error)) + 10;
  });
  EXPECT_TRUE(code == NSS_STATUS_SUCCESS + 10 || code == NSS_STATUS_UNAVAIL + 10) << code;
  return code == NSS_STATUS_SUCCESS + 10;
}

struct Ran {
  int code = -1;
  std::string output;
};

Ran Run(std::initializer_list<const char*> arguments) {
  int out[2];
  if (::pipe2(out, O_CLOEXEC) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(out[1], STDOUT_FILENO);
    std::vector<char*> argv;
    for (const char* argument : arguments) argv.push_back(const_cast<char*>(argument));
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(out[1]);
  Ran ran;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::read(out[0], buffer, sizeof buffer)) > 0;) {
    ran.output.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(out[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

bool KeyhelperBelieves() {
  const Ran ran = Run({TAGLOGIN_KEYS, "mallory", kFingerprint});
  EXPECT_EQ(ran.code, 0);
  EXPECT_TRUE(ran.output.empty() || ran.output == kLine) << ran.output;
  return !ran.output.empty();
}

bool PrincipalsBelieve() {
  const Ran ran =
      Run({TAGLOGIN_KEYS, "--principals", "mallory", kFingerprint, "ssh-ed25519-cert-v01@openssh.com", kFingerprint});
  EXPECT_EQ(ran.code, 0);
  EXPECT_TRUE(ran.output.empty() || ran.output == kLine) << ran.output;
  return !ran.output.empty();
}

bool CommandBelieves() { return Run({TAGLOGIN_COMMAND, "status", "--json"}).code == 0; }

TEST(Impostor, NoClientBelievesOneAndNoneTellsItAnything) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root: mounts, and processes of other users";
  ASSERT_EQ(::unshare(CLONE_NEWNS), 0);
  ASSERT_EQ(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
  ASSERT_EQ(::mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755"), 0);
  const Client clients[] = {{"pam_taglogin.so account", [] { return PamBelieves(Phase::kAccount); }},
                            {"pam_taglogin.so session", [] { return PamBelieves(Phase::kOpenSession); }},
                            {"libnss_taglogin.so.2", NssBelieves},
                            {"taglogin-keys", KeyhelperBelieves},
                            {"taglogin-keys --principals", PrincipalsBelieve},
                            {"taglogin", CommandBelieves}};
  for (const Scene& scene : kScenes) {
    SetScene(scene);
    const Listener listener(scene.server, scene.socket_owner);
    int before = 0;
    for (const Client& client : clients) {
      EXPECT_EQ(client.believes(), scene.trusted) << client.name << ": " << scene.name;
      EXPECT_EQ(listener.asked() > before, scene.trusted) << client.name << " sent its request to " << scene.name;
      before = listener.asked();
    }
    ::unlink(protocol::kSocketPath);
    ClearScene(scene);
  }
  std::printf("T55: %zu clients, %zu scenes\n", std::size(clients), std::size(kScenes));
}

}  // namespace
}  // namespace taglogin::tests
