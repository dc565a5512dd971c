// SPDX-License-Identifier: Apache-2.0
// What is worth a record, in taglogin's own terms; encode.h makes OCSF 1.8.0 of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace taglogin::audit {

enum class Kind {
  kAccountCheck,  // PAM account phase said yes (3002, activity 99 "Account Check")
  kLogon,         // a login was refused at any phase, or its session opened (3002, activity 1)
  kLogoff,        // its session is over (3002, activity 2)
  kKeyRefused,    // the owner of a key who would be refused offered it (3002, activity 99 "Key Offered")
  kTags,          // a step of a change of the machine's tags (3004, activity 3 "Update"), about no account
};

struct TagFact {
  std::string key;
  std::string value;
  std::string source;
  std::int64_t age_s = 0;
};

// Strings may hold any bytes: encoding makes valid UTF-8 and one line of them. Empty strings and
// nullopt leave the attribute out.
struct Event {
  Kind kind = Kind::kLogon;
  std::chrono::sys_time<std::chrono::milliseconds> time;
  bool allowed = false;     // kLogoff: false when taglogin ended the session; kTags: the change counts
  std::string reason_code;  // "TL-…"
  std::string detail;       // for the admin
  std::string message;      // what the person was told

  std::string user_name;  // canonical, or as asked for when it is nobody's
  std::string user_id;    // SID
  std::optional<std::uint32_t> uid;
  std::string domain;

  std::string service;         // PAM service: "sshd"
  std::string client_address;  // PAM_RHOST when it is an address
  std::string client_host;     // PAM_RHOST when it is a name
  std::string tty;
  std::string auth_method;      // "publickey", "gssapi-with-mic", …
  std::string key_fingerprint;  // "SHA256:…"; of a certificate that of the certified key
  std::string certificate_id;   // the key id that its authority gave it
  std::string certificate_serial;
  std::string certificate_authority;  // "SHA256:…"; empty: there was no certificate

  std::string session_uid;  // stable within this host: kLogon allowed, kLogoff
  std::optional<std::chrono::sys_time<std::chrono::milliseconds>> session_created;  // kLogoff
  std::int64_t peer_pid = 0;                                                        // sshd's monitor

  std::string rule;
  std::string rules_version;
  std::string group;
  std::string group_id;
  std::vector<std::string> group_path;
  std::vector<std::string> would_suffice;
  std::size_t more_would_suffice = 0;
  std::vector<TagFact> tags;
  std::vector<TagFact> tags_before;        // kTags: those that counted before the change
  std::vector<std::string> held_accounts;  // kTags: the first of those whom the change lets in
  std::size_t more_held_accounts = 0;
  std::string freshness;  // "live", "fresh", "stale", "expired"
  std::int64_t data_age_s = 0;
  std::int64_t latency_us = 0;
};

// Where the events happen.
struct Host {
  std::string hostname;
  std::string instance_id;
  std::string account_id;  // cloud account; empty when unknown
  std::string region;
  std::string product_version;
};

}  // namespace taglogin::audit
