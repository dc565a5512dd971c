// SPDX-License-Identifier: Apache-2.0
// What every fuzz target is made of: its entry, which libFuzzer or replay.cc calls for each input, a
// check that ends the process, and a reader that takes an input apart. README.md says how it is run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/error.h"

// Returns 0; a property that does not hold aborts.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// A property of the code under test; says which one was broken, and ends the process.
#define FUZZ_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::taglogin::fuzz::Fail(#condition, __FILE__, __LINE__))

namespace taglogin::fuzz {

[[noreturn]] inline void Fail(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
  std::abort();
}

// Takes an input apart from the front; what is not there reads as zeros and empty texts.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

  template <typename T>
  T Number() {
    static_assert(std::is_integral_v<T>);
    T value = 0;
    const std::size_t count = rest_.size() < sizeof value ? rest_.size() : sizeof value;
    std::memcpy(&value, rest_.data(), count);
    rest_.remove_prefix(count);
    return value;
  }
  std::uint8_t Byte() { return Number<std::uint8_t>(); }

  // The text up to the next byte 0xff, which no UTF-8 holds.
  std::string_view Field() { return Until('\xff'); }
  std::string_view Until(char end) {
    const std::size_t at = rest_.find(end);
    const std::string_view text = rest_.substr(0, at);
    rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at + 1);
    return text;
  }
  std::string_view Rest() {
    const std::string_view text = rest_;
    rest_ = {};
    return text;
  }
  bool AtEnd() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

// One line of printable ASCII: what may go into a log, a message or a terminal.
inline bool IsPrintableLine(std::string_view text) {
  for (const char c : text) {
    if (c < 0x20 || c >= 0x7f) return false;
  }
  return true;
}

// An error as base/error.h promises it.
inline void CheckError(const base::Error& error) {
  FUZZ_CHECK(!error.detail.empty());
  FUZZ_CHECK(IsPrintableLine(error.detail));
}

}  // namespace taglogin::fuzz
