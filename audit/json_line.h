// SPDX-License-Identifier: Apache-2.0
// JSON text that is safe to show on a terminal and to cut into lines.
#pragma once

#include <string>
#include <string_view>

namespace taglogin::audit {

// `json` (valid JSON, valid UTF-8, on one line) with every character that acts rather than shows
// written as \uXXXX: C1 controls, DEL, bidi controls, zero-width characters, line and paragraph
// separators, byte order marks, tag characters. The document's meaning stays the same.
std::string EscapeInvisible(std::string_view json);

}  // namespace taglogin::audit
