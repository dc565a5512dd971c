// SPDX-License-Identifier: Apache-2.0
#include "client/client.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/base/temp_folder.h"

namespace {
std::optional<uid_t> pretended_peer;
bool peer_is_unknown = false;
std::function<void()> once_connected;  // runs when the client has connected and asks who listens
}  // namespace

extern "C" {
int __real_getsockopt(int fd, int level, int name, void* value, socklen_t* size);
int __wrap_getsockopt(int fd, int level, int name, void* value, socklen_t* size) {
  const int result = __real_getsockopt(fd, level, name, value, size);
  if (level != SOL_SOCKET || name != SO_PEERCRED) return result;
  if (const auto act = std::exchange(once_connected, nullptr)) act();
  if (peer_is_unknown) {
    errno = ENOPROTOOPT;
    return -1;
  }
  if (pretended_peer) static_cast<ucred*>(value)->uid = *pretended_peer;
  return result;
}
}

namespace taglogin::client {
namespace {

using base::Deadline;

// A SEQPACKET socket at a path with a backlog of one, and a thread that plays the daemon: accepts one
// client, receives one packet, sends what the test says.
class FakeDaemon {
 public:
  explicit FakeDaemon(const std::string& path, int type = SOCK_SEQPACKET)
      : listener_(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0)), stop_(::eventfd(0, EFD_CLOEXEC)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_.get(), 0), 0);
  }
  ~FakeDaemon() {
    ::eventfd_write(stop_.get(), 1);
    if (thread_.joinable()) thread_.join();
  }
  FakeDaemon(const FakeDaemon&) = delete;
  FakeDaemon& operator=(const FakeDaemon&) = delete;

  using Part = std::function<void(int client, const std::string& request)>;
  // `play(client, request)` runs on the daemon's thread; the connection ends when it returns.
  void Play(const Part& play) {
    thread_ = std::thread([this, play] { PlayOnce(play); });
  }
  void PlayToAll(const Part& play) {
    thread_ = std::thread([this, play] {
      while (PlayOnce(play)) {
      }
    });
  }
  void Answer(const std::string& answer) {
    Play([answer](int client, const std::string&) { ::send(client, answer.data(), answer.size(), MSG_NOSIGNAL); });
  }
  // Until the client goes away or the test ends.
  bool WaitReadable(int fd) const {
    pollfd waiting[] = {{stop_.get(), POLLIN, 0}, {fd, POLLIN, 0}};
    return ::poll(waiting, 2, -1) > 0 && waiting[0].revents == 0;
  }

 private:
  bool PlayOnce(const Part& play) {
    if (!WaitReadable(listener_.get())) return false;
    const base::UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!WaitReadable(client.get())) return false;
    std::string request(65536, '\0');
    const ssize_t got = ::recv(client.get(), request.data(), request.size(), 0);
    request.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    play(client.get(), request);
    return true;
  }
  base::UniqueFd listener_;
  base::UniqueFd stop_;
  std::thread thread_;
};

class ClientTest : public ::testing::Test {
 protected:
  void TearDown() override {
    pretended_peer.reset();
    peer_is_unknown = false;
    once_connected = nullptr;
  }
  Outcome AskIt(int milliseconds = 5000, const std::string& request = "request") {
    size_ = 12345;
    return Ask(path_.c_str(), request, buffer_, sizeof buffer_, size_, Deadline::After(milliseconds));
  }
  std::string Got() const { return {buffer_, size_}; }

  test::TempFolder folder_;
  std::string path_ = folder_.File("socket");
  char buffer_[64] = {};
  std::size_t size_ = 0;
};

// Open descriptors of this process.
std::ptrdiff_t OpenFds() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return std::distance(begin(all), end(all));
}

TEST_F(ClientTest, GetsTheAnswerToItsRequest) {
  FakeDaemon daemon(path_);
  daemon.Play([](int client, const std::string& request) {
    const std::string answer = "answer to " + request;
    ::send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
  });
  ASSERT_EQ(AskIt(), Outcome::kAnswered);
  EXPECT_EQ(Got(), "answer to request");
}

TEST_F(ClientTest, ReceivesARunOfPackets) {
  FakeDaemon daemon(path_);
  daemon.Play([](int client, const std::string&) {
    ::send(client, "one", 3, MSG_NOSIGNAL);
    ::send(client, "two", 3, MSG_NOSIGNAL);
  });
  Connection connection;
  ASSERT_EQ(connection.Send(path_.c_str(), "request", Deadline::After(5000)), Outcome::kAnswered);
  for (const char* expected : {"one", "two"}) {
    ASSERT_EQ(connection.Receive(buffer_, sizeof buffer_, size_, Deadline::After(5000)), Outcome::kAnswered);
    EXPECT_EQ(Got(), expected);
  }
  EXPECT_EQ(connection.Receive(buffer_, sizeof buffer_, size_, Deadline::After(5000)), Outcome::kBroken);
}

