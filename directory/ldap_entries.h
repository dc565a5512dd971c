// SPDX-License-Identifier: Apache-2.0
// Entries of an LDAP directory turned into records, checked. Private to this room. Pure.
#pragma once

#include <string>
#include <vector>

#include "directory/directory.h"
#include "directory/ldap_account_state.h"
#include "directory/ldap_facts.h"
#include "directory/ldap_searcher.h"
#include "directory/records.h"

namespace taglogin::directory {

// What an entry was changed with last, with the USN plugin of 389 Directory Server.
inline constexpr const char* kEntryNumber = "entryUSN";

struct LdapObject {
  enum class Kind {
    kAccount,
    kGroup,
    kOther,    // neither
    kOutside,  // an account outside the search base
    kUnsound,  // an account or a group without an id, or an account without one certain name
  };
  Kind kind = Kind::kOther;
  std::string dn;
  Account account;                        // kAccount
  Group group;                            // kGroup; its name is empty when it has not one certain name
  std::vector<std::string> member_names;  // kGroup
  std::vector<std::string> member_dns;    // kGroup
  // kGroup, kUnsound: why nothing may be concluded from this entry; empty when all is well.
  std::string fault;
};

class LdapEntryReader {
 public:
  LdapEntryReader(LdapFacts facts, LdapSchema schema, std::vector<std::string> key_attributes);

  // Of an entry asked for with Attributes(). What is both an account and a group is an account.
  LdapObject Read(const Entry& entry) const;
  std::vector<std::string> Attributes() const;

  // RFC 4515 filters.
  std::string AccountFilter() const;
  std::string GroupFilter() const;

  const LdapFacts& facts() const { return facts_; }
  const LdapSchema& schema() const { return schema_; }
  // What Read goes by from now on; before that nothing is known of them.
  void SetPolicies(LockoutPolicies policies) { policies_ = std::move(policies); }

 private:
  void ReadAccount(const Entry& entry, LdapObject& out) const;
  void ReadGroup(const Entry& entry, LdapObject& out) const;
  std::string IdOf(const Entry& entry) const;
  std::string MissingMembers(const Entry& entry) const;

  LdapFacts facts_;
  LdapSchema schema_;
  std::vector<std::string> key_attributes_;
  LockoutPolicies policies_;
};

}  // namespace taglogin::directory
