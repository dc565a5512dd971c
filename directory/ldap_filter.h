// SPDX-License-Identifier: Apache-2.0
// Search filters (RFC 4515) put together from parts, so that no value can become syntax. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace taglogin::directory {

// `value` as an RFC 4515 assertion value: every byte but letters, digits and "-._" becomes \xx.
std::string EscapeFilterValue(std::string_view value);

// "(attribute=value)"; the attribute is a name of ours, the value may be any bytes, not empty.
std::string Equals(std::string_view attribute, std::string_view value);

// "(&…)" and "(|…)" of whole filters; at least one.
std::string AllOf(const std::vector<std::string>& filters);
std::string AnyOf(const std::vector<std::string>& filters);

}  // namespace taglogin::directory
