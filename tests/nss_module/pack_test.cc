// SPDX-License-Identifier: Apache-2.0
#include "nss_module/pack.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>

namespace taglogin::nss_module {
namespace {

const protocol::AccountView kAlice{"alice", 1201104, 1200513, "Alice Arden", "/home/alice", "/bin/bash", nullptr, 0};
// "alice" "x" "Alice Arden" "/home/alice" "/bin/bash", each with its NUL.
constexpr std::size_t kAliceBytes = 6 + 2 + 12 + 12 + 10;
const protocol::GroupView kWeb{"ssh-prod-web", 1201110};
constexpr std::size_t kWebBytes = 13 + 2 + sizeof(char*);

template <typename T>
std::string BytesOf(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

template <typename T>
T Filled() {
  T value;
  std::memset(static_cast<void*>(&value), 0x5a, sizeof value);
  return value;
}

// A buffer of exactly `bytes` that starts `offset` behind an aligned address.
struct OddBuffer {
  OddBuffer(std::size_t bytes, std::size_t offset) : memory(new char[bytes + offset]), at(memory.get() + offset) {
    std::memset(memory.get(), 0x5a, bytes + offset);
    end = at + bytes;
  }
  bool Holds(const void* start, std::size_t count) const {
    const auto* first = static_cast<const char*>(start);
    return first >= at && first + count <= end;
  }
  bool Holds(const char* text) const { return Holds(text, 1) && Holds(text, std::strlen(text) + 1); }
  bool Untouched() const {
    for (const char* c = at; c != end; ++c) {
      if (*c != 0x5a) return false;
    }
    return true;
  }
  std::unique_ptr<char[]> memory;
  char* at;
  char* end;
};

TEST(PackAccount, EveryBufferSizeEitherHoldsAllOrTouchesNothing) {
  for (std::size_t offset = 0; offset < 8; ++offset) {
    for (std::size_t bytes = 0; bytes <= 256; ++bytes) {
      const OddBuffer buffer(bytes, offset);
      auto out = Filled<passwd>();
      const Answer answer = PackAccount(kAlice, out, {buffer.at, bytes});
      if (bytes < kAliceBytes) {
        ASSERT_EQ(answer, Answer::kTooSmall) << bytes;
        ASSERT_TRUE(buffer.Untouched()) << bytes;
        ASSERT_EQ(BytesOf(out), BytesOf(Filled<passwd>())) << bytes;
        continue;
      }
      ASSERT_EQ(answer, Answer::kFound) << bytes;
      for (const char* text : {out.pw_name, out.pw_passwd, out.pw_gecos, out.pw_dir, out.pw_shell}) {
        ASSERT_TRUE(buffer.Holds(text)) << bytes;
      }
      ASSERT_STREQ(out.pw_name, "alice");
      ASSERT_STREQ(out.pw_passwd, "x");
      ASSERT_EQ(out.pw_uid, 1201104U);
      ASSERT_EQ(out.pw_gid, 1200513U);
      ASSERT_STREQ(out.pw_gecos, "Alice Arden");
      ASSERT_STREQ(out.pw_dir, "/home/alice");
      ASSERT_STREQ(out.pw_shell, "/bin/bash");
    }
  }
}

TEST(PackGroup, EveryBufferSizeEitherHoldsAllOrTouchesNothing) {
  for (std::size_t offset = 0; offset < 8; ++offset) {
    const std::size_t needed = kWebBytes + (8 - offset) % 8;
    for (std::size_t bytes = 0; bytes <= 256; ++bytes) {
      const OddBuffer buffer(bytes, offset);
      auto out = Filled<group>();
      const Answer answer = PackGroup(kWeb, out, {buffer.at, bytes});
      if (bytes < needed) {
        ASSERT_EQ(answer, Answer::kTooSmall) << bytes << " at " << offset;
        ASSERT_TRUE(buffer.Untouched());
        ASSERT_EQ(BytesOf(out), BytesOf(Filled<group>()));
        continue;
      }
      ASSERT_EQ(answer, Answer::kFound) << bytes << " at " << offset;
      ASSERT_TRUE(buffer.Holds(out.gr_name) && buffer.Holds(out.gr_passwd));
      ASSERT_TRUE(buffer.Holds(out.gr_mem, sizeof(char*)));
      ASSERT_EQ(reinterpret_cast<std::uintptr_t>(out.gr_mem) % alignof(char*), 0U);
      ASSERT_STREQ(out.gr_name, "ssh-prod-web");
      ASSERT_STREQ(out.gr_passwd, "x");
      ASSERT_EQ(out.gr_gid, 1201110U);
      ASSERT_EQ(out.gr_mem[0], nullptr);
    }
  }
}

TEST(PackAccount, EmptyGecosIsAnEmptyString) {
  protocol::AccountView account = kAlice;
  account.gecos = {};
  char buffer[64];
  passwd out{};
  ASSERT_EQ(PackAccount(account, out, {buffer, sizeof buffer}), Answer::kFound);
  EXPECT_STREQ(out.pw_gecos, "");
}

}  // namespace
}  // namespace taglogin::nss_module
