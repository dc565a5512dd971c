// SPDX-License-Identifier: Apache-2.0
#include "directory/directory_name.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "directory/sid.h"

namespace taglogin::directory {
namespace {

struct FreeMalloced {
  void operator()(utf8proc_uint8_t* text) const { std::free(text); }
};

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// "<KEY=value>;" taken off the front; nullopt when it is not there.
std::optional<std::string_view> TakePart(std::string_view& text, std::string_view key) {
  if (text.size() < key.size() + 2 || text.front() != '<' || text.substr(1, key.size()) != key) return std::nullopt;
  const std::size_t end = text.find(">;");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view value = text.substr(1 + key.size(), end - 1 - key.size());
  text.remove_prefix(end + 2);
  return value;
}

}  // namespace

std::string NameKey(std::string_view name) {
  // Before composing, as some letters have a composed form in lower case only (U+1E97), and after it, as
  // the Kelvin sign becomes a "K".
  const std::string lower = LowerAscii(name);
  utf8proc_uint8_t* composed = nullptr;
  const auto length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(lower.data()), static_cast<utf8proc_ssize_t>(lower.size()),
                   &composed, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, FreeMalloced> owner(composed);
  // What is no UTF-8 stands for itself.
  if (length < 0) return lower;
  return LowerAscii({reinterpret_cast<const char*>(composed), static_cast<std::size_t>(length)});
}

std::string LowerAscii(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), Lower);
  return out;
}

std::optional<ExtendedDn> ParseExtendedDn(std::string_view text) {
  ExtendedDn out;
  const auto guid = TakePart(text, "GUID=");
  if (!guid || !GuidToBinary(*guid)) return std::nullopt;
  out.guid = *guid;
  if (const auto sid = TakePart(text, "SID="); sid) {
    if (!SidToBinary(*sid)) return std::nullopt;
    out.sid = *sid;
  }
  // No DN begins like that (RFC 4514 2.4): a part that did not end.
  if (text.starts_with('<')) return std::nullopt;
  out.dn = text;
  return out;
}

bool SameText(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return Lower(x) == Lower(y); });
}

bool IsWithin(std::string_view dn, std::string_view base) {
  if (base.empty() || dn.size() < base.size()) return false;
  std::string_view front = dn.substr(0, dn.size() - base.size());
  if (!SameText(dn.substr(front.size()), base)) return false;
  if (front.empty()) return true;
  if (front.back() != ',') return false;
  front.remove_suffix(1);
  // A comma behind an odd number of backslashes belongs to a value.
  const std::size_t last = front.find_last_not_of('\\');
  const std::size_t backslashes = front.size() - (last == std::string_view::npos ? 0 : last + 1);
  return backslashes % 2 == 0;
}

std::string NamingContext(std::string_view domain) {
  std::string out = "DC=";
  for (const char c : domain) {
    if (c == '.') {
      out += ",DC=";
    } else {
      out += c;
    }
  }
  return out;
}

std::string DnsNameOf(std::string_view naming_context) {
  constexpr std::size_t kLabelAt = 3;
  std::string out;
  while (!naming_context.empty()) {
    const std::string_view part = naming_context.substr(0, naming_context.find(','));
    naming_context.remove_prefix(std::min(part.size() + 1, naming_context.size()));
    if (part.size() <= kLabelAt || !SameText(part.substr(0, kLabelAt), "DC=")) return {};
    out += (out.empty() ? "" : ".") + LowerAscii(part.substr(kLabelAt));
  }
  return out;
}

}  // namespace taglogin::directory
