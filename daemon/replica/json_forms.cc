// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/json_forms.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

namespace taglogin::daemon::replica {
namespace {

using nlohmann::json;

constexpr char kHexDigits[] = "0123456789abcdef";
constexpr std::size_t kMaxId = 184;  // the longest SID as text (MS-DTYP 2.4.2.1)

json Text(std::string_view bytes) {
  if (std::all_of(bytes.begin(), bytes.end(), [](char c) { return c > 0x1f && c < 0x7f; })) return std::string(bytes);
  std::string hex;
  for (const char c : bytes) {
    hex += kHexDigits[static_cast<unsigned char>(c) >> 4U];
    hex += kHexDigits[static_cast<unsigned char>(c) & 15U];
  }
  return json{{"hex", hex}};
}

std::optional<std::string> FromHex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    unsigned value = 0;
    const char* end = hex.data() + i + 2;
    if (std::from_chars(hex.data() + i, end, value, 16).ptr != end) return std::nullopt;
    bytes += static_cast<char>(value);
  }
  return bytes;
}

std::optional<std::string> FromText(const json& value) {
  if (value.is_string()) return value.get_ref<const std::string&>();
  if (!value.is_object() || value.size() != 1) return std::nullopt;
  const auto hex = value.find("hex");
  if (hex == value.end() || !hex->is_string()) return std::nullopt;
  return FromHex(hex->get_ref<const std::string&>());
}

// Takes typed fields out of a JSON object; the first one that is missing or of another type makes
// the whole reading fail.
class Fields {
 public:
  explicit Fields(const json& object) : object_(object), ok_(object.is_object()) {}
  bool ok() const { return ok_; }
  bool Fail() { return ok_ = false; }

  void Read(const char* name, std::string& out) {
    const json* value = Find(name);
    auto text = value == nullptr ? std::nullopt : FromText(*value);
    if (!text) return static_cast<void>(Fail());
    out = *std::move(text);
  }
  // Absent from records of before there was such a mark.
  void ReadIfThere(const char* name, bool& out) {
    if (Find(name) != nullptr) Read(name, out);
  }
  // Absent from records of before there was such a text.
  void ReadIfThere(const char* name, std::string& out) {
    if (Find(name) != nullptr) Read(name, out);
  }
  void ReadId(const char* name, std::string& out) {
    Read(name, out);
    if (!IsId(out)) Fail();
  }
  void Read(const char* name, bool& out) {
    const json* value = Find(name);
    if (value == nullptr || !value->is_boolean()) return static_cast<void>(Fail());
    out = value->get<bool>();
  }
  void Read(const char* name, std::int64_t& out) {
    const json* value = Find(name);
    if (value == nullptr || !FromJson(*value, out)) Fail();
  }
  void Read(const char* name, std::vector<std::string>& out) {
    ForEach(name, [&](const json& item) {
      auto text = FromText(item);
      if (!text) return Fail();
      out.push_back(*std::move(text));
      return true;
    });
  }
  template <typename Each>
  void ForEach(const char* name, Each each) {
    const json* value = Find(name);
    if (value == nullptr || !value->is_array()) return static_cast<void>(Fail());
    for (const json& item : *value) {
      if (!each(item)) return static_cast<void>(Fail());
    }
  }
  const json* Find(const char* name) {
    if (!ok_) return nullptr;
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
  }

 private:
  const json& object_;
  bool ok_;
};

json List(const std::vector<std::string>& texts) {
  json list = json::array();
  for (const std::string& text : texts) list.push_back(Text(text));
  return list;
}

json ToJson(const Moment& moment) {
  return {{"boot_id", Text(moment.boot_id)}, {"boot_ms", moment.boot_ms}, {"wall_s", moment.wall_s}};
}

bool FromJson(const json* value, Moment& moment) {
  if (value == nullptr) return false;
  Fields fields(*value);
  fields.Read("boot_id", moment.boot_id);
  fields.Read("boot_ms", moment.boot_ms);
  fields.Read("wall_s", moment.wall_s);
  return fields.ok();
}

constexpr char kAlways[] = "always";
constexpr char kUnreadable[] = "unreadable";

json MomentJson(const std::optional<std::chrono::sys_seconds>& moment) {
  return moment ? json(std::int64_t{moment->time_since_epoch().count()}) : json("never");
}

// Absent from records of before there was such a number.
json NumberJson(const std::optional<std::uint32_t>& number) { return number ? json(*number) : json(nullptr); }

