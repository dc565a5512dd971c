// SPDX-License-Identifier: Apache-2.0
// One line of printable ASCII of bounded length, made without allocation: what the module logs and
// tells people. Whatever bytes are added, the line stays one line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace taglogin::pam_module {

class Line {
 public:
  static constexpr std::size_t kMax = 512;  // bytes; what is longer is cut

  // Bytes other than printable ASCII become '?'.
  Line& Add(std::string_view text) noexcept {
    for (const char c : text) {
      if (size_ == kMax) break;
      text_[size_++] = (c >= 0x20 && c < 0x7f) ? c : '?';
    }
    return *this;
  }
  Line& AddHex(std::uint32_t value) noexcept {
    Add("0x");
    for (int shift = 28; shift >= 0; shift -= 4) {
      const char digit = "0123456789abcdef"[(value >> shift) & 0xf];
      Add({&digit, 1});
    }
    return *this;
  }
  bool empty() const noexcept { return size_ == 0; }
  std::string_view view() const noexcept { return {text_, size_}; }

 private:
  std::size_t size_ = 0;
  char text_[kMax];
};

}  // namespace taglogin::pam_module
