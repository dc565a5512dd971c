// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/encoding.h"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "daemon/replica/json_forms.h"
#include "daemon/replica/tag_hold.h"

namespace taglogin::daemon::replica {
namespace {

using nlohmann::json;

constexpr char kPin[] = "pin";            // name -> id
constexpr char kSlice[] = "slice";        // range name -> its ids
constexpr char kWalk[] = "walk";          // one row
constexpr char kResolved[] = "resolved";  // name as asked for -> group
constexpr char kUser[] = "user";          // name as asked for -> account id
constexpr char kGroup[] = "group";        // id -> group
constexpr char kMember[] = "member";      // id -> member
constexpr char kExtra[] = "extra";        // id -> account
constexpr char kUsed[] = "used";          // id -> wall seconds
constexpr char kTags[] = "tags";          // one row
constexpr char kMachine[] = "machine";    // one row, or none
constexpr char kEarlier[] = "earlier";    // number, two digits -> tags
constexpr char kDistrust[] = "distrust";  // one row, or none
constexpr char kClock[] = "clock";        // one row: high-water mark
constexpr char kDecision[] = "decision";  // login name -> JSON text

template <typename Map>
void Append(std::vector<Row>& rows, const char* kind, const Map& map) {
  for (const auto& [key, value] : map) rows.push_back({kind, key, ToJson(value).dump()});
}

void AppendUsed(std::vector<Row>& rows, const Contents& contents) {
  for (const auto& [id, seconds] : contents.last_used) rows.push_back({kUsed, id, json(seconds).dump()});
}

template <typename Value>
bool Insert(std::map<std::string, Value>& map, const std::string& key, const json& value) {
  Value decoded{};
  return FromJson(value, decoded) && map.emplace(key, std::move(decoded)).second;
}

bool InsertId(std::map<std::string, std::string>& map, const Row& row, const json& value) {
  return Insert(map, row.key, value) && IsId(map[row.key]);
}

std::string EarlierKey(std::size_t number) {
  return {static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
}

// Rows come in any order.
bool InsertEarlier(const Row& row, const json& value, Contents& contents) {
  for (std::size_t number = 0; number < kMaxEarlierTags; ++number) {
    if (row.key != EarlierKey(number)) continue;
    if (contents.earlier_tags.size() <= number) contents.earlier_tags.resize(number + 1);
    return FromJson(value, contents.earlier_tags[number]);
  }
  return false;
}

// None is missing, and they belong to tags.
bool AreEarlierTagsWhole(const Contents& contents) {
  if (!contents.earlier_tags.empty() && !contents.tags) return false;
  return std::none_of(contents.earlier_tags.begin(), contents.earlier_tags.end(),
                      [](const EarlierTags& earlier) { return earlier.replaced_at.wall_s == 0; });
}

// Rows come in any order; those of the walk need one to belong to, which DecodeContents checks.
using Decoder = bool (*)(const Row& row, const json& value, Contents& contents, WalkedClosure& walk);

const std::map<std::string, Decoder, std::less<>>& Decoders() {
  static const std::map<std::string, Decoder, std::less<>> decoders = {
      {kPin, [](const Row& row, const json& value, Contents& contents,
                WalkedClosure&) { return InsertId(contents.pins, row, value); }},
      {kSlice,
       [](const Row& row, const json& value, Contents& contents, WalkedClosure&) {
         return Insert(contents.slices, row.key, value) &&
                directory::IsRangeName(row.key, contents.slices[row.key].size);
       }},
      {kWalk, [](const Row& row, const json& value, Contents&,
                 WalkedClosure& walk) { return row.key.empty() && FromJson(value, walk); }},
      {kResolved, [](const Row& row, const json& value, Contents&,
                     WalkedClosure& walk) { return Insert(walk.closure.groups, row.key, value); }},
      {kUser, [](const Row& row, const json& value, Contents&,
                 WalkedClosure& walk) { return InsertId(walk.closure.users, row, value); }},
      {kGroup,
       [](const Row& row, const json& value, Contents&, WalkedClosure& walk) {
         return Insert(walk.closure.known_groups, row.key, value) && walk.closure.known_groups[row.key].id == row.key;
       }},
      {kMember,
       [](const Row& row, const json& value, Contents&, WalkedClosure& walk) {
         return Insert(walk.closure.members, row.key, value) && walk.closure.members[row.key].account.id == row.key;
       }},
      {kExtra,
       [](const Row& row, const json& value, Contents& contents, WalkedClosure&) {
         return Insert(contents.extras, row.key, value) && contents.extras[row.key].member.account.id == row.key;
       }},
      {kUsed, [](const Row& row, const json& value, Contents& contents,
                 WalkedClosure&) { return IsId(row.key) && FromJson(value, contents.last_used[row.key]); }},
      {kTags, [](const Row& row, const json& value, Contents& contents,
                 WalkedClosure&) { return row.key.empty() && FromJson(value, contents.tags.emplace()); }},
      {kMachine, [](const Row& row, const json& value, Contents& contents,
                    WalkedClosure&) { return row.key.empty() && FromJson(value, contents.machine); }},
      {kEarlier, [](const Row& row, const json& value, Contents& contents,
                    WalkedClosure&) { return InsertEarlier(row, value, contents); }},
      {kDistrust,
       [](const Row& row, const json& value, Contents& contents, WalkedClosure&) {
         return row.key.empty() && FromJson(value, contents.tags_distrust) && !contents.tags_distrust.empty();
       }},
      {kClock, [](const Row& row, const json& value, Contents& contents,
                  WalkedClosure&) { return row.key.empty() && FromJson(value, contents.wall_high_water_s); }},
      {kDecision, [](const Row& row, const json& value, Contents& contents,
                     WalkedClosure&) { return Insert(contents.decisions, row.key, value); }},
  };
  return decoders;
}

bool IsBlank(const MachineIdentity& machine) {
  return machine.hardware.empty() && machine.instance_id.empty() && machine.account_id.empty();
}

bool IsPartOfWalk(const std::string& kind) {
  return kind == kResolved || kind == kUser || kind == kGroup || kind == kMember;
}

bool AreExtrasOutsideWalk(const Contents& contents) {
  return !contents.walk || std::none_of(contents.extras.begin(), contents.extras.end(), [&](const auto& extra) {
    return contents.walk->closure.members.contains(extra.first);
  });
}

// Encoding 1 knew whether an account is locked, and neither until when nor the other fields.
void CompleteAccount(json& account) {
  const auto locked = account.find("locked");
  if (locked == account.end() || !locked->is_boolean()) return;
  const json end =
      locked->get<bool>() ? json(std::chrono::sys_seconds::max().time_since_epoch().count()) : json("never");
  account.erase(locked);
  account["locked_until"] = end;
  account["workstations"] = "all";
  account["logon_hours"] = "always";
  account["password_expires"] = "never";
}

void Complete(const Row& row, json& value) {
  if (!value.is_object()) return;
  json* member = &value;
  if (row.kind == kExtra && value.contains("member")) member = &value["member"];
  if ((row.kind == kMember || row.kind == kExtra) && member->is_object() && member->contains("account")) {
    CompleteAccount((*member)["account"]);
  }
}

// See DecodeContents.
void KeepIdentitiesOnly(Contents& contents) {
  if (!contents.walk) return;
  for (auto& [id, member] : contents.walk->closure.members) {
    if (!contents.last_used.contains(id)) continue;
    ExtraAccount& extra = contents.extras[id];
    extra.member.account = std::move(member.account);
    extra.read_at = contents.walk->ReadAt(extra.member.account.domain);
  }
  contents.walk.reset();
}

}  // namespace

std::vector<Row> EncodeContents(const Contents& contents) {
  std::vector<Row> rows;
  Append(rows, kPin, contents.pins);
  Append(rows, kSlice, contents.slices);
  if (contents.walk) {
    rows.push_back({kWalk, "", ToJson(*contents.walk).dump()});
    Append(rows, kResolved, contents.walk->closure.groups);
    Append(rows, kUser, contents.walk->closure.users);
    Append(rows, kGroup, contents.walk->closure.known_groups);
    Append(rows, kMember, contents.walk->closure.members);
  }
  Append(rows, kExtra, contents.extras);
  AppendUsed(rows, contents);
  if (contents.tags) rows.push_back({kTags, "", ToJson(*contents.tags).dump()});
  if (!IsBlank(contents.machine)) rows.push_back({kMachine, "", ToJson(contents.machine).dump()});
  for (std::size_t i = 0; i < contents.earlier_tags.size(); ++i) {
    rows.push_back({kEarlier, EarlierKey(i), ToJson(contents.earlier_tags[i]).dump()});
  }
  if (!contents.tags_distrust.empty()) rows.push_back({kDistrust, "", ToJson(contents.tags_distrust).dump()});
  rows.push_back({kClock, "", json(contents.wall_high_water_s).dump()});
  Append(rows, kDecision, contents.decisions);
  return rows;
}

std::vector<Row> EncodeAccount(const Contents& contents, const std::string& account_id, const std::string& login_name) {
  Row extra{kExtra, account_id, ""};
  Row used{kUsed, account_id, ""};
  Row decision{kDecision, login_name, ""};
  const auto known = contents.extras.find(account_id);
  if (known != contents.extras.end()) extra.body = ToJson(known->second).dump();
  const auto seconds = contents.last_used.find(account_id);
  if (seconds != contents.last_used.end()) used.body = json(seconds->second).dump();
  const auto decided = contents.decisions.find(login_name);
  if (decided != contents.decisions.end()) decision.body = ToJson(decided->second).dump();
  return {std::move(extra), std::move(used), std::move(decision),
          Row{kClock, "", json(contents.wall_high_water_s).dump()}};
}

std::optional<Contents> DecodeContents(const std::vector<Row>& rows, std::int64_t encoding) {
  Contents contents;
  WalkedClosure walk;
  bool has_walk = false;
  bool has_parts = false;
  for (const Row& row : rows) {
    const auto decoder = Decoders().find(row.kind);
    if (decoder == Decoders().end()) return std::nullopt;
    json value = json::parse(row.body, nullptr, false);
    if (encoding < kEncoding) Complete(row, value);
    if (value.is_discarded() || !decoder->second(row, value, contents, walk)) return std::nullopt;
    has_walk = has_walk || row.kind == kWalk;
    has_parts = has_parts || IsPartOfWalk(row.kind);
  }
  if (has_parts && !has_walk) return std::nullopt;
  if (has_walk) contents.walk = std::move(walk);
  if (!AreExtrasOutsideWalk(contents) || !AreEarlierTagsWhole(contents)) return std::nullopt;
  if (encoding < kEncoding) KeepIdentitiesOnly(contents);
  return contents;
}

}  // namespace taglogin::daemon::replica
