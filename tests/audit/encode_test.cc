// SPDX-License-Identifier: Apache-2.0
#include "audit/encode.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

namespace taglogin::audit {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using Time = std::chrono::sys_time<milliseconds>;

const Host kHost{.hostname = "web-1",
                 .instance_id = "i-0abc",
                 .account_id = "123456789012",
                 .region = "eu-central-1",
                 .product_version = "0.1.0"};

Event Login(bool allowed) {
  Event event;
  event.kind = Kind::kLogon;
  event.time = Time(milliseconds(1700000000123));
  event.allowed = allowed;
  event.reason_code = allowed ? "TL-ALLOW-RULE" : "TL-DENY-NOGROUP";
  event.detail = "rule \"by role\" speaks";
  event.message = "Welcome.";
  event.user_name = "alice";
  event.user_id = "S-1-5-21-1-2-3-1104";
  event.uid = 1000201104;
  event.domain = "corp.example.com";
  event.service = "sshd";
  event.client_address = "192.0.2.7";
  event.tty = "ssh";
  event.auth_method = "publickey";
  event.key_fingerprint = "SHA256:abc";
  event.session_uid = allowed ? "boot/17" : "";
  event.peer_pid = 4711;
  event.rule = "by role";
  event.rules_version = "0123456789abcdef";
  event.group = "ssh-prod-web";
  event.group_id = "S-1-5-21-1-2-3-1200";
  event.group_path = {"ssh-prod-web", "web-team"};
  event.tags = {{"Role", "web", "imds", 12}};
  event.freshness = "live";
  event.data_age_s = 3;
  event.latency_us = 850;
  return event;
}

json Encoded(const Event& event, const Host& host = kHost, std::uint64_t sequence = 7) {
  return json::parse(Encode(event, host, sequence));
}

TEST(Encode, WritesAllowedLoginAsSuccessfulLogon) {
  const json record = Encoded(Login(true));
  EXPECT_EQ(record["class_uid"], 3002);
  EXPECT_EQ(record["category_uid"], 3);
  EXPECT_EQ(record["activity_id"], 1);
  EXPECT_EQ(record["activity_name"], "Logon");
  EXPECT_EQ(record["type_uid"], 300201);
  EXPECT_EQ(record["time"], 1700000000123);
  EXPECT_EQ(record["severity_id"], 1);
  EXPECT_EQ(record["status_id"], 1);
  EXPECT_EQ(record["status_code"], "TL-ALLOW-RULE");
  EXPECT_EQ(record["action_id"], 1);
  EXPECT_EQ(record["disposition_id"], 1);
  EXPECT_EQ(record["logon_type_id"], 10);
  EXPECT_EQ(record["auth_protocol_id"], 99);
  EXPECT_EQ(record["auth_protocol"], "SSH publickey");
  EXPECT_EQ(record["actor"]["process"]["pid"], 4711);
  EXPECT_EQ(record["service"]["name"], "sshd");
  EXPECT_EQ(record["src_endpoint"], json({{"ip", "192.0.2.7"}}));
  EXPECT_EQ(record["dst_endpoint"], json({{"hostname", "web-1"}, {"uid", "i-0abc"}}));
}

TEST(Encode, NamesThePersonWithUidAsTextAndSid) {
  const json user = Encoded(Login(true))["user"];
  EXPECT_EQ(user["name"], "alice");
  EXPECT_EQ(user["uid"], "1000201104");
  EXPECT_EQ(user["uid_alt"], "S-1-5-21-1-2-3-1104");
  EXPECT_EQ(user["domain"], "corp.example.com");
  EXPECT_EQ(user["groups"][0]["name"], "ssh-prod-web");
}

TEST(Encode, DescribesTheSession) {
  const json session = Encoded(Login(true))["session"];
  EXPECT_EQ(session["uid"], "boot/17");
  EXPECT_EQ(session["created_time"], 1700000000123);
  EXPECT_EQ(session["terminal"], "ssh");
  EXPECT_EQ(session["credential_uid"], "SHA256:abc");
  EXPECT_EQ(session["is_remote"], true);
}

TEST(Encode, CarriesNumberReasonAndProfilesInMetadata) {
  const json metadata = Encoded(Login(false), kHost, 18446744073709551615u)["metadata"];
  EXPECT_EQ(metadata["version"], "1.8.0");
  EXPECT_EQ(metadata["sequence"], 18446744073709551615u);
  EXPECT_EQ(metadata["event_code"], "TL-DENY-NOGROUP");
  EXPECT_EQ(metadata["log_name"], "taglogin");
  EXPECT_EQ(metadata["product"], json({{"name", "taglogin"}, {"vendor_name", "taglogin"}, {"version", "0.1.0"}}));
  EXPECT_EQ(metadata["profiles"], json({"security_control", "cloud"}));
  EXPECT_FALSE(metadata.contains("is_truncated"));
}

TEST(Encode, GivesEveryRecordItsOwnUid) {
  EXPECT_NE(Encoded(Login(true), kHost, 1)["metadata"]["uid"], Encoded(Login(true), kHost, 2)["metadata"]["uid"]);
}

TEST(Encode, SaysWhichRuleDecided) {
  const json record = Encoded(Login(true));
  EXPECT_EQ(record["authorizations"],
            json::parse(R"([{"decision":"allowed","policy":{"type":"taglogin rules","is_applied":true,
                             "name":"by role","version":"0123456789abcdef"}}])"));
  EXPECT_EQ(record["unmapped"]["taglogin"],
            json::parse(R"({"tags":[{"key":"Role","value":"web","source":"imds","age_s":12}],"rule":"by role",
                            "rules_version":"0123456789abcdef","group":"ssh-prod-web",
                            "group_id":"S-1-5-21-1-2-3-1200","group_path":["ssh-prod-web","web-team"],
                            "freshness":"live","data_age_s":3,"latency_us":850})"));
}

