// SPDX-License-Identifier: Apache-2.0
#include "audit/encode.h"

#include <arpa/inet.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "audit/json_line.h"

namespace taglogin::audit {
namespace {

using Json = nlohmann::ordered_json;
using Milliseconds = std::chrono::sys_time<std::chrono::milliseconds>;

// Enumerations of OCSF 1.8.0, classes Authentication and Entity Management and profile Security Control.
struct Class {
  int id;
  const char* name;
};
struct Activity {
  int id;
  const char* name;
};
constexpr int kActionAllowed = 1;
constexpr int kActionDenied = 2;
constexpr int kActionObserved = 3;
constexpr int kDispositionAllowed = 1;
constexpr int kDispositionBlocked = 2;
constexpr int kDispositionLogged = 17;
constexpr int kDispositionAlert = 19;
constexpr int kDispositionRevoked = 24;
constexpr int kSeverityInformational = 1;
constexpr int kSeverityLow = 2;
constexpr int kSeverityHigh = 4;

// The directory contradicts itself: somebody has to look (docs/reasons.md).
constexpr std::string_view kAlarmReason = "TL-DENY-CONTRADICTED";

Class ClassOf(Kind kind) {
  if (kind == Kind::kTags) return {3004, "Entity Management"};
  return {3002, "Authentication"};
}

Activity ActivityOf(Kind kind) {
  switch (kind) {
    case Kind::kLogon:
      return {1, "Logon"};
    case Kind::kLogoff:
      return {2, "Logoff"};
    case Kind::kAccountCheck:
      return {99, "Account Check"};
    case Kind::kKeyRefused:
      return {99, "Key Offered"};
    case Kind::kTags:
      return {3, "Update"};
  }
  return {99, "Other"};
}

// Builds one record; remembers whether a string had to be cut.
class Record {
 public:
  Record(const Event& event, const Host& host, std::uint64_t sequence)
      : event_(event), host_(host), sequence_(sequence) {}

  std::string Encode() {
    Json record = Base();
    if (event_.kind == Kind::kTags) {
      AddEntity(record);
    } else {
      AddPeople(record);
      AddEndpoints(record);
    }
    AddCloud(record);
    AddControl(record);
    record["unmapped"] = {{"taglogin", Unmapped()}};
    record["metadata"] = Metadata();  // last: says whether something was cut
    return EscapeInvisible(record.dump(-1, ' ', false, Json::error_handler_t::replace));
  }

 private:
  std::string Text(std::string_view text) {
    if (text.size() <= kMaxString) return std::string(text);
    truncated_ = true;
    // A character cut in half becomes U+FFFD, as any foreign byte does.
    return std::string(text.substr(0, kMaxString)) + "\u2026";
  }

  void Put(Json& object, const char* key, std::string_view text) {
    if (!text.empty()) object[key] = Text(text);
  }

  Json Strings(const std::vector<std::string>& texts) {
    Json array = Json::array();
    for (const std::string& text : texts) array.push_back(Text(text));
    return array;
  }

  bool IsLogoff() const { return event_.kind == Kind::kLogoff; }
  bool IsTags() const { return event_.kind == Kind::kTags; }
  // A step of a change of the tags is no failure of anything.
  bool Succeeded() const { return event_.allowed || IsLogoff() || IsTags(); }
  bool IsAlarm() const { return event_.reason_code == kAlarmReason; }
  // The key helper is not told where the client is, but only sshd runs it.
  bool IsRemote() const {
    return !event_.client_address.empty() || !event_.client_host.empty() || event_.service == "sshd" ||
           event_.kind == Kind::kKeyRefused;
  }

  int LogonType() const {
    const bool cached = !event_.freshness.empty() && event_.freshness != "live";
    if (IsRemote()) return cached ? 12 : 10;  // (Cached) Remote Interactive
    return cached ? 11 : 2;                   // (Cached) Interactive
  }

