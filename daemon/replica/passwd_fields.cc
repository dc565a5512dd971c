// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/passwd_fields.h"

#include <algorithm>
#include <array>
#include <utility>

namespace taglogin::daemon::replica {
namespace {

constexpr std::size_t kMaxHome = 255;
constexpr std::size_t kMaxGecos = 128;
constexpr char kNologin[] = "/usr/sbin/nologin";

// Nobody's home is one of these, nor anything below them.
constexpr std::array<std::string_view, 17> kSystemTrees = {
    "/root", "/etc", "/usr",  "/bin", "/sbin", "/lib", "/lib32", "/lib64",     "/libx32",
    "/boot", "/dev", "/proc", "/sys", "/run",  "/tmp", "/var",   "/lost+found"};
// Homes may be below these, but not be them. /var/home is where image-based systems keep homes.
constexpr std::array<std::string_view, 6> kParents = {"/home", "/opt", "/srv", "/mnt", "/media", "/var/home"};

bool IsBelow(std::string_view path, std::string_view folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

bool IsCanonicalPath(std::string_view path) {
  if (path.size() < 2 || path.front() != '/' || path.back() == '/') return false;
  for (std::size_t begin = 1; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return false;
    begin = end + 1;
  }
  return true;
}

bool IsPasswdText(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x1f && c < 0x7f && c != ':'; });
}

constexpr std::string_view kName = "{name}";
constexpr std::string_view kUser = "{user}";
constexpr std::string_view kDomain = "{domain}";

std::string FillIn(std::string_view text, const protocol::LoginName& login_name, std::string_view domain) {
  const std::array<std::pair<std::string_view, std::string_view>, 3> values = {
      {{kName, login_name.view()}, {kUser, login_name.user()}, {kDomain, domain}}};
  std::string filled;
  while (!text.empty()) {
    const auto* found =
        std::find_if(values.begin(), values.end(), [text](const auto& value) { return text.starts_with(value.first); });
    filled += found == values.end() ? text.substr(0, 1) : found->second;
    text.remove_prefix(found == values.end() ? 1 : found->first.size());
  }
  return filled;
}

}  // namespace

bool IsUsableHome(std::string_view home) {
  if (home.size() > kMaxHome || !IsPasswdText(home) || !IsCanonicalPath(home)) return false;
  if (std::find(kParents.begin(), kParents.end(), home) != kParents.end()) return false;
  if (IsBelow(home, "/var/home")) return true;
  return std::none_of(kSystemTrees.begin(), kSystemTrees.end(),
                      [home](std::string_view tree) { return home == tree || IsBelow(home, tree); });
}

bool TellsHomesApart(std::string_view home_template, bool other_domains) {
  const auto has = [home_template](std::string_view part) {
    return home_template.find(part) != std::string_view::npos;
  };
  return has(kName) || (has(kUser) && (!other_domains || has(kDomain)));
}

std::optional<std::string> HomeOf(const directory::Account& account, const protocol::LoginName& login_name,
                                  const NssSettings& nss, const LocalNames& local) {
  const auto usable = [&local](std::string_view home) { return IsUsableHome(home) && !local.homes.contains(home); };
  if (nss.directory_home && usable(account.home)) return account.home;
  const bool other_domain = !account.domain.empty();
  if (!TellsHomesApart(nss.home_template, other_domain)) return std::nullopt;
  std::string home = FillIn(nss.home_template, login_name, other_domain ? account.domain : nss.domain);
  if (!usable(home)) return std::nullopt;
  return home;
}

std::string ShellOf(const directory::Account& account, const NssSettings& nss, const LocalNames& local) {
  if (!nss.directory_shell || account.shell.empty()) return nss.shell;
  const std::string name = account.shell.substr(account.shell.rfind('/') + 1);
  if (name == "nologin" || name == "false") return kNologin;
  const bool listed = local.shells.contains(account.shell) && IsPasswdText(account.shell);
  return listed ? account.shell : nss.shell;
}

std::string GecosOf(std::string_view display_name) {
  std::string gecos;
  for (const char c : display_name) {
    const bool keep = c > 0x1f && c < 0x7f && c != ':' && c != ',';
    if (keep && gecos.size() < kMaxGecos) gecos += c;
  }
  return gecos;
}

}  // namespace taglogin::daemon::replica
