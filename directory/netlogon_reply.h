// SPDX-License-Identifier: Apache-2.0
// What a domain controller answers to the netlogon ping: who it is, and in which sites it and the asker
// are. Pure. Private to this room.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace taglogin::directory {

// Foreign text, not checked beyond what DecodeNetlogonReply says.
struct NetlogonReply {
  std::uint32_t flags = 0;  // DS_FLAG (MS-ADTS 6.3.1.2)
  std::string domain;       // DnsDomainName
  std::string host;         // DnsHostName
  std::string server_site;  // DcSiteName
  std::string client_site;  // ClientSiteName; empty when the address is in no subnet of the directory
};

constexpr std::uint32_t kServesLdap = 0x8;  // DS_LDAP_FLAG
constexpr std::uint32_t kServesKdc = 0x20;  // DS_KDC_FLAG

// NETLOGON_SAM_LOGON_RESPONSE_EX (MS-ADTS 6.3.1.9) with LOGON_SAM_LOGON_RESPONSE_EX as its opcode. Names
// are compressed as in RFC 1035 4.1.4; each has at most 255 characters, and a pointer only ever leads
// towards the front. What stands behind ClientSiteName is not read. Errors: kInvalid, kUnavailable (the
// server says that its net logon service is paused).
base::Result<NetlogonReply> DecodeNetlogonReply(std::string_view blob);

}  // namespace taglogin::directory
