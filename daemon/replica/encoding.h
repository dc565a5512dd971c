// SPDX-License-Identifier: Apache-2.0
// Contents as rows of text and back. Private to daemon/replica.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/replica/contents.h"

namespace taglogin::daemon::replica {

struct Row {
  std::string kind;
  std::string key;
  std::string body;  // JSON
};

// Every row of `contents`; (kind, key) is unique.
std::vector<Row> EncodeContents(const Contents& contents);

// Those rows of `contents` that speak of one account outside the closure: its extra entry, last
// use and last decision; and the high-water mark. A row with an empty body is to be deleted.
std::vector<Row> EncodeAccount(const Contents& contents, const std::string& account_id, const std::string& login_name);

// What EncodeContents writes now, and the oldest that is still read.
inline constexpr std::int64_t kEncoding = 2;
inline constexpr std::int64_t kOldestEncoding = 1;

// The inverse. Nothing when any row is malformed, of an unknown kind, or at odds with another
// (a record under another's key, an extra that is a member): half a replica is none.
// Rows of an earlier encoding do not say all that a decision needs today: then the walk is left out, so that
// nobody is let in before the directory has been read; members of it that were used stay as extras, so that
// files keep their owners.
std::optional<Contents> DecodeContents(const std::vector<Row>& rows, std::int64_t encoding = kEncoding);

}  // namespace taglogin::daemon::replica