TEST(Encode, WritesRefusedLoginAsFailedAndBlocked) {
  Event event = Login(false);
  event.rule.clear();
  event.group.clear();
  event.would_suffice = {"ssh-prod-web", "admins"};
  event.more_would_suffice = 968;
  const json record = Encoded(event);
  EXPECT_EQ(record["activity_id"], 1);
  EXPECT_EQ(record["status_id"], 2);
  EXPECT_EQ(record["severity_id"], 2);
  EXPECT_EQ(record["action_id"], 2);
  EXPECT_EQ(record["disposition_id"], 2);
  EXPECT_EQ(record["authorizations"][0]["decision"], "denied");
  EXPECT_EQ(record["authorizations"][0]["policy"]["is_applied"], false);
  EXPECT_FALSE(record["user"].contains("groups"));
  EXPECT_FALSE(record["session"].contains("created_time"));
  EXPECT_EQ(record["unmapped"]["taglogin"]["would_suffice"], json({"ssh-prod-web", "admins"}));
  EXPECT_EQ(record["unmapped"]["taglogin"]["more_would_suffice"], 968);
}

TEST(Encode, RaisesAlarmWhenTheDirectoryContradictsItself) {
  Event event = Login(false);
  event.reason_code = "TL-DENY-CONTRADICTED";
  const json record = Encoded(event);
  EXPECT_EQ(record["is_alert"], true);
  EXPECT_EQ(record["severity_id"], 4);
  EXPECT_EQ(record["disposition_id"], 19);
  EXPECT_EQ(Encoded(Login(false))["is_alert"], false);
}

TEST(Encode, WritesOtherActivitiesByName) {
  Event event = Login(true);
  event.kind = Kind::kAccountCheck;
  EXPECT_EQ(Encoded(event)["activity_id"], 99);
  EXPECT_EQ(Encoded(event)["type_uid"], 300299);
  EXPECT_EQ(Encoded(event)["activity_name"], "Account Check");
  EXPECT_FALSE(Encoded(event)["session"].contains("created_time"));
  event.kind = Kind::kKeyRefused;
  event.allowed = false;
  EXPECT_EQ(Encoded(event)["activity_name"], "Key Offered");
  EXPECT_EQ(Encoded(event)["status_id"], 2);
}

TEST(Encode, WritesAChangeOfTheTagsAsAnUpdateOfAThing) {
  Event event;
  event.kind = Kind::kTags;
  event.time = Time(milliseconds(1600000000000));
  event.reason_code = "TL-TAGS-HELD";
  event.detail = "held";
  event.tags_before = {{"Environment", "prod", "imds", 5}};
  event.tags = {{"Environment", "dev", "imds", 1}};
  event.held_accounts = {"alice"};
  event.more_held_accounts = 7;
  const json record = Encoded(event);
  EXPECT_EQ(record["class_uid"], 3004);
  EXPECT_EQ(record["type_uid"], 300403);
  EXPECT_EQ(record["status_id"], 1);
  EXPECT_FALSE(record.contains("user"));
  EXPECT_EQ(record["entity"]["data"]["tags"][0]["value"], "prod");
  EXPECT_EQ(record["entity_result"]["data"]["tags"][0]["value"], "dev");
  EXPECT_EQ(record["unmapped"]["taglogin"]["held_accounts"], json({"alice"}));
  EXPECT_EQ(record["unmapped"]["taglogin"]["more_held_accounts"], 7);
  EXPECT_EQ(record["unmapped"]["taglogin"]["counts"], false);
}

