// SPDX-License-Identifier: Apache-2.0
#include "policy/principal.h"

#include <algorithm>

#include "base/printable.h"
#include "policy/decide.h"
#include "policy/template.h"

namespace taglogin::policy {
namespace {

constexpr std::size_t kMaxBytes = 128;  // without a "$" behind it

bool IsWordCharacter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}
bool IsPrincipalCharacter(char c) { return IsWordCharacter(c) || c == '.' || c == '+' || c == '@' || c == '-'; }

bool IsPrincipal(std::string_view text) {
  if (text.ends_with('$')) text.remove_suffix(1);
  return !text.empty() && text.size() <= kMaxBytes && IsWordCharacter(text.front()) &&
         std::all_of(text.begin(), text.end(), IsPrincipalCharacter);
}

// The text with `with` wherever {name} stands.
std::string ReplaceName(std::string_view text, std::string_view with) {
  std::string out;
  for (std::size_t at = text.find(kNamePlaceholder); at != std::string_view::npos; at = text.find(kNamePlaceholder)) {
    out.append(text.substr(0, at)).append(with);
    text.remove_prefix(at + kNamePlaceholder.size());
  }
  return out.append(text);
}

// What stands outside of braces, which match.
std::string LiteralsOf(std::string_view text) {
  std::string out;
  bool inside = false;
  for (const char c : text) {
    if (c == '{' || c == '}') {
      inside = c == '{';
    } else if (!inside) {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string PrincipalFault(std::string_view principal_template) {
  if (auto fault = TemplateFault(principal_template); !fault.empty()) return fault;
  if (principal_template.find(kNamePlaceholder) == std::string_view::npos) {
    return "has no {name}: whoever holds such a certificate could log in as any account of the rule; "
           "write \"{name}\" or \"{name}+{Environment}\"";
  }
  const std::string literals = LiteralsOf(principal_template);
  if (PrincipalNeedsTags(principal_template) && literals.find('+') == std::string::npos) {
    return "has no '+' beside its tag: with other values of the tag it could read like somebody else's login name, "
           "which has no '+'; write \"{name}+{Environment}\"";
  }
  const auto odd = std::find_if_not(literals.begin(), literals.end(), IsPrincipalCharacter);
  if (odd == literals.end()) return {};
  return "has \"" + base::Printable(std::string{*odd}) +
         "\" in it; principals have letters, digits, '.', '_', '+', '@' and '-'";
}

bool PrincipalNeedsTags(std::string_view principal_template) { return NeedsTags(ReplaceName(principal_template, {})); }

std::optional<std::string> ExpandAllButName(std::string_view principal_template, const TagSet& tags) {
  std::string out;
  for (;;) {
    const std::size_t at = principal_template.find(kNamePlaceholder);
    const std::string_view piece = principal_template.substr(0, at);
    // Expand() knows no empty text.
    if (!piece.empty()) {
      const auto expanded = Expand(piece, tags);
      if (!expanded) return std::nullopt;
      out += *expanded;
    }
    if (at == std::string_view::npos) return out;
    out += kNamePlaceholder;
    principal_template.remove_prefix(at + kNamePlaceholder.size());
  }
}

std::optional<std::string> WithName(std::string_view principal, std::string_view name) {
  std::string text = ReplaceName(principal, name);
  if (name.empty() || !IsPrincipal(text)) return std::nullopt;
  return text;
}

}  // namespace taglogin::policy
