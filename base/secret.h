// SPDX-License-Identifier: Apache-2.0
// A password or token: cannot be copied or printed, and is wiped when it goes.
#pragma once

#include <string.h>

#include <string>
#include <string_view>
#include <utility>

namespace taglogin::base {

class Secret {
 public:
  Secret() = default;
  // Takes the characters over and leaves none behind in `text`.
  explicit Secret(std::string&& text) : text_(std::move(text)) { Wipe(text); }
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { Wipe(other.text_); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      Wipe(text_);
      text_ = std::move(other.text_);
      Wipe(other.text_);
    }
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { Wipe(text_); }

  bool empty() const noexcept { return text_.empty(); }
  // The only way to read it; the view ends with this object.
  std::string_view Reveal() const noexcept { return text_; }

 private:
  static void Wipe(std::string& text) noexcept {
    // Also the bytes between size and capacity, where a longer value may have stood; cleared first, so that
    // a string that was moved from has a known state.
    text.clear();
    text.resize(text.capacity());
    ::explicit_bzero(text.data(), text.size());
    text.clear();
  }
  std::string text_;
};

}  // namespace taglogin::base
