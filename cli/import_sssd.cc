// SPDX-License-Identifier: Apache-2.0
#include "cli/import_sssd.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "base/printable.h"
#include "cli/sssd_cache.h"
#include "directory/id_map.h"

namespace taglogin::cli {
namespace {

using Section = std::map<std::string, std::string>;

constexpr std::string_view kDomainSection = "domain/";

// One domain's options, as SSSD would take them; the first one that makes no sense is kept as the error.
class Options {
 public:
  Options(Section section, Section nss) : section_(std::move(section)), nss_(std::move(nss)) {}
  const std::optional<base::Error>& error() const { return error_; }

  // Of the domain, else of [nss] where SSSD looks there too.
  std::string Text(const std::string& key, bool in_nss = false) const {
    if (const auto found = section_.find(key); found != section_.end()) return found->second;
    const auto found = nss_.find(key);
    return in_nss && found != nss_.end() ? found->second : std::string();
  }
  bool Flag(const std::string& key, bool otherwise) {
    std::string word = Text(key);
    std::transform(word.begin(), word.end(), word.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (word.empty()) return otherwise;
    if (word == "true" || word == "yes" || word == "1") return true;
    if (word != "false" && word != "no" && word != "0") Fail(key, word);
    return false;
  }
  std::uint32_t Number(const std::string& key, std::uint32_t otherwise) {
    const std::string text = Text(key);
    if (text.empty()) return otherwise;
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) Fail(key, text);
    return number;
  }

 private:
  void Fail(const std::string& key, const std::string& value) {
    if (!error_) error_ = base::Invalid("sssd.conf: " + key + " is " + base::Printable(value, 80));
  }

  Section section_;
  Section nss_;
  std::optional<base::Error> error_;
};

std::string Line(const std::string& key, const std::string& value) { return key + " = " + value + "\n"; }
std::string Quoted(const std::string& text) { return "\"" + text + "\""; }

bool CanBeQuoted(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\'; });
}

// SSSD's template of a home with taglogin's word for the name; nullopt: it says what [nss] home can not.
std::optional<std::string> HomeTemplate(const std::string& text, const std::string& domain) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (++i == text.size()) return std::nullopt;
    if (text[i] == 'u') {
      out += "{name}";
    } else if (text[i] == 'd') {
      out += domain;
    } else if (text[i] == '%') {
      out += '%';
    } else {
      return std::nullopt;
    }
  }
  const bool usable = CanBeQuoted(out) && out.starts_with('/') && out.find("{name}") != std::string::npos;
  return usable ? std::optional(out) : std::nullopt;
}

void AddMapping(Options& options, const std::map<std::string, std::uint32_t>& slices, SssdImport& out) {
  const directory::IdSettings defaults;
  const auto number = [&](const char* key, const char* option, std::uint32_t usual) {
    const std::uint32_t value = options.Number(option, usual);
    if (value != usual) out.toml += Line(key, std::to_string(value));
  };
  out.toml += Line("source", Quoted("sid"));
  number("lower", "ldap_idmap_range_min", defaults.lower);
  number("upper", "ldap_idmap_range_max", defaults.upper);
  number("slice_size", "ldap_idmap_range_size", defaults.slice_size);
  if (options.Number("ldap_idmap_helper_table_size", 10) == 0) out.toml += Line("secondary_slices", "false");
  if (options.Flag("ldap_idmap_autorid_compat", false)) out.toml += Line("autorid", "true");
  // SSSD looks at it only while its cache holds no slice.
  const std::string sid = options.Text("ldap_idmap_default_domain_sid");
  if (slices.empty() && !sid.empty()) {
    if (directory::IsRangeName(sid, defaults.slice_size)) {
      out.toml += Line("default_domain_sid", Quoted(sid));
    } else {
      out.notes.push_back("ldap_idmap_default_domain_sid is no domain's SID: " + base::Printable(sid, 80));
    }
  }
  for (const auto& [domain, slice] : slices) out.toml += Line("slices." + Quoted(domain), std::to_string(slice));
}

