// SPDX-License-Identifier: Apache-2.0
// The one canonical form of a login name and the one alphabet of names, used by module, keyhelper,
// cli and daemon alike, so that no two parts can disagree about who is meant.
#pragma once

#include <cstddef>
#include <string_view>

namespace taglogin::protocol {

inline constexpr std::size_t kMaxLoginName = 32;  // bytes; as useradd(8)
inline constexpr std::size_t kMaxGroupName = 64;  // bytes; sAMAccountName's limit (MS-ADA3 2.222) is below it

// A login name in canonical form: ^[a-z_][a-z0-9_.-]{0,31}$, and not "." or "..".
class LoginName {
 public:
  // Lower-cases ASCII letters, then checks. False leaves `out` as it was: the name can not be
  // anybody's here. Nothing is stripped or trimmed: " root" is not a name.
  static bool From(std::string_view text, LoginName& out) noexcept;
  std::string_view view() const noexcept { return {text_, size_}; }
  const char* c_str() const noexcept { return text_; }

 private:
  char text_[kMaxLoginName + 1] = {};
  std::size_t size_ = 0;
};

// Whether `text` can be shown as a group's name: 1 to 64 bytes of [a-z0-9_. -], a letter, digit or
// underscore first, no space last. Callers lower-case first.
bool IsGroupName(std::string_view text) noexcept;

}  // namespace taglogin::protocol
