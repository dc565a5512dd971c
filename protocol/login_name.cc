// SPDX-License-Identifier: Apache-2.0
#include "protocol/login_name.h"

namespace taglogin::protocol {
namespace {

bool IsLower(char c) noexcept { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) noexcept { return c >= '0' && c <= '9'; }
bool IsAlphanumeric(char c) noexcept { return IsLower(c) || IsDigit(c); }

bool IsShortName(std::string_view text) noexcept {
  if (text.empty() || text.size() > kMaxShortName) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!IsLower(c) && c != '_' && (i == 0 || (!IsDigit(c) && c != '.' && c != '-'))) return false;
  }
  return true;
}

bool IsShortGroupName(std::string_view text) noexcept {
  if (text.empty() || text.size() > kMaxShortGroupName || text.back() == ' ') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool word = IsAlphanumeric(c) || c == '_';
    if (!word && (i == 0 || (c != '.' && c != '-' && c != ' '))) return false;
  }
  return true;
}

// Whether `text` is a DNS name when it has one behind its first '@'; `front` is what stands before that.
bool TakeDomain(std::string_view text, std::string_view& front) noexcept {
  std::size_t at = 0;
  while (at < text.size() && text[at] != '@') ++at;
  // Not substr(): what it throws would bring libstdc++ into every process that loads a module.
  front = {text.data(), at};
  return at == text.size() || IsDomainName({text.data() + at + 1, text.size() - at - 1});
}

}  // namespace

bool LoginName::From(std::string_view text, LoginName& out) noexcept {
  if (text.size() > kMaxLoginName) return false;
  LoginName name;
  for (const char c : text) {
    name.text_[name.size_++] = (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
  }
  std::string_view user;
  if (!TakeDomain(name.view(), user) || !IsShortName(user)) return false;
  name.user_size_ = user.size();
  out = name;
  return true;
}

bool IsDomainName(std::string_view text) noexcept {
  if (text.empty() || text.size() > kMaxDomainName) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool edge = i == 0 || i + 1 == text.size() || text[i - 1] == '.' || text[i + 1] == '.';
    const bool inner = text[i] == '-' || text[i] == '.';
    if (!IsAlphanumeric(text[i]) && (edge || !inner)) return false;
  }
  return true;
}

bool IsGroupName(std::string_view text) noexcept {
  std::string_view group;
  return TakeDomain(text, group) && IsShortGroupName(group);
}

}  // namespace taglogin::protocol
