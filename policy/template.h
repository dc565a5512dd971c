// SPDX-License-Identifier: Apache-2.0
// Group name templates: text with {Key}, {@hostname} and {@instance_id}. Expand() is declared in
// policy/decide.h. Private to policy/.
#pragma once

#include <string>
#include <string_view>

#include "policy/rules.h"

namespace taglogin::policy {

// What is wrong with a template as written in a rule; empty when nothing is.
std::string TemplateFault(std::string_view group_template);

// Whether expanding it needs what a tag source tells: anything but {@hostname}.
bool NeedsTags(std::string_view group_template);

// Whether the rule has `when` or a template that needs tags.
bool UsesTags(const Rule& rule);

// `deny = "*"`: the rule keeps everybody out.
bool DeniesEverybody(const Rule& rule);

// Whether the rule keeps out rather than lets in.
bool KeepsOut(const Rule& rule);

}  // namespace taglogin::policy
