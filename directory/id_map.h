// SPDX-License-Identifier: Apache-2.0
// uids and gids of a directory's accounts and groups: computed from SIDs as SSSD does (sss_idmap,
// ldap_id_mapping), or allowed numbers of the directory's own (RFC 2307). Pure; one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace taglogin::directory {

// The [ids] table of taglogin.toml, whose reader sees to it: kMinIdLower <= lower < upper <= kMaxIdUpper, at least one
// slice fits in, the numbers of slices are below (upper - lower) / slice_size and differ, and names in it are right.
// The defaults are SSSD's.
struct IdSettings {
  enum class Source { kSid, kDirectory };
  Source source = Source::kSid;
  std::uint32_t lower = 200000;      // ldap_idmap_range_min, or min_id
  std::uint32_t upper = 2000200000;  // exclusive; ldap_idmap_range_max, or max_id + 1; gid of the group of all accounts
  // For kSid:
  std::uint32_t slice_size = 200000;            // ldap_idmap_range_size
  bool secondary_slices = true;                 // ldap_idmap_helper_table_size above 0
  bool autorid = false;                         // ldap_idmap_autorid_compat
  std::string default_domain_sid;               // ldap_idmap_default_domain_sid: gets slice 0; may be empty
  std::map<std::string, std::uint32_t> slices;  // by range name (see Slices): number of its slice
};

inline constexpr std::uint32_t kMinIdLower = 1000;        // below are the system's own, on every distribution
inline constexpr std::uint32_t kMaxIdUpper = 0x7fffffff;  // many programs take ids for signed

// Ids that no directory may give to anybody whatever the settings say: 0, and 60001 to 65535, which systemd gives to
// home folders and passing services, and the kernel to nobody (systemd's docs/UIDS-GIDS.md).
bool IsSystemId(std::uint32_t id);
// Whether an account or a group of the directory may have it: within the settings' range and not the system's.
bool IsAllowedId(std::uint32_t id, const IdSettings& settings);

// The ids from `first` on that a range of a domain's RIDs has.
struct Slice {
  std::uint32_t first = 0;
  std::uint32_t size = 0;
  bool operator==(const Slice&) const = default;
};
// By range name: "S-1-5-21-a-b-c" has the RIDs below the slice's size, "S-1-5-21-a-b-c-FIRST" those from FIRST on.
using Slices = std::map<std::string, Slice>;

// Whether `name` can be that of a range when slices have this size.
bool IsRangeName(std::string_view name, std::uint32_t slice_size);

// Which range has which ids. What is pinned is never moved; what the settings say otherwise is refused with a warning.
class IdMap {
 public:
  IdMap(IdSettings settings, Slices pinned);

  // Chooses slices for the ranges of these SIDs. A range whose slice overlaps another's gets none, neither of two that
  // are new: which came first must not decide (SSSD takes the next free slice, so that hosts differ).
  void Choose(const std::set<std::string>& sids);
  // nullopt: no SID of a domain's member, its range has no slice, or the id is not allowed.
  std::optional<std::uint32_t> IdOf(std::string_view sid) const;

  // Pinned and chosen.
  const Slices& slices() const { return slices_; }
  // One printable line for each range that has no slice, or another than the settings say.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  struct Range {
    std::string name;
    std::string domain;
    std::uint32_t first_rid = 0;
    std::uint32_t rid = 0;
  };
  std::optional<Range> RangeOf(std::string_view sid) const;
  void CheckPinned();
  std::string FaultOf(const std::string& name, const Slice& slice) const;
  void ChooseFirst(const std::set<std::string>& names, bool primary);
  bool MayHave(const std::string& name, bool primary) const;
  void Settle(std::uint32_t slice, const std::vector<std::string>& claims);
  std::optional<std::uint32_t> Wanted(const std::string& name) const;
  std::uint32_t HashOf(const std::string& name) const;
  std::string OwnerOf(const std::string& name, std::uint32_t slice) const;
  std::uint32_t NextFree(const std::string& name, std::uint32_t from) const;
  Slice At(std::uint32_t slice) const;
  void Refuse(const std::string& name, std::string_view why, std::uint32_t from);

  IdSettings settings_;
  std::uint32_t count_;  // of slices
  Slices slices_;
  std::set<std::string> unusable_;  // names of ranges that have no ids
  std::vector<std::string> warnings_;
};

}  // namespace taglogin::directory
