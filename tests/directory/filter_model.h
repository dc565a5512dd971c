// SPDX-License-Identifier: Apache-2.0
// An RFC 4515 reader written for the tests alone, from the grammar: what a directory server makes
// of a filter string. Knows and, or, equality, presence and >=.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace taglogin::directory {

struct FilterNode {
  char operation = 0;  // '&', '|', '=', '*' (presence), '>'
  std::string attribute;
  std::string value;
  std::vector<FilterNode> parts;
};

class FilterModel {
 public:
  // False when `text` is not exactly one filter.
  static bool Parse(std::string_view text, FilterNode& out) { return Filter(text, out) && text.empty(); }

 private:
  static bool Take(std::string_view& text, char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
  }
  static bool Filter(std::string_view& text, FilterNode& out) {
    if (!Take(text, '(')) return false;
    if (!text.empty() && (text.front() == '&' || text.front() == '|')) {
      out.operation = text.front();
      text.remove_prefix(1);
      while (!text.empty() && text.front() == '(') {
        if (!Filter(text, out.parts.emplace_back())) return false;
      }
      return !out.parts.empty() && Take(text, ')');
    }
    return Item(text, out) && Take(text, ')');
  }
  static int Hex(char c) {
    const auto at = std::string_view("0123456789abcdef").find(static_cast<char>(c | 32));
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
  }
  static bool Item(std::string_view& text, FilterNode& out) {
    const auto end = text.find_first_of("=>");
    if (end == std::string_view::npos || end == 0) return false;
    out.attribute = text.substr(0, end);
    out.operation = text[end];
    text.remove_prefix(end + 1);
    if (out.operation == '>' && !Take(text, '=')) return false;
    if (text.starts_with("*)")) {
      out.operation = '*';
      text.remove_prefix(1);
      return true;
    }
    // valueencoding = 0*(normal / escaped); NUL, "(", ")", "*" and "\" are not normal.
    while (!text.empty() && text.front() != ')') {
      const char c = text.front();
      if (c == '\0' || c == '(' || c == '*') return false;
      if (c != '\\') {
        out.value += c;
        text.remove_prefix(1);
        continue;
      }
      if (text.size() < 3 || Hex(text[1]) < 0 || Hex(text[2]) < 0) return false;
      out.value += static_cast<char>(Hex(text[1]) * 16 + Hex(text[2]));
      text.remove_prefix(3);
    }
    return true;
  }
};

}  // namespace taglogin::directory
