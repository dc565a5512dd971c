// SPDX-License-Identifier: Apache-2.0
// Security identifiers (MS-DTYP 2.4.2) and GUIDs (MS-DTYP 2.3.4) between binary and text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace taglogin::directory {

// "S-1-5-21-…" of a binary objectSid; nullopt when malformed (bad revision, count or length).
std::optional<std::string> SidFromBinary(std::string_view bytes);
// The binary form of a canonical text SID; nullopt when malformed.
std::optional<std::string> SidToBinary(std::string_view text);
// The SID without its last sub-authority, and that sub-authority; nullopt unless the SID has the
// form of a domain's member, S-1-5-21-a-b-c-RID.
struct DomainSid {
  std::string domain;
  std::uint32_t rid = 0;
};
std::optional<DomainSid> SplitSid(std::string_view text);

// "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" of a binary objectGUID; nullopt unless 16 bytes.
std::optional<std::string> GuidFromBinary(std::string_view bytes);
// The binary form of a GUID in that canonical (lower case) text form; nullopt when malformed.
std::optional<std::string> GuidToBinary(std::string_view text);

}  // namespace taglogin::directory
