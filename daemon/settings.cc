// SPDX-License-Identifier: Apache-2.0
#include "daemon/settings.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/printable.h"
#include "daemon/replica/local_accounts.h"
#include "daemon/replica/passwd_fields.h"
#include "daemon/tags/check_tag.h"
#include "directory/computer_object.h"
#include "directory/freeipa.h"
#include "directory/sid.h"
#include "directory/ssh_blob.h"
#include "policy/toml_keys.h"
#include "protocol/login_name.h"

namespace taglogin::daemon {
namespace {

using base::Result;
using policy::TomlPlace;
using std::chrono::seconds;

constexpr std::array<std::string_view, 9> kTables = {"directory", "ldap", "tags",  "nss", "ids",
                                                     "account",   "ssh",  "audit", "rule"};
constexpr std::array<std::string_view, 20> kDirectoryKeys = {"type",
                                                             "domain",
                                                             "domains",
                                                             "login_names",
                                                             "servers",
                                                             "search_base",
                                                             "bind",
                                                             "transport",
                                                             "keytab",
                                                             "principal",
                                                             "bind_dn",
                                                             "ca_file",
                                                             "key_attributes",
                                                             "poll_interval",
                                                             "sweep_interval",
                                                             "timeout",
                                                             "bind_password_file",
                                                             "client_key",
                                                             "client_certificate",
                                                             "bind_password_credential"};
constexpr std::array<std::string_view, 13> kLdapKeys = {
    "schema", "account_class", "account_name", "group_classes", "group_name", "member_names", "member_dns",
    "id",     "uid_number",    "gid_number",   "display_name",  "home",       "shell"};
constexpr std::array<std::string_view, 8> kNssKeys = {
    "visible", "groups", "home", "shell", "directory_home", "directory_shell", "enumerate", "everyone_group"};

// One table being read: collects the first error, so that each key takes one line below.
class Table {
 public:
  Table(const toml::table& file, std::string_view name, const std::string& path) : Table(file.get(name), name, path) {}
  Table(const toml::node* node, std::string_view name, const std::string& path)
      : place_{path, "[" + std::string(name) + "]"} {
    if (node == nullptr) return;
    table_ = node->as_table();
    if (table_ == nullptr) Fail(policy::LineOf(*node), "\"" + std::string(name) + "\" must be a table");
  }

  bool present() const { return table_ != nullptr; }
  bool Has(std::string_view key) const { return table_ != nullptr && table_->contains(key); }
  const std::optional<base::Error>& error() const { return error_; }

  void Fail(int line, std::string_view what) {
    if (!error_) error_ = policy::TomlError(place_, line, what);
  }
  void Fail(std::string_view key, std::string_view what) { Fail(LineOf(key), what); }

  int LineOf(std::string_view key) const { return table_ == nullptr ? 0 : policy::LineOf(*table_, key); }

