// SPDX-License-Identifier: Apache-2.0
// The rules as written: which groups open this machine, given its tags.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/network.h"

namespace date {
class time_zone;
}

namespace taglogin::policy {

// One span of a week: minutes [begin, end) of the days whose bit is set (bit 0 = Monday), in the
// rule's zone. end <= begin runs over midnight and belongs to the day on which it begins.
struct WeekHours {
  unsigned days = 0;  // bits 0..6
  int begin_minute = 0;
  int end_minute = 0;  // 1..1440
};

struct TagCondition {
  // Values, any of which will do (compared as bytes after NFC). Empty: the tag must merely exist,
  // whatever its value (written `Key = true`).
  std::vector<std::string> values;
};

enum class OnStale { kDeny, kAllow };

// A rule either lets in (login, users) or keeps out (deny, deny_users), never both.
struct Rule {
  std::string name;
  int line = 0;  // in the file, 1-based
  std::map<std::string, TagCondition, std::less<>> when;
  std::vector<std::string> login;              // group name templates
  std::vector<std::string> users;              // account names
  std::vector<std::string> deny;               // group name templates; "*" alone means everybody
  std::vector<std::string> deny_users;         // account names
  std::vector<Network> from;                   // empty: from anywhere
  std::vector<WeekHours> hours;                // empty: at any time
  std::string zone;                            // IANA name of `hours`
  const date::time_zone* zone_data = nullptr;  // loaded with the rules; lives as long as the process
  // Of rules that let in; in a rule that keeps out both keys are an error.
  std::chrono::seconds max_staleness{24 * 3600};
  OnStale on_stale = OnStale::kDeny;
  // What the login must be proven with.
  std::vector<std::string> key_types;   // one of these types of SSH keys (kKeyTypes); empty: no demand
  bool verify_required = false;         // the key has verified its user; key_types are security keys' then
  std::vector<std::string> principals;  // of certificates: templates with {name}; at least one
};

// The types of keys a rule may name, as sshd does (PubkeyAcceptedAlgorithms).
inline constexpr std::array<std::string_view, 7> kKeyTypes = {"ssh-ed25519",
                                                              "ecdsa-sha2-nistp256",
                                                              "ecdsa-sha2-nistp384",
                                                              "ecdsa-sha2-nistp521",
                                                              "ssh-rsa",
                                                              "sk-ssh-ed25519@openssh.com",
                                                              "sk-ecdsa-sha2-nistp256@openssh.com"};

// Whether keys of this type live in a security key (FIDO), which can verify its user.
inline bool IsSecurityKey(std::string_view key_type) { return key_type.starts_with("sk-"); }

struct RuleSet {
  std::vector<Rule> rules;
  std::string version;  // first 16 hex digits of the SHA-256 of the file's bytes
  std::string source;   // path
};

// Reads the [[rule]] tables of a taglogin.toml; other top-level tables are not looked at here.
// All or nothing. Errors are kInvalid: "PATH:LINE: what is wrong and what would be right"; an
// unknown key names the nearest known one.
base::Result<RuleSet> ParseRules(std::string_view toml, const std::string& path);

}  // namespace taglogin::policy
