// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/local_accounts.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/printable.h"

namespace taglogin::daemon::replica {
namespace {

constexpr std::size_t kMaxFile = 64U << 20U;
constexpr std::array<const char*, 3> kFiles = {"passwd", "group", "shells"};

// Debian's and Fedora's own accounts, taglogin's, and what Active Directory creates with a domain.
constexpr std::array<std::string_view, 41> kReservedUsers = {
    "_apt",          "adm",        "admin",    "administrator", "backup",  "bin",      "daemon",  "dbus",   "ftp",
    "games",         "gnats",      "guest",    "halt",          "irc",     "krbtgt",   "list",    "lp",     "mail",
    "man",           "messagebus", "news",     "nfsnobody",     "nobody",  "operator", "polkitd", "proxy",  "root",
    "rpc",           "rpcuser",    "shutdown", "sshd",          "sssd",    "sync",     "sys",     "syslog", "taglogin",
    "taglogin-keys", "toor",       "tss",      "uucp",          "www-data"};
constexpr std::array<std::string_view, 46> kReservedGroups = {
    "adm",      "admin",         "audio",   "backup",       "bin",     "cdrom",    "crontab",     "daemon",
    "dialout",  "dip",           "disk",    "docker",       "floppy",  "incus",    "incus-admin", "input",
    "kmem",     "kvm",           "libvirt", "libvirt-qemu", "lp",      "lxd",      "mail",        "man",
    "mem",      "messagebus",    "netdev",  "nobody",       "nogroup", "operator", "plugdev",     "podman",
    "root",     "sgx",           "shadow",  "src",          "staff",   "sudo",     "sys",         "systemd-journal",
    "taglogin", "taglogin-keys", "tape",    "tty",          "utmp",    "wheel"};

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<std::uint32_t> ParseId(std::string_view text) {
  std::uint32_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return id;
}

void AddId(std::set<std::uint32_t>& ids, std::string_view text) {
  if (const auto id = ParseId(text)) ids.insert(*id);
}

// A damaged line still claims what can be read of it: hiding too much is the safe side.
void ReadPasswd(std::string_view text, LocalNames& names) {
  for (const std::string_view line : Split(text, '\n')) {
    const auto fields = Split(line, ':');
    if (fields.front().empty() || line.front() == '+' || line.front() == '-') continue;  // NIS compat entries
    names.users.insert(LowerCase(fields.front()));
    if (fields.size() > 2) AddId(names.uids, fields[2]);
    if (fields.size() > 3) AddId(names.gids, fields[3]);
    if (fields.size() > 5 && !fields[5].empty()) names.homes.emplace(fields[5]);
  }
}

void ReadGroup(std::string_view text, LocalNames& names) {
  for (const std::string_view line : Split(text, '\n')) {
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
  return name.starts_with("systemd-") ||
         std::find(kReservedUsers.begin(), kReservedUsers.end(), name) != kReservedUsers.end();
}

bool IsReservedGroup(std::string_view name) {
  return std::find(kReservedGroups.begin(), kReservedGroups.end(), name) != kReservedGroups.end();
}

}  // namespace taglogin::daemon::replica
