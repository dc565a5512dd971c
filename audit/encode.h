// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "audit/event.h"

namespace taglogin::audit {

// Longest string in a record, in bytes; what is longer is cut, ends in "…" and sets
// metadata.is_truncated.
inline constexpr std::size_t kMaxString = 4096;

// One OCSF 1.8.0 record (class 3002 Authentication, category 3) as one line of JSON without the
// newline: valid UTF-8 (foreign bytes become U+FFFD; control, bidi, invisible and line-separator
// characters are escaped), metadata.sequence = `sequence`. Never fails.
std::string Encode(const Event& event, const Host& host, std::uint64_t sequence);

}  // namespace taglogin::audit
