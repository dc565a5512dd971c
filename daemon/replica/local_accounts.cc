// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/local_accounts.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/printable.h"

namespace taglogin::daemon::replica {
namespace {

constexpr std::uint32_t kFirstPerson = 1000;
constexpr std::uint32_t kNobody = 65534;
constexpr std::size_t kMaxFile = 64U << 20U;
constexpr std::array<const char*, 3> kFiles = {"passwd", "group", "shells"};

// Debian's and Fedora's own accounts, taglogin's, and what Active Directory creates with a domain.
constexpr std::string_view kReservedUsers[] = {"_apt",
                                               "adm",
                                               "admin",
                                               "administrator",
                                               "backup",
                                               "bin",
                                               "daemon",
                                               "dbus",
                                               "ftp",
                                               "games",
                                               "gnats",
                                               "guest",
                                               "halt",
                                               "irc",
                                               "krbtgt",
                                               "list",
                                               "lp",
                                               "mail",
                                               "man",
                                               "messagebus",
                                               "news",
                                               "nfsnobody",
                                               "nobody",
                                               "operator",
                                               "polkitd",
                                               "proxy",
                                               "root",
                                               "rpc",
                                               "rpcuser",
                                               "shutdown",
                                               "sshd",
                                               "sssd",
                                               "sync",
                                               "sys",
                                               "syslog",
                                               "taglogin",
                                               "taglogin-keys",
                                               "taglogin-users",
                                               "toor",
                                               "tss",
                                               "uucp",
                                               "www-data"};
constexpr std::string_view kReservedGroups[] = {
    "_ssh",         "adm",        "admin",       "audio",         "backup", "bin",      "cdrom",   "crontab",
    "daemon",       "dbus",       "dialout",     "dip",           "disk",   "docker",   "fax",     "floppy",
    "games",        "incus",      "incus-admin", "input",         "irc",    "kmem",     "kvm",     "libvirt",
    "libvirt-qemu", "list",       "lp",          "lpadmin",       "lxc",    "lxd",      "mail",    "man",
    "mem",          "messagebus", "microk8s",    "netdev",        "news",   "nobody",   "nogroup", "operator",
    "plugdev",      "podman",     "polkitd",     "proxy",         "qemu",   "render",   "root",    "sasl",
    "sgx",          "shadow",     "src",         "ssh",           "sshd",   "ssl-cert", "sssd",    "staff",
    "sudo",         "sys",        "taglogin",    "taglogin-keys", "tape",   "tss",      "tty",     "utempter",
    "utmp",         "uucp",       "video",       "voice",         "wheel",  "www-data"};

constexpr std::string_view kSystemd = "systemd-";

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool IsBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view SkipBlanks(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  return text;
}

// As glibc's own reader of these files does it (strtoul(3), cut to 32 bits): blanks before it, a sign, and numbers too
// large, which all become the last one.
std::optional<std::uint32_t> ParseId(std::string_view text) {
  text = SkipBlanks(text);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::uint32_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) return std::nullopt;
  const bool too_large = error == std::errc::result_out_of_range || (negative && id != 0);
  return too_large ? std::numeric_limits<std::uint32_t>::max() : id;
}

// "/home/bob" of "/home//bob/".
std::string PlainPath(std::string_view path) {
  std::string plain;
  for (const std::string_view part : Split(path, '/')) {
    if (!part.empty() && part != ".") plain.append("/").append(part);
  }
  return plain.empty() ? "/" : plain;
}

void AddId(std::set<std::uint32_t>& ids, std::string_view text) {
  if (const auto id = ParseId(text)) ids.insert(*id);
}

// A damaged line still claims what can be read of it: hiding too much is the safe side.
void ReadPasswd(std::string_view text, LocalNames& names) {
  for (const std::string_view whole : Split(text, '\n')) {
    const std::string_view line = SkipBlanks(whole);
    const auto fields = Split(line, ':');
    if (fields.front().empty() || line.front() == '+' || line.front() == '-') continue;  // NIS compat entries
    names.users.insert(LowerCase(fields.front()));
    const auto uid = fields.size() > 2 ? ParseId(fields[2]) : std::nullopt;
    if (!uid || *uid < kFirstPerson || *uid == kNobody) names.system_users.insert(LowerCase(fields.front()));
    if (uid) names.uids.insert(*uid);
    if (fields.size() > 3) AddId(names.gids, fields[3]);
    if (fields.size() > 5 && !fields[5].empty()) names.homes.insert(PlainPath(fields[5]));
  }
}

void ReadGroup(std::string_view text, LocalNames& names) {
  for (const std::string_view whole : Split(text, '\n')) {
    const std::string_view line = SkipBlanks(whole);
    const auto fields = Split(line, ':');
    if (fields.front().empty() || line.front() == '+' || line.front() == '-') continue;
    names.groups.insert(LowerCase(fields.front()));
    if (fields.size() > 2) AddId(names.gids, fields[2]);
  }
}

void ReadShells(std::string_view text, LocalNames& names) {
  for (const std::string_view line : Split(text, '\n')) {
    if (line.starts_with('/')) names.shells.emplace(line);
  }
}

// What tells one state of the files from the next. ctime is there because mtime can be set.
std::string StampOf(const std::string& folder) {
  std::string stamp;
  for (const char* file : kFiles) {
    struct stat status {};
    if (::stat((folder + "/" + file).c_str(), &status) != 0) {
      stamp += "absent;";
      continue;
    }
    for (const auto value : {static_cast<std::int64_t>(status.st_dev), static_cast<std::int64_t>(status.st_ino),
                             static_cast<std::int64_t>(status.st_size), std::int64_t{status.st_mtim.tv_sec},
                             std::int64_t{status.st_mtim.tv_nsec}, std::int64_t{status.st_ctim.tv_sec},
                             std::int64_t{status.st_ctim.tv_nsec}}) {
      stamp += std::to_string(value) + ",";
    }
    stamp += ';';
  }
  return stamp;
}

base::Result<LocalNames> ReadNames(const std::string& folder) {
  LocalNames names;
  const auto passwd = base::ReadFile(folder + "/passwd", kMaxFile);
  if (!passwd) return passwd.error();
  const auto group = base::ReadFile(folder + "/group", kMaxFile);
  if (!group) return group.error();
  const auto shells = base::ReadFile(folder + "/shells", kMaxFile);
  if (!shells && shells.error().code != base::ErrorCode::kNotFound) return shells.error();
  ReadPasswd(*passwd, names);
  ReadGroup(*group, names);
  if (shells) {
    ReadShells(*shells, names);
  } else {
    names.shells = {"/bin/sh", "/bin/csh"};
  }
  names.known = true;
  return names;
}

}  // namespace

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

LocalAccounts::LocalAccounts(std::string folder) : folder_(std::move(folder)) {}

base::Result<bool> LocalAccounts::Refresh() {
  // Taken before reading: a change while we read makes the next stamp differ.
  std::string stamp = StampOf(folder_);
  if (names_.known && stamp == seen_) return false;
  auto names = ReadNames(folder_);
  if (!names) return names.error();
  seen_ = std::move(stamp);
  if (*names == names_) return false;
  names_ = *std::move(names);
  return true;
}

bool IsReservedUser(std::string_view name) {
  return name.starts_with(kSystemd) || std::ranges::find(kReservedUsers, name) != std::end(kReservedUsers);
}

bool IsReservedGroup(std::string_view name) {
  return name.starts_with(kSystemd) || std::ranges::find(kReservedGroups, name) != std::end(kReservedGroups);
}

}  // namespace taglogin::daemon::replica
