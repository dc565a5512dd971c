// SPDX-License-Identifier: Apache-2.0
// Names as Active Directory compares and writes them: sAMAccountName, distinguished names. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace taglogin::directory {

// Longest sAMAccountName (MS-ADA3 2.222).
inline constexpr std::size_t kMaxNameBytes = 256;

// Equal for names that are the same but for the case of ASCII letters and for Unicode composition
// (NFC). The directory's own matching also folds accents, which must not join two people here.
std::string NameKey(std::string_view name);

// A DN as LDAP_SERVER_EXTENDED_DN_OID writes it: "<GUID=…>;<SID=…>;CN=…" (MS-ADTS 3.1.1.3.4.1.5).
struct ExtendedDn {
  std::string guid;
  std::string sid;  // empty for objects that have none
  std::string dn;
};
std::optional<ExtendedDn> ParseExtendedDn(std::string_view text);

// True when `dn` is `base` or lies below it; both as one server writes them.
bool IsWithin(std::string_view dn, std::string_view base);

// "DC=corp,DC=example,DC=com" of "corp.example.com".
std::string NamingContext(std::string_view domain);

// "corp.example.com" of "DC=corp,DC=example,DC=com"; empty when it has other parts.
std::string DnsNameOf(std::string_view naming_context);

// Equal but for the case of ASCII letters.
bool SameText(std::string_view a, std::string_view b);

// ASCII letters in lower case, other bytes as they are.
std::string LowerAscii(std::string_view text);

}  // namespace taglogin::directory
