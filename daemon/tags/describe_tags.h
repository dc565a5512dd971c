// SPDX-License-Identifier: Apache-2.0
// What the EC2 API answers to DescribeTags (Amazon EC2 API reference). Pure; private to daemon/tags.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace taglogin::daemon::tags {

struct TagsPage {
  std::vector<std::pair<std::string, std::string>> tags;  // raw: not checked yet
  std::string next_token;                                 // empty: this was the last page
};

// An answer with status 200. kInvalid when it is no DescribeTagsResponse, declares a document type, nests deeper than
// libxml2's own limit, or has an item that is not of `instance_id`. At most 1000 items.
base::Result<TagsPage> ParseTagsPage(std::string_view xml, const std::string& instance_id);

// The code of an answer with another status, "UnauthorizedOperation"; empty when it has none.
std::string ErrorCodeOf(std::string_view xml);

}  // namespace taglogin::daemon::tags
