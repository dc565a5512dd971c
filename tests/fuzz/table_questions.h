// SPDX-License-Identifier: Apache-2.0
// Asks a table everything that can be asked of it, and checks what no answer may ever be.
#pragma once

#include <map>
#include <string>

#include "protocol/table_reader.h"
#include "tests/fuzz/fuzz.h"

namespace taglogin::fuzz {

class TableQuestions {
 public:
  // `bytes` are the table's.
  TableQuestions(const protocol::TableView& view, std::string_view bytes) : view_(view), bytes_(bytes) {}

  void AskAll() {
    Enumerate();
    for (const char* name : {"alice", "bob", "nobody2", "", "domain users"}) AskName(name);
    for (const std::uint32_t id : {0U, 1201104U, 1201110U, 65534U, 0x7fffffffU, 0xffffffffU}) AskId(id);
    FUZZ_CHECK(!view_.IsNegative("alice", INT64_MAX));
  }

 private:
  void CheckText(std::string_view text) const {
    FUZZ_CHECK(text.data() >= bytes_.data() && text.data() + text.size() < bytes_.data() + bytes_.size());
    FUZZ_CHECK(text.data()[text.size()] == '\0');
    // Reads every byte, for the sanitizer's sake.
    for (const char c : text) sum_ += static_cast<unsigned char>(c);
  }
  void CheckId(std::uint32_t id) const { FUZZ_CHECK(view_.InRange(id) && protocol::IsDirectoryId(id)); }
  void Check(const protocol::AccountView& account) const {
    CheckId(account.uid);
    CheckId(account.gid);
    for (const std::string_view text : {account.name, account.gecos, account.home, account.shell}) CheckText(text);
    const auto room = static_cast<std::size_t>(bytes_.data() + bytes_.size() - account.gids);
    FUZZ_CHECK(account.gids >= bytes_.data() && std::size_t{account.gid_count} * 4 < room);
    for (std::uint32_t i = 0; i < account.gid_count; ++i) sum_ += account.GidAt(i);
  }
  void Check(const protocol::GroupView& group) const {
    CheckId(group.gid);
    CheckText(group.name);
  }

  void Enumerate() {
    protocol::AccountView account;
    std::uint32_t from = 0;
    for (; view_.NextAccount(from, account); from = account.uid + 1) {
      FUZZ_CHECK(account.uid >= from);
      Check(account);
      AskName(account.name);
      AskId(account.uid);
    }
    protocol::GroupView group;
    for (from = 0; view_.NextGroup(from, group); from = group.gid + 1) {
      FUZZ_CHECK(group.gid >= from);
      Check(group);
      AskName(group.name);
      AskId(group.gid);
    }
  }
  void AskName(std::string_view name) const {
    protocol::AccountView account;
    if (view_.FindAccount(name, account)) {
      FUZZ_CHECK(account.name == name);
      Check(account);
    }
    protocol::GroupView group;
    if (view_.FindGroup(name, group)) {
      FUZZ_CHECK(group.name == name);
      Check(group);
    }
    FUZZ_CHECK(!view_.IsNegative(name, 5) || view_.IsNegative(name, 4));
  }
  void AskId(std::uint32_t id) const {
    protocol::AccountView account;
    if (view_.FindAccount(id, account)) {
      FUZZ_CHECK(account.uid == id);
      Check(account);
    }
    protocol::GroupView group;
    if (view_.FindGroup(id, group)) {
      FUZZ_CHECK(group.gid == id);
      Check(group);
    }
  }

  const protocol::TableView& view_;
  std::string_view bytes_;
  mutable std::uint64_t sum_ = 0;
};

}  // namespace taglogin::fuzz
