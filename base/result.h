// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value or an Error, with the names of std::expected (C++23), which will replace it.
// Misuse (reading the side that is not there) aborts: it never throws and never guesses.
#pragma once

#include <cstdlib>
#include <utility>
#include <variant>

#include "base/error.h"

namespace taglogin::base {

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  T& value() & { return Value(state_); }
  const T& value() const& { return Value(state_); }
  T&& value() && { return std::move(Value(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& {
    const Error* error = std::get_if<1>(&state_);
    if (error == nullptr) std::abort();
    return *error;
  }

 private:
  template <typename State>
  static auto& Value(State& state) {
    auto* value = std::get_if<0>(&state);
    if (value == nullptr) std::abort();
    return *value;
  }

  std::variant<T, Error> state_;
};

// Success or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : failed_(true), error_(std::move(error)) {}

  bool has_value() const noexcept { return !failed_; }
  explicit operator bool() const noexcept { return has_value(); }
  const Error& error() const& {
    if (!failed_) std::abort();
    return error_;
  }

 private:
  bool failed_ = false;
  Error error_;
};

}  // namespace taglogin::base
