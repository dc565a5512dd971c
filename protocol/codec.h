// SPDX-License-Identifier: Apache-2.0
// The one bounds-checked reader and writer of everything that crosses the socket.
// No C++ library, no allocation: views into the caller's buffer. Integers are little-endian;
// a string is a u32 length and that many bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace taglogin::protocol {

// Writes into a buffer of fixed size. Once something did not fit it stays failed, and
// `size()` must not be used.
class Writer {
 public:
  Writer(char* buffer, std::size_t capacity) noexcept : buffer_(buffer), capacity_(capacity) {}

  bool U8(std::uint8_t value) noexcept { return Integer(value, 1); }
  bool U32(std::uint32_t value) noexcept { return Integer(value, 4); }
  bool U64(std::uint64_t value) noexcept { return Integer(value, 8); }
  bool String(std::string_view text) noexcept {
    if (text.size() > UINT32_MAX || !U32(static_cast<std::uint32_t>(text.size()))) return Fail();
    return Bytes(text.data(), text.size());
  }
  bool failed() const noexcept { return failed_; }
  std::size_t size() const noexcept { return used_; }

 private:
  bool Integer(std::uint64_t value, std::size_t bytes) noexcept {
    char little[8];
    for (std::size_t i = 0; i < bytes; ++i) little[i] = static_cast<char>((value >> (8 * i)) & 0xff);
    return Bytes(little, bytes);
  }
  bool Bytes(const char* bytes, std::size_t count) noexcept {
    if (failed_ || count > capacity_ - used_) return Fail();
    if (count != 0) std::memcpy(buffer_ + used_, bytes, count);
    used_ += count;
    return true;
  }
  bool Fail() noexcept {
    failed_ = true;
    return false;
  }
  char* buffer_;
  std::size_t capacity_;
  std::size_t used_ = 0;
  bool failed_ = false;
};

// Reads from a buffer that outlives every view it hands out. Once something was missing it
// stays failed and hands out zeros and empty views.
class Reader {
 public:
  Reader(const char* bytes, std::size_t size) noexcept : bytes_(bytes), size_(size) {}

  bool U8(std::uint8_t& value) noexcept { return Integer(value, 1); }
  bool U32(std::uint32_t& value) noexcept { return Integer(value, 4); }
  bool U64(std::uint64_t& value) noexcept { return Integer(value, 8); }
  bool String(std::string_view& text) noexcept {
    text = {};
    std::uint32_t length = 0;
    if (!U32(length)) return false;
    if (length > size_ - at_) return Fail();
    text = std::string_view(bytes_ + at_, length);
    at_ += length;
    return true;
  }
  bool failed() const noexcept { return failed_; }
  // Everything was read and nothing was missing: trailing bytes make a message malformed.
  bool AtEnd() const noexcept { return !failed_ && at_ == size_; }

 private:
  template <typename T>
  bool Integer(T& value, std::size_t count) noexcept {
    value = 0;
    if (failed_ || count > size_ - at_) return Fail();
    std::uint64_t wide = 0;
    for (std::size_t i = 0; i < count; ++i) {
      wide |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes_[at_ + i])) << (8 * i);
    }
    at_ += count;
    value = static_cast<T>(wide);
    return true;
  }
  bool Fail() noexcept {
    failed_ = true;
    return false;
  }
  const char* bytes_;
  std::size_t size_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace taglogin::protocol
