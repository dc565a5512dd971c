// SPDX-License-Identifier: Apache-2.0
// The built taglogin-keys against a fake daemon: what sshd would read, and its exit code.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>

#include "child.h"
#include "fake_daemon.h"
#include "tests/base/temp_folder.h"

namespace taglogin::tests {
namespace {

constexpr char kFingerprint[] = "SHA256:AbCdEfGhIjKlMnOpQrStUvWxYz0123456789+/AbCdE";
constexpr char kLine[] = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA\n";

Reply Packet(std::string bytes) { return {Reply::Kind::kPacket, std::move(bytes)}; }

struct Outcome {
  std::string output;
  std::string errors;
  int code = -1;
};

Outcome RunKeys(const std::string& socket, const std::string& user, const std::string& fingerprint,
                const std::vector<std::string>& environment = {}) {
  Child child({TAGLOGIN_KEYS, "--socket", socket, user, fingerprint}, environment);
  Outcome outcome;
  outcome.output = child.ReadAll();
  outcome.errors = child.ReadErrors();
  outcome.code = child.Wait();
  return outcome;
}

void ExpectNothing(const Outcome& outcome) {
  EXPECT_EQ(outcome.output, "");
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(outcome.code, 0);
}

TEST(TagloginKeys, PrintsTheLinesOfTheDaemon) {
  std::string request;
  const auto daemon = FakeDaemon::Open([&](std::string_view packet) {
    request = DescribeRequest(packet);
    return Packet(KeysPacket(kLine));
  });
  const Outcome outcome = RunKeys(daemon->socket_path(), "Alice", kFingerprint);
  daemon->Stop();
  EXPECT_EQ(outcome.output, kLine);
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(request, std::string("Keys name=\"alice\" fingerprint=\"") + kFingerprint + "\"");
}

constexpr char kAuthority[] = "SHA256:ZbCdEfGhIjKlMnOpQrStUvWxYz0123456789+/AbCdE";
constexpr char kType[] = "ssh-ed25519-cert-v01@openssh.com";

Outcome RunPrincipals(const std::string& socket, const std::vector<std::string>& words) {
  std::vector<std::string> command = {TAGLOGIN_KEYS, "--socket", socket};
  command.insert(command.end(), words.begin(), words.end());
  Child child(command, {});
  Outcome outcome;
  outcome.output = child.ReadAll();
  outcome.errors = child.ReadErrors();
  outcome.code = child.Wait();
  return outcome;
}

TEST(TagloginKeys, PrintsThePrincipalsOfTheDaemon) {
  std::string request;
  const auto daemon = FakeDaemon::Open([&](std::string_view packet) {
    request = DescribeRequest(packet);
    return Packet(KeysPacket("verify-required alice\n"));
  });
  const Outcome outcome =
      RunPrincipals(daemon->socket_path(), {"--principals", "Alice", kFingerprint, kType, kAuthority});
  daemon->Stop();
  EXPECT_EQ(outcome.output, "verify-required alice\n");
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(request, std::string("Principals name=\"alice\" fingerprint=\"") + kFingerprint + "\" type=\"" + kType +
                         "\" authority=\"" + kAuthority + "\"");
}

TEST(TagloginKeys, AsksForNoPrincipalsWithWordsThatAreNone) {
  std::atomic<int> asked = 0;
  const auto daemon = FakeDaemon::Open([&](std::string_view) {
    ++asked;
    return Packet(KeysPacket("alice\n"));
  });
  const std::vector<std::vector<std::string>> odd = {{"--principals", "al ice", kFingerprint, kType, kAuthority},
                                                     {"--principals", "alice", "SHA256:x", kType, kAuthority},
                                                     {"--principals", "alice", kFingerprint, "ssh-ed25519", kAuthority},
                                                     {"--principals", "alice", kFingerprint, kType, "MD5:00"},
                                                     {"--principals", "alice", kFingerprint, kType, ""},
                                                     {"--principals", "alice", kFingerprint, kType},
                                                     {"--principals", "alice", kFingerprint, kType, kAuthority, "more"},
                                                     {"--keys", "alice", kFingerprint, kType, kAuthority},
                                                     {"alice", "--principals", kFingerprint, kType, kAuthority},
                                                     {"--principals", kFingerprint}};
  for (const auto& words : odd) {
    SCOPED_TRACE(words.size() > 1 ? words[1] : "");
    ExpectNothing(RunPrincipals(daemon->socket_path(), words));
  }
  daemon->Stop();
  EXPECT_EQ(asked, 0);
}

TEST(TagloginKeys, PrintsNothingForAStranger) {
  const auto daemon = FakeDaemon::Open([](std::string_view) { return Packet(KeysPacket("")); });
  ExpectNothing(RunKeys(daemon->socket_path(), "alice", kFingerprint));
  const auto unknown = FakeDaemon::Open([](std::string_view) { return Packet(StatusPacket(2)); });
  ExpectNothing(RunKeys(unknown->socket_path(), "alice", kFingerprint));
}

// T29, T17
TEST(TagloginKeys, AsksNothingAboutNamesAndFingerprintsThatAreNone) {
  std::atomic<int> asked = 0;
  const auto daemon = FakeDaemon::Open([&](std::string_view) {
    ++asked;
    return Packet(KeysPacket(kLine));
  });
  for (const char* user :
       {"", "al\nice", "alice\n", "\x01", "\x1b[2J", "-rf", "--socket", "$(id)", "`id`", "a;b", "a b", "../../etc",
        "%u", "0", "a\x7f", "r\xd0\xbe\xd0\xbet", "abcdefghijklmnopqrstuvwxyz1234567"}) {
    ExpectNothing(RunKeys(daemon->socket_path(), user, kFingerprint));
  }
  for (const char* fingerprint : {"", "MD5:00:11", "SHA256:", "SHA256:abc", "ssh-ed25519 AAAA", "SHA256:\n"}) {
    ExpectNothing(RunKeys(daemon->socket_path(), "alice", fingerprint));
  }
  daemon->Stop();
  EXPECT_EQ(asked, 0);
}

TEST(TagloginKeys, PrintsNothingOfAnAnswerThatIsNotSound) {
  const std::string good = KeysPacket(kLine);
  std::vector<Reply> answers = {
      {Reply::Kind::kClose, {}},
      Packet(good.substr(0, good.size() - 1)),
      Packet(good + "x"),
      Packet("XX" + good.substr(2)),
      Packet(good + std::string(70000, 'A')),
      Packet(std::string(3, '\0')),
      Packet(VerdictPacket(0x5a3c96e1, kLine, "")),
      Packet(DonePacket()),
      Packet(StatusPacket(1) + kLine),
      Packet(StatusPacket(2) + kLine),
      Packet(KeysPacket("ssh-ed25519 AAAA")),      // no newline
      Packet(KeysPacket("ssh-ed25519 AAAA\n\n")),  // an empty line
      Packet(KeysPacket("ssh-ed25519 AA\r\nAA\n")),
      Packet(KeysPacket("ssh-ed25519 AAAA \xc3\xa9\n")),
      Packet(KeysPacket(std::string("ssh-ed25519 AA\0AA\n", 18))),
  };
  for (const std::uint8_t status : std::initializer_list<std::uint8_t>{0, 1, 3, 4, 5, 77})
    answers.push_back(Packet(StatusPacket(status)));
  std::size_t next = 0;
  const auto daemon = FakeDaemon::Open([&](std::string_view) { return answers.at(next++); });
  for (std::size_t i = 0; i < answers.size(); ++i) {
    SCOPED_TRACE(i);
    ExpectNothing(RunKeys(daemon->socket_path(), "alice", kFingerprint));
  }
  daemon->Stop();
  EXPECT_EQ(next, answers.size());
}

TEST(TagloginKeys, PrintsNothingWithoutADaemonItTrusts) {
  ExpectNothing(RunKeys("/nonexistent/socket", "alice", kFingerprint));
  const auto daemon = FakeDaemon::Open([](std::string_view) { return Packet(KeysPacket(kLine)); }, 0777);
  ExpectNothing(RunKeys(daemon->socket_path(), "alice", kFingerprint));
}

TEST(TagloginKeys, GivesUpOnASilentDaemon) {
  const auto daemon = FakeDaemon::Open([](std::string_view) { return Reply{Reply::Kind::kSilence, {}}; });
  const auto begin = std::chrono::steady_clock::now();
  ExpectNothing(RunKeys(daemon->socket_path(), "alice", kFingerprint));
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, std::chrono::milliseconds(2900));
  EXPECT_LT(took, std::chrono::seconds(10));
}

// The system call that a process is in; -1 when it is in none, or gone.
long SystemCallOf(pid_t pid) {
  long number = -1;
  std::ifstream("/proc/" + std::to_string(pid) + "/syscall") >> number;
  return number;
}

// T53: within its cage, too.
TEST(TagloginKeys, WaitsForAPlaceInTheDaemonsQueue) {
  const test::TempFolder folder;
  const std::string path = folder.File("socket");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const auto* at = reinterpret_cast<const sockaddr*>(&address);
  const base::UniqueFd listener(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(listener.get(), at, sizeof address), 0);
  ASSERT_EQ(::listen(listener.get(), 0), 0);
  const base::UniqueFd idle(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::connect(idle.get(), at, sizeof address), 0);

  Child child({TAGLOGIN_KEYS, "--socket", path, "alice", kFingerprint}, {});
  while (child.Running() && SystemCallOf(child.pid()) != SYS_connect) ::usleep(1000);
  ASSERT_TRUE(child.Running()) << child.ReadErrors();
  const base::UniqueFd first(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  const base::UniqueFd second(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  char request[512];
  ASSERT_GT(::recv(second.get(), request, sizeof request, 0), 0);
  const std::string answer = KeysPacket(kLine);
  ASSERT_EQ(::send(second.get(), answer.data(), answer.size(), MSG_NOSIGNAL), static_cast<ssize_t>(answer.size()));
  EXPECT_EQ(child.ReadAll(), kLine);
  EXPECT_EQ(child.Wait(), 0);
}

// T24
TEST(TagloginKeys, ExitsCleanlyWhenSshdStopsReadingAfterALine) {
  std::string lines;
  for (int i = 0; i < 5000; ++i) lines += "ssh-rsa AAA\n";
  const auto daemon = FakeDaemon::Open([&](std::string_view) { return Packet(KeysPacket(lines)); });
  Child child({TAGLOGIN_KEYS, "--socket", daemon->socket_path(), "alice", kFingerprint}, {});
  // So small that the rest of the lines waits for the reader.
  ASSERT_GE(::fcntl(child.output(), F_SETPIPE_SZ, 4096), 4096);
  char line[12];
  ASSERT_EQ(::read(child.output(), line, sizeof line), 12);
  EXPECT_EQ(std::string(line, sizeof line), "ssh-rsa AAA\n");
  child.CloseOutput();
  EXPECT_EQ(child.ReadErrors(), "");
  EXPECT_EQ(child.Wait(), 0);
}

TEST(TagloginKeys, PrintsFiveThousandLinesToAPatientReader) {
  std::string lines;
  for (int i = 0; i < 5000; ++i) lines += "ssh-rsa AAA\n";
  const auto daemon = FakeDaemon::Open([&](std::string_view) { return Packet(KeysPacket(lines)); });
  const Outcome outcome = RunKeys(daemon->socket_path(), "alice", kFingerprint);
  EXPECT_EQ(outcome.output, lines);
  EXPECT_EQ(outcome.code, 0);
}

TEST(TagloginKeys, IsNotMovedByTheEnvironment) {
  const auto daemon = FakeDaemon::Open([](std::string_view) { return Packet(KeysPacket(kLine)); });
  const Outcome outcome =
      RunKeys(daemon->socket_path(), "alice", kFingerprint,
              {"PATH=/tmp", "IFS=/", "LC_ALL=xx_XX", "LANG=../../tmp", "TZ=:/etc/shadow", "HOME=/", "USER=root",
               "TAGLOGIN_SOCKET=/tmp/evil", "TAGLOGIN_DEBUG=1", "MALLOC_CHECK_=3", "MALLOC_TRACE=/tmp/trace",
               "LD_LIBRARY_PATH=/nonexistent", "GCONV_PATH=/tmp", "LOCALDOMAIN=x", "SSH_CONNECTION=x"});
  EXPECT_EQ(outcome.output, kLine);
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(outcome.code, 0);
}

TEST(TagloginKeys, ClosesWhatItInherits) {
  const auto daemon = FakeDaemon::Open([](std::string_view) { return Reply{Reply::Kind::kSilence, {}}; });
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const base::UniqueFd read_end(ends[0]);
  base::UniqueFd write_end(ends[1]);
  Child child({TAGLOGIN_KEYS, "--socket", daemon->socket_path(), "alice", kFingerprint}, {}, write_end.get());
  write_end.reset();
  // The pipe ends when its last writer is gone: that is the child, which still waits for the daemon.
  pollfd waiting{read_end.get(), POLLIN, 0};
  ASSERT_EQ(::poll(&waiting, 1, 2500), 1);
  EXPECT_TRUE(child.Running());
}

// A socket is taken from the place that only sshd's configuration can fill.
TEST(TagloginKeys, TakesASocketFromItsOptionAlone) {
  std::atomic<int> asked = 0;
  const auto daemon = FakeDaemon::Open([&](std::string_view) {
    ++asked;
    return Packet(KeysPacket(kLine));
  });
  const std::string& socket = daemon->socket_path();
  for (const std::vector<std::string>& rest :
       std::vector<std::vector<std::string>>{{"--sockets", socket, "alice", kFingerprint},
                                             {"", socket, "alice", kFingerprint},
                                             {"alice", kFingerprint, "--socket", socket},
                                             {"--socket=" + socket, "alice", kFingerprint},
                                             {"--socket", socket.substr(1), "alice", kFingerprint},
                                             {"--socket", "", "alice", kFingerprint}}) {
    std::vector<std::string> arguments = {TAGLOGIN_KEYS};
    arguments.insert(arguments.end(), rest.begin(), rest.end());
    Child child(arguments, {});
    EXPECT_EQ(child.ReadAll(), "");
    EXPECT_EQ(child.ReadErrors(), "");
    EXPECT_EQ(child.Wait(), 0);
  }
  daemon->Stop();
  EXPECT_EQ(asked, 0);
}

TEST(TagloginKeys, PrintsNothingWithWrongArguments) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{TAGLOGIN_KEYS},
                                             {TAGLOGIN_KEYS, "alice"},
                                             {TAGLOGIN_KEYS, "alice", kFingerprint, "more"},
                                             {TAGLOGIN_KEYS, "--socket", "relative/socket", "alice", kFingerprint},
                                             {TAGLOGIN_KEYS, "--socket", "/nonexistent/socket"}}) {
    Child child(arguments, {});
    EXPECT_EQ(child.ReadAll(), "");
    EXPECT_EQ(child.ReadErrors(), "");
    EXPECT_EQ(child.Wait(), 0);
  }
}

