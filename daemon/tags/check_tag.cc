// SPDX-License-Identifier: Apache-2.0
#include "daemon/tags/check_tag.h"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

#include "base/printable.h"

namespace taglogin::daemon::tags {
namespace {

// Why the text is not plain, or nullptr; counts its characters.
const char* Fault(std::string_view text, std::size_t& length) {
  length = 0;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  for (std::size_t at = 0; at < text.size(); ++length) {
    utf8proc_int32_t point = 0;
    const utf8proc_ssize_t used = utf8proc_iterate(bytes + at, static_cast<utf8proc_ssize_t>(text.size() - at), &point);
    if (used <= 0) return "is not valid UTF-8";
    at += static_cast<std::size_t>(used);
    switch (utf8proc_category(point)) {
      case UTF8PROC_CATEGORY_CC:
        return "holds a control character";
      case UTF8PROC_CATEGORY_CF:
      case UTF8PROC_CATEGORY_CN:
      case UTF8PROC_CATEGORY_CS:
      case UTF8PROC_CATEGORY_CO:
      case UTF8PROC_CATEGORY_ZL:
      case UTF8PROC_CATEGORY_ZP:
        return "holds a character that does not show";
      default:
        break;
    }
  }
  if (!text.empty() && (text.front() == ' ' || text.back() == ' ')) return "begins or ends with a space";
  return nullptr;
}

struct Freer {
  void operator()(utf8proc_uint8_t* text) const { std::free(text); }
};

base::Result<std::string> Check(std::string_view text, std::size_t limit, const std::string& what) {
  std::size_t length = 0;
  // Bytes first, so that the work is bounded before the text is looked at.
  const char* fault = text.size() > limit * 4 ? "is too long" : Fault(text, length);
  if (fault == nullptr && length > limit) fault = "is too long";
  if (fault != nullptr) return base::Invalid(what + " " + fault);
  utf8proc_uint8_t* raw = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &raw, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, Freer> normal(raw);
  if (size < 0) return base::Invalid(what + " cannot be put into Unicode normal form C");
  return std::string(reinterpret_cast<const char*>(normal.get()), static_cast<std::size_t>(size));
}

}  // namespace

base::Result<std::string> CheckKey(std::string_view key) {
  const std::string what = "tag key \"" + base::Printable(key, kMaxKeyLength) + "\"";
  if (key.empty()) return base::Invalid("a tag's key is empty");
  if (key == "." || key == "..") return base::Invalid(what + " is a path, not a key");
  return Check(key, kMaxKeyLength, what);
}

base::Result<std::string> CheckValue(std::string_view key, std::string_view value) {
  return Check(value, kMaxValueLength, "the value of tag \"" + base::Printable(key, kMaxKeyLength) + "\"");
}

}  // namespace taglogin::daemon::tags
