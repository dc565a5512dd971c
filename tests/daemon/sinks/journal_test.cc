// SPDX-License-Identifier: Apache-2.0
#include "daemon/sinks/journal.h"

#include <gtest/gtest.h>
#include <sys/uio.h>

#include <cerrno>
#include <map>
#include <set>
#include <string>

namespace {
std::map<std::string, std::string> sent;
int journal_answer = 0;
}  // namespace

extern "C" int __wrap_sd_journal_sendv(const iovec* parts, int count) {
  sent.clear();
  for (int i = 0; i < count; ++i) {
    const std::string field(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
    const std::size_t equals = field.find('=');
    EXPECT_TRUE(sent.emplace(field.substr(0, equals), field.substr(equals + 1)).second) << field;
  }
  return journal_answer;
}

namespace taglogin::daemon::sinks {
namespace {

audit::Event Refused() {
  audit::Event event;
  event.kind = audit::Kind::kLogon;
  event.user_name = "bob";
  event.client_address = "192.0.2.7";
  event.reason_code = "TL-DENY-NOGROUP";
  event.detail = "none of ssh-prod-web";
  event.rule = "by role";
  return event;
}

TEST(SendToJournal, SendsTheRecordAndItsFields) {
  SendToJournal(Refused(), "{\"a\":1}");
  EXPECT_EQ(sent["MESSAGE"], "bob: login refused from 192.0.2.7, TL-DENY-NOGROUP: none of ssh-prod-web");
  EXPECT_EQ(sent["PRIORITY"], "5");
  EXPECT_EQ(sent["TAGLOGIN_USER"], "bob");
  EXPECT_EQ(sent["TAGLOGIN_REASON"], "TL-DENY-NOGROUP");
  EXPECT_EQ(sent["TAGLOGIN_RULE"], "by role");
  EXPECT_EQ(sent["TAGLOGIN_RECORD"], "{\"a\":1}");
}

TEST(SendToJournal, GivesEachKindAMessageIdOfItsOwn) {
  std::set<std::string> ids;
  for (int kind = 0; kind < 5; ++kind) {
    audit::Event event = Refused();
    event.kind = static_cast<audit::Kind>(kind);
    SendToJournal(event, "{}");
    ASSERT_EQ(sent["MESSAGE_ID"].size(), 32u);
    ids.insert(sent["MESSAGE_ID"]);
  }
  EXPECT_EQ(ids.size(), 5u);
}

TEST(SendToJournal, MakesForeignBytesPrintable) {
  audit::Event event = Refused();
  event.user_name = "bob\n\x1b[2Jroot: login allowed\u202e";
  SendToJournal(event, "{}");
  for (const char* field : {"MESSAGE", "TAGLOGIN_USER"}) {
    for (const char c : sent[field]) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << field;
  }
}

TEST(SendToJournal, LeavesOutWhatIsNotKnown) {
  audit::Event event;
  event.allowed = true;
  SendToJournal(event, "{}");
  EXPECT_EQ(sent.count("TAGLOGIN_RULE"), 0u);
  EXPECT_EQ(sent.count("TAGLOGIN_REASON"), 0u);
  EXPECT_EQ(sent["PRIORITY"], "6");
}

TEST(SendToJournal, DoesNotMindAnAbsentJournal) {
  journal_answer = -ECONNREFUSED;
  SendToJournal(Refused(), "{}");
  EXPECT_EQ(sent["TAGLOGIN_RECORD"], "{}");
  journal_answer = 0;
}

}  // namespace
}  // namespace taglogin::daemon::sinks