  Json Base() {
    const Activity activity = ActivityOf(event_.kind);
    const Class its = ClassOf(event_.kind);
    Json record = {{"time", event_.time.time_since_epoch().count()},
                   {"class_uid", its.id},
                   {"class_name", its.name},
                   {"category_uid", its.id / 1000},
                   {"category_name", "Identity & Access Management"},
                   {"activity_id", activity.id},
                   {"activity_name", activity.name},
                   {"type_uid", its.id * 100 + activity.id},
                   {"severity_id", IsAlarm()     ? kSeverityHigh
                                   : Succeeded() ? kSeverityInformational
                                                 : kSeverityLow},
                   {"status_id", Succeeded() ? 1 : 2},
                   {"status", Succeeded() ? "Success" : "Failure"}};
    Put(record, "status_code", event_.reason_code);
    Put(record, "status_detail", event_.detail);
    Put(record, "message", event_.message);
    return record;
  }

  void AddPeople(Json& record) {
    Json user = {{"name", Text(event_.user_name)}};
    if (event_.uid) user["uid"] = std::to_string(*event_.uid);
    Put(user, "uid_alt", event_.user_id);
    Put(user, "domain", event_.domain);
    if (!event_.group.empty()) {
      Json group = {{"name", Text(event_.group)}};
      Put(group, "uid", event_.group_id);
      user["groups"] = Json::array({std::move(group)});
    }
    record["user"] = std::move(user);

    Json session = {{"is_remote", IsRemote()}};
    Put(session, "uid", event_.session_uid);
    if (const auto created = SessionCreated()) session["created_time"] = created->time_since_epoch().count();
    Put(session, "terminal", event_.tty);
    Put(session, "credential_uid", event_.key_fingerprint);
    record["session"] = std::move(session);

    record["is_remote"] = IsRemote();
    record["logon_type_id"] = LogonType();
    if (!event_.auth_method.empty()) {
      record["auth_protocol_id"] = 99;
      record["auth_protocol"] = Text("SSH " + event_.auth_method);
    }
    if (event_.peer_pid > 0) record["actor"] = {{"process", {{"pid", event_.peer_pid}}}};
  }

  // The machine's tags as a thing that is managed: before, and after.
  void AddEntity(Json& record) {
    const auto entity = [this](const std::vector<TagFact>& tags) {
      Json it = {{"type_id", 99}, {"type", "machine tags"}, {"data", {{"tags", Tags(tags)}}}};
      Put(it, "name", host_.hostname.empty() ? "unknown" : host_.hostname);
      Put(it, "uid", host_.instance_id);
      return it;
    };
    record["entity"] = entity(event_.tags_before);
    record["entity_result"] = entity(event_.tags);
  }

  std::optional<Milliseconds> SessionCreated() const {
    if (event_.kind == Kind::kLogon && event_.allowed) return event_.time;
    return IsLogoff() ? event_.session_created : std::nullopt;
  }

  void AddEndpoints(Json& record) {
    Json source = Json::object();
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    const char* address = event_.client_address.c_str();
    const bool numeric =
        event_.client_address.find('\0') == std::string::npos &&
        (::inet_pton(AF_INET, address, bytes.data()) == 1 || ::inet_pton(AF_INET6, address, bytes.data()) == 1);
    // OCSF's ip_t takes addresses only; what is none is kept as a name.
    Put(source, numeric ? "ip" : "name", event_.client_address);
    Put(source, "hostname", event_.client_host);
    if (!source.empty()) record["src_endpoint"] = std::move(source);

    Json here = Json::object();
    Put(here, "hostname", host_.hostname);
    Put(here, "uid", host_.instance_id);
    const bool nowhere = here.empty();
    if (!nowhere) record["dst_endpoint"] = std::move(here);
    // The class demands a service or a destination.
    if (nowhere || !event_.service.empty()) {
      record["service"] = {{"name", event_.service.empty() ? "unknown" : Text(event_.service)}};
    }
  }

  void AddCloud(Json& record) {
    if (!IsCloud()) return;
    Json cloud = {{"provider", "AWS"}};
    if (!host_.account_id.empty()) cloud["account"] = {{"uid", Text(host_.account_id)}};
    Put(cloud, "region", host_.region);
    record["cloud"] = std::move(cloud);
  }

  bool IsCloud() const { return !host_.account_id.empty() || !host_.region.empty(); }

