// SPDX-License-Identifier: Apache-2.0
// ParseRules: the [[rule]] tables of a taglogin.toml, checked as docs/rules.md says.
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <initializer_list>

#include "base/printable.h"
#include "policy/hours.h"
#include "policy/principal.h"
#include "policy/rules.h"
#include "policy/tags.h"
#include "policy/template.h"
#include "policy/toml_keys.h"

namespace taglogin::policy {
namespace {

using base::Printable;
using base::Result;

constexpr std::array<std::string_view, 14> kRuleKeys = {
    "name",  "when", "login",         "users",    "deny",      "deny_users",      "from",
    "hours", "zone", "max_staleness", "on_stale", "key_types", "verify_required", "principals"};
// Both types of keys that live in security keys.
constexpr std::string_view kSecurityKeys = "sk";
constexpr std::size_t kMaxNameBytes = 128;

std::string Quoted(std::string_view text) { return "\"" + Printable(text) + "\""; }

void AddSecurityKeys(std::vector<std::string>& types) {
  for (const std::string_view type : kKeyTypes) {
    if (IsSecurityKey(type)) types.emplace_back(type);
  }
}

// Reads one [[rule]] table into one Rule.
class RuleReader {
 public:
  RuleReader(const toml::table& table, const std::string& path) : table_(table), place_{path, "[[rule]]"} {}

  Result<Rule> Read() {
    rule_.line = LineOf(table_);
    for (const auto step : {&RuleReader::ReadKeys, &RuleReader::ReadName, &RuleReader::ReadWhen, &RuleReader::ReadWho,
                            &RuleReader::CheckKind, &RuleReader::ReadFrom, &RuleReader::ReadHours,
                            &RuleReader::ReadStaleness, &RuleReader::ReadKeyDemands, &RuleReader::ReadPrincipals}) {
      if (auto done = (this->*step)(); !done) return done.error();
    }
    return std::move(rule_);
  }

 private:
  base::Error Fault(int line, std::string_view what) const { return TomlError(place_, line, what); }
  base::Error Fault(std::string_view key, std::string_view what) const { return Fault(LineOf(table_, key), what); }

  Result<void> ReadKeys() { return CheckKeys(table_, kRuleKeys, place_); }

  Result<void> ReadName() {
    auto name = GetString(table_, "name", place_);
    if (!name) return name.error();
    if (!*name) return Fault(rule_.line, "this [[rule]] has no name; add a line such as name = \"web servers\"");
    rule_.name = ToNfc(**name);
    if (rule_.name.size() > kMaxNameBytes) {
      return Fault("name", "the name is longer than " + std::to_string(kMaxNameBytes) + " bytes; shorten it");
    }
    return {};
  }

  Result<void> ReadWhen();
  Result<TagCondition> ReadCondition(std::string_view key, const toml::node& node) const;
  Result<void> ReadWho();
  Result<void> ReadTemplates(std::string_view key, std::vector<std::string>& templates) const;
  Result<void> ReadAccounts(std::string_view key, std::vector<std::string>& accounts) const;
  Result<void> CheckKind();
  Result<void> ReadFrom();
  Result<void> ReadHours();
  Result<void> ReadZone();
  Result<void> ReadStaleness();
  Result<void> RefuseWhereKeptOut(std::initializer_list<std::string_view> keys, std::string_view why) const;
  Result<void> ReadKeyTypes();
  Result<void> ReadKeyDemands();
  Result<void> ReadPrincipals();

