// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "audit/event.h"

namespace taglogin::audit {

// One OCSF 1.8.0 record (class 3002 Authentication, category 3) as one line of JSON without the
// newline: valid UTF-8 (foreign bytes become U+FFFD; C0, C1, bidi and line-separator characters
// are escaped), metadata.sequence = `sequence`. Never fails.
std::string Encode(const Event& event, const Host& host, std::uint64_t sequence);

}  // namespace taglogin::audit
