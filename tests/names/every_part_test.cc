// SPDX-License-Identifier: Apache-2.0
// T17: each part that is given a login name, with every name of the list: all take the same names, under the same
// canonical form, and of any other nobody asks anybody anything.
#include <gtest/gtest.h>
#include <security/pam_modules.h>

#include <algorithm>
#include <mutex>

#include "base/printable.h"
#include "fake_daemon.h"
#include "fake_pam.h"
#include "nss_module/lookup.h"
#include "protocol/login_name.h"
#include "tests/daemon/trial_world.h"
#include "tests/keyhelper/child.h"
#include "tests/names/name_list.h"

namespace taglogin::tests {
namespace {

using protocol::Status;

constexpr char kFingerprint[] = "SHA256:AbCdEfGhIjKlMnOpQrStUvWxYz0123456789+/AbCdE";

std::string Show(const OddName& name) { return name.kind + ": " + base::Printable(name.text, 80); }

bool HasNul(const OddName& name) { return name.text.find('\0') != std::string::npos; }

// Answers every request in the same way and keeps them.
class Recorder {
 public:
  explicit Recorder(std::string answer) {
    daemon_ = FakeDaemon::Open([this, answer = std::move(answer)](std::string_view packet) {
      const std::lock_guard lock(mutex_);
      requests_.emplace_back(packet);
      return Reply{Reply::Kind::kPacket, answer};
    });
  }
  const std::string& socket() const { return daemon_->socket_path(); }
  std::vector<std::string> Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(requests_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> requests_;
  std::unique_ptr<FakeDaemon> daemon_;
};

template <typename Message>
std::string Packet(const Message& message) {
  std::string bytes(protocol::kMaxPacket, '\0');
  protocol::Writer writer(bytes.data(), bytes.size());
  EXPECT_TRUE(protocol::EncodeRequest(writer, message));
  bytes.resize(writer.size());
  return bytes;
}

TEST(EveryPart, TheRuleIsTheExpressionOfTheDesign) {
  std::size_t accepted = 0;
  std::vector<OddName> all = LoginNames();
  all.insert(all.end(), NaughtyStrings().begin(), NaughtyStrings().end());
  for (const OddName& odd : all) {
    protocol::LoginName name;
    const bool taken = protocol::LoginName::From(odd.text, name);
    ASSERT_EQ(taken, odd.canonical.has_value()) << Show(odd);
    if (taken) {
      ASSERT_EQ(name.view(), *odd.canonical) << Show(odd);
    }
    accepted += taken ? 1 : 0;
  }
  std::printf("%zu names and %zu strings, %zu of them names\n", LoginNames().size(), NaughtyStrings().size(), accepted);
}

// The name as far as the first NUL: what a C string says.
std::optional<std::string> AsCString(const OddName& odd) {
  if (!HasNul(odd)) return odd.canonical;
  protocol::LoginName name;
  if (!protocol::LoginName::From(odd.text.c_str(), name)) return std::nullopt;
  return std::string(name.view());
}

TEST(EveryPart, NssModule) {
  Recorder daemon(StatusPacket(static_cast<std::uint8_t>(Status::kNotFound)));
  const nss_module::Places places{"/nonexistent/taglogin/nss", daemon.socket().c_str()};
  char buffer[1024];
  for (const OddName& odd : AllOddStrings()) {
    const auto canonical = AsCString(odd);
    // Each a process of its own: one remembers for a moment who does not exist.
    const auto first = std::make_unique<nss_module::ProcessState>();
    const auto second = std::make_unique<nss_module::ProcessState>();
    passwd account{};
    ASSERT_EQ(nss_module::Lookup(places, *first).AccountByName(odd.text.c_str(), account, {buffer, sizeof buffer}),
              nss_module::Answer::kNotFound)
        << Show(odd);
    long used = 0;
    long capacity = 0;
    gid_t* gids = nullptr;
    nss_module::GroupList list{&used, &capacity, &gids, 0, 0};
    ASSERT_EQ(nss_module::Lookup(places, *second).GroupsOf(odd.text.c_str(), list), nss_module::Answer::kNotFound)
        << Show(odd);
    const std::vector<std::string> requests = daemon.Take();
    // root is never ours, whatever the domain, so that nobody's word about root is ever asked for.
    if (!canonical || *canonical == "root" || canonical->starts_with("root@")) {
      ASSERT_TRUE(requests.empty()) << Show(odd);
      continue;
    }
    ASSERT_FALSE(requests.empty()) << Show(odd);
    ASSERT_EQ(requests.front(), Packet(protocol::AccountByName{*canonical})) << Show(odd);
    // Whether it asks for groups as well is its own affair (lookup.h); if so, then by the same name.
    for (std::size_t i = 1; i < requests.size(); ++i) {
      ASSERT_EQ(requests[i], Packet(protocol::GroupsOfAccount{*canonical})) << Show(odd);
    }
  }
}

TEST(EveryPart, PamModule) {
  using Function = int (*)(pam_handle_t*, int, int, const char**);
  struct Entry {
    Function function;
    std::string (*request)(const std::string& name);
  };
  const Entry entries[] = {{pam_sm_acct_mgmt,
                            [](const std::string& name) {
                              return Packet(protocol::CheckAccount{name, "sshd", "", ""});
                            }},
                           {pam_sm_open_session,
                            [](const std::string& name) {
                              return Packet(protocol::OpenSession{name, "sshd", "", "", ""});
                            }},
                           {pam_sm_close_session, [](const std::string& name) {
                              return Packet(protocol::CloseSession{name, "sshd"});
                            }}};
  // Whoever gets a request through is let in.
  Recorder daemon(VerdictPacket(static_cast<std::uint32_t>(protocol::Verdict::kAllow), "TL-ALLOW-RULE", ""));
  const std::string argument = "socket=" + daemon.socket();
  const char* arguments[] = {argument.c_str()};
  for (const OddName& odd : AllOddStrings()) {
    const auto canonical = AsCString(odd);
    for (const Entry& entry : entries) {
      pam_handle pam;
      pam.items[PAM_USER] = odd.text;
      pam.items[PAM_SERVICE] = "sshd";
      const int code = entry.function(&pam, 0, 1, arguments);
      std::vector<std::string> expected;
      if (canonical) {
        expected = {entry.request(*canonical)};
        if (entry.function != pam_sm_close_session) {
          ASSERT_EQ(code, PAM_SUCCESS) << Show(odd);
        }
      } else {
        ASSERT_EQ(code, PAM_USER_UNKNOWN) << Show(odd);
        ASSERT_TRUE(pam.output.empty()) << pam.output.front();
      }
      ASSERT_EQ(daemon.Take(), expected) << Show(odd);
    }
  }
}

TEST(EveryPart, KeyCommand) {
  Recorder daemon(KeysPacket("ssh-ed25519 AAAA\n"));
  for (const OddName& odd : AllOddStrings()) {
    if (HasNul(odd)) continue;  // no argument of a program can hold one
    Child child({TAGLOGIN_KEYS, "--socket", daemon.socket(), odd.text, kFingerprint}, {});
    ASSERT_EQ(child.ReadAll(), odd.canonical ? "ssh-ed25519 AAAA\n" : "") << Show(odd);
    ASSERT_EQ(child.Wait(), 0) << Show(odd);
    std::vector<std::string> expected;
    if (odd.canonical) expected = {Packet(protocol::Keys{*odd.canonical, kFingerprint})};
    ASSERT_EQ(daemon.Take(), expected) << Show(odd);
  }
}

// What the daemon makes of a name that a client sends as it is.
class DaemonNames : public testing::Test {
 protected:
  // Alone in a packet it would fit; beside the other fields it has to as well.
  static bool Fits(const OddName& odd) { return odd.text.size() < 60000; }
  template <typename Answer, typename Message>
  Status Send(const Message& message) {
    Status status{};
    world_.Ask<Answer>(message, status);
    return status;
  }
  std::uint32_t Verdict(const protocol::CheckAccount& message) {
    Status status{};
    const auto answer = world_.Ask<protocol::VerdictAnswer>(message, status);
    return answer ? answer->verdict : 0;
  }
  // How often the directory was asked since the last time, which had better be about this name.
  std::size_t Searches(const OddName& odd) {
    auto& searched = world_.searched();
    for (const std::string& name : searched) EXPECT_EQ(name, odd.canonical.value_or("")) << Show(odd);
    return std::exchange(searched, {}).size();
  }

