// SPDX-License-Identifier: Apache-2.0
// A small domain for the replica's tests. Its ids are known from SSSD's own test vectors: RID n of
// kDomain is uid 770800000 + n.
#pragma once

#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "daemon/replica/contents.h"

namespace taglogin::daemon::replica::samples {

inline constexpr char kDomain[] = "S-1-5-21-2153326666-2176343378-3404031434";
inline constexpr std::uint32_t kFirstId = 770800000;
inline constexpr std::uint32_t kEveryoneGid = 2000200000;
inline constexpr std::int64_t kWall = 1790000000;

inline std::string Sid(unsigned rid) { return std::string(kDomain) + "-" + std::to_string(rid); }
inline Moment At(std::int64_t seconds) { return {"boot-1", 1000000 + seconds * 1000, kWall + seconds}; }

inline directory::Group GroupOf(unsigned rid, const std::string& name) {
  return {Sid(rid), "guid-" + std::to_string(rid), name, true, {}};
}

// An account of "Domain Users" (RID 513).
inline directory::Member MemberOf(unsigned rid, const std::string& name) {
  directory::Member member;
  member.account.id = Sid(rid);
  member.account.guid = "guid-" + std::to_string(rid);
  member.account.name = name;
  member.account.display_name = name;
  member.account.primary_group_id = Sid(513);
  return member;
}

inline void AddMember(directory::Closure& closure, directory::Member member) {
  std::string id = member.account.id;
  closure.members.insert_or_assign(std::move(id), std::move(member));
}

inline void AddGroup(directory::Closure& closure, unsigned rid, const std::string& name) {
  closure.known_groups[Sid(rid)] = GroupOf(rid, name);
}

// ssh-prod-web (2001), with nested web-team (2002) holding alice (1107); bob (1108) is in
// contractors (2003), which a rule denies.
inline directory::Closure SmallClosure() {
  directory::Closure closure;
  closure.server = "dc1.corp.example.com";
  closure.groups["ssh-prod-web"] = {directory::Resolution::kFound, GroupOf(2001, "ssh-prod-web")};
  closure.groups["contractors"] = {directory::Resolution::kFound, GroupOf(2003, "contractors")};
  AddGroup(closure, 2001, "ssh-prod-web");
  AddGroup(closure, 2003, "Contractors");
  AddGroup(closure, 513, "Domain Users");
  directory::Member alice = MemberOf(1107, "Alice");
  alice.memberships.push_back({Sid(2001), {"ssh-prod-web", "web-team"}, false});
  AddMember(closure, std::move(alice));
  directory::Member bob = MemberOf(1108, "bob");
  bob.memberships.push_back({Sid(2003), {"contractors"}, false});
  AddMember(closure, std::move(bob));
  return closure;
}

inline policy::SelectedNames SmallAsked() { return {{"contractors", "ssh-prod-web"}, {}}; }

// A new empty folder (0700), gone with the object.
class Folder {
 public:
  Folder() {
    std::string name = std::filesystem::temp_directory_path() / "taglogin-replica-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ + "/" + name, std::ios::binary | std::ios::trunc) << text;
  }

 private:
  std::string path_;
};

}  // namespace taglogin::daemon::replica::samples
