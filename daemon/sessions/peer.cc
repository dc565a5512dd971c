// SPDX-License-Identifier: Apache-2.0
#include "daemon/sessions/peer.h"

#include <dirent.h>

#include <charconv>
#include <memory>
#include <optional>
#include <string_view>

#include "base/file.h"

namespace taglogin::daemon::sessions {
namespace {

constexpr std::size_t kMaxFile = 4096;

template <typename T>
std::optional<T> Number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// An id file: a number, or kUnset when the kernel does not have the file.
base::Result<std::uint32_t> ReadId(const std::string& path) {
  const auto text = base::ReadFile(path, kMaxFile);
  if (!text && text.error().code == base::ErrorCode::kNotFound) return kUnset;
  if (!text) return text.error();
  std::string_view digits = *text;
  if (digits.ends_with('\n')) digits.remove_suffix(1);
  const auto id = Number<std::uint32_t>(digits);
  if (!id) return base::Internal(path + " is not a number");
  return *id;
}

// Field `number` (as proc(5) counts, from 3 on) of what stands behind the command's name.
std::string_view Field(std::string_view behind_name, int number) {
  for (int at = 3; !behind_name.empty(); ++at) {
    const std::size_t space = behind_name.find(' ');
    if (at == number) return behind_name.substr(0, space);
    if (space == std::string_view::npos) break;
    behind_name.remove_prefix(space + 1);
  }
  return {};
}

bool ParseStat(std::string_view stat, Peer& peer) {
  // The name is in parentheses and may hold any byte, parentheses too: the last one ends it.
  const std::size_t open = stat.find('(');
  const std::size_t close = stat.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return false;
  peer.command = stat.substr(open + 1, close - open - 1);
  if (stat.size() < close + 2) return false;
  const std::string_view behind = stat.substr(close + 2);
  const auto parent = Number<pid_t>(Field(behind, 4));
  const auto start = Number<std::uint64_t>(Field(behind, 22));
  if (!parent || !start) return false;
  peer.zombie = Field(behind, 3) == "Z";
  peer.parent = *parent;
  peer.start_ticks = *start;
  return true;
}

base::Error Gone(pid_t pid) { return base::NotFound("process " + std::to_string(pid) + " is gone"); }

}  // namespace

base::Result<Peer> ProcFolder::Read(pid_t pid) const {
  const std::string folder = root_ + "/" + std::to_string(pid);
  Peer peer;
  peer.pid = pid;
  const auto audit_session = ReadId(folder + "/sessionid");
  if (!audit_session) return audit_session.error();
  const auto login_uid = ReadId(folder + "/loginuid");
  if (!login_uid) return login_uid.error();
  peer.audit_session = *audit_session;
  peer.login_uid = *login_uid;
  // Last: a process that ended while the ids were read is found missing here.
  const auto stat = base::ReadFile(folder + "/stat", kMaxFile);
  if (!stat) return Gone(pid);
  if (!ParseStat(*stat, peer)) return base::Internal(folder + "/stat is not as proc(5) has it");
  return peer;
}

std::vector<Peer> ProcFolder::All() const {
  std::vector<Peer> all;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(root_.c_str()), ::closedir);
  if (folder == nullptr) return all;
  while (const dirent* entry = ::readdir(folder.get())) {
    const auto pid = Number<pid_t>(entry->d_name);
    if (!pid) continue;
    if (auto peer = Read(*pid)) all.push_back(*std::move(peer));
  }
  return all;
}

}  // namespace taglogin::daemon::sessions
