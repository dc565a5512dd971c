// SPDX-License-Identifier: Apache-2.0
#include "protocol/login_name.h"

namespace taglogin::protocol {
namespace {

bool IsLower(char c) noexcept { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) noexcept { return c >= '0' && c <= '9'; }

}  // namespace

bool LoginName::From(std::string_view text, LoginName& out) noexcept {
  if (text.empty() || text.size() > kMaxLoginName) return false;
  LoginName name;
  for (const char c : text) {
    const char lower = (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
    const bool first = name.size_ == 0;
    const bool allowed = IsLower(lower) || lower == '_' || (!first && (IsDigit(lower) || lower == '.' || lower == '-'));
    if (!allowed) return false;
    name.text_[name.size_++] = lower;
  }
  out = name;
  return true;
}

bool IsGroupName(std::string_view text) noexcept {
  if (text.empty() || text.size() > kMaxGroupName || text.back() == ' ') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool word = IsLower(c) || IsDigit(c) || c == '_';
    if (!word && (i == 0 || (c != '.' && c != '-' && c != ' '))) return false;
  }
  return true;
}

}  // namespace taglogin::protocol
