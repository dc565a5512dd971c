// SPDX-License-Identifier: Apache-2.0
// What is read from the directory, in the directory's own terms, already decoded and checked.
#pragma once

#include <bitset>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace taglogin::directory {

// logonHours: when an account may log on.
struct LogonHours {
  std::bitset<168> open;  // hour 0 begins on Sunday at 00:00 UTC
  bool readable = true;   // false: the value makes no sense, and no hour is open
};

struct Account {
  std::string id;                                   // objectSid as text; of LDAP: entryUUID or what stands for it
  std::string guid;                                 // objectGUID as text; of LDAP: as id
  std::string name;                                 // sAMAccountName, or uid, as it stands there
  std::string domain;                               // DNS name, lower case; empty: the configured one
  std::string upn;                                  // userPrincipalName as it stands there; empty: none
  std::string display_name;                         // displayName; may be empty, any bytes
  bool disabled = false;                            // userAccountControl ADS_UF_ACCOUNTDISABLE (MS-ADTS 2.2.16)
  std::optional<std::chrono::sys_seconds> expires;  // accountExpires; 0 and 2^63-1 mean never
  // msDS-User-Account-Control-Computed UF_LOCKOUT, until lockoutTime and the domain's lockoutDuration are over
  // (MS-ADTS 3.1.1.4.5.17). max(): until the directory says otherwise. nullopt: not locked.
  std::optional<std::chrono::sys_seconds> locked_until;
  std::optional<std::vector<std::string>> workstations;  // userWorkstations; nullopt: everywhere
  std::optional<LogonHours> logon_hours;                 // nullopt: always
  // pwdLastSet is 0, and the password is not one that stays (MS-ADTS 3.1.1.4.5.17).
  bool password_must_change = false;
  // msDS-UserPasswordExpiryTimeComputed (MS-ADTS 3.1.1.4.5); nullopt: never, or it must be changed anyway.
  std::optional<std::chrono::sys_seconds> password_expires;
  std::string primary_group_id;  // SID made from primaryGroupID; of LDAP: the one group with that gid_number, or empty
  std::optional<std::uint32_t> uid_number;  // uidNumber, unchecked; nullopt unless one number of 32 bits
  std::optional<std::uint32_t> gid_number;  // gidNumber, likewise
  std::string home;                         // unixHomeDirectory, unchecked; may be empty
  std::string shell;                        // loginShell, unchecked; may be empty
  std::vector<std::string> key_values;      // the key attributes' values, in the configured order
};

struct Group {
  std::string id;
  std::string guid;
  std::string name;                              // sAMAccountName, or cn
  bool security = false;                         // groupType bit 0x80000000
  std::optional<std::uint32_t> gid_number = {};  // as an account's
  std::string domain = {};                       // likewise
};

// Why a name in a rule stands for no group or account.
enum class Resolution {
  kFound,
  kNotFound,     // nothing of that name within the search base
  kAmbiguous,    // several
  kNotSecurity,  // a distribution group: grants nothing
  kPinMismatch,  // the name now belongs to another object than the one pinned: the pin holds if
                 // that object still exists, else nobody matches
};

struct ResolvedGroup {
  Resolution resolution = Resolution::kNotFound;
  Group group;  // kFound, and kPinMismatch when the pinned object still exists (id not empty)
};

// One account's way into one selected group: names from the selected group down to the group that
// holds the account.
struct Membership {
  std::string group_id;
  std::vector<std::string> path;
  // tokenGroups of the account did not confirm it (MS-ADTS 3.1.1.4.5.19).
  bool contradicted = false;
  // No way into the group was found, tokenGroups alone says so.
  bool by_token_alone = false;
};

struct Member {
  Account account;
  std::vector<Membership> memberships;  // empty for accounts that only `users` or a lookup names
  // Groups asked for under [nss] groups that the account is in, by id.
  std::vector<std::string> nss_group_ids;
};

// The whole truth about the selected groups at one moment, from one server, and one of each further domain.
struct Closure {
  std::string server;
  std::map<std::string, ResolvedGroup> groups;  // by name as asked for
  std::map<std::string, std::string> users;     // name as asked for -> account id, if found
  std::vector<std::string> ambiguous_users;     // names as asked for that could mean several accounts
  std::map<std::string, Group> known_groups;    // by id: selected, nss and primary groups
  std::map<std::string, Member> members;        // by account id
  std::vector<std::string> warnings;            // printable, one line each
  // Further domains that could not be read this time, and how long before the walk began they were read last: what is
  // said of their accounts is as old. Not there: read in this walk, or nothing of it is known.
  std::map<std::string, std::int64_t> behind_ms;
};

}  // namespace taglogin::directory