void AddNumbers(Options& options, SssdImport& out) {
  out.toml += Line("source", Quoted("directory"));
  const std::uint32_t lowest = options.Number("ldap_min_id", options.Number("min_id", 1));
  const std::uint32_t highest = options.Number("ldap_max_id", options.Number("max_id", 0));
  if (lowest > directory::kMinIdLower) out.toml += Line("lower", std::to_string(lowest));
  if (lowest < directory::kMinIdLower) {
    out.notes.push_back("ids below 1000 are the system's and are not given to anybody (min_id was " +
                        std::to_string(lowest) + ")");
  }
  if (highest != 0 && highest < directory::kMaxIdUpper) out.toml += Line("upper", std::to_string(highest + 1));
}

void AddHome(const Options& options, const std::string& domain, SssdImport& out) {
  const std::string always = options.Text("override_homedir", true);
  const std::string text = always.empty() ? options.Text("fallback_homedir", true) : always;
  const auto home = HomeTemplate(text, domain);
  if (home) out.toml += Line("home", Quoted(*home));
  if (!text.empty() && !home) out.notes.push_back("no [nss] home says what this does: " + base::Printable(text, 80));
  if (always.empty()) out.toml += Line("directory_home", "true");
}

void AddShell(const Options& options, SssdImport& out) {
  const std::string always = options.Text("override_shell", true);
  const std::string shell = always.empty() ? options.Text("default_shell", true) : always;
  if (!shell.empty() && CanBeQuoted(shell) && shell.starts_with('/')) {
    out.toml += Line("shell", Quoted(shell));
  } else if (!shell.empty()) {
    out.notes.push_back("no shell: " + base::Printable(shell, 80));
  }
  if (always.empty()) out.toml += Line("directory_shell", "true");
}

}  // namespace

base::Result<std::string> SssdDomain(const SssdConf& conf, const std::string& domain) {
  std::vector<std::string> known;
  for (const auto& [section, keys] : conf) {
    if (section.starts_with(kDomainSection)) known.push_back(section.substr(kDomainSection.size()));
  }
  if (domain.empty() && known.size() == 1) return known.front();
  if (std::find(known.begin(), known.end(), domain) != known.end()) return domain;
  std::string names;
  for (const std::string& name : known) names += (names.empty() ? "" : ", ") + base::Printable(name, 80);
  if (known.empty()) return base::Invalid("sssd.conf has no [domain/NAME]");
  return base::Invalid(domain.empty() ? "sssd.conf has several domains, say --domain and one of: " + names
                                      : "sssd.conf has no domain " + base::Printable(domain, 80) + ", but " + names);
}

base::Result<SssdImport> ImportSssd(const SssdConf& conf, const std::string& domain,
                                    const std::map<std::string, std::uint32_t>& slices) {
  const auto name = SssdDomain(conf, domain);
  if (!name) return name.error();
  const auto nss = conf.find("nss");
  Options options(conf.at(std::string(kDomainSection) + *name), nss == conf.end() ? Section() : nss->second);
  const std::string provider = options.Text("id_provider");
  if (provider != "ad" && provider != "ldap") {
    return base::Invalid("sssd.conf: id_provider of " + base::Printable(*name, 80) + " is " +
                         base::Printable(provider, 80) + "; ad and ldap can be imported");
  }
  SssdImport out;
  out.toml = "[ids]\n";
  if (options.Flag("ldap_id_mapping", provider == "ad")) {
    AddMapping(options, slices, out);
  } else {
    AddNumbers(options, out);
  }
  out.toml += "\n[nss]\n";
  AddHome(options, *name, out);
  AddShell(options, out);
  if (options.error()) return *options.error();
  return out;
}

base::Result<SssdImport> ImportSssdFrom(const std::string& conf_file, const std::string& cache_folder,
                                        const std::string& domain) {
  const auto conf = ReadSssdConf(conf_file);
  if (!conf) return conf.error();
  const auto name = SssdDomain(*conf, domain);
  if (!name) return name.error();
  if (name->find('/') != std::string::npos) return base::Invalid("a domain's name holds no slash");
  const std::string cache = cache_folder + "/cache_" + *name + ".ldb";
  auto slices = ReadSssdSlices(cache);
  const bool missing = !slices && slices.error().code == base::ErrorCode::kNotFound;
  if (!slices && !missing) return slices.error();
  auto out = ImportSssd(*conf, *name, slices ? *slices : std::map<std::string, std::uint32_t>());
  if (out && (missing || slices->empty())) {
    out->notes.push_back((missing ? "there is no cache " + base::Printable(cache) : "the cache holds no slices") +
                         ": they are computed from SIDs, as SSSD does where no two domains want the same");
  }
  return out;
}

}  // namespace taglogin::cli
