// SPDX-License-Identifier: Apache-2.0
#include "cli/sssd_conf.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "base/printable.h"

namespace taglogin::cli {
namespace {

constexpr std::size_t kMaxFile = 1 << 20;

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

// SSSD reads those that do not begin with a dot.
std::vector<std::string> Snippets(const std::string& path) {
  std::vector<std::string> out;
  std::error_code error;
  const auto folder = std::filesystem::path(path).parent_path() / "conf.d";
  for (auto entry = std::filesystem::directory_iterator(folder, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.ends_with(".conf") && name.front() != '.') out.push_back(entry->path().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

base::Result<void> Add(const std::string& path, SssdConf& conf) {
  const auto text = base::ReadFile(path, kMaxFile);
  if (!text) return text.error();
  return ParseSssdConf(*text, path, conf);
}

}  // namespace

base::Result<void> ParseSssdConf(std::string_view text, const std::string& path, SssdConf& conf) {
  std::string section;
  std::string* last = nullptr;  // a line that begins with a blank goes on with this value
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view raw = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string_view line = Trim(raw);
    const auto wrong = [&](const char* what) {
      return base::Invalid(path + ":" + std::to_string(number) + ": " + what + ": " + base::Printable(line, 80));
    };
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if ((raw.front() == ' ' || raw.front() == '\t') && last != nullptr) {
      last->append(" ").append(line);
      continue;
    }
    if (line.front() == '[') {
      if (line.back() != ']') return wrong("no section");
      section = std::string(Trim(line.substr(1, line.size() - 2)));
      last = nullptr;
      continue;
    }
    const std::size_t equals = line.find('=');
    const std::string key = Lower(Trim(line.substr(0, std::min(equals, line.size()))));
    if (equals == std::string_view::npos || key.empty() || section.empty()) return wrong("no KEY = VALUE");
    last = &(conf[section][key] = std::string(Trim(line.substr(equals + 1))));
  }
  return {};
}

base::Result<SssdConf> ReadSssdConf(const std::string& path) {
  SssdConf conf;
  if (auto added = Add(path, conf); !added) return added.error();
  for (const std::string& snippet : Snippets(path)) {
    if (auto added = Add(snippet, conf); !added) return added.error();
  }
  return conf;
}

}  // namespace taglogin::cli