TEST(TagloginRefused, SaysTheCodeAndFails) {
  Child child({TAGLOGIN_REFUSED, "TL-DENY-NOGROUP"}, {});
  EXPECT_EQ(child.ReadAll(), "");
  EXPECT_EQ(child.ReadErrors(), "taglogin: access denied (TL-DENY-NOGROUP)\n");
  EXPECT_EQ(child.Wait(), 1);
}

TEST(TagloginRefused, ShowsNothingThatIsNoCode) {
  for (const std::vector<std::string>& rest : std::vector<std::vector<std::string>>{{},
                                                                                    {""},
                                                                                    {"TL-"},
                                                                                    {"TL-deny"},
                                                                                    {"TL-DENY\nX"},
                                                                                    {"$(id)"},
                                                                                    {"TL-A B"},
                                                                                    {"TL-A", "TL-B"},
                                                                                    {"TL-" + std::string(41, 'A')},
                                                                                    {std::string(100000, 'A')}}) {
    std::vector<std::string> arguments = {TAGLOGIN_REFUSED};
    arguments.insert(arguments.end(), rest.begin(), rest.end());
    Child child(arguments, {});
    EXPECT_EQ(child.ReadErrors(), "taglogin: access denied\n");
    EXPECT_EQ(child.Wait(), 1);
  }
}

}  // namespace
}  // namespace taglogin::tests
