// SPDX-License-Identifier: Apache-2.0
// The one canonical form of a login name and the one alphabet of names, used by module, keyhelper,
// cli and daemon alike, so that no two parts can disagree about who is meant.
#pragma once

#include <cstddef>
#include <string_view>

namespace taglogin::protocol {

inline constexpr std::size_t kMaxShortName = 32;  // bytes; as useradd(8)
// Bytes; the limit of Active Directory's own domain names (Microsoft's naming conventions, KB909264). With it a
// name is far below LOGIN_NAME_MAX (256, limits.h), and its home below what passwd(5) is given here.
inline constexpr std::size_t kMaxDomainName = 64;
inline constexpr std::size_t kMaxLoginName = kMaxShortName + 1 + kMaxDomainName;
inline constexpr std::size_t kMaxShortGroupName = 64;  // bytes; sAMAccountName's limit (MS-ADA3 2.222) is below it
inline constexpr std::size_t kMaxGroupName = kMaxShortGroupName + 1 + kMaxDomainName;

// A login name in canonical form: ^[a-z_][a-z0-9_.-]{0,31}(@DOMAIN)?$; see IsDomainName.
class LoginName {
 public:
  // Lower-cases ASCII letters, then checks. False leaves `out` as it was: the name can not be
  // anybody's here. Nothing is stripped or trimmed: " root" is not a name.
  static bool From(std::string_view text, LoginName& out) noexcept;
  std::string_view view() const noexcept { return {text_, size_}; }
  const char* c_str() const noexcept { return text_; }
  // What stands before the '@'; all of it when there is none.
  std::string_view user() const noexcept { return {text_, user_size_}; }
  // What stands behind it, or nothing.
  std::string_view domain() const noexcept {
    return user_size_ == size_ ? std::string_view() : std::string_view(text_ + user_size_ + 1, size_ - user_size_ - 1);
  }

 private:
  char text_[kMaxLoginName + 1] = {};
  std::size_t size_ = 0;
  std::size_t user_size_ = 0;
};

// Whether `text` is a DNS name in lower case: 1 to 64 bytes, labels [a-z0-9]([a-z0-9-]*[a-z0-9])? between dots.
bool IsDomainName(std::string_view text) noexcept;

// Whether `text` can be shown as a group's name: 1 to 64 bytes of [a-z0-9_. -], a letter, digit or
// underscore first, no space last; behind it may stand "@DOMAIN". Callers lower-case first.
bool IsGroupName(std::string_view text) noexcept;

}  // namespace taglogin::protocol
