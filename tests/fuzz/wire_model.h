// SPDX-License-Identifier: Apache-2.0
// The messages as docs/protocol.md writes them, read by a second hand: what the codec says is held against
// it. A field is 'n' (four bytes), 'b' (one byte), 's' (a length and that many bytes); '*' before the last
// one: a count of such fields, at most `most`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace taglogin::fuzz {

// The fields' bytes, those of a string without its length; nullopt when `body` is not exactly these fields.
class WireModel {
 public:
  static std::optional<std::vector<std::string>> Read(std::string_view fields, std::size_t most,
                                                      std::string_view body) {
    WireModel model(body);
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (fields[i] != '*') {
        if (!model.Take(fields[i])) return std::nullopt;
        continue;
      }
      if (!model.Take('n')) return std::nullopt;
      std::uint32_t count = 0;
      std::memcpy(&count, model.out_.back().data(), sizeof count);
      if (count > most) return std::nullopt;
      for (; count > 0; --count) {
        if (!model.Take(fields[i + 1])) return std::nullopt;
      }
      break;
    }
    if (!model.body_.empty()) return std::nullopt;
    return model.out_;
  }

 private:
  explicit WireModel(std::string_view body) : body_(body) {}

  bool Take(char field) {
    if (field != 's') return Cut(field == 'n' ? 4 : 1);
    if (body_.size() < 4) return false;
    std::uint64_t length = 0;
    for (std::size_t i = 4; i-- > 0;) length = length * 256 + static_cast<unsigned char>(body_[i]);
    body_.remove_prefix(4);
    return Cut(length);
  }
  bool Cut(std::uint64_t length) {
    if (length > body_.size()) return false;
    out_.emplace_back(body_.substr(0, length));
    body_.remove_prefix(length);
    return true;
  }

  std::string_view body_;
  std::vector<std::string> out_;
};

// Stands in for a Writer and notes a message's fields, as WireModel::Read gives them.
class FieldList {
 public:
  bool U8(std::uint8_t value) { return Add(value); }
  bool U32(std::uint32_t value) { return Add(value); }
  bool String(std::string_view text) {
    fields_.emplace_back(text);
    return true;
  }
  template <typename Message>
  static std::vector<std::string> Of(const Message& message) {
    FieldList list;
    FUZZ_CHECK(Message::Fields(list, message));
    return list.fields_;
  }

 private:
  template <typename T>
  bool Add(T value) {
    fields_.emplace_back(reinterpret_cast<const char*>(&value), sizeof value);
    return true;
  }
  std::vector<std::string> fields_;
};

}  // namespace taglogin::fuzz
