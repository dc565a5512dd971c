// SPDX-License-Identifier: Apache-2.0
// What reaches a KDC, and what becomes of its silence; no KDC and no network are needed.
#include "directory/machine_ticket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>

namespace taglogin::directory {
namespace {

using base::ErrorCode;
using testing::HasSubstr;
using namespace std::string_literals;

std::string Counted(const std::string& text) {
  return std::string{static_cast<char>(text.size() >> 8), static_cast<char>(text.size() & 0xff)} + text;
}

// A keytab (file format 0x0502) with one AES-256 key of HOST1$@CORP.EXAMPLE.
class Keytab {
 public:
  Keytab() {
    const std::string entry = "\0\x01"s + Counted("CORP.EXAMPLE") + Counted("HOST1$") + "\0\0\0\x01"s +  // NT-PRINCIPAL
                              "\0\0\0\0"s + "\x02" + "\0\x12"s + Counted(std::string(32, 'k'));
    const int fd = ::mkstemp(path_);
    if (fd >= 0) ::close(fd);
    std::ofstream(path_) << "\x05\x02\0\0\0"s << static_cast<char>(entry.size()) << entry;
  }
  ~Keytab() { ::unlink(path_); }
  Keytab(const Keytab&) = delete;
  Keytab& operator=(const Keytab&) = delete;
  const char* path() const { return path_; }

 private:
  char path_[32] = "/tmp/taglogin-keytab-XXXXXX";
};

TEST(MachineTicket, AsksTheGivenKdcAndNoOther) {
  const Keytab keytab;
  MachineTicket ticket(keytab.path(), "HOST1$", "CORP.EXAMPLE");
  std::vector<std::string> sent;
  const auto prepared = ticket.Prepare("dc1.corp.example", [&sent](std::string_view message) {
    sent.emplace_back(message);
    return base::Error{ErrorCode::kDeadline, "silence"};
  });
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().code, ErrorCode::kDeadline);
  EXPECT_THAT(prepared.error().detail, HasSubstr("silence"));
  ASSERT_FALSE(sent.empty());
  // AS-REQ ::= [APPLICATION 10] (RFC 4120 5.4.1), for this account.
  EXPECT_EQ(sent[0][0], '\x6a');
  EXPECT_THAT(sent[0], HasSubstr("HOST1$"));
  EXPECT_TRUE(ticket.RenewalDue());
}

TEST(MachineTicket, NonsenseFromTheKdcIsNoTicket) {
  const Keytab keytab;
  MachineTicket ticket(keytab.path(), "HOST1$@CORP.EXAMPLE", "CORP.EXAMPLE");
  for (const std::string& reply : {""s, "x"s, std::string(2000, '\0'), "\x6b\x03\x02\x01\x05"s}) {
    const auto prepared =
        ticket.Prepare("dc1.corp.example", [&reply](std::string_view) { return base::Result<std::string>(reply); });
    ASSERT_FALSE(prepared);
    EXPECT_EQ(prepared.error().code, ErrorCode::kRefused) << prepared.error().detail;
  }
}

TEST(MachineTicket, AKeytabWithoutTheAccountIsASettingsError) {
  const Keytab keytab;
  const auto never = [](std::string_view) -> base::Result<std::string> {
    ADD_FAILURE() << "a KDC was asked";
    return base::Unavailable("");
  };
  MachineTicket other(keytab.path(), "HOST2$", "CORP.EXAMPLE");
  MachineTicket missing("/nonexistent/keytab", "HOST1$", "CORP.EXAMPLE");
  MachineTicket malformed(keytab.path(), "a@b@c", "CORP.EXAMPLE");
  for (MachineTicket* ticket : {&other, &missing, &malformed}) {
    const auto prepared = ticket->Prepare("dc1.corp.example", never);
    ASSERT_FALSE(prepared);
    EXPECT_EQ(prepared.error().code, ErrorCode::kInvalid) << prepared.error().detail;
  }
}

TEST(FixKerberosNames, PutsOurLinesBeforeTheSystems) {
  ASSERT_EQ(::setenv("KRB5_CONFIG", "/etc/some.conf", 1), 0);
  ASSERT_TRUE(FixKerberosNames());
  const std::string value = ::getenv("KRB5_CONFIG");
  ASSERT_THAT(value, testing::EndsWith(":/etc/some.conf"));
  std::ifstream file(value.substr(0, value.find(':')));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(text, HasSubstr("dns_canonicalize_hostname = false"));
  EXPECT_THAT(text, HasSubstr("rdns = false"));
  ASSERT_EQ(::unsetenv("KRB5_CONFIG"), 0);
}

}  // namespace
}  // namespace taglogin::directory