  test::TrialWorld world_;
};

TEST_F(DaemonNames, ANameThatIsNoneCostsNoDirectoryOperation) {
  constexpr auto kUnknown = static_cast<std::uint32_t>(protocol::Verdict::kUnknownUser);
  world_.With([&] {
    for (const OddName& odd : AllOddStrings()) {
      if (odd.canonical || !Fits(odd)) continue;
      ASSERT_EQ(Send<protocol::KeysAnswer>(protocol::Keys{odd.text, kFingerprint}), Status::kNotFound) << Show(odd);
      ASSERT_EQ(Send<protocol::AccountAnswer>(protocol::AccountByName{odd.text}), Status::kNotFound) << Show(odd);
      ASSERT_EQ(Send<protocol::GroupsAnswer>(protocol::GroupsOfAccount{odd.text}), Status::kNotFound) << Show(odd);
      ASSERT_EQ(Verdict({odd.text, "cron", "", ""}), kUnknown) << Show(odd);
      ASSERT_EQ(Searches(odd), 0u) << Show(odd);
    }
  });
}

TEST_F(DaemonNames, OneSearchForAllSpellingsOfAName) {
  std::set<std::string> known;
  std::size_t searches = 0;
  world_.With([&] {
    for (const OddName& odd : AllOddStrings()) {
      if (!odd.canonical || world_.core().Find(*odd.canonical) != nullptr) continue;
      if (known.size() == 40 && !known.contains(*odd.canonical)) continue;  // searches are rationed
      known.insert(*odd.canonical);
      Send<protocol::AccountAnswer>(protocol::AccountByName{odd.text});
      Send<protocol::KeysAnswer>(protocol::Keys{odd.text, kFingerprint});
      searches += Searches(odd);
    }
  });
  EXPECT_EQ(searches, known.size());
}

TEST_F(DaemonNames, TheAuditTrailKnowsOneNameWhateverTheSpelling) {
  const std::vector<std::string> spellings = {"alice", "Alice", "ALICE", "aLiCe", "carol", "CAROL",
                                              "Carol", "dora",  "Dora",  "DORA",  "Bob",   "bOB"};
  world_.With([&] {
    for (const std::string& spelling : spellings) Verdict({spelling, "cron", "", ""});
  });
  std::map<std::string, int> names;
  for (const auto& record : world_.Records()) ++names[record["user"]["name"]];
  EXPECT_EQ(names, (std::map<std::string, int>{{"alice", 4}, {"carol", 3}, {"dora", 3}, {"bob", 2}}));
}

}  // namespace
}  // namespace taglogin::tests
