// SPDX-License-Identifier: Apache-2.0
// What may pass as a tag's key or value, whatever the source.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace taglogin::daemon::tags {

// In characters; the limits of AWS (Amazon EC2 user guide, "Tag restrictions").
inline constexpr std::size_t kMaxKeyLength = 128;
inline constexpr std::size_t kMaxValueLength = 256;

// The text in NFC. kInvalid, with a sentence that names the tag, when it is not valid UTF-8, too
// long, begins or ends with a space, or holds a character that does not show (control, format,
// line separator, unassigned). A key is also not empty and not "." or "..".
base::Result<std::string> CheckKey(std::string_view key);
base::Result<std::string> CheckValue(std::string_view key, std::string_view value);

}  // namespace taglogin::daemon::tags
