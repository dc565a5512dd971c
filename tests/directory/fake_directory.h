// SPDX-License-Identifier: Apache-2.0
// A small Active Directory in memory, as strict as a real one where Samba is not: members come in
// short ranges, tokenGroups for a base search alone, names match with accents folded.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "directory/entry_reader.h"
#include "directory/ldap_searcher.h"
#include "tests/directory/filter_model.h"

namespace taglogin::directory {

inline constexpr const char* kFakeDomainSid = "S-1-5-21-1-2-3";
inline constexpr const char* kFakeContext = "DC=corp,DC=example";

struct FakeObject {
  std::string sid;   // text; empty: none
  std::string guid;  // text
  std::string guid_bytes;
  std::string dn;
  std::string name;  // sAMAccountName
  std::vector<std::string> classes;
  std::map<std::string, std::vector<std::string>> attributes;  // further ones, by name in lower case
  std::vector<std::string> members;                            // guids
  bool security = true;
  std::string group_type = "-2147483646";  // groupType when `security`: a global group
  std::string primary_group;               // sid
  std::set<std::string> further_tokens;    // SIDs in tokenGroups besides this domain's
  bool hidden = false;                     // not shown to us
  std::int64_t changed = 1;                // uSNChanged

  bool Is(const std::string& name_of_class) const;
};

class FakeDirectory : public LdapSearcher {
 public:
  explicit FakeDirectory(std::string sid = kFakeDomainSid, std::string context = kFakeContext)
      : sid_(std::move(sid)), context_(std::move(context)) {}
  const std::string& sid() const { return sid_; }
  const std::string& context() const { return context_; }
  // An object that is neither account nor group; its guid.
  std::string AddObject(const std::string& dn, const std::string& object_class,
                        std::map<std::string, std::vector<std::string>> attributes);
  // As a member of another domain's group; of a trusted forest's: of the object that stands for it there.
  std::string NameOf(const std::string& guid) const { return ExtendedName(objects_.at(guid)); }
  // Both return the new object's guid. RIDs begin at 1000.
  std::string AddGroup(const std::string& name, const std::string& ou = "OU=Groups,");
  std::string AddUser(const std::string& name, const std::string& ou = "OU=People,");
  FakeObject& At(const std::string& guid) { return objects_.at(guid); }
  const std::map<std::string, FakeObject>& objects() const { return objects_; }
  // `member`: guid, or NameOf it in another domain.
  void AddMember(const std::string& group, const std::string& member) { At(group).members.push_back(member); }
  void Remove(const std::string& guid) { objects_.erase(guid); }

  // Security groups that the account is in by the domain's own reckoning: from the account upwards.
  std::set<std::string> TokenGroups(const FakeObject& account) const;

  base::Result<void> Search(const std::vector<Query>& queries, base::Deadline deadline,
                            const OnEntry& on_entry) override;

  std::size_t range_limit = 3;
  std::size_t queries = 0;
  std::int64_t update_number = 1;
  std::map<std::string, std::vector<std::string>> domain_attributes;  // of the domain's object, by name in lower case
  std::set<std::string> lying_tokens;         // guids of accounts whose tokenGroups are empty of our groups
  std::set<std::string> mute_tokens;          // guids of accounts whose tokenGroups are not told
  std::optional<std::size_t> fail_at;         // the query of that number fails
  std::optional<std::string> nonsense_range;  // instead of the true name of the range attribute

 private:
  bool Matches(const FakeObject& object, const FilterNode& filter) const;
  bool InScope(const FakeObject& object, const Query& query) const;
  Entry Show(const FakeObject& object, const Query& query) const;
  void ShowMembers(const FakeObject& object, const std::string& asked, Entry& entry) const;
  std::string ExtendedName(const FakeObject& object) const;

  std::string sid_;
  std::string context_;
  std::map<std::string, FakeObject> objects_;
  unsigned next_rid_ = 1000;
};

// A reader for that domain.
EntryReader FakeReader(const std::string& search_base = kFakeContext);

}  // namespace taglogin::directory
