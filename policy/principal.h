// SPDX-License-Identifier: Apache-2.0
// Principals of SSH certificates: templates as those of groups, in which {name} is the account's login name.
// Private to policy/.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/tags.h"

namespace taglogin::policy {

inline constexpr std::string_view kNamePlaceholder = "{name}";

// What is wrong with a template as written in a rule; empty when nothing is.
std::string PrincipalFault(std::string_view principal_template);

// Whether expanding it needs what a tag source tells.
bool PrincipalNeedsTags(std::string_view principal_template);

// The template with all but {name} replaced; nullopt when a tag it needs is missing or unusable.
std::optional<std::string> ExpandAllButName(std::string_view principal_template, const TagSet& tags);

// What ExpandAllButName() gave, with the name; nullopt when the result is no principal:
// ^[A-Za-z0-9_][A-Za-z0-9._+@-]{0,127}\$?$.
std::optional<std::string> WithName(std::string_view principal, std::string_view name);

}  // namespace taglogin::policy
