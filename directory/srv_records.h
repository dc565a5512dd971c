// SPDX-License-Identifier: Apache-2.0
// DNS SRV records: an answer taken apart, checked, and put into the order of RFC 2782. Pure.
// Private to this room.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace taglogin::directory {

struct SrvRecord {
  std::uint16_t priority = 0;
  std::uint16_t weight = 0;
  std::uint16_t port = 0;
  std::string target;  // lower case, without the dot at the end
};

struct SrvAnswer {
  std::vector<SrvRecord> records;    // as they came, at most 64, no two with the same target and port
  std::vector<std::string> refused;  // a sentence for each record that is not used, at most 8; printable
  std::uint32_t ttl_s = 0;           // the shortest of all records
};

// A host name (RFC 1123 2.1, and '_', which Windows allows): at most 253 characters, labels of 1 to 63
// letters, digits, '-', '_'; no dot at the end.
bool IsHostName(std::string_view name);

// One label of such a name: what may be put into a name that is asked for.
bool IsDnsLabel(std::string_view label);

// Whether `host` is `domain` or a name below it, in any case.
bool IsInDomain(std::string_view host, std::string_view domain);

// The SRV records of a DNS message. A target that is no host name or not in `domain`, and port 0, are
// refused: DNS alone must not decide whom the machine's credentials are shown to. Errors: kNotFound (no
// record, or the one with target "." by which RFC 2782 says that there is no such service),
// kInvalid (no DNS message of an answer).
base::Result<SrvAnswer> ParseSrvAnswer(std::string_view message, std::string_view domain);

// RFC 2782: lower priorities first; within one priority at random, in proportion to the weights.
std::vector<SrvRecord> InSrvOrder(std::vector<SrvRecord> records, std::mt19937_64& random);

}  // namespace taglogin::directory
