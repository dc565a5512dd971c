// SPDX-License-Identifier: Apache-2.0
// Names: exactly those of the documented expressions are accepted, in one form that stays as it is.
#include <regex>

#include "protocol/login_name.h"
#include "tests/fuzz/fuzz.h"

namespace taglogin {
namespace {

#define TAGLOGIN_LABEL "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
#define TAGLOGIN_DOMAIN TAGLOGIN_LABEL "([.]" TAGLOGIN_LABEL ")*"

bool HasShortDomain(std::string_view text) {
  const std::size_t at = text.find('@');
  return at == std::string_view::npos || text.size() - at - 1 <= 64;
}

std::string AsciiLower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return lower;
}

void TryLoginName(std::string_view text) {
  static const std::regex kLoginName("^[a-z_][a-z0-9_.-]{0,31}(@" TAGLOGIN_DOMAIN ")?$");
  const std::string lower = AsciiLower(text);
  protocol::LoginName name;
  FUZZ_CHECK(protocol::LoginName::From("before", name));
  const bool accepted = protocol::LoginName::From(text, name);
  FUZZ_CHECK(accepted == (lower.size() <= 97 && HasShortDomain(lower) && std::regex_match(lower, kLoginName)));
  FUZZ_CHECK(name.view() == (accepted ? lower : "before"));
  FUZZ_CHECK(std::strlen(name.c_str()) == name.view().size());
  FUZZ_CHECK(name.domain().empty() ? name.user() == name.view()
                                   : name.view() == std::string(name.user()) + "@" + std::string(name.domain()));
  protocol::LoginName again;
  FUZZ_CHECK(protocol::LoginName::From(name.view(), again) && again.view() == name.view());
}

void TryGroupName(std::string_view text) {
  static const std::regex kGroupName("^[a-z0-9_]([a-z0-9_. -]{0,62}[a-z0-9_.-])?(@" TAGLOGIN_DOMAIN ")?$");
  const bool taken =
      text.size() <= 129 && HasShortDomain(text) && std::regex_match(text.begin(), text.end(), kGroupName);
  FUZZ_CHECK(protocol::IsGroupName(text) == taken);
}

}  // namespace
}  // namespace taglogin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  taglogin::TryLoginName(text);
  taglogin::TryGroupName(text);
  return 0;
}