  const toml::table& table_;
  const TomlPlace place_;
  Rule rule_;
};

Result<void> RuleReader::ReadWhen() {
  const toml::node* node = table_.get("when");
  if (node == nullptr) return {};
  if (!node->is_table() || node->as_table()->empty()) {
    return Fault("when",
                 "\"when\" in [[rule]] needs conditions; write when = { Environment = \"prod\" } or leave it out");
  }
  for (const auto& [key, value] : *node->as_table()) {
    const int line = static_cast<int>(key.source().begin.line);
    const std::string tag = ToNfc(key.str());
    if (tag.empty() || tag.front() == ' ' || tag.back() == ' ') {
      return Fault(line, "the tag name " + Quoted(key.str()) + " in \"when\" is empty or has a space at its end");
    }
    if (tag.front() == '@') {
      return Fault(line, Quoted(tag) + " in \"when\" is not a tag; {@hostname} and {@instance_id} work in group names");
    }
    auto condition = ReadCondition(tag, value);
    if (!condition) return condition.error();
    if (!rule_.when.emplace(tag, *std::move(condition)).second) {
      return Fault(line, "the tag " + Quoted(tag) + " stands twice in \"when\"; put its values into one list");
    }
  }
  return {};
}

Result<TagCondition> RuleReader::ReadCondition(std::string_view key, const toml::node& node) const {
  const std::string written = Quoted(key) + " in \"when\"";
  TagCondition condition;
  if (node.is_boolean() && node.as_boolean()->get()) return condition;
  toml::array values;
  if (node.is_array()) {
    values = *node.as_array();
  } else if (node.is_string()) {
    values.push_back(*node.as_string());
  }
  if (values.empty()) {
    return Fault(LineOf(node), written + " needs a value: \"prod\", [\"prod\", \"staging\"], or true for any value");
  }
  for (const toml::node& value : values) {
    const int line = LineOf(value) == 0 ? LineOf(node) : LineOf(value);
    if (!value.is_string()) return Fault(line, written + " has a value that is no string; write it in quotes");
    const std::string text = ToNfc(value.as_string()->get());
    if (!IsUsableTagValue(text)) {
      return Fault(line, written + " could never be " + Quoted(value.as_string()->get()) +
                             "; values have letters, digits, space, '.', '_', '-', and are not empty");
    }
    condition.values.push_back(text);
  }
  return condition;
}

Result<void> RuleReader::ReadTemplates(std::string_view key, std::vector<std::string>& templates) const {
  auto names = GetStrings(table_, key, place_);
  if (!names) return names.error();
  if (!*names) return {};
  for (const TomlString& name : **names) {
    const std::string text = ToNfc(name.text);
    const bool everybody = key == "deny" && text == "*" && (*names)->size() == 1;
    if (const std::string fault = TemplateFault(text); !fault.empty() && !everybody) {
      const bool crowded = key == "deny" && text == "*";
      return Fault(name.line, "the group name " + Quoted(name.text) + " in \"" + std::string(key) + "\" " +
                                  (crowded ? "means everybody and must stand alone; remove the others" : fault));
    }
    templates.push_back(text);
  }
  return {};
}

Result<void> RuleReader::ReadAccounts(std::string_view key, std::vector<std::string>& accounts) const {
  auto names = GetStrings(table_, key, place_);
  if (!names) return names.error();
  if (!*names) return {};
  for (const TomlString& name : **names) {
    if (name.text.find_first_of("{}*") != std::string::npos) {
      return Fault(name.line, "the account name " + Quoted(name.text) + " in \"" + std::string(key) +
                                  "\" has a template or \"*\"; here only plain account names work");
    }
    accounts.push_back(ToNfc(name.text));
  }
  return {};
}

Result<void> RuleReader::ReadWho() {
  const toml::node* deny = table_.get("deny");
  if (deny != nullptr && deny->is_string() && deny->as_string()->get() == "*") {
    rule_.deny = {"*"};
  } else if (auto read = ReadTemplates("deny", rule_.deny); !read) {
    return read.error();
  }
  if (auto read = ReadTemplates("login", rule_.login); !read) return read.error();
  if (auto read = ReadAccounts("users", rule_.users); !read) return read.error();
  return ReadAccounts("deny_users", rule_.deny_users);
}

Result<void> RuleReader::CheckKind() {
  const bool lets_in = !rule_.login.empty() || !rule_.users.empty();
  if (!lets_in && !KeepsOut(rule_)) {
    return Fault(rule_.line, "the rule " + Quoted(rule_.name) +
                                 " names nobody; add login or users (who may log in), or deny or deny_users");
  }
  if (lets_in && KeepsOut(rule_)) {
    return Fault(rule_.line, "the rule " + Quoted(rule_.name) +
                                 " both lets in (login, users) and keeps out (deny, deny_users); make it two rules");
  }
  return {};
}

Result<void> RuleReader::ReadFrom() {
  auto networks = GetStrings(table_, "from", place_);
  if (!networks) return networks.error();
  if (!*networks) return {};
  for (const TomlString& written : **networks) {
    if (const auto network = Network::Parse(written.text)) {
      rule_.from.push_back(*network);
      continue;
    }
    const auto meant = Network::ParseEnclosing(written.text);
    const std::string bare = written.text.substr(0, written.text.find('/'));
    return Fault(written.line,
                 "\"from\" in [[rule]] has " + Quoted(written.text) +
                     (meant ? ", with bits set behind the prefix; write \"" + meant->ToString() +
                                  "\" or the single address \"" + Printable(bare) + "\""
                            : ", which is no network; write \"10.0.0.0/8\", \"2001:db8::/32\" or an address"));
  }
  return {};
}

Result<void> RuleReader::ReadHours() {
  auto hours = GetStrings(table_, "hours", place_);
  if (!hours) return hours.error();
  if (!*hours) {
    if (!table_.contains("zone")) return {};
    return Fault("zone", "\"zone\" without \"hours\" in [[rule]] has no effect; add hours or remove zone");
  }
  for (const TomlString& written : **hours) {
    const auto span = ParseHours(written.text);
    if (!span) {
      return Fault(written.line,
                   "\"hours\" in [[rule]] has " + Quoted(written.text) +
                       "; write days and times such as \"Mon-Fri 08:00-18:00\" or \"Sat,Sun 22:00-06:00\"");
    }
    rule_.hours.push_back(*span);
  }
  return ReadZone();
}

Result<void> RuleReader::ReadZone() {
  auto zone = GetString(table_, "zone", place_);
  if (!zone) return zone.error();
  if (!*zone) return Fault("hours", "\"hours\" in [[rule]] needs a zone; add zone = \"Europe/Berlin\" or \"UTC\"");
  rule_.zone = **zone;
  rule_.zone_data = LoadZone(rule_.zone);
  if (rule_.zone_data != nullptr) return {};
  const std::vector<std::string> names = ZoneNames();
  if (names.empty()) {
    return Fault("zone", "the system has no time zones to look up " + Quoted(rule_.zone) + "; install tzdata");
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  return Fault("zone", "unknown zone " + Quoted(rule_.zone) + " in [[rule]];" + Suggestion(rule_.zone, known));
}

Result<void> RuleReader::ReadStaleness() {
  auto max_staleness = GetDuration(table_, "max_staleness", place_);
  if (!max_staleness) return max_staleness.error();
  auto on_stale = GetString(table_, "on_stale", place_);
  if (!on_stale) return on_stale.error();
  if (auto fits = RefuseWhereKeptOut({"max_staleness", "on_stale"}, "however old the data is"); !fits) return fits;
  rule_.max_staleness = (*max_staleness).value_or(rule_.max_staleness);
  if (!*on_stale) return {};
  if (**on_stale != "allow" && **on_stale != "deny") {
    return Fault("on_stale", "\"on_stale\" in [[rule]] is " + Quoted(**on_stale) + "; write \"deny\" or \"allow\"");
  }
  rule_.on_stale = **on_stale == "allow" ? OnStale::kAllow : OnStale::kDeny;
  return {};
}

Result<void> RuleReader::RefuseWhereKeptOut(std::initializer_list<std::string_view> keys, std::string_view why) const {
  for (const std::string_view key : keys) {
    if (!KeepsOut(rule_) || !table_.contains(key)) continue;
    return Fault(
        key, Quoted(key) + " has no effect in a rule that keeps out, which holds " + std::string(why) + "; remove it");
  }
  return {};
}

Result<void> RuleReader::ReadKeyTypes() {
  auto types = GetStrings(table_, "key_types", place_);
  if (!types) return types.error();
  if (!*types) return {};
  for (const TomlString& type : **types) {
    if (type.text == kSecurityKeys) {
      AddSecurityKeys(rule_.key_types);
    } else if (std::find(kKeyTypes.begin(), kKeyTypes.end(), type.text) != kKeyTypes.end()) {
      rule_.key_types.push_back(type.text);
    } else {
      return Fault(type.line, "\"key_types\" in [[rule]] has " + Quoted(type.text) +
                                  ", which is no type of key; write \"sk\" for security keys, or such as " +
                                  "\"ssh-ed25519\" and \"sk-ssh-ed25519@openssh.com\"");
    }
  }
  return {};
}

Result<void> RuleReader::ReadKeyDemands() {
  constexpr std::string_view kWhatever = "whatever the key";
  if (auto fits = RefuseWhereKeptOut({"key_types", "verify_required"}, kWhatever); !fits) return fits;
  if (auto types = ReadKeyTypes(); !types) return types;
  auto verify = GetBool(table_, "verify_required", place_);
  if (!verify) return verify.error();
  rule_.verify_required = (*verify).value_or(false);
  if (!rule_.verify_required) return {};
  if (rule_.key_types.empty()) {
    AddSecurityKeys(rule_.key_types);
  }
  const auto other = std::find_if_not(rule_.key_types.begin(), rule_.key_types.end(), IsSecurityKey);
  if (other == rule_.key_types.end()) return {};
  return Fault("key_types", "\"verify_required\" in [[rule]] goes with security keys only, and " + Quoted(*other) +
                                " is none; remove it, or write key_types = [\"sk\"]");
}

Result<void> RuleReader::ReadPrincipals() {
  if (auto fits = RefuseWhereKeptOut({"principals"}, "whatever the certificate"); !fits) return fits;
  auto principals = GetStrings(table_, "principals", place_);
  if (!principals) return principals.error();
  if (!*principals) {
    if (!KeepsOut(rule_)) rule_.principals.emplace_back(kNamePlaceholder);
    return {};
  }
  for (const TomlString& principal : **principals) {
    std::string text = ToNfc(principal.text);
    if (const std::string fault = PrincipalFault(text); !fault.empty()) {
      return Fault(principal.line, "the principal " + Quoted(principal.text) + " in [[rule]] " + fault);
    }
    rule_.principals.push_back(std::move(text));
  }
  return {};
}

// First 16 hex digits of the SHA-256; empty when libcrypto fails.
std::string VersionOf(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) return {};
  std::string version;
  for (std::size_t i = 0; i < 8; ++i) {
    version += kHex[digest[i] >> 4];
    version += kHex[digest[i] & 0xf];
  }
  return version;
}

Result<void> CheckUnique(const Rule& rule, const std::vector<Rule>& earlier, const TomlPlace& place) {
  const auto same =
      std::find_if(earlier.begin(), earlier.end(), [&](const Rule& other) { return other.name == rule.name; });
  if (same == earlier.end()) return {};
  return TomlError(place, rule.line,
                   "the name " + Quoted(rule.name) + " is taken by the rule in line " + std::to_string(same->line) +
                       "; give each rule a name of its own");
}

}  // namespace

Result<RuleSet> ParseRules(std::string_view toml, const std::string& path) {
  auto document = ParseToml(toml, path);
  if (!document) return document.error();
  RuleSet set;
  set.source = path;
  set.version = VersionOf(toml);
  if (set.version.empty()) return base::Internal(Printable(path) + ": libcrypto could not compute SHA-256");
  const TomlPlace place{path, "[[rule]]"};
  const toml::node* node = document->get("rule");
  if (node == nullptr) return set;
  if (!node->is_array_of_tables()) {
    return TomlError(place, LineOf(*document, "rule"),
                     "\"rule\" is not a list of tables; begin each rule with [[rule]]");
  }
  for (const toml::node& element : *node->as_array()) {
    auto rule = RuleReader(*element.as_table(), path).Read();
    if (!rule) return rule.error();
    if (auto unique = CheckUnique(*rule, set.rules, place); !unique) return unique.error();
    set.rules.push_back(*std::move(rule));
  }
  return set;
}

}  // namespace taglogin::policy
