// SPDX-License-Identifier: Apache-2.0
#include "audit/json_line.h"

#include <cstddef>
#include <cstdint>

namespace taglogin::audit {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Unicode 15: controls (Cc), what the property Default_Ignorable_Code_Point has (it hides or reorders text), Zl, Zp,
// the marks of interlinear annotation and of hieroglyphs' layout, and noncharacters.
constexpr Range kInvisible[] = {
    {0x7f, 0x9f},     {0xad, 0xad},       {0x34f, 0x34f},     {0x61c, 0x61c},     {0x115f, 0x1160},
    {0x17b4, 0x17b5}, {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f},
    {0x3164, 0x3164}, {0xfdd0, 0xfdef},   {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
    {0xfff0, 0xfffb}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

bool IsInvisible(char32_t point) {
  if ((point & 0xfffe) == 0xfffe) return true;  // the noncharacters at the end of each plane
  for (const Range& range : kInvisible) {
    if (point >= range.first && point <= range.last) return true;
  }
  return false;
}

// The character at `at` of valid UTF-8; `length` is how many bytes it has.
char32_t Decode(std::string_view text, std::size_t at, std::size_t& length) {
  const auto lead = static_cast<unsigned char>(text[at]);
  length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (length > text.size() - at) length = 1;
  char32_t point = length == 1 ? lead : static_cast<char32_t>(lead & (0xff >> (length + 1)));
  for (std::size_t i = 1; i < length; ++i) {
    point = (point << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3f);
  }
  return point;
}

void AppendUnit(std::string& out, std::uint32_t unit) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[(unit >> shift) & 0xf];
}

}  // namespace

std::string EscapeInvisible(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  std::size_t length = 0;
  for (std::size_t at = 0; at < json.size(); at += length) {
    const char32_t point = Decode(json, at, length);
    if (!IsInvisible(point)) {
      out.append(json, at, length);
    } else if (point < 0x10000) {
      AppendUnit(out, point);
    } else {
      AppendUnit(out, 0xd800 + ((point - 0x10000) >> 10));
      AppendUnit(out, 0xdc00 + ((point - 0x10000) & 0x3ff));
    }
  }
  return out;
}

}  // namespace taglogin::audit
