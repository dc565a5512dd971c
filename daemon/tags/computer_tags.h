// SPDX-License-Identifier: Apache-2.0
// Tags made of what the directory says of this machine's computer object. Pure; private to daemon/tags.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/tags/source.h"
#include "directory/computer_object.h"

namespace taglogin::daemon::tags {

// What stands in the place of the pattern's only '*'; case does not count outside of it. nullopt: no match.
std::optional<std::string> MatchOf(std::string_view pattern, std::string_view name);

// An attribute without one value, one that the machine may write itself, and groups that say different things give no
// tag, with a warning.
Reading TagsOf(const directory::Computer& computer, const DirectoryTags& wanted);

}  // namespace taglogin::daemon::tags