void ReadNumber(Fields& fields, const char* name, std::optional<std::uint32_t>& out) {
  const json* value = fields.Find(name);
  if (value == nullptr || value->is_null()) return;
  std::int64_t number = 0;
  fields.Read(name, number);
  if (number < 0 || number > std::numeric_limits<std::uint32_t>::max()) return static_cast<void>(fields.Fail());
  out = static_cast<std::uint32_t>(number);
}

// One digit an hour, Sunday 00:00 UTC first.
json ToJson(const std::optional<directory::LogonHours>& hours) {
  if (!hours) return kAlways;
  if (!hours->readable) return kUnreadable;
  std::string text;
  for (std::size_t hour = 0; hour < hours->open.size(); ++hour) text += hours->open[hour] ? '1' : '0';
  return text;
}

json ToJson(const directory::Account& account) {
  return {{"id", Text(account.id)},
          {"guid", Text(account.guid)},
          {"name", Text(account.name)},
          {"domain", Text(account.domain)},
          {"upn", Text(account.upn)},
          {"display_name", Text(account.display_name)},
          {"disabled", account.disabled},
          {"expires", MomentJson(account.expires)},
          {"locked_until", MomentJson(account.locked_until)},
          {"workstations", account.workstations ? List(*account.workstations) : json("all")},
          {"logon_hours", ToJson(account.logon_hours)},
          {"password_must_change", account.password_must_change},
          {"password_expires", MomentJson(account.password_expires)},
          {"primary_group_id", Text(account.primary_group_id)},
          {"uid_number", NumberJson(account.uid_number)},
          {"gid_number", NumberJson(account.gid_number)},
          {"home", Text(account.home)},
          {"shell", Text(account.shell)},
          {"key_values", List(account.key_values)}};
}

// "never", or a number, which is all else that a text in the file can not be mistaken for.
void ReadMoment(Fields& fields, const char* name, std::optional<std::chrono::sys_seconds>& out) {
  const json* value = fields.Find(name);
  if (value != nullptr && *value == "never") return;
  std::int64_t seconds = 0;
  fields.Read(name, seconds);
  out = std::chrono::sys_seconds(std::chrono::seconds(seconds));
}

void ReadWorkstations(Fields& fields, std::optional<std::vector<std::string>>& out) {
  const json* value = fields.Find("workstations");
  if (value != nullptr && *value == "all") return;
  fields.Read("workstations", out.emplace());
}

void ReadLogonHours(Fields& fields, std::optional<directory::LogonHours>& out) {
  std::string text;
  fields.Read("logon_hours", text);
  if (text == kAlways) return;
  directory::LogonHours& hours = out.emplace();
  hours.readable = text != kUnreadable;
  if (!hours.readable) return;
  if (text.size() != hours.open.size()) return static_cast<void>(fields.Fail());
  for (std::size_t hour = 0; hour < hours.open.size(); ++hour) {
    if (text[hour] != '0' && text[hour] != '1') return static_cast<void>(fields.Fail());
    hours.open[hour] = text[hour] == '1';
  }
}

bool FromJson(const json* value, directory::Account& account) {
  if (value == nullptr) return false;
  Fields fields(*value);
  fields.ReadId("id", account.id);
  fields.Read("guid", account.guid);
  fields.Read("name", account.name);
  fields.ReadIfThere("domain", account.domain);
  fields.ReadIfThere("upn", account.upn);
  fields.Read("display_name", account.display_name);
  fields.Read("disabled", account.disabled);
  ReadMoment(fields, "expires", account.expires);
  ReadMoment(fields, "locked_until", account.locked_until);
  ReadWorkstations(fields, account.workstations);
  ReadLogonHours(fields, account.logon_hours);
  fields.Read("password_must_change", account.password_must_change);
  ReadMoment(fields, "password_expires", account.password_expires);
  fields.Read("primary_group_id", account.primary_group_id);
  ReadNumber(fields, "uid_number", account.uid_number);
  ReadNumber(fields, "gid_number", account.gid_number);
  fields.Read("home", account.home);
  fields.Read("shell", account.shell);
  fields.Read("key_values", account.key_values);
  return fields.ok();
}

constexpr std::array<std::pair<directory::Resolution, const char*>, 5> kResolutions = {
    {{directory::Resolution::kFound, "found"},
     {directory::Resolution::kNotFound, "not-found"},
     {directory::Resolution::kAmbiguous, "ambiguous"},
     {directory::Resolution::kNotSecurity, "not-security"},
     {directory::Resolution::kPinMismatch, "pin-mismatch"}}};

}  // namespace

