// SPDX-License-Identifier: Apache-2.0
// Foreign bytes made safe for a log line or a terminal.
#pragma once

#include <string>
#include <string_view>

namespace taglogin::base {

// `text` with everything but printable ASCII written as \xNN (backslash as \\), cut to `limit`
// input bytes with "..." behind it. The result is one line of ASCII, whatever came in.
std::string Printable(std::string_view text, std::size_t limit = 256);

}  // namespace taglogin::base