TEST_F(ClientTest, SaysAbsentWhenThereIsNoSocket) { EXPECT_EQ(AskIt(), Outcome::kAbsent); }

TEST_F(ClientTest, SaysAbsentWhenNobodyListens) {
  { const FakeDaemon daemon(path_); }
  EXPECT_EQ(AskIt(), Outcome::kAbsent);
}

TEST_F(ClientTest, SaysAbsentWhenThePathIsNoSuchSocket) {
  folder_.Write("socket", "a file");
  EXPECT_EQ(AskIt(), Outcome::kAbsent);
  std::filesystem::remove(path_);
  const FakeDaemon stream(path_, SOCK_STREAM);
  EXPECT_EQ(AskIt(), Outcome::kAbsent);
}

TEST_F(ClientTest, SaysAbsentWhenThePathDoesNotFit) {
  path_ = "/" + std::string(200, 'x') + "/socket";
  EXPECT_EQ(AskIt(), Outcome::kAbsent);
  path_ = "";
  EXPECT_EQ(AskIt(), Outcome::kAbsent);
}

// As many as the kernel takes (backlog + 1), until one finds no place within its deadline.
std::vector<std::unique_ptr<Connection>> FillTheQueue(const std::string& path) {
  std::vector<std::unique_ptr<Connection>> connections;
  Outcome outcome = Outcome::kAnswered;
  for (int i = 0; i < 10 && outcome == Outcome::kAnswered; ++i) {
    connections.push_back(std::make_unique<Connection>());
    outcome = connections.back()->Send(path.c_str(), "idle", Deadline::After(50));
  }
  EXPECT_EQ(outcome, Outcome::kTimeout);
  return connections;
}

TEST_F(ClientTest, StopsAtTheDeadlineWhenTheQueueIsFull) {
  const FakeDaemon stopped(path_);
  const auto idle = FillTheQueue(path_);
  const std::int64_t before = base::ClockMs(CLOCK_MONOTONIC);
  EXPECT_EQ(AskIt(200), Outcome::kTimeout);
  const std::int64_t took = base::ClockMs(CLOCK_MONOTONIC) - before;
  EXPECT_GE(took, 190);
  EXPECT_LT(took, 2000);
}

// Somebody else filled the queue: whoever has time waits for the daemon to empty it.
TEST_F(ClientTest, WaitsForAPlaceInTheQueue) {
  FakeDaemon daemon(path_);
  const auto idle = FillTheQueue(path_);
  daemon.PlayToAll([](int client, const std::string& request) {
    const std::string answer = "answer to " + request;
    ::send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
  });
  ASSERT_EQ(AskIt(), Outcome::kAnswered);
  EXPECT_EQ(Got(), "answer to request");
}

TEST_F(ClientTest, StopsAtTheDeadlineWhenTheDaemonIsStopped) {
  const FakeDaemon stopped(path_);  // its queue takes the request, nobody reads it
  const std::int64_t before = base::ClockMs(CLOCK_MONOTONIC);
  EXPECT_EQ(AskIt(200), Outcome::kTimeout);
  const std::int64_t took = base::ClockMs(CLOCK_MONOTONIC) - before;
  EXPECT_GE(took, 190);
  EXPECT_LT(took, 2000);
  EXPECT_EQ(size_, 12345u);
}

void OnAlarm(int) {}

TEST_F(ClientTest, KeepsTheDeadlineThroughSignals) {
  const FakeDaemon stopped(path_);
  struct sigaction action {};
  struct sigaction before_action {};
  action.sa_handler = OnAlarm;  // without SA_RESTART
  ASSERT_EQ(::sigaction(SIGALRM, &action, &before_action), 0);
  const itimerval every{{0, 20000}, {0, 20000}};
  ASSERT_EQ(::setitimer(ITIMER_REAL, &every, nullptr), 0);
  const std::int64_t before = base::ClockMs(CLOCK_MONOTONIC);
  EXPECT_EQ(AskIt(300), Outcome::kTimeout);
  const std::int64_t took = base::ClockMs(CLOCK_MONOTONIC) - before;
  const itimerval never{};
  ::setitimer(ITIMER_REAL, &never, nullptr);
  ::sigaction(SIGALRM, &before_action, nullptr);
  EXPECT_GE(took, 290);
  EXPECT_LT(took, 2000);
}

