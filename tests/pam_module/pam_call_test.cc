// SPDX-License-Identifier: Apache-2.0
// What many calls in a row do: the scripts show one each.
#include <gtest/gtest.h>
#include <security/pam_modules.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <random>

#include "fake_daemon.h"
#include "fake_pam.h"
#include "protocol/messages.h"

namespace taglogin::tests {
namespace {

int Account(pam_handle& pam, const std::string& socket) {
  const std::string argument = "socket=" + socket;
  const char* arguments[] = {argument.c_str()};
  return pam_sm_acct_mgmt(&pam, 0, 1, arguments);
}

std::string RandomName(std::mt19937& random) {
  // Mostly letters, so that a good part of the names is well formed and reaches the daemon.
  static constexpr std::string_view kBytes = "abcdefghijklmnopqrstuvwxyz0123456789_.-ABC @:/\\\n\t\"'$%\xc3\xa9";
  std::string name;
  const std::size_t size = 1 + random() % 40;
  for (std::size_t i = 0; i < size; ++i) name += kBytes[random() % (random() % 2 == 0 ? 36 : kBytes.size())];
  return name;
}

// T03
TEST(PamAccount, CallsAThousandRandomNamesUnknown) {
  std::atomic<int> asked = 0;
  const auto daemon = FakeDaemon::Open([&](std::string_view) {
    ++asked;
    return Reply{Reply::Kind::kPacket,
                 VerdictPacket(static_cast<std::uint32_t>(protocol::Verdict::kUnknownUser), "", "")};
  });
  std::mt19937 random(3);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same names in every run
  for (int i = 0; i < 1000; ++i) {
    pam_handle pam;
    pam.items[PAM_USER] = RandomName(random);
    ASSERT_EQ(Account(pam, daemon->socket_path()), PAM_USER_UNKNOWN) << pam.items[PAM_USER];
    ASSERT_TRUE(pam.output.empty());
  }
  EXPECT_GT(asked, 100);
  EXPECT_LT(asked, 900);
}

TEST(PamAccount, BelievesNoItemThatPamCannotGive) {
  std::string request;
  const auto daemon = FakeDaemon::Open([&](std::string_view packet) {
    request = DescribeRequest(packet);
    return Reply{Reply::Kind::kPacket, VerdictPacket(static_cast<std::uint32_t>(protocol::Verdict::kAllow), "", "")};
  });
  pam_handle pam;
  pam.items = {{PAM_USER, "alice"}, {PAM_SERVICE, "sshd"}, {PAM_RHOST, "10.0.0.7"}, {PAM_TTY, "ssh"}};
  pam.broken = {PAM_USER};
  EXPECT_EQ(Account(pam, daemon->socket_path()), PAM_USER_UNKNOWN);
  pam.broken = {PAM_SERVICE, PAM_RHOST};
  EXPECT_EQ(Account(pam, daemon->socket_path()), PAM_SUCCESS);
  daemon->Stop();
  EXPECT_EQ(request, "CheckAccount name=\"alice\" service=\"\" rhost=\"\" tty=\"ssh\"");
}

TEST(PamAccount, NamesTheFirstArgumentThatIsWrong) {
  const auto told = [](std::vector<const char*> arguments) {
    pam_handle pam;
    pam.items[PAM_USER] = "alice";
    EXPECT_EQ(pam_sm_acct_mgmt(&pam, 0, static_cast<int>(arguments.size()), arguments.data()), PAM_SERVICE_ERR);
    return pam.output.empty() ? "" : pam.output.front();
  };
  const std::string start = "log ERR wrong argument in the PAM configuration: ";
  const std::string end = " (only socket=/PATH is known); refusing";
  EXPECT_EQ(told({"", "debug"}), start + "(empty)" + end);
  EXPECT_EQ(told({"socket=/nonexistent/socket", "one", "two"}), start + "one" + end);
  EXPECT_EQ(told({"SOCKET=/nonexistent/socket"}), start + "SOCKET=/nonexistent/socket" + end);
  EXPECT_EQ(told({"socket="}), start + "socket=" + end);
}

TEST(PamAccount, LeavesNoDescriptorBehind) {
  const auto daemon = FakeDaemon::Open([](std::string_view) {
    return Reply{Reply::Kind::kPacket, VerdictPacket(static_cast<std::uint32_t>(protocol::Verdict::kAllow), "", "")};
  });
  const auto open_descriptors = [] {
    const std::filesystem::directory_iterator folder("/proc/self/fd");
    return std::distance(begin(folder), end(folder));
  };
  pam_handle pam;
  pam.items[PAM_USER] = "alice";
  ASSERT_EQ(Account(pam, daemon->socket_path()), PAM_SUCCESS);
  const auto before = open_descriptors();
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(Account(pam, daemon->socket_path()), PAM_SUCCESS);
    ASSERT_EQ(Account(pam, "/nonexistent/socket"), PAM_AUTHINFO_UNAVAIL);
  }
  // The fake's own last connection may still be open, or no longer.
  EXPECT_LE(open_descriptors(), before + 1);
}

}  // namespace
}  // namespace taglogin::tests
