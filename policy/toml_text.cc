// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/printable.h"
#include "policy/toml_keys.h"

namespace taglogin::policy {
namespace {

// Follows strings, comments, brackets and dots of TOML 1.0 in one pass without recursion. It stays
// in step with the parser for as long as the text is valid; behind the first fault of the text the
// parser has stopped, so what this finds there does not matter.
class DepthScan {
 public:
  explicit DepthScan(std::string_view text) : text_(text) {}

  // The line on which the text nests too deep; 0 if it does not.
  int FindTooDeep() {
    while (at_ < text_.size()) {
      Step();
      if (brackets_ > kMaxTomlDepth || dots_ >= kMaxTomlDepth) return line_;
    }
    return 0;
  }

 private:
  void Step() {
    const char c = text_[at_];
    if (c == '"' || c == '\'') {
      SkipString(c);
      return;
    }
    if (c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
      return;
    }
    ++at_;
    if (c == '.') ++dots_;
    if (c == '\n') ++line_;
    if (c == '[' || c == '{') ++brackets_;
    if (c == ']' || c == '}') --brackets_;
    // Dots count within one key or value.
    if (c == '\n' || c == '=' || c == ',' || c == '[' || c == '{') dots_ = 0;
  }

  void SkipString(char quote) {
    const std::string closing(3, quote);
    const bool multi_line = text_.substr(at_, 3) == closing;
    at_ += multi_line ? 3 : 1;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\n' && !multi_line) return;
      if (c == '\n') ++line_;
      if (c == '\\' && quote == '"') {
        // The escaped character is skipped as well, unless it is a line's end, which counts.
        at_ += text_.substr(at_ + 1, 1) == "\n" ? std::size_t{1} : std::size_t{2};
        continue;
      }
      if (c == quote && (!multi_line || text_.substr(at_, 3) == closing)) {
        EndString(multi_line, quote);
        return;
      }
      ++at_;
    }
  }

  // Up to two quotes may stand directly before the closing three.
  void EndString(bool multi_line, char quote) {
    at_ += multi_line ? 3 : 1;
    for (int extra = 0; multi_line && extra < 2 && at_ < text_.size() && text_[at_] == quote; ++extra) ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  int brackets_ = 0;
  int dots_ = 0;
};

class TomlFault : public std::logic_error {
 public:
  TomlFault() : std::logic_error("not valid TOML") {}
};

// Whether the parser gives up in an assertion, which has no line.
bool IsFault(std::string_view text) {
  try {
    static_cast<void>(toml::parse(text));
  } catch (const TomlFault&) {
    return true;
  } catch (const std::exception&) {
    return false;
  }
  return false;
}

// The first line that makes the parser give up; what stands behind it was not read.
int LineOfFault(std::string_view text) {
  std::vector<std::size_t> ends;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', end + 1)) {
    ends.push_back(end + 1);
  }
  const auto first =
      std::partition_point(ends.begin(), ends.end(), [&](std::size_t end) { return !IsFault(text.substr(0, end)); });
  return static_cast<int>(first - ends.begin()) + 1;
}

}  // namespace

void ThrowTomlFault() { throw TomlFault(); }

base::Result<toml::table> ParseToml(std::string_view text, const std::string& path) {
  const TomlPlace place{path, "the file"};
  if (text.size() > kMaxTomlBytes) {
    return TomlError(place, 1, "the file is larger than " + std::to_string(kMaxTomlBytes) + " bytes; make it shorter");
  }
  if (const int line = DepthScan(text).FindTooDeep(); line != 0) {
    return TomlError(place, line, "keys or brackets nest deeper than " + std::to_string(kMaxTomlDepth) + " levels");
  }
  try {
    return toml::parse(text, std::string_view(path));
  } catch (const toml::parse_error& error) {
    return TomlError(place, static_cast<int>(error.source().begin.line),
                     "not valid TOML: " + base::Printable(error.description()));
  } catch (const TomlFault&) {
    return TomlError(place, LineOfFault(text), "not valid TOML: a name or a value is missing, or not written in full");
  } catch (const std::exception& error) {
    return TomlError(place, 1, "cannot be read as TOML: " + base::Printable(error.what()));
  }
}

}  // namespace taglogin::policy