TEST(Encode, WritesLogoffWithTheSessionsBeginning) {
  Event event = Login(true);
  event.kind = Kind::kLogoff;
  event.session_created = Time(milliseconds(1600000000000));
  const json record = Encoded(event);
  EXPECT_EQ(record["activity_id"], 2);
  EXPECT_EQ(record["type_uid"], 300202);
  EXPECT_EQ(record["session"]["created_time"], 1600000000000);
  EXPECT_EQ(record["disposition_id"], 17);
  EXPECT_FALSE(record.contains("authorizations"));
}

TEST(Encode, TellsSessionsThatWereEndedFromThoseThatEnded) {
  Event event = Login(true);
  event.kind = Kind::kLogoff;
  event.allowed = false;
  const json record = Encoded(event);
  EXPECT_EQ(record["status_id"], 1);
  EXPECT_EQ(record["action_id"], 2);
  EXPECT_EQ(record["disposition_id"], 24);
}

TEST(Encode, TellsCachedFromLiveAndLocalFromRemote) {
  struct Case {
    const char* service;
    const char* address;
    const char* freshness;
    int logon_type;
  };
  for (const Case& one : {Case{"sshd", "192.0.2.7", "live", 10}, Case{"sshd", "192.0.2.7", "", 10},
                          Case{"sshd", "192.0.2.7", "fresh", 12}, Case{"sshd", "", "stale", 12},
                          Case{"cron", "", "live", 2}, Case{"cron", "", "expired", 11}}) {
    Event event = Login(true);
    event.service = one.service;
    event.client_address = one.address;
    event.freshness = one.freshness;
    EXPECT_EQ(Encoded(event)["logon_type_id"], one.logon_type) << one.service << one.freshness;
  }
}

TEST(Encode, LeavesCloudOutWhenUnknown) {
  Host host = kHost;
  host.account_id.clear();
  EXPECT_EQ(Encoded(Login(true), host)["cloud"], json({{"provider", "AWS"}, {"region", "eu-central-1"}}));
  host.region.clear();
  const json record = Encoded(Login(true), host);
  EXPECT_FALSE(record.contains("cloud"));
  EXPECT_EQ(record["metadata"]["profiles"], json({"security_control"}));
}

TEST(Encode, KeepsWhatIsNoAddressAsAName) {
  for (const char* text : {"not-an-address", "1.2.3.4.5", "192.0.2.7 ", "fe80::1%eth0"}) {
    Event event = Login(true);
    event.client_address = text;
    EXPECT_EQ(Encoded(event)["src_endpoint"], json({{"name", text}})) << text;
  }
  Event event = Login(true);
  event.client_address = std::string("192.0.2.7\0x", 11);
  EXPECT_FALSE(Encoded(event)["src_endpoint"].contains("ip"));
  event.client_address = "2001:db8::1";
  EXPECT_EQ(Encoded(event)["src_endpoint"]["ip"], "2001:db8::1");
}

TEST(Encode, NamesAServiceOrADestinationEvenWhenNothingIsKnown) {
  const json record = Encoded(Event{}, Host{}, 1);
  EXPECT_EQ(record["service"]["name"], "unknown");
  EXPECT_TRUE(record["user"].contains("name"));
}

TEST(Encode, CutsLongStringsAndSaysSo) {
  Event event = Login(true);
  event.detail.assign(kMaxString, 'x');
  EXPECT_FALSE(Encoded(event)["metadata"].contains("is_truncated"));
  event.detail += "yz";
  EXPECT_EQ(Encoded(event)["metadata"]["is_truncated"], true);
  EXPECT_EQ(Encoded(event)["status_detail"], std::string(kMaxString, 'x') + "…");
}

