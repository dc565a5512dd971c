// SPDX-License-Identifier: Apache-2.0
// Entries of Active Directory turned into records, checked: what lacks an identity of this domain
// or is no person and no group is not let through. Private to this room. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "directory/account_state.h"
#include "directory/directory_name.h"
#include "directory/ldap_searcher.h"
#include "directory/records.h"

namespace taglogin::directory {

// The domain that a server serves, as the server itself says.
struct Domain {
  std::string sid;             // "S-1-5-21-a-b-c"
  std::string naming_context;  // DN
  std::string search_base;     // DN as the server writes it
  std::string name = {};       // of a further domain: goes into its records; empty: the configured one
};

// How many of a group's members an answer held (MS-ADTS 3.1.1.3.1.3.3, range retrieval).
struct MemberRange {
  std::vector<ExtendedDn> members;
  std::uint64_t first = 0;
  std::optional<std::uint64_t> next;  // where to go on; nullopt: that was the end
};

class EntryReader {
 public:
  EntryReader(Domain domain, std::vector<std::string> key_attributes);

  enum class Kind {
    kAccount,
    kGroup,
    kOther,    // a computer, a contact, a trust …
    kForeign,  // of another domain, or without a sound SID, GUID or name
    kOutside,  // a person outside the search base
  };
  // groupType (MS-ADTS 2.2.12): whom a group may hold, and where it counts.
  enum class Scope { kUnknown, kGlobal, kDomainLocal, kUniversal };
  struct Object {
    Kind kind = Kind::kOther;
    std::string guid;                    // empty when unsound
    Account account;                     // kAccount
    Group group;                         // kGroup
    Scope scope = Scope::kUnknown;       // kGroup
    std::string dn;                      // without GUID and SID
    std::optional<MemberRange> members;  // kGroup; nullopt: as of ReadMembers
  };
  // Entries must have been asked for with extended DN and one of the attribute lists below.
  Object Read(const Entry& entry) const;

  // The range of `member` in an entry; nullopt when the server's account of it makes no sense.
  static std::optional<MemberRange> ReadMembers(const Entry& entry);
  // The SIDs in tokenGroups; nullopt when the attribute is missing or unsound.
  static std::optional<std::vector<std::string>> ReadTokenGroups(const Entry& entry);

  std::vector<std::string> GroupAttributes() const;  // with the first range of members
  std::vector<std::string> AccountAttributes() const;
  std::vector<std::string> ObjectAttributes() const;  // both
  const Domain& domain() const { return domain_; }
  // What Read goes by from now on; before that nothing is known of it.
  void SetAccountPolicy(AccountPolicy policy) { policy_ = policy; }
  const AccountPolicy& account_policy() const { return policy_; }

 private:
  Account ReadAccount(const Entry& entry) const;

  Domain domain_;
  AccountPolicy policy_;
  std::vector<std::string> key_attributes_;
};

}  // namespace taglogin::directory
