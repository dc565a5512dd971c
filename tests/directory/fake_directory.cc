// SPDX-License-Identifier: Apache-2.0
#include "tests/directory/fake_directory.h"

#include <algorithm>
#include <cstdio>

#include "directory/sid.h"

namespace taglogin::directory {
namespace {

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

// As Active Directory compares names: case and accents do not count.
std::string Fold(std::string text) {
  text = Lower(std::move(text));
  for (const std::string umlaut : {"\xc3\xb6", "\xc3\x96"}) {
    for (std::size_t at = 0; (at = text.find(umlaut)) != std::string::npos;) text.replace(at, 2, "o");
  }
  return text;
}

void LowerAttributes(FilterNode& filter) {
  filter.attribute = Lower(std::move(filter.attribute));
  for (FilterNode& part : filter.parts) LowerAttributes(part);
}

}  // namespace

bool FakeObject::Is(const std::string& name_of_class) const {
  return std::find(classes.begin(), classes.end(), name_of_class) != classes.end();
}

std::string FakeDirectory::AddGroup(const std::string& name, const std::string& ou) {
  FakeObject object;
  char guid[40];
  (void)std::snprintf(guid, sizeof guid, "%08x-0000-4000-8000-000000000000", next_rid_);
  object.guid = guid;
  object.guid_bytes = *GuidToBinary(guid);
  object.sid = sid_ + '-' + std::to_string(next_rid_++);
  object.name = name;
  object.dn = "CN=" + name + ',' + ou + context_;
  object.classes = {"top", "group"};
  objects_[object.guid] = object;
  return object.guid;
}

std::string FakeDirectory::AddUser(const std::string& name, const std::string& ou) {
  std::string guid = AddGroup(name, ou);
  FakeObject& object = At(guid);
  object.classes = {"top", "person", "organizationalPerson", "user"};
  object.primary_group = sid_ + "-513";
  object.attributes = {{"useraccountcontrol", {"512"}},
                       {"msds-user-account-control-computed", {"0"}},
                       {"accountexpires", {"9223372036854775807"}},
                       {"pwdlastset", {"133000000000000000"}},
                       {"msds-userpasswordexpirytimecomputed", {"9223372036854775807"}}};
  return guid;
}

std::string FakeDirectory::AddObject(const std::string& dn, const std::string& object_class,
                                     std::map<std::string, std::vector<std::string>> attributes) {
  std::string guid = AddGroup("");
  FakeObject& object = At(guid);
  object.sid.clear();
  object.dn = dn;
  object.classes = {"top", object_class};
  object.attributes = std::move(attributes);
  return guid;
}

std::set<std::string> FakeDirectory::TokenGroups(const FakeObject& account) const {
  std::set<std::string> out;
  std::set<std::string> inside = {account.guid};
  for (bool grown = true; grown;) {
    grown = false;
    for (const auto& [guid, group] : objects_) {
      const bool holds = std::any_of(group.members.begin(), group.members.end(),
                                     [&inside](const std::string& member) { return inside.contains(member); });
      if (!holds && group.sid != account.primary_group) continue;
      if (!group.Is("group") || !group.security || inside.contains(guid)) continue;
      inside.insert(guid);
      out.insert(group.sid);
      grown = true;
    }
  }
  return out;
}

bool FakeDirectory::Matches(const FakeObject& object, const FilterNode& filter) const {
  const auto matches = [&](const FilterNode& part) { return Matches(object, part); };
  if (filter.operation == '&') return std::all_of(filter.parts.begin(), filter.parts.end(), matches);
  if (filter.operation == '|') return std::any_of(filter.parts.begin(), filter.parts.end(), matches);
  if (filter.operation == '*') return true;
  const std::string& attribute = filter.attribute;
  if (filter.operation == '>') return attribute == "usnchanged" && object.changed >= std::stoll(filter.value);
  if (attribute == "objectguid") return object.guid_bytes == filter.value;
  if (attribute == "objectsid") return SidToBinary(object.sid) == filter.value;
  if (attribute == "samaccountname") return Fold(object.name) == Fold(filter.value);
  if (attribute == "userprincipalname") {
    const auto held = object.attributes.find(attribute);
    return held != object.attributes.end() && Fold(held->second.front()) == Fold(filter.value);
  }
  if (attribute == "primarygroupid") return object.primary_group == sid_ + '-' + filter.value;
  if (attribute == "objectclass") return object.Is(filter.value);
  if (attribute != "objectcategory") return false;
  const char* category = object.Is("group") ? "group" : (object.Is("computer") ? "computer" : "person");
  return filter.value == category;
}

bool FakeDirectory::InScope(const FakeObject& object, const Query& query) const {
  const std::string_view base = query.base;
  if (base.starts_with("<GUID=")) return base.substr(6, base.size() - 7) == object.guid;
  if (base.starts_with("<SID=")) return base.substr(5, base.size() - 6) == object.sid;
  return query.subtree && object.dn.ends_with(',' + query.base);
}

std::string FakeDirectory::ExtendedName(const FakeObject& object) const {
  const std::string sid = object.sid.empty() ? "" : "<SID=" + object.sid + ">;";
  return "<GUID=" + object.guid + ">;" + sid + object.dn;
}

void FakeDirectory::ShowMembers(const FakeObject& object, const std::string& asked, Entry& entry) const {
  const std::size_t first = std::stoul(asked.substr(asked.find('=') + 1));
  const std::size_t count = object.members.size();
  if (count == 0) return;
  const std::size_t end = std::min(count, first + range_limit);
  std::string name = "member;range=" + std::to_string(first) + '-' + (end >= count ? "*" : std::to_string(end - 1));
  if (nonsense_range) name = *nonsense_range;
  auto& values = entry.attributes[name];
  for (std::size_t i = first; i < end; ++i) {
    const auto found = objects_.find(object.members[i]);
    // A member of another forest, of which nothing but the name is here.
    values.push_back(found == objects_.end() ? object.members[i] : ExtendedName(found->second));
  }
}

Entry FakeDirectory::Show(const FakeObject& object, const Query& query) const {
  Entry entry;
  entry.dn = query.extended_dn ? ExtendedName(object) : object.dn;
  for (const std::string& asked : query.attributes) {
    const std::string name = Lower(asked);
    const auto found = object.attributes.find(name);
    if (found != object.attributes.end()) entry.attributes[name] = found->second;
    if (name == "objectclass") entry.attributes[name] = object.classes;
    if (name == "objectsid" && !object.sid.empty()) entry.attributes[name] = {*SidToBinary(object.sid)};
    if (name == "samaccountname") entry.attributes[name] = {object.name};
    if (name == "grouptype" && object.Is("group")) {
      entry.attributes[name] = {object.security ? object.group_type : "2"};
    }
    if (name == "primarygroupid" && !object.primary_group.empty()) {
      entry.attributes[name] = {std::to_string(SplitSid(object.primary_group)->rid)};
    }
    if (name.starts_with("member;range=")) ShowMembers(object, name, entry);
    if (name == "tokengroups" && !query.subtree && !mute_tokens.contains(object.guid)) {
      auto& values = entry.attributes[name];
      values.push_back(*SidToBinary("S-1-5-32-545"));
      if (lying_tokens.contains(object.guid)) continue;
      for (const std::string& sid : TokenGroups(object)) values.push_back(*SidToBinary(sid));
      for (const std::string& sid : object.further_tokens) values.push_back(*SidToBinary(sid));
    }
  }
  return entry;
}

base::Result<void> FakeDirectory::Search(const std::vector<Query>& asked, base::Deadline /*deadline*/,
                                         const OnEntry& on_entry) {
  for (std::size_t index = 0; index < asked.size(); ++index) {
    if (fail_at == queries++) return base::Unavailable("the fake was told to fail");
    const Query& query = asked[index];
    if (query.base.empty()) {
      Entry root;
      root.attributes["highestcommittedusn"] = {std::to_string(update_number)};
      on_entry(index, root);
      continue;
    }
    if (query.base == context_ && !query.subtree) {
      Entry domain;
      domain.dn = context_;
      domain.attributes = domain_attributes;
      on_entry(index, domain);
      continue;
    }
    FilterNode filter;
    if (!FilterModel::Parse(query.filter, filter)) return base::Invalid("no filter: " + query.filter);
    LowerAttributes(filter);
    for (const auto& [guid, object] : objects_) {
      if (!object.hidden && InScope(object, query) && Matches(object, filter)) on_entry(index, Show(object, query));
    }
  }
  return {};
}

EntryReader FakeReader(const std::string& search_base) {
  return EntryReader({kFakeDomainSid, kFakeContext, search_base}, {"altSecurityIdentities", "sshPublicKey"});
}

}  // namespace taglogin::directory
