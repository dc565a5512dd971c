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
  // Takes the characters over; the caller wipes its own copy, if it kept one.
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { other.Wipe(); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      Wipe();
      text_ = std::move(other.text_);
      other.Wipe();
    }
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { Wipe(); }

  bool empty() const noexcept { return text_.empty(); }
  // The only way to read it; the view ends with this object.
  std::string_view Reveal() const noexcept { return text_; }

 private:
  void Wipe() noexcept {
    // Also the bytes between size and capacity, where a longer value may have stood.
    text_.resize(text_.capacity());
    ::explicit_bzero(text_.data(), text_.size());
    text_.clear();
  }
  std::string text_;
};

}  // namespace taglogin::base
