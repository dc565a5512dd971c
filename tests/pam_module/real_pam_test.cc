// SPDX-License-Identifier: Apache-2.0
// The built pam_taglogin.so in the system's libpam: what the application gets.
#include "real_pam.h"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <security/pam_appl.h>

#include "fake_daemon.h"
#include "protocol/messages.h"

namespace taglogin::tests {
namespace {

using protocol::Verdict;

Reply VerdictReply(Verdict verdict, std::string_view code = "TL-DENY-NOGROUP", std::string_view message = "No.") {
  return {Reply::Kind::kPacket, VerdictPacket(static_cast<std::uint32_t>(verdict), code, message)};
}

std::string Stack(const std::string& socket) {
  const std::string module = std::string(TAGLOGIN_MODULE) + " socket=" + socket + "\n";
  return "auth required " + module + "account required " + module + "session required " + module;
}

TEST(RealPam, ResolvesEverySymbolAtOnce) {
  void* module = ::dlopen(TAGLOGIN_MODULE, RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(module, nullptr) << ::dlerror();
  for (const char* name : {"pam_sm_acct_mgmt", "pam_sm_authenticate", "pam_sm_chauthtok", "pam_sm_close_session",
                           "pam_sm_open_session", "pam_sm_setcred"}) {
    EXPECT_NE(::dlsym(module, name), nullptr) << name;
  }
  ::dlclose(module);
}

TEST(RealPam, GivesTheApplicationTheVerdictsCode) {
  const std::pair<Verdict, int> cases[] = {{Verdict::kAllow, PAM_SUCCESS},
                                           {Verdict::kDeny, PAM_PERM_DENIED},
                                           {Verdict::kAccountExpired, PAM_ACCT_EXPIRED},
                                           {Verdict::kUnknownUser, PAM_USER_UNKNOWN}};
  for (const auto& [verdict, code] : cases) {
    const auto daemon = FakeDaemon::Open([v = verdict](std::string_view) { return VerdictReply(v); });
    const ServiceFolder folder;
    folder.Write("sshd", Stack(daemon->socket_path()));
    EXPECT_EQ(RunPhase(folder, "sshd", "alice", Phase::kAccount), code);
  }
}

TEST(RealPam, ShowsThePersonOneLineWithTheCode) {
  const auto daemon = FakeDaemon::Open([](std::string_view) { return VerdictReply(Verdict::kDeny); });
  const ServiceFolder folder;
  folder.Write("sshd", Stack(daemon->socket_path()));
  std::vector<std::string> told;
  EXPECT_EQ(RunPhase(folder, "sshd", "alice", Phase::kAccount, &told), PAM_PERM_DENIED);
  EXPECT_THAT(told, testing::ElementsAre("taglogin: access denied: no (TL-DENY-NOGROUP)"));
}

TEST(RealPam, SendsTheAuthenticationOfSshdAtOpenSession) {
  std::string request;
  const auto daemon = FakeDaemon::Open([&](std::string_view packet) {
    request = DescribeRequest(packet);
    return VerdictReply(Verdict::kAllow);
  });
  const ServiceFolder folder;
  folder.Write("sshd", Stack(daemon->socket_path()));
  EXPECT_EQ(RunPhase(folder, "sshd", "alice", Phase::kOpenSession, nullptr, "publickey ssh-ed25519 AAAA"), PAM_SUCCESS);
  daemon->Stop();
  EXPECT_EQ(request,
            R"(OpenSession name="alice" service="sshd" rhost="" tty="" auth_info="publickey ssh-ed25519 AAAA")");
}

TEST(RealPam, ClosesWhenTheDaemonConfirms) {
  const auto daemon = FakeDaemon::Open([](std::string_view) { return Reply{Reply::Kind::kPacket, DonePacket()}; });
  const ServiceFolder folder;
  folder.Write("sshd", Stack(daemon->socket_path()));
  EXPECT_EQ(RunPhase(folder, "sshd", "alice", Phase::kCloseSession), PAM_SUCCESS);
  daemon->Stop();
  folder.Write("sshd", Stack("/nonexistent/socket"));
  EXPECT_EQ(RunPhase(folder, "sshd", "alice", Phase::kCloseSession), PAM_SESSION_ERR);
}

TEST(RealPam, DeclinesAuthenticationAndCredentials) {
  const ServiceFolder folder;
  folder.Write("sshd", Stack("/nonexistent/socket"));
  EXPECT_EQ(RunPhase(folder, "sshd", "alice", Phase::kAuthenticate), PAM_CRED_UNAVAIL);
  EXPECT_EQ(RunPhase(folder, "sshd", "alice", Phase::kSetCred), PAM_CRED_UNAVAIL);
}

TEST(RealPam, DeniesWithoutADaemon) {
  const ServiceFolder folder;
  folder.Write("sshd", Stack("/nonexistent/socket"));
  EXPECT_EQ(RunPhase(folder, "sshd", "alice", Phase::kAccount), PAM_AUTHINFO_UNAVAIL);
  EXPECT_EQ(RunPhase(folder, "sshd", "alice", Phase::kOpenSession), PAM_AUTHINFO_UNAVAIL);
}

}  // namespace
}  // namespace taglogin::tests
