// SPDX-License-Identifier: Apache-2.0
// Names: exactly those of the documented expressions are accepted, in one form that stays as it is.
#include <regex>

#include "protocol/login_name.h"
#include "tests/fuzz/fuzz.h"

namespace taglogin {
namespace {

std::string AsciiLower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return lower;
}

void TryLoginName(std::string_view text) {
  static const std::regex kLoginName("^[a-z_][a-z0-9_.-]{0,31}$");
  const std::string lower = AsciiLower(text);
  protocol::LoginName name;
  FUZZ_CHECK(protocol::LoginName::From("before", name));
  const bool accepted = protocol::LoginName::From(text, name);
  FUZZ_CHECK(accepted == std::regex_match(lower, kLoginName));
  FUZZ_CHECK(name.view() == (accepted ? lower : "before"));
  FUZZ_CHECK(std::strlen(name.c_str()) == name.view().size());
  protocol::LoginName again;
  FUZZ_CHECK(protocol::LoginName::From(name.view(), again) && again.view() == name.view());
}

void TryGroupName(std::string_view text) {
  static const std::regex kGroupName("^[a-z0-9_]([a-z0-9_. -]{0,62}[a-z0-9_.-])?$");
  FUZZ_CHECK(protocol::IsGroupName(text) == std::regex_match(text.begin(), text.end(), kGroupName));
}

}  // namespace
}  // namespace taglogin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  taglogin::TryLoginName(text);
  taglogin::TryGroupName(text);
  return 0;
}
