// SPDX-License-Identifier: Apache-2.0
#include "nss_module/pack.h"

#include <cstdint>
#include <cstring>
#include <string_view>

namespace taglogin::nss_module {
namespace {

constexpr std::string_view kNoPassword = "x";

std::size_t Room(std::string_view text) noexcept { return text.size() + 1; }

// Copies `text` and its NUL to `at`, and moves `at` behind it.
char* Put(char*& at, std::string_view text) noexcept {
  char* start = at;
  if (!text.empty()) std::memcpy(at, text.data(), text.size());
  at[text.size()] = '\0';
  at += Room(text);
  return start;
}

}  // namespace

Answer PackAccount(const protocol::AccountView& account, passwd& out, CallerBuffer buffer) noexcept {
  const std::size_t needed =
      Room(account.name) + Room(kNoPassword) + Room(account.gecos) + Room(account.home) + Room(account.shell);
  if (needed > buffer.bytes) return Answer::kTooSmall;
  char* at = buffer.start;
  out.pw_name = Put(at, account.name);
  out.pw_passwd = Put(at, kNoPassword);
  out.pw_uid = account.uid;
  out.pw_gid = account.gid;
  out.pw_gecos = Put(at, account.gecos);
  out.pw_dir = Put(at, account.home);
  out.pw_shell = Put(at, account.shell);
  return Answer::kFound;
}

Answer PackGroup(const protocol::GroupView& found, group& out, CallerBuffer buffer) noexcept {
  // The buffer may start anywhere; the member list holds pointers.
  const std::size_t past = reinterpret_cast<std::uintptr_t>(buffer.start) % alignof(char*);
  const std::size_t padding = past == 0 ? 0 : alignof(char*) - past;
  const std::size_t needed = padding + sizeof(char*) + Room(found.name) + Room(kNoPassword);
  if (needed > buffer.bytes) return Answer::kTooSmall;
  auto** members = reinterpret_cast<char**>(buffer.start + padding);
  members[0] = nullptr;
  char* at = buffer.start + padding + sizeof(char*);
  out.gr_name = Put(at, found.name);
  out.gr_passwd = Put(at, kNoPassword);
  out.gr_gid = found.gid;
  out.gr_mem = members;
  return Answer::kFound;
}

}  // namespace taglogin::nss_module