TEST_F(ClientTest, SendsNothingWhenTheTimeIsOver) {
  std::string seen;
  {
    FakeDaemon daemon(path_);
    daemon.Play([&](int, const std::string& request) { seen = request; });
    EXPECT_EQ(AskIt(0), Outcome::kTimeout);
  }
  EXPECT_EQ(seen, "");
}

TEST_F(ClientTest, TellsNothingToAFolderThatOthersCanWrite) {
  for (const mode_t mode : {0770u, 0757u, 01777u}) {
    std::string seen;
    {
      FakeDaemon daemon(path_);
      daemon.Play([&](int, const std::string& request) { seen = request; });
      ASSERT_EQ(::chmod(folder_.path().c_str(), mode), 0);
      EXPECT_EQ(AskIt(), Outcome::kUntrusted);
    }
    EXPECT_EQ(seen, "");
    std::filesystem::remove(path_);
  }
}

TEST_F(ClientTest, DoesNotTrustAListenerThatDoesNotOwnTheFolder) {
  FakeDaemon daemon(path_);
  daemon.Answer("yes");
  pretended_peer = 65533;
  EXPECT_EQ(AskIt(), Outcome::kUntrusted);
}

TEST_F(ClientTest, TrustsRootAsListenerInAnyFolderOfOneOwner) {
  FakeDaemon daemon(path_);
  daemon.Answer("yes");
  pretended_peer = 0;
  EXPECT_EQ(AskIt(), Outcome::kAnswered);
}

TEST_F(ClientTest, TrustsTheOwnerOfTheFolderAsListener) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root gives a folder away";
  FakeDaemon daemon(path_);
  daemon.Answer("yes");
  ASSERT_EQ(::chown(folder_.path().c_str(), 65533, 65533), 0);
  pretended_peer = 65533;
  EXPECT_EQ(AskIt(), Outcome::kAnswered);
}

TEST_F(ClientTest, DoesNotTrustAPeerTheKernelCannotName) {
  FakeDaemon daemon(path_);
  daemon.Answer("yes");
  peer_is_unknown = true;
  EXPECT_EQ(AskIt(), Outcome::kUntrusted);
}

TEST_F(ClientTest, DoesNotTrustAFolderThatIsALink) {
  std::filesystem::create_directory(folder_.File("real"));
  std::filesystem::create_directory_symlink(folder_.File("real"), folder_.File("link"));
  FakeDaemon daemon(folder_.File("real/socket"));
  daemon.Answer("yes");
  path_ = folder_.File("link/socket");
  EXPECT_EQ(AskIt(), Outcome::kUntrusted);
}

// T55: what stands at the folder's place is looked at after connecting, and tells as little as it is trusted.
TEST_F(ClientTest, TellsNothingWhenTheFolderIsNoLongerThere) {
  const std::string away = folder_.path() + ".away";
  const std::function<void()> replacements[] = {
      [] {},
      [this] { std::ofstream(folder_.path()) << "a file"; },
      [this, &away] { std::filesystem::create_directory_symlink(away, folder_.path()); },
  };
  for (const auto& replace : replacements) {
    std::string seen;
    {
      FakeDaemon daemon(path_);
      daemon.Play([&](int, const std::string& request) { seen = request; });
      once_connected = [&] {
        std::filesystem::rename(folder_.path(), away);
        replace();
      };
      EXPECT_EQ(AskIt(), Outcome::kUntrusted);
    }
    EXPECT_EQ(seen, "");
    std::filesystem::remove(folder_.path());
    std::filesystem::rename(away, folder_.path());
    std::filesystem::remove(path_);
  }
}

TEST_F(ClientTest, DoesNotTrustARelativePath) {
  const std::string before = std::filesystem::current_path();
  std::filesystem::current_path(folder_.path());
  FakeDaemon daemon(path_);
  daemon.Answer("yes");
  path_ = "socket";
  EXPECT_EQ(AskIt(), Outcome::kUntrusted);
  std::filesystem::current_path(before);
}

TEST_F(ClientTest, SaysBrokenWhenTheDaemonClosesWithoutAnAnswer) {
  FakeDaemon daemon(path_);
  daemon.Play([](int, const std::string&) {});
  EXPECT_EQ(AskIt(), Outcome::kBroken);
  EXPECT_EQ(size_, 12345u);
}

