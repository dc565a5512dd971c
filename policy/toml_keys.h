// SPDX-License-Identifier: Apache-2.0
// Reading TOML tables strictly, for rules and for the daemon's settings: a key that is not known, or
// a value of the wrong kind, is an error that names the line, what was found and what would be right.
// All errors are kInvalid and begin with "PATH:LINE: ". Pure; any thread.
#pragma once

#include <toml++/toml.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace taglogin::policy {

inline constexpr std::size_t kMaxTomlBytes = 1 << 20;
// How deep keys ("a.b.c") and brackets may nest; more could exhaust the stack of the parser, or of
// the destructor of what it made.
inline constexpr int kMaxTomlDepth = 16;

// The document, or an error for text that is not TOML 1.0, is longer than kMaxTomlBytes, or nests
// deeper than kMaxTomlDepth. `path` is only for the error text.
base::Result<toml::table> ParseToml(std::string_view text, const std::string& path);

// Where a table stands, for error texts.
struct TomlPlace {
  std::string path;   // of the file
  std::string table;  // as people write it: "[[rule]]", "[directory]"; "the file" for the top level
};

// "PATH:LINE: what". Foreign bytes in `what` must have gone through base::Printable already.
base::Error TomlError(const TomlPlace& place, int line, std::string_view what);

// 1-based; 0 for a node that was not parsed from text.
int LineOf(const toml::node& node);
// The line of `key` in the table, or of the table itself when it has no such key.
int LineOf(const toml::table& table, std::string_view key);

// The member of `known` with the smallest edit distance to `key`, the first of several; empty when
// `known` is empty.
std::string_view NearestName(std::string_view key, std::span<const std::string_view> known);

// ` did you mean "login"?`, or with a distance that makes a typing error unlikely
// ` the nearest known one is "login"`; empty when `known` is empty.
std::string Suggestion(std::string_view key, std::span<const std::string_view> known);

// An error for the first key (in the order of lines) that is not in `known`:
// `PATH:12: unknown key "logn" in [[rule]]; did you mean "login"?`
base::Result<void> CheckKeys(const toml::table& table, std::span<const std::string_view> known, const TomlPlace& place);

// The getters give nullopt when the table has no such key, and an error when its value is of
// another kind. Strings and elements of lists are never empty, hold no control characters
// (U+0000..U+001F, U+007F..U+009F) and are valid UTF-8, as written (not normalised).
base::Result<std::optional<std::string>> GetString(const toml::table& table, std::string_view key,
                                                   const TomlPlace& place);

struct TomlString {
  std::string text;
  int line = 0;
};
// A list of at least one string.
base::Result<std::optional<std::vector<TomlString>>> GetStrings(const toml::table& table, std::string_view key,
                                                                const TomlPlace& place);

base::Result<std::optional<bool>> GetBool(const toml::table& table, std::string_view key, const TomlPlace& place);

// A whole number and s, m, h or d: "90s", "15m", "24h", "7d". An error when outside [min, max];
// min is at least one second.
struct DurationBounds {
  std::chrono::seconds min{1};
  std::chrono::seconds max{std::chrono::hours(24 * 365)};
};
base::Result<std::optional<std::chrono::seconds>> GetDuration(const toml::table& table, std::string_view key,
                                                              const TomlPlace& place,
                                                              const DurationBounds& bounds = {});

// The same format without a table; nullopt when malformed or beyond 100 years.
std::optional<std::chrono::seconds> ParseDuration(std::string_view text);
// "90s", "24h", "7d": the largest unit that fits without a rest.
std::string DurationText(std::chrono::seconds duration);

}  // namespace taglogin::policy
