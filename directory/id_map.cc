// SPDX-License-Identifier: Apache-2.0
#include "directory/id_map.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <utility>

#include "directory/sid.h"

namespace taglogin::directory {
namespace {

constexpr std::uint32_t kSeed = 0xdeadbeef;

std::uint32_t Scramble(std::uint32_t block) { return std::rotl(block * 0xcc9e2d51U, 15) * 0x1b873593U; }

// MurmurHash3_x86_32 with little-endian blocks, as in SSSD's src/util/murmurhash3.c.
std::uint32_t MurmurHash3(std::string_view key) {
  std::uint32_t hash = kSeed;
  std::uint32_t block = 0;
  for (std::size_t i = 0; i < key.size(); ++i) {
    block |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(key[i])) << (8 * (i % 4));
    if (i % 4 != 3) continue;
    hash = std::rotl(hash ^ Scramble(block), 13) * 5 + 0xe6546b64U;
    block = 0;
  }
  if (key.size() % 4 != 0) hash ^= Scramble(block);
  hash ^= static_cast<std::uint32_t>(key.size());
  hash = (hash ^ (hash >> 16)) * 0x85ebca6bU;
  hash = (hash ^ (hash >> 13)) * 0xc2b2ae35U;
  return hash ^ (hash >> 16);
}

// The domain of a range; `name` is one.
std::string DomainOf(const std::string& name) {
  return std::count(name.begin(), name.end(), '-') == 7 ? name.substr(0, name.rfind('-')) : name;
}

bool Overlap(const Slice& a, const Slice& b) {
  return a.first < std::uint64_t{b.first} + b.size && b.first < std::uint64_t{a.first} + a.size;
}

bool IsWithinRange(const Slice& slice, const IdSettings& settings) {
  return slice.first >= settings.lower && std::uint64_t{slice.first} + slice.size <= settings.upper;
}

}  // namespace

bool IsSystemId(std::uint32_t id) { return id == 0 || (id > 60000 && id <= 65535); }

bool IsAllowedId(std::uint32_t id, const IdSettings& settings) {
  return id >= settings.lower && id < settings.upper && !IsSystemId(id);
}

bool IsRangeName(std::string_view name, std::uint32_t slice_size) {
  const std::string text(name);
  if (SplitSid(text + "-0")) return true;
  const auto parts = SplitSid(text);
  return parts && parts->rid != 0 && parts->rid % slice_size == 0;
}

IdMap::IdMap(IdSettings settings, Slices pinned)
    : settings_(std::move(settings)),
      count_((settings_.upper - settings_.lower) / settings_.slice_size),
      slices_(std::move(pinned)) {
  // A range of numbers of the directory's own may be smaller than a slice.
  if (settings_.source == IdSettings::Source::kSid) CheckPinned();
}

std::optional<IdMap::Range> IdMap::RangeOf(std::string_view sid) const {
  auto parts = SplitSid(sid);
  if (!parts) return std::nullopt;
  const std::uint32_t first = parts->rid / settings_.slice_size * settings_.slice_size;
  // RIDs beyond the first slice have slices of their own, named after the first RID in them.
  std::string name = first == 0 ? parts->domain : parts->domain + '-' + std::to_string(first);
  return Range{std::move(name), std::move(parts->domain), first, parts->rid};
}

// A pinned slice stays as it is, or its range has no ids: files belong to them.
void IdMap::CheckPinned() {
  for (const auto& [name, slice] : slices_) {
    std::string line = "range " + name + ": its ids begin with " + std::to_string(slice.first) + " here";
    const std::string why = FaultOf(name, slice);
    const auto wanted = Wanted(name);
    if (!why.empty()) {
      line.append(why).append(", so who is in it is hidden");
      unusable_.insert(name);
    } else if (wanted && At(*wanted) != slice) {
      line.append(" and stay, although [ids] says ").append(std::to_string(At(*wanted).first));
      line.append(": files belong to them");
    } else {
      continue;
    }
    warnings_.push_back(line.append("; taglogin refresh --repin ").append(DomainOf(name)).append(" gives new ones"));
  }
}

// Why a pinned slice cannot be used; empty when it can.
std::string IdMap::FaultOf(const std::string& name, const Slice& slice) const {
  if (slice.size != settings_.slice_size) {
    return ", in slices of " + std::to_string(slice.size) + ", and [ids] slice_size is " +
           std::to_string(settings_.slice_size);
  }
  if (!IsWithinRange(slice, settings_)) return ", which is not between [ids] lower and upper";
  for (const auto& [other, taken] : slices_) {
    if (other != name && Overlap(taken, slice)) return ", and range " + other + " has some of them, too";
  }
  return {};
}

Slice IdMap::At(std::uint32_t slice) const {
  return {settings_.lower + slice * settings_.slice_size, settings_.slice_size};
}