TEST_F(ClientTest, SaysBrokenWhenThePacketIsLargerThanTheBuffer) {
  FakeDaemon daemon(path_);
  daemon.Answer(std::string(sizeof buffer_ + 1, 'x'));
  EXPECT_EQ(AskIt(), Outcome::kBroken);
  EXPECT_EQ(size_, 12345u);
}

TEST_F(ClientTest, TakesAPacketThatFillsTheBuffer) {
  FakeDaemon daemon(path_);
  daemon.Answer(std::string(sizeof buffer_, 'x'));
  ASSERT_EQ(AskIt(), Outcome::kAnswered);
  EXPECT_EQ(Got(), std::string(sizeof buffer_, 'x'));
}

TEST_F(ClientTest, SaysBrokenForAnEmptyPacket) {
  FakeDaemon daemon(path_);
  daemon.Play([&daemon](int client, const std::string&) {
    ::send(client, "", 0, MSG_NOSIGNAL);
    daemon.WaitReadable(client);  // until the client goes away
  });
  EXPECT_EQ(AskIt(), Outcome::kBroken);
}

TEST_F(ClientTest, SaysBrokenWhenTheRequestIsTooLargeForASocket) {
  const FakeDaemon daemon(path_);
  EXPECT_EQ(AskIt(5000, std::string(64 << 20, 'x')), Outcome::kBroken);
}

TEST_F(ClientTest, SaysBrokenWhenTheDaemonEndsBeforeTheRequest) {
  std::optional<FakeDaemon> daemon(std::in_place, path_);
  once_connected = [&daemon] { daemon.reset(); };
  EXPECT_EQ(AskIt(), Outcome::kBroken);  // and no SIGPIPE
  EXPECT_EQ(size_, 12345u);
}

TEST_F(ClientTest, SaysBrokenWhenTheDaemonEndsWithoutReadingTheRequest) {
  std::optional<FakeDaemon> daemon(std::in_place, path_);
  Connection connection;
  ASSERT_EQ(connection.Send(path_.c_str(), "request", Deadline::After(5000)), Outcome::kAnswered);
  daemon.reset();  // recv(2) says ECONNRESET
  size_ = 12345;
  EXPECT_EQ(connection.Receive(buffer_, sizeof buffer_, size_, Deadline::After(5000)), Outcome::kBroken);
  EXPECT_EQ(size_, 12345u);
}

// As in a process that has used up its descriptors: none can be had, and poll(2) takes none either. While it lives,
// no test's members are touched: a sanitizer checks those with a pipe.
class NoDescriptors {
 public:
  NoDescriptors() {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    const rlimit none{0, before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

TEST_F(ClientTest, SaysAbsentWhenNoDescriptorCanBeHad) {
  FakeDaemon daemon(path_);
  daemon.Answer("yes");
  const std::string path = path_;
  char buffer[8];
  std::size_t size = 0;
  Outcome outcome = Outcome::kAnswered;
  {
    const NoDescriptors none;
    outcome = Ask(path.c_str(), "request", buffer, sizeof buffer, size, Deadline::After(5000));
  }
  EXPECT_EQ(outcome, Outcome::kAbsent);
  EXPECT_EQ(AskIt(), Outcome::kAnswered);
}

TEST_F(ClientTest, SaysBrokenWhenItCannotWait) {
  const FakeDaemon stopped(path_);
  Connection connection;
  ASSERT_EQ(connection.Send(path_.c_str(), "request", Deadline::After(5000)), Outcome::kAnswered);
  char buffer[8];
  std::size_t size = 12345;
  Outcome outcome = Outcome::kAnswered;
  const std::int64_t before = base::ClockMs(CLOCK_MONOTONIC);
  {
    const NoDescriptors none;
    outcome = connection.Receive(buffer, sizeof buffer, size, Deadline::After(5000));
  }
  EXPECT_LT(base::ClockMs(CLOCK_MONOTONIC) - before, 1000);
  EXPECT_EQ(outcome, Outcome::kBroken);
  EXPECT_EQ(size, 12345u);
}

TEST_F(ClientTest, LeavesNoDescriptorOpen) {
  const auto before = OpenFds();
  EXPECT_EQ(AskIt(), Outcome::kAbsent);
  {
    const FakeDaemon stopped(path_);
    EXPECT_EQ(AskIt(10), Outcome::kTimeout);
  }
  std::filesystem::remove(path_);
  {
    const FakeDaemon stopped(path_);
    pretended_peer = 65533;
    EXPECT_EQ(AskIt(10), Outcome::kUntrusted);
  }
  EXPECT_EQ(OpenFds(), before);
}

}  // namespace
}  // namespace taglogin::client
