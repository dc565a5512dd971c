// SPDX-License-Identifier: Apache-2.0
// An account as the decision sees it.
#pragma once

#include <bitset>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace taglogin::policy {

// How an account is in a group: names from that group down to the group that holds the account.
using GroupPath = std::vector<std::string>;

// The hours of a week in which the directory lets an account log on.
struct LogonHours {
  std::bitset<168> open;  // hour 0 begins on Sunday at 00:00 UTC
  bool readable = true;   // false: what the directory says makes no sense, and no hour is open
};

struct Account {
  std::string name;  // canonical login name
  std::string id;    // immutable: objectSid as text, or entryUUID
  bool disabled = false;
  std::optional<std::chrono::sys_seconds> expires;       // nullopt: never
  std::optional<std::chrono::sys_seconds> locked_until;  // nullopt: not locked; max(): until somebody unlocks it
  std::optional<std::vector<std::string>> workstations;  // computers it may log on at; nullopt: all
  std::optional<LogonHours> logon_hours;                 // nullopt: always
  bool password_must_change = false;
  std::optional<std::chrono::sys_seconds> password_expires;  // nullopt: never
  // Selected groups this account is in, by immutable id.
  std::map<std::string, GroupPath> groups;
  // The walk says member, the server's own tokenGroups says not: such an account is denied.
  bool contradicted = false;
};

// What a machine makes of the states of accounts.
struct AccountChecks {
  bool must_change_denies = true;        // a password that must be changed keeps its account out
  bool password_expired_denies = false;  // so does one that has expired
  // What Account::workstations is compared with, in any case: the names of this machine. None: an account that
  // may log on at certain computers may not log on here.
  std::vector<std::string> host_names;
};

}  // namespace taglogin::policy