TEST(Encode, EscapesWhatActsInsteadOfShowing) {
  struct Case {
    const char* raw;
    const char* escaped;
  };
  for (const Case& one : {Case{"\x1b", "\\u001b"}, Case{"\n", "\\n"}, Case{"\x7f", "\\u007f"},
                          Case{"\u0085", "\\u0085"}, Case{"\u200b", "\\u200b"}, Case{"\u2028", "\\u2028"},
                          Case{"\u2029", "\\u2029"}, Case{"\u202e", "\\u202e"}, Case{"\u2066", "\\u2066"},
                          Case{"\u061c", "\\u061c"}, Case{"\ufeff", "\\ufeff"}, Case{"\U000e0041", "\\udb40\\udc41"}}) {
    Event event = Login(true);
    event.user_name = std::string("a") + one.raw + "b";
    const std::string line = Encode(event, kHost, 1);
    EXPECT_EQ(line.find(one.raw), std::string::npos) << one.escaped;
    EXPECT_NE(line.find(std::string("\"a") + one.escaped + "b\""), std::string::npos) << one.escaped;
    EXPECT_EQ(json::parse(line)["user"]["name"], event.user_name);
  }
}

TEST(Encode, KeepsOrdinaryTextReadable) {
  Event event = Login(true);
  event.detail = "Zürich 東京 \"quoted\" \\ 🙂";
  EXPECT_NE(Encode(event, kHost, 1).find("Zürich 東京 \\\"quoted\\\" \\\\ 🙂"), std::string::npos);
}

// Whether the text holds a byte or character that could end a line or drive a terminal.
bool Acts(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0u;
    const auto third = i + 2 < text.size() ? static_cast<unsigned char>(text[i + 2]) : 0u;
    if (byte < 0x20 || byte == 0x7f) return true;
    if (byte == 0xc2 && next >= 0x80 && next < 0xa0) return true;                       // C1
    if (byte == 0xd8 && next == 0x9c) return true;                                      // U+061C
    if (byte == 0xe2 && next == 0x80 && (third == 0x8e || third == 0x8f)) return true;  // U+200E, U+200F
    if (byte == 0xe2 && next == 0x80 && third >= 0xa8 && third <= 0xae) return true;    // U+2028 to U+202E
    if (byte == 0xe2 && next == 0x81 && third >= 0xa6 && third <= 0xa9) return true;    // U+2066 to U+2069
  }
  return false;
}

std::string RandomText(std::mt19937& random) {
  static const std::vector<std::string> kPieces = {"\n",
                                                   "\r\n",
                                                   std::string(1, '\0'),
                                                   "\x1b[2J",
                                                   "\u202e",
                                                   "\u2028",
                                                   "\u0085",
                                                   "\u2066",
                                                   "\"",
                                                   "\\",
                                                   "\\u0000",
                                                   "\xff",
                                                   "\xc0\x80",
                                                   "\xed\xa0\x80",
                                                   "\xf4\x90\x80\x80",
                                                   "\xe2\x80",
                                                   "\xf0\x9f\x99\x82",
                                                   "{\"a\":1}",
                                                   "é",
                                                   "x"};
  std::string text;
  const std::size_t pieces = random() % 12;
  for (std::size_t i = 0; i < pieces; ++i) {
    if (random() % 3 == 0) {
      text += static_cast<char>(random() & 0xff);
    } else {
      text += kPieces[random() % kPieces.size()];
    }
  }
  return text;
}

TEST(Encode, MakesOneValidLineOfHostileRecords) {
  std::mt19937 random(20260101);
  for (std::uint64_t i = 1; i <= 1000; ++i) {  // some 20,000 strings
    Event event;
    event.kind = static_cast<Kind>(random() % 4);
    event.allowed = random() % 2 == 0;
    for (std::string* field : {&event.reason_code, &event.detail, &event.message, &event.user_name, &event.user_id,
                               &event.domain, &event.service, &event.client_address, &event.client_host, &event.tty,
                               &event.auth_method, &event.key_fingerprint, &event.session_uid, &event.rule,
                               &event.rules_version, &event.group, &event.group_id, &event.freshness}) {
      *field = RandomText(random);
    }
    event.group_path = {RandomText(random), RandomText(random)};
    event.would_suffice = {RandomText(random)};
    event.tags = {{RandomText(random), RandomText(random), RandomText(random), -1}};
    const std::string line = Encode(event, {RandomText(random), RandomText(random), "", "", ""}, i);
    ASSERT_FALSE(Acts(line)) << line;
    const json record = json::parse(line, nullptr, false);  // refuses invalid UTF-8
    ASSERT_TRUE(record.is_object()) << line;
    ASSERT_EQ(record["metadata"]["sequence"], i);
    ASSERT_TRUE(record["user"]["name"].is_string());
  }
}

}  // namespace
}  // namespace taglogin::audit
