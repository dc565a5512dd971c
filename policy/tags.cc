// SPDX-License-Identifier: Apache-2.0
#include "policy/tags.h"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

namespace taglogin::policy {
namespace {

struct Free {
  void operator()(utf8proc_uint8_t* bytes) const noexcept { std::free(bytes); }
};

const utf8proc_uint8_t* Bytes(std::string_view text) { return reinterpret_cast<const utf8proc_uint8_t*>(text.data()); }

bool IsUsable(utf8proc_int32_t codepoint) {
  if (codepoint == ' ' || codepoint == '.' || codepoint == '_' || codepoint == '-') return true;
  switch (utf8proc_category(codepoint)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string ToNfc(std::string_view text) {
  if (text.empty()) return {};
  utf8proc_uint8_t* composed = nullptr;
  const utf8proc_ssize_t size = utf8proc_map(Bytes(text), static_cast<utf8proc_ssize_t>(text.size()), &composed,
                                             static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, Free> owner(composed);
  if (size < 0) return {};
  return {reinterpret_cast<const char*>(composed), static_cast<std::size_t>(size)};
}

bool IsUsableTagValue(std::string_view nfc_value) {
  if (nfc_value.empty()) return false;
  while (!nfc_value.empty()) {
    utf8proc_int32_t codepoint = 0;
    const utf8proc_ssize_t used =
        utf8proc_iterate(Bytes(nfc_value), static_cast<utf8proc_ssize_t>(nfc_value.size()), &codepoint);
    if (used <= 0 || !IsUsable(codepoint)) return false;
    nfc_value.remove_prefix(static_cast<std::size_t>(used));
  }
  return true;
}

}  // namespace taglogin::policy