  void Known(std::span<const std::string_view> keys) {
    if (table_ == nullptr) return;
    if (auto checked = policy::CheckKeys(*table_, keys, place_); !checked && !error_) error_ = checked.error();
  }
  void Get(std::string_view key, std::string& out) {
    Take(policy::GetString, key, [&](std::string text) { out = std::move(text); });
  }
  void Get(std::string_view key, bool& out) {
    Take(policy::GetBool, key, [&](bool value) { out = value; });
  }
  void Get(std::string_view key, std::vector<std::string>& out) {
    Take(policy::GetStrings, key, [&](std::vector<policy::TomlString> list) {
      out.clear();
      for (auto& item : list) out.push_back(std::move(item.text));
    });
  }
  // As above, but `key = []` is an answer too.
  void GetList(std::string_view key, std::vector<std::string>& out) {
    const toml::array* list = table_ == nullptr ? nullptr : table_->get_as<toml::array>(key);
    if (list != nullptr && list->empty()) {
      out.clear();
    } else {
      Get(key, out);
    }
  }
  void Get(std::string_view key, seconds& out, seconds min, seconds max) {
    const auto get = [&](const toml::table& table, std::string_view name, const TomlPlace& place) {
      return policy::GetDuration(table, name, place, {min, max});
    };
    Take(get, key, [&](seconds value) { out = value; });
  }
  // Whether the key is there and is this word.
  bool Says(std::string_view key, std::string_view word) const {
    const auto* text = table_ == nullptr ? nullptr : table_->get_as<std::string>(key);
    return text != nullptr && text->get() == word;
  }
  void Get(std::string_view key, int& out, const policy::IntegerBounds& bounds) {
    const auto get = [&](const toml::table& table, std::string_view name, const TomlPlace& place) {
      return policy::GetInteger(table, name, place, bounds);
    };
    Take(get, key, [&](std::int64_t value) { out = static_cast<int>(value); });
  }
  void Get(std::string_view key, std::uint32_t& out, const policy::IntegerBounds& bounds) {
    const auto get = [&](const toml::table& table, std::string_view name, const TomlPlace& place) {
      return policy::GetInteger(table, name, place, bounds);
    };
    Take(get, key, [&](std::int64_t value) { out = static_cast<std::uint32_t>(value); });
  }
  // A table of texts, such as `groups = { Environment = "env-*" }`; each goes to `use`.
  template <typename Use>
  void EachText(std::string_view key, Use use) {
    const toml::node* node = table_ == nullptr ? nullptr : table_->get(key);
    if (node == nullptr) return;
    const toml::table* inner = node->as_table();
    if (inner == nullptr) return Fail(key, std::string(key) + " must be a table of KEY = \"TEXT\"");
    for (const auto& [name, value] : *inner) {
      auto text = policy::GetString(*inner, name.str(), place_);
      if (error_) return;
      if (!text) {
        error_ = text.error();
      } else {
        use(std::string(name.str()), **std::move(text), policy::LineOf(value));
      }
    }
  }
  // The table inside this one; its errors are this one's.
  template <typename Read>
  void Inner(std::string_view key, const std::string& name, Read read) {
    Table inner(table_ == nullptr ? nullptr : table_->get(key), name, place_.path);
    read(inner);
    if (!error_) error_ = inner.error();
  }
  // A table of whole numbers, such as `slices."S-1-5-21-1-2-3" = 7`; each goes to `use`.
  template <typename Use>
  void EachNumber(std::string_view key, const policy::IntegerBounds& bounds, Use use) {
    const toml::node* node = table_ == nullptr ? nullptr : table_->get(key);
    if (node == nullptr) return;
    const toml::table* inner = node->as_table();
    if (inner == nullptr) return Fail(key, std::string(key) + " must be a table of NAME = NUMBER");
    for (const auto& [name, value] : *inner) {
      auto number = policy::GetInteger(*inner, name.str(), place_, bounds);
      if (error_) return;
      if (!number) {
        error_ = number.error();
      } else {
        use(std::string(name.str()), static_cast<std::uint32_t>(**number), policy::LineOf(value));
      }
    }
  }
  // One of a few words.
  template <typename Choice>
  void Get(std::string_view key, Choice& out, const std::vector<std::pair<std::string_view, Choice>>& choices) {
    std::string word;
    Get(key, word);
    if (word.empty()) return;
    std::string allowed;
    for (const auto& [name, value] : choices) {
      if (word == name) {
        out = value;
        return;
      }
      allowed += (allowed.empty() ? "\"" : ", \"") + std::string(name) + "\"";
    }
    Fail(key, std::string(key) + " is \"" + base::Printable(word) + "\", must be one of " + allowed);
  }

 private:
  template <typename Getter, typename Use>
  void Take(Getter getter, std::string_view key, Use use) {
    if (table_ == nullptr || error_) return;
    auto got = getter(*table_, key, place_);
    if (!got) {
      error_ = got.error();
    } else if (*got) {
      use(**std::move(got));
    }
  }