std::uint32_t IdMap::HashOf(const std::string& name) const { return MurmurHash3(name) % count_; }

// The number of the slice that the settings alone give to a range; nullopt when it depends on what came before.
std::optional<std::uint32_t> IdMap::Wanted(const std::string& name) const {
  if (const auto said = settings_.slices.find(name); said != settings_.slices.end()) return said->second;
  if (name == settings_.default_domain_sid) return 0;
  if (settings_.autorid) return std::nullopt;
  const std::uint32_t hash = HashOf(name);
  const auto primary = slices_.find(DomainOf(name));
  // As in SSSD, which looks for the next one when the domain's own slice is there.
  const bool own = primary != slices_.end() && primary->first != name && Overlap(primary->second, At(hash));
  return own ? (hash + 1) % count_ : hash;
}

// Whose ids the slice has some of: another range that has or is promised them; empty: nobody's.
std::string IdMap::OwnerOf(const std::string& name, std::uint32_t slice) const {
  const Slice ids = At(slice);
  for (const auto& [other, taken] : slices_) {
    if (other != name && Overlap(taken, ids)) return other;
  }
  for (const auto& [other, number] : settings_.slices) {
    if (other != name && number == slice) return other;
  }
  const bool default_domain = slice == 0 && !settings_.default_domain_sid.empty();
  return default_domain && name != settings_.default_domain_sid ? settings_.default_domain_sid : std::string();
}

std::uint32_t IdMap::NextFree(const std::string& name, std::uint32_t from) const {
  for (std::uint32_t step = 0; step < count_; ++step) {
    const std::uint32_t slice = (from + step) % count_;
    if (OwnerOf(name, slice).empty()) return slice;
  }
  return count_;
}

void IdMap::Refuse(const std::string& name, std::string_view why, std::uint32_t from) {
  std::string line = "range " + name + " has no ids, who is in it is hidden: " + std::string(why);
  const std::uint32_t free = NextFree(name, from);
  if (free < count_) line += "; give it one under [ids]: slices.\"" + name + "\" = " + std::to_string(free);
  warnings_.push_back(std::move(line));
  unusable_.insert(name);
}

void IdMap::Choose(const std::set<std::string>& sids) {
  std::set<std::string> primary;
  std::set<std::string> secondary;
  for (const std::string& sid : sids) {
    const auto range = RangeOf(sid);
    if (!range) continue;
    primary.insert(range->domain);
    if (range->first_rid != 0) secondary.insert(range->name);
  }
  ChooseFirst(primary, true);
  ChooseFirst(secondary, false);
}

void IdMap::ChooseFirst(const std::set<std::string>& names, bool primary) {
  std::map<std::uint32_t, std::vector<std::string>> wanted;
  for (const std::string& name : names) {
    if (slices_.contains(name) || unusable_.contains(name)) continue;
    const std::string domain = DomainOf(name);
    if (!primary && (!slices_.contains(domain) || unusable_.contains(domain))) {
      unusable_.insert(name);  // said of the domain already
    } else if (const auto slice = Wanted(name); slice && MayHave(name, primary)) {
      wanted[*slice].push_back(name);
    } else if (!primary) {
      Refuse(name, settings_.autorid ? "autorid gives only first slices" : "secondary_slices is off", HashOf(name));
    } else if (const std::uint32_t free = NextFree(name, 0); free < count_) {
      slices_.emplace(name, At(free));
    } else {
      Refuse(name, "no slice is free", 0);
    }
  }
  for (const auto& [slice, claims] : wanted) Settle(slice, claims);
}

// Whether a range gets a slice without a word about it in the settings' slices.
bool IdMap::MayHave(const std::string& name, bool primary) const {
  return primary || settings_.secondary_slices || settings_.slices.contains(name);
}

void IdMap::Settle(std::uint32_t slice, const std::vector<std::string>& claims) {
  std::uint32_t from = slice;
  for (const std::string& name : claims) {
    std::string owner = OwnerOf(name, slice);
    if (owner.empty() && claims.size() > 1) owner = claims[claims[0] == name ? 1 : 0];
    if (!owner.empty()) Refuse(name, "its slice " + std::to_string(slice) + " is that of range " + owner, from++);
  }
  if (claims.size() == 1 && !unusable_.contains(claims[0])) slices_.emplace(claims[0], At(slice));
}

std::optional<std::uint32_t> IdMap::IdOf(std::string_view sid) const {
  const auto range = RangeOf(sid);
  if (!range || unusable_.contains(range->name)) return std::nullopt;
  const auto slice = slices_.find(range->name);
  if (slice == slices_.end()) return std::nullopt;
  const std::uint32_t id = slice->second.first + (range->rid - range->first_rid);
  if (!IsAllowedId(id, settings_)) return std::nullopt;
  return id;
}

}  // namespace taglogin::directory