bool IsId(std::string_view id) {
  return !id.empty() && id.size() <= kMaxId && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
  });
}

json ToJson(const directory::Member& member) {
  json memberships = json::array();
  for (const directory::Membership& membership : member.memberships) {
    memberships.push_back({{"group_id", Text(membership.group_id)},
                           {"path", List(membership.path)},
                           {"contradicted", membership.contradicted},
                           {"by_token_alone", membership.by_token_alone}});
  }
  return {
      {"account", ToJson(member.account)}, {"memberships", memberships}, {"nss_group_ids", List(member.nss_group_ids)}};
}

bool FromJson(const json& value, directory::Member& member) {
  Fields fields(value);
  if (!FromJson(fields.Find("account"), member.account)) return false;
  fields.ForEach("memberships", [&](const json& item) {
    Fields one(item);
    directory::Membership membership;
    one.ReadId("group_id", membership.group_id);
    one.Read("path", membership.path);
    one.Read("contradicted", membership.contradicted);
    one.ReadIfThere("by_token_alone", membership.by_token_alone);
    member.memberships.push_back(std::move(membership));
    return one.ok();
  });
  fields.Read("nss_group_ids", member.nss_group_ids);
  return fields.ok() && std::all_of(member.nss_group_ids.begin(), member.nss_group_ids.end(), IsId);
}

json ToJson(const directory::Group& group) {
  return {{"id", Text(group.id)},
          {"guid", Text(group.guid)},
          {"name", Text(group.name)},
          {"security", group.security},
          {"gid_number", NumberJson(group.gid_number)},
          {"domain", Text(group.domain)}};
}

bool FromJson(const json& value, directory::Group& group) {
  Fields fields(value);
  fields.Read("id", group.id);
  fields.Read("guid", group.guid);
  fields.Read("name", group.name);
  fields.Read("security", group.security);
  ReadNumber(fields, "gid_number", group.gid_number);
  fields.ReadIfThere("domain", group.domain);
  return fields.ok() && (group.id.empty() || IsId(group.id));
}

json ToJson(const directory::ResolvedGroup& resolved) {
  const auto* named = std::find_if(kResolutions.begin(), kResolutions.end(),
                                   [&](const auto& entry) { return entry.first == resolved.resolution; });
  return {{"resolution", named == kResolutions.end() ? "not-found" : named->second}, {"group", ToJson(resolved.group)}};
}

bool FromJson(const json& value, directory::ResolvedGroup& resolved) {
  Fields fields(value);
  std::string name;
  fields.Read("resolution", name);
  const auto* named =
      std::find_if(kResolutions.begin(), kResolutions.end(), [&](const auto& entry) { return entry.second == name; });
  const json* group = fields.Find("group");
  if (named == kResolutions.end() || group == nullptr || !FromJson(*group, resolved.group)) return false;
  resolved.resolution = named->first;
  return resolved.resolution != directory::Resolution::kFound || !resolved.group.id.empty();
}

json ToJson(const directory::Slice& slice) { return {{"first", slice.first}, {"size", slice.size}}; }

bool FromJson(const json& value, directory::Slice& slice) {
  Fields fields(value);
  std::int64_t first = 0;
  std::int64_t size = 0;
  fields.Read("first", first);
  fields.Read("size", size);
  constexpr std::int64_t kEnd = directory::kMaxIdUpper;
  if (!fields.ok() || first <= 0 || size <= 0 || first > kEnd || size > kEnd - first) return false;
  slice = {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(size)};
  return true;
}

json ToJson(const TagReading& reading) {
  json tags = json::array();
  for (const auto& [key, tag] : reading.tags.tags) {
    tags.push_back({{"key", Text(key)},
                    {"value", Text(tag.value)},
                    {"source", Text(tag.source)},
                    {"read_at", std::int64_t{tag.read_at.time_since_epoch().count()}}});
  }
  return {{"tags", tags},
          {"hostname", Text(reading.tags.hostname)},
          {"instance_id", Text(reading.tags.instance_id)},
          {"account_id", Text(reading.account_id)},
          {"region", Text(reading.region)},
          {"sources", List(reading.sources)},
          {"read_at", ToJson(reading.read_at)}};
}