  void AddControl(Json& record) {
    record["is_alert"] = IsAlarm();
    if (IsTags()) {
      record["action_id"] = kActionObserved;
      record["disposition_id"] = kDispositionLogged;
      return;
    }
    if (IsLogoff()) {
      record["action_id"] = event_.allowed ? kActionObserved : kActionDenied;
      record["disposition_id"] = event_.allowed ? kDispositionLogged : kDispositionRevoked;
      return;
    }
    record["action_id"] = event_.allowed ? kActionAllowed : kActionDenied;
    record["disposition_id"] = event_.allowed ? kDispositionAllowed
                               : IsAlarm()    ? kDispositionAlert
                                              : kDispositionBlocked;
    Json policy = {{"type", "taglogin rules"}, {"is_applied", !event_.rule.empty()}};
    Put(policy, "name", event_.rule);
    Put(policy, "version", event_.rules_version);
    record["authorizations"] =
        Json::array({{{"decision", event_.allowed ? "allowed" : "denied"}, {"policy", std::move(policy)}}});
  }

  Json Tags(const std::vector<TagFact>& facts) {
    Json tags = Json::array();
    for (const TagFact& tag : facts) {
      tags.push_back(
          {{"key", Text(tag.key)}, {"value", Text(tag.value)}, {"source", Text(tag.source)}, {"age_s", tag.age_s}});
    }
    return tags;
  }

  Json Certificate() {
    return {{"key_id", Text(event_.certificate_id)},
            {"serial", Text(event_.certificate_serial)},
            {"authority", Text(event_.certificate_authority)}};
  }

  Json Unmapped() {
    Json facts = Json::object();
    if (!event_.tags.empty()) facts["tags"] = Tags(event_.tags);
    if (IsTags()) {
      facts["tags_before"] = Tags(event_.tags_before);
      facts["counts"] = event_.allowed;
      if (!event_.held_accounts.empty()) facts["held_accounts"] = Strings(event_.held_accounts);
      if (event_.more_held_accounts > 0) facts["more_held_accounts"] = event_.more_held_accounts;
      return facts;
    }
    Put(facts, "rule", event_.rule);
    Put(facts, "rules_version", event_.rules_version);
    Put(facts, "group", event_.group);
    Put(facts, "group_id", event_.group_id);
    if (!event_.group_path.empty()) facts["group_path"] = Strings(event_.group_path);
    if (!event_.would_suffice.empty()) facts["would_suffice"] = Strings(event_.would_suffice);
    if (event_.more_would_suffice > 0) facts["more_would_suffice"] = event_.more_would_suffice;
    if (!event_.certificate_authority.empty()) facts["certificate"] = Certificate();
    Put(facts, "freshness", event_.freshness);
    if (!event_.freshness.empty()) facts["data_age_s"] = event_.data_age_s;
    facts["latency_us"] = event_.latency_us;
    return facts;
  }

  Json Metadata() {
    const std::string& host = host_.instance_id.empty() ? host_.hostname : host_.instance_id;
    Json product = {{"name", "taglogin"}, {"vendor_name", "taglogin"}};
    Put(product, "version", host_.product_version);
    Json profiles = Json::array({"security_control"});
    if (IsCloud()) profiles.push_back("cloud");
    // The time keeps it unique where numbering had to begin anew.
    const std::string uid =
        host + "/" + std::to_string(event_.time.time_since_epoch().count()) + "/" + std::to_string(sequence_);
    Json metadata = {{"version", "1.8.0"},    {"product", std::move(product)}, {"uid", Text(uid)},
                     {"sequence", sequence_}, {"log_name", "taglogin"},        {"profiles", std::move(profiles)}};
    Put(metadata, "event_code", event_.reason_code);
    if (truncated_) metadata["is_truncated"] = true;
    return metadata;
  }

  const Event& event_;
  const Host& host_;
  std::uint64_t sequence_;
  bool truncated_ = false;
};

}  // namespace

std::string Encode(const Event& event, const Host& host, std::uint64_t sequence) {
  return Record(event, host, sequence).Encode();
}

}  // namespace taglogin::audit