  TomlPlace place_;
  const toml::table* table_ = nullptr;
  std::optional<base::Error> error_;
};

// "corp.example" of "ou=x,dc=corp,dc=example"; a name for records, when nobody gave one.
std::string DomainOf(std::string_view search_base) {
  std::string out;
  while (!search_base.empty()) {
    const std::string_view part = search_base.substr(0, search_base.find(','));
    search_base.remove_prefix(std::min(part.size() + 1, search_base.size()));
    const std::string_view name = part.substr(std::min(part.find_first_not_of(' '), part.size()));
    const bool labelled = name.starts_with("dc=") || name.starts_with("DC=");
    if (labelled) out += (out.empty() ? "" : ".") + base::Printable(name.substr(3));
  }
  return out;
}

void ReadFreeIpa(Table& table, directory::Connection& directory) {
  directory.schema = directory::FreeIpaSchema();
  directory.key_attributes = {directory::kFreeIpaKeyAttribute};
  // To those who do not say who they are every group seems empty, also one that keeps out.
  if (directory.bind == directory::Bind::kAnonymous) {
    return table.Fail("bind", "type \"freeipa\" needs bind_dn or client_certificate: it shows no members to strangers");
  }
  if (!directory.search_base.empty()) return;
  if (directory.domain.empty()) return table.Fail("domain", "domain is missing: the DNS name of the FreeIPA domain");
  directory.search_base = directory::FreeIpaSearchBase(directory.domain);
}

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// What stands for itself in Active Directory has to be said here, or is something else by default.
void ReadLdapConnection(Table& table, directory::Connection& directory) {
  using directory::Bind;
  directory.key_attributes = {"sshPublicKey", "nsSshPublicKey"};
  directory.transport = directory::Transport::kStartTls;
  directory.bind = !directory.bind_dn.empty()              ? Bind::kSimple
                   : !directory.client_certificate.empty() ? Bind::kExternal
                                                           : Bind::kAnonymous;
  table.Get<Bind>("bind", directory.bind,
                  {{"anonymous", Bind::kAnonymous}, {"simple", Bind::kSimple}, {"external", Bind::kExternal}});
  table.Get<directory::Transport>(
      "transport", directory.transport,
      {{"starttls", directory::Transport::kStartTls}, {"ldaps", directory::Transport::kLdaps}});
  if (directory.servers.empty()) table.Fail("servers", "servers is missing: the LDAP servers' host names");
  if (table.Says("type", "freeipa")) ReadFreeIpa(table, directory);
  if (directory.domain.empty()) directory.domain = DomainOf(directory.search_base);
  if (directory.domain.empty() && !directory.servers.empty()) directory.domain = directory.servers.front();
}

void ReadActiveDirectoryConnection(Table& table, directory::Connection& directory) {
  table.Get<directory::Bind>("bind", directory.bind,
                             {{"gssapi", directory::Bind::kGssapi}, {"simple", directory::Bind::kSimple}});
  table.Get<directory::Transport>("transport", directory.transport,
                                  {{"sign-and-seal", directory::Transport::kSignSeal},
                                   {"starttls", directory::Transport::kStartTls},
                                   {"ldaps", directory::Transport::kLdaps}});
  if (directory.domain.empty()) table.Fail("domain", "domain is missing: the DNS name of the domain");
  std::vector<std::string> further;
  table.Get("domains", further);
  for (const std::string& name : further) directory.further.push_back({Lower(name), {}, 0});
}

// Before a domain that nobody has named is made up for the records: names stand on one that somebody has.
void ReadLoginNames(Table& table, Settings& settings) {
  directory::Connection& directory = settings.directory;
  replica::NssSettings& nss = settings.nss;
  table.Get<bool>("login_names", nss.qualified_names, {{"short", false}, {"qualified", true}});
  nss.domain = replica::LowerCase(directory.domain);
  nss.has_upns = directory.kind == directory::DirectoryKind::kActiveDirectory;
  if (nss.qualified_names && nss.domain.empty()) {
    table.Fail("login_names", "login_names = \"qualified\" needs domain: what stands behind the \"@\"");
  }
  if (!nss.domain.empty() && !protocol::IsDomainName(nss.domain)) {
    const std::string why = "domain is no DNS name of at most 64 bytes, so that no login name can hold it";
    if (nss.qualified_names) table.Fail("domain", why);
    nss.domain.clear();
  }
  directory.qualified_names = nss.qualified_names;
}

void ReadDirectory(Table& table, Settings& settings) {
  using directory::DirectoryKind;
  table.Known(kDirectoryKeys);
  directory::Connection& directory = settings.directory;
  if (!table.present()) table.Fail(0, "there is no [directory] table: say at least domain");
  table.Get<DirectoryKind>(
      "type", directory.kind,
      {{"ad", DirectoryKind::kActiveDirectory}, {"ldap", DirectoryKind::kLdap}, {"freeipa", DirectoryKind::kLdap}});
  settings.is_freeipa = table.Says("type", "freeipa");
  table.Get("domain", directory.domain);
  ReadLoginNames(table, settings);
  table.Get("servers", directory.servers);
  table.Get("search_base", directory.search_base);
  table.Get("keytab", directory.keytab);
  table.Get("principal", directory.principal);
  table.Get("bind_dn", directory.bind_dn);
  table.Get("bind_password_file", directory.bind_password_file);
  table.Get("bind_password_credential", directory.bind_password_credential);
  table.Get("client_certificate", directory.client_certificate);
  table.Get("client_key", directory.client_key);
  table.Get("ca_file", directory.ca_file);
  if (directory.kind == DirectoryKind::kLdap) {
    ReadLdapConnection(table, directory);
    if (table.Has("domains")) table.Fail("domains", "domains goes with type = \"ad\" only");
  } else {
    ReadActiveDirectoryConnection(table, directory);
    for (const auto& further : directory.further) settings.nss.further_domains.insert(further.domain);
  }
  table.Get("key_attributes", directory.key_attributes);
  table.Get("poll_interval", settings.poll_interval, seconds(1), seconds(3600));
  table.Get("sweep_interval", settings.sweep_interval, seconds(5), seconds(86400));
  table.Get("timeout", settings.timeout, seconds(1), seconds(60));
  directory.timeout = settings.timeout;
}

// Behind [directory], whose type it goes by.
void ReadLdap(Table& table, Settings& settings) {
  using Members = directory::LdapSchema::Members;
  directory::LdapSchema& schema = settings.directory.schema;
  table.Known(kLdapKeys);
  if (!table.present()) return;
  if (settings.directory.kind != directory::DirectoryKind::kLdap) {
    return table.Fail(0, "[ldap] goes with [directory] type = \"ldap\" only");
  }
  if (settings.is_freeipa && table.Has("schema")) return table.Fail("schema", "type \"freeipa\" is a schema itself");
  table.Get<Members>("schema", schema.members,
                     {{"auto", Members::kBoth}, {"rfc2307", Members::kNames}, {"rfc2307bis", Members::kDns}});
  if (schema.members == Members::kNames) schema.group_classes = {"posixGroup"};
  table.Get("account_class", schema.account_class);
  table.Get("account_name", schema.account_name);
  table.Get("group_classes", schema.group_classes);
  table.Get("group_name", schema.group_name);
  table.Get("member_names", schema.member_names);
  table.Get("member_dns", schema.member_dns);
  table.Get("id", schema.id);
  table.Get("uid_number", schema.uid_number);
  table.Get("gid_number", schema.gid_number);
  table.Get("display_name", schema.display_name);
  table.Get("home", schema.home);
  table.Get("shell", schema.shell);
}

bool IsHttpsHost(std::string_view url) {
  constexpr std::string_view kScheme = "https://";
  if (!url.starts_with(kScheme) || url.size() == kScheme.size()) return false;
  url.remove_prefix(kScheme.size());
  return url.size() <= 255 && std::all_of(url.begin(), url.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
                  c == ':';
         });
}

void ReadAgree(Table& table, Settings& settings) {
  table.Get("agree", settings.tags_agree);
  std::set<std::string> different;
  for (const auto& source : settings.tags_agree) {
    const auto& known = settings.tag_sources;
    if (std::find(known.begin(), known.end(), source) == known.end()) {
      table.Fail("agree", "\"" + base::Printable(source) + "\" is none of the sources");
    }
    different.insert(source);
  }
  if (!settings.tags_agree.empty() && different.size() < 2) {
    table.Fail("agree", "agree needs two different sources, such as [\"imds\", \"ec2-api\"]");
  }
}

bool IsGroupPattern(std::string_view text) { return text.size() > 1 && std::count(text.begin(), text.end(), '*') == 1; }

// [tags.directory]
void ReadDirectoryTags(Table& table, Settings& settings) {
  constexpr std::array<std::string_view, 3> kKeys = {"attributes", "groups", "ou"};
  table.Known(kKeys);
  std::set<std::string> taken;
  const auto key_of = [&](const std::string& text, int line) {
    const auto key = tags::CheckKey(text);
    if (!key) table.Fail(line, key.error().detail);
    if (key && !taken.insert(*key).second) table.Fail(line, "\"" + base::Printable(*key) + "\" stands there twice");
    return key ? *key : text;
  };
  tags::DirectoryTags& out = settings.directory_tags;
  table.EachText("attributes", [&](const std::string& key, const std::string& attribute, int line) {
    const std::string shown = base::Printable(attribute);
    if (!directory::IsComputerAttribute(attribute)) return table.Fail(line, shown + " is no attribute's name");
    if (directory::IsSetByComputer(attribute)) return table.Fail(line, shown + " is set by the machine itself");
    out.attributes[key_of(key, line)] = attribute;
  });
  table.EachText("groups", [&](const std::string& key, const std::string& pattern, int line) {
    if (!IsGroupPattern(pattern)) return table.Fail(line, "groups: such as { Environment = \"env-*\" }, with one '*'");
    out.groups[key_of(key, line)] = pattern;
  });
  table.Get("ou", out.unit);
  if (!out.unit.empty()) out.unit = key_of(out.unit, table.LineOf("ou"));
  const auto& sources = settings.tag_sources;
  const bool used = std::find(sources.begin(), sources.end(), "directory") != sources.end();
  if (used && out.empty()) table.Fail(0, "source \"directory\" needs attributes, groups or ou in [tags.directory]");
  if (!used && table.present()) table.Fail(0, "\"directory\" is none of the sources");
  const directory::Connection& directory = settings.directory;
  const bool own =
      directory.kind == directory::DirectoryKind::kActiveDirectory && directory.bind == directory::Bind::kGssapi;
  if (used && !own) table.Fail(0, "source \"directory\" goes with type \"ad\" and bind \"gssapi\" alone");
}

void ReadTags(Table& table, Settings& settings) {
  constexpr std::array<std::string_view, 8> kKeys = {
      "sources",      "refresh_interval", "hold",     "agree", "identity_certificate",
      "ec2_endpoint", "ec2_ca_file",      "directory"};
  table.Known(kKeys);
  table.Get("sources", settings.tag_sources);
  table.Get("refresh_interval", settings.tags_refresh, seconds(1), seconds(86400));
  settings.tags_hold.until_confirmed = table.Says("hold", "confirm");
  if (!settings.tags_hold.until_confirmed) table.Get("hold", settings.tags_hold.delay, seconds(0), seconds(30 * 86400));
  for (const auto& source : settings.tag_sources) {
    constexpr std::array<std::string_view, 5> kNames = {"imds", "ec2-api", "gce", "azure", "directory"};
    if (source.starts_with("file:/") || std::find(kNames.begin(), kNames.end(), source) != kNames.end()) continue;
    table.Fail("sources", "\"" + base::Printable(source) +
                              "\" is no tag source: \"imds\", \"ec2-api\", \"gce\", \"azure\", \"directory\" or "
                              "\"file:/PATH\"");
  }
  table.Inner("directory", "tags.directory", [&](Table& inner) { ReadDirectoryTags(inner, settings); });
  ReadAgree(table, settings);
  table.Get("identity_certificate", settings.identity_certificate);
  table.Get("ec2_endpoint", settings.ec2_endpoint);
  table.Get("ec2_ca_file", settings.ec2_ca_file);
  if (!settings.ec2_endpoint.empty() && !IsHttpsHost(settings.ec2_endpoint)) {
    table.Fail("ec2_endpoint", "ec2_endpoint must be \"https://HOST\" or \"https://HOST:PORT\"");
  }
}

void ReadNss(Table& table, Settings& settings) {
  using Visible = replica::NssSettings::Visible;
  replica::NssSettings& nss = settings.nss;
  table.Known(kNssKeys);
  table.Get<Visible>("visible", nss.visible,
                     {{"permitted", Visible::kPermitted}, {"used", Visible::kUsed}, {"all", Visible::kAll}});
  table.GetList("groups", nss.groups);
  table.Get("home", nss.home_template);
  table.Get("shell", nss.shell);
  table.Get("directory_home", nss.directory_home);
  table.Get("directory_shell", nss.directory_shell);
  table.Get("enumerate", nss.enumerate);
  table.Get("everyone_group", nss.everyone_group);
  if (!replica::TellsHomesApart(nss.home_template, false)) {
    table.Fail("home", "home must hold {name} or {user}, or all accounts would share one folder");
  }
  if (nss.domain.empty() && nss.home_template.find("{domain}") != std::string::npos) {
    table.Fail("home", "home has {domain}, which needs [directory] domain");
  }
  if (!nss.shell.starts_with("/")) table.Fail("shell", "shell must be an absolute path");
  if (!protocol::IsGroupName(nss.everyone_group) || nss.everyone_group.find('@') != std::string::npos) {
    table.Fail("everyone_group", "everyone_group is no group name: lower-case letters, digits, '_', '.', '-'");
  }
}

constexpr std::array<std::string_view, 8> kIdsKeys = {
    "source", "lower", "upper", "slice_size", "secondary_slices", "autorid", "default_domain_sid", "slices"};

void ReadSlices(Table& table, directory::IdSettings& ids) {
  table.Get("slice_size", ids.slice_size, {1, ids.upper - ids.lower});
  if (ids.slice_size > ids.upper - ids.lower) {
    return table.Fail("upper",
                      "slice_size " + std::to_string(ids.slice_size) + " does not fit between lower and upper");
  }
  table.Get("secondary_slices", ids.secondary_slices);
  table.Get("autorid", ids.autorid);
  table.Get("default_domain_sid", ids.default_domain_sid);
  std::map<std::uint32_t, std::string> taken;
  if (!ids.default_domain_sid.empty()) {
    if (!directory::SplitSid(ids.default_domain_sid + "-0")) {
      table.Fail("default_domain_sid", "default_domain_sid is no domain's SID: S-1-5-21-A-B-C");
    }
    taken[0] = ids.default_domain_sid;
  }
  const policy::IntegerBounds numbers{0, (ids.upper - ids.lower) / ids.slice_size - 1};
  table.EachNumber("slices", numbers, [&](const std::string& name, std::uint32_t slice, int line) {
    const std::string shown = "slices: \"" + base::Printable(name) + "\"";
    if (!directory::IsRangeName(name, ids.slice_size)) {
      return table.Fail(line, shown + " is neither a domain's SID, S-1-5-21-A-B-C, nor that with -RID behind it, " +
                                  "a multiple of slice_size");
    }
    const auto [other, free] = taken.emplace(slice, name);
    if (!free && other->second != name) table.Fail(line, shown + " has the slice of " + other->second);
    ids.slices[name] = slice;
  });
  if (ids.slices.contains(ids.default_domain_sid) && ids.slices[ids.default_domain_sid] != 0) {
    table.Fail("slices", "slices: the default domain has slice 0");
  }
}

void ReadIds(Table& table, Settings& settings) {
  using Source = directory::IdSettings::Source;
  directory::IdSettings& ids = settings.nss.ids;
  table.Known(kIdsKeys);
  const bool ldap = settings.directory.kind == directory::DirectoryKind::kLdap;
  if (ldap) ids.source = Source::kDirectory;
  table.Get<Source>("source", ids.source, {{"sid", Source::kSid}, {"directory", Source::kDirectory}});
  if (ldap && ids.source == Source::kSid) table.Fail("source", "source \"sid\": only Active Directory has SIDs");
  if (!ldap && ids.source == Source::kDirectory && !settings.directory.further.empty()) {
    table.Fail("source",
               "source \"directory\" and [directory] domains do not go together: another domain's "
               "uidNumber could be that of somebody here");
  }
  if (ids.source == Source::kDirectory) ids.lower = directory::kMinIdLower;
  table.Get("lower", ids.lower, {directory::kMinIdLower, directory::kMaxIdUpper - 1});
  table.Get("upper", ids.upper, {directory::kMinIdLower + 1, directory::kMaxIdUpper});
  if (ids.upper <= ids.lower) return table.Fail("upper", "upper must be above lower");
  if (directory::IsSystemId(ids.upper)) {
    return table.Fail("upper",
                      "upper is the gid of the group of all directory accounts; 60001 to 65535 are the system's");
  }
  if (ids.source == Source::kSid) return ReadSlices(table, ids);
  for (const auto key : {"slice_size", "secondary_slices", "autorid", "default_domain_sid", "slices"}) {
    if (table.Has(key)) table.Fail(key, std::string(key) + " goes with source \"sid\" only");
  }
}

void ReadAccount(Table& table, Settings& settings) {
  constexpr std::array<std::string_view, 2> kKeys = {"password_must_change", "password_expired"};
  const std::vector<std::pair<std::string_view, bool>> choices = {{"deny", true}, {"allow", false}};
  table.Known(kKeys);
  table.Get<bool>("password_must_change", settings.account.must_change_denies, choices);
  table.Get<bool>("password_expired", settings.account.password_expired_denies, choices);
  const bool other_ldap = settings.directory.kind == directory::DirectoryKind::kLdap && !settings.is_freeipa;
  if (settings.account.password_expired_denies && other_ldap) {
    table.Fail("password_expired",
               "password_expired = \"deny\" goes with type \"ad\" and \"freeipa\" only: of other directories no "
               "age of passwords is read");
  }
}

void ReadSsh(Table& table, Settings& settings) {
  constexpr std::array<std::string_view, 4> kKeys = {"require_directory_key", "key_types", "min_rsa_bits",
                                                     "trusted_user_ca_keys"};
  table.Known(kKeys);
  table.Get("require_directory_key", settings.require_directory_key);
  table.Get("key_types", settings.keys.types);
  table.Get("min_rsa_bits", settings.keys.min_rsa_bits, {directory::kMinRsaBits, directory::kMaxRsaBits});
  table.Get("trusted_user_ca_keys", settings.trusted_user_ca_keys);
  if (!settings.trusted_user_ca_keys.empty() && !settings.trusted_user_ca_keys.starts_with("/")) {
    table.Fail("trusted_user_ca_keys", "trusted_user_ca_keys must be an absolute path");
  }
  for (const auto& type : settings.keys.types) {
    if (directory::IsKeyType(type)) continue;
    table.Fail("key_types", "\"" + base::Printable(type) + "\" is no accepted type of key; such as \"ssh-ed25519\"");
  }
}

void ReadAudit(Table& table, Settings& settings) {
  constexpr std::array<std::string_view, 2> kKeys = {"file", "journal"};
  table.Known(kKeys);
  table.Get("file", settings.audit_file);
  table.Get("journal", settings.journal);
  if (!settings.audit_file.starts_with("/")) table.Fail("file", "file must be an absolute path");
}

}  // namespace

Result<Settings> ParseSettings(std::string_view toml, const std::string& path) {
  const auto file = policy::ParseToml(toml, path);
  if (!file) return file.error();
  if (auto checked = policy::CheckKeys(*file, kTables, {path, "the file"}); !checked) return checked.error();
  Settings settings;
  constexpr std::array<std::pair<std::string_view, void (*)(Table&, Settings&)>, 8> kReaders = {
      {{"directory", ReadDirectory},
       {"ldap", ReadLdap},
       {"tags", ReadTags},
       {"nss", ReadNss},
       {"ids", ReadIds},
       {"account", ReadAccount},
       {"ssh", ReadSsh},
       {"audit", ReadAudit}}};
  for (const auto& [name, read] : kReaders) {
    Table table(*file, name, path);
    read(table, settings);
    if (table.error()) return *table.error();
  }
  return settings;
}

}  // namespace taglogin::daemon