bool FromJson(const json& value, TagReading& reading) {
  Fields fields(value);
  fields.ForEach("tags", [&](const json& item) {
    Fields one(item);
    std::string key;
    policy::Tag tag;
    std::int64_t read_at = 0;
    one.Read("key", key);
    one.Read("value", tag.value);
    one.Read("source", tag.source);
    one.Read("read_at", read_at);
    tag.read_at = std::chrono::sys_seconds(std::chrono::seconds(read_at));
    return one.ok() && !key.empty() && reading.tags.tags.emplace(std::move(key), std::move(tag)).second;
  });
  fields.Read("hostname", reading.tags.hostname);
  fields.Read("instance_id", reading.tags.instance_id);
  fields.Read("account_id", reading.account_id);
  fields.Read("region", reading.region);
  fields.Read("sources", reading.sources);
  reading.tags.known = true;
  return fields.ok() && FromJson(fields.Find("read_at"), reading.read_at);
}

json ToJson(const MachineIdentity& machine) {
  return {{"hardware", Text(machine.hardware)},
          {"instance_id", Text(machine.instance_id)},
          {"account_id", Text(machine.account_id)}};
}

bool FromJson(const json& value, MachineIdentity& machine) {
  Fields fields(value);
  fields.Read("hardware", machine.hardware);
  fields.Read("instance_id", machine.instance_id);
  fields.Read("account_id", machine.account_id);
  return fields.ok();
}

json ToJson(const EarlierTags& earlier) {
  TagReading reading;
  reading.tags = earlier.tags;
  reading.read_at = earlier.replaced_at;
  json out = ToJson(reading);
  out["known"] = earlier.tags.known;
  return out;
}

bool FromJson(const json& value, EarlierTags& earlier) {
  TagReading reading;
  if (!FromJson(value, reading)) return false;
  const json* known = Fields(value).Find("known");
  if (known == nullptr || !known->is_boolean()) return false;
  earlier.tags = std::move(reading.tags);
  earlier.tags.known = known->get<bool>();
  earlier.replaced_at = std::move(reading.read_at);
  return true;
}

namespace {

// Absent from records of before there were further domains.
bool ReadDomains(const json* value, std::map<std::string, Moment>& out) {
  if (value == nullptr) return true;
  if (!value->is_object()) return false;
  for (const auto& [domain, moment] : value->items()) {
    if (domain.empty() || domain.size() > kMaxId || !FromJson(&moment, out[domain])) return false;
  }
  return true;
}

}  // namespace

json ToJson(const WalkedClosure& walk) {
  json read_at = json::object();
  for (const auto& [domain, moment] : walk.read_at) read_at[domain] = ToJson(moment);
  return {{"server", Text(walk.closure.server)},
          {"warnings", List(walk.closure.warnings)},
          {"asked_groups", List(walk.asked.groups)},
          {"asked_users", List(walk.asked.users)},
          {"read_at", read_at},
          {"ambiguous_users", List(walk.closure.ambiguous_users)},
          {"walked_at", ToJson(walk.walked_at)}};
}

bool FromJson(const json& value, WalkedClosure& walk) {
  Fields fields(value);
  fields.Read("server", walk.closure.server);
  fields.Read("warnings", walk.closure.warnings);
  fields.Read("asked_groups", walk.asked.groups);
  fields.Read("asked_users", walk.asked.users);
  if (!ReadDomains(fields.Find("read_at"), walk.read_at)) return false;
  // Absent from records of before anything but the name itself could be meant.
  if (fields.Find("ambiguous_users") != nullptr) fields.Read("ambiguous_users", walk.closure.ambiguous_users);
  return fields.ok() && FromJson(fields.Find("walked_at"), walk.walked_at);
}

json ToJson(const ExtraAccount& extra) {
  return {{"member", ToJson(extra.member)}, {"read_at", ToJson(extra.read_at)}};
}

bool FromJson(const json& value, ExtraAccount& extra) {
  Fields fields(value);
  const json* member = fields.Find("member");
  if (member == nullptr || !FromJson(*member, extra.member)) return false;
  return extra.member.memberships.empty() && FromJson(fields.Find("read_at"), extra.read_at);
}

json ToJson(std::string_view text) { return Text(text); }

bool FromJson(const json& value, std::int64_t& number) {
  if (!value.is_number_integer()) return false;
  // get() would make a negative number of what does not fit.
  if (value.is_number_unsigned() && !std::in_range<std::int64_t>(value.get<std::uint64_t>())) return false;
  number = value.get<std::int64_t>();
  return true;
}

bool FromJson(const json& value, std::string& text) {
  auto read = FromText(value);
  if (!read) return false;
  text = *std::move(read);
  return true;
}

}  // namespace taglogin::daemon::replica
