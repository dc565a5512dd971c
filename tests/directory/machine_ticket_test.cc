// SPDX-License-Identifier: Apache-2.0
// What reaches a KDC, and what becomes of its silence; no KDC and no network are needed.
#include "directory/machine_ticket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <map>

#include "tests/directory/keytab_file.h"

namespace taglogin::directory {
namespace {

using base::ErrorCode;
using testing::HasSubstr;
using namespace std::string_literals;

TEST(MachineTicket, AsksTheGivenKdcAndNoOther) {
  const KeytabFile keytab({{.account = "HOST1$"}});
  MachineTicket ticket(keytab.path(), "HOST1$", "CORP.EXAMPLE");
  std::vector<std::string> sent;
  const auto prepared = ticket.Prepare("dc1.corp.example", [&sent](std::string_view realm, std::string_view message) {
    EXPECT_EQ(realm, "CORP.EXAMPLE");
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
  const KeytabFile keytab({{.account = "HOST1$"}});
  MachineTicket ticket(keytab.path(), "HOST1$@CORP.EXAMPLE", "CORP.EXAMPLE");
  for (const std::string& reply : {""s, "x"s, std::string(2000, '\0'), "\x6b\x03\x02\x01\x05"s}) {
    const auto prepared = ticket.Prepare(
        "dc1.corp.example", [&reply](std::string_view, std::string_view) { return base::Result<std::string>(reply); });
    ASSERT_FALSE(prepared);
    EXPECT_EQ(prepared.error().code, ErrorCode::kRefused) << prepared.error().detail;
  }
}

TEST(MachineTicket, AKeytabWithoutTheAccountIsASettingsError) {
  const KeytabFile keytab({{.account = "HOST1$"}});
  const auto never = [](std::string_view, std::string_view) -> base::Result<std::string> {
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

TEST(MachineTicket, WithoutAPrincipalItIsTheMachineAccountOfTheKeytab) {
  const KeytabFile keytab({{.account = "host/old.corp.example"}, {.account = "OLD-NAME-OF-HOST$"}});
  MachineTicket ticket(keytab.path(), "", "CORP.EXAMPLE");
  std::string sent;
  EXPECT_FALSE(ticket.Prepare("dc1.corp.example", [&sent](std::string_view, std::string_view message) {
    sent = message;
    return base::Error{ErrorCode::kDeadline, "silence"};
  }));
  EXPECT_THAT(sent, HasSubstr("OLD-NAME-OF-HOST$"));
}

// KRB-ERROR ::= [APPLICATION 30] with stime, susec, error-code, realm and sname (RFC 4120 5.9.1).
std::string KdcError(int code) {
  const auto part = [](char tag, const std::string& text) {
    return tag + std::string(1, static_cast<char>(text.size())) + text;
  };
  const std::string name =
      part('\x30', part('\xa0', "\x02\x01\x02") +
                       part('\xa1', part('\x30', part('\x1b', "krbtgt") + part('\x1b', "CORP.EXAMPLE"))));
  return part('\x7e', part('\x30', part('\xa0', "\x02\x01\x05") + part('\xa1', "\x02\x01\x1e") +
                                       part('\xa4', part('\x18', "20261122120000Z")) + part('\xa5', "\x02\x01\0"s) +
                                       part('\xa6', "\x02\x01" + std::string(1, static_cast<char>(code))) +
                                       part('\xa9', part('\x1b', "CORP.EXAMPLE")) + part('\xaa', name)));
}

// Codes: RFC 4120 7.5.9.
TEST(MachineTicket, SaysWhatIsWrongWithTheMachineAccount) {
  const std::map<int, std::string> advice = {{6, "the machine account is gone"},
                                             {18, "the machine account is disabled or expired"},
                                             {24, "not the machine account's present ones"},
                                             {37, "clocks of this machine and of the KDC"}};
  const KeytabFile keytab({{.account = "HOST1$"}});
  for (const auto& [code, text] : advice) {
    MachineTicket ticket(keytab.path(), "", "CORP.EXAMPLE");
    const auto prepared = ticket.Prepare("dc1.corp.example", [&](std::string_view, std::string_view) {
      return base::Result<std::string>(KdcError(code));
    });
    ASSERT_FALSE(prepared);
    EXPECT_EQ(prepared.error().code, ErrorCode::kRefused);
    EXPECT_THAT(prepared.error().detail, HasSubstr(text));
    EXPECT_THAT(prepared.error().detail, HasSubstr("HOST1$@CORP.EXAMPLE"));
  }
}

// How many messages reach a KDC that takes no key.
int MessagesWith(const std::vector<KeytabFile::Key>& keys) {
  const KeytabFile keytab(keys);
  MachineTicket ticket(keytab.path(), "", "CORP.EXAMPLE");
  int asked = 0;
  EXPECT_FALSE(ticket.Prepare("dc1.corp.example", [&asked](std::string_view, std::string_view) {
    ++asked;
    return base::Result<std::string>(KdcError(24));
  }));
  return asked;
}

TEST(MachineTicket, TriesThreeOfTheAccountsKeysAndNoMore) {
  const int one = MessagesWith({{.version = 1}});
  EXPECT_GE(one, 1);
  EXPECT_EQ(MessagesWith({{.version = 1}, {.version = 2}}), 2 * one);
  EXPECT_EQ(MessagesWith({{.version = 1}, {.version = 2}, {.version = 3}, {.version = 4}, {.version = 5}}), 3 * one);
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
