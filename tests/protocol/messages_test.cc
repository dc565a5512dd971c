// SPDX-License-Identifier: Apache-2.0
#include "protocol/messages.h"

#include <gtest/gtest.h>

#include <bit>
#include <memory>
#include <random>
#include <set>
#include <tuple>
#include <type_traits>
#include <vector>

#include "tests/protocol/message_samples.h"

namespace taglogin::protocol {
namespace {

using test::ForEachAnswer;
using test::ForEachRequest;
using test::Header;
using test::Little32;

// The bytes on the heap with nothing behind them, so that the address sanitizer sees any over-read.
class Exact {
 public:
  explicit Exact(const std::string& text) : size_(text.size()), bytes_(new char[text.size()]) {
    text.copy(bytes_.get(), size_);
  }
  Reader MakeReader() const { return Reader(bytes_.get(), size_); }

 private:
  std::size_t size_;
  std::unique_ptr<char[]> bytes_;
};

template <typename Message>
bool Decodes(const std::string& packet, int kind, Message& message) {
  const Exact bytes(packet);
  Reader reader = bytes.MakeReader();
  std::uint8_t got = 0;
  return DecodeHeader(reader, got) && got == kind && DecodeBody(reader, message);
}

template <typename Message>
std::string BodyOf(const Message& message) {
  static char buffer[kMaxPacket];
  Writer writer(buffer, sizeof buffer);
  EXPECT_TRUE(EncodeAnswer(writer, message));
  return {buffer + 4, writer.size() - 4};
}

// Calls use(message of the type, kind, packet) with all requests and answers.
template <typename Use>
void ForEachPacket(Use use) {
  ForEachRequest(
      [&](const auto& message, int type, const std::string& body) { use(message, type, Header(type) + body); });
  ForEachAnswer([&](const auto& message, const std::string& body) { use(message, 1, Header(1) + body); });
}

TEST(Messages, AreWrittenAsTheDocumentSays) {
  int requests = 0;
  ForEachRequest([&](const auto& message, int type, const std::string& body) {
    char buffer[512];
    Writer writer(buffer, sizeof buffer);
    ASSERT_TRUE(EncodeRequest(writer, message));
    EXPECT_EQ(std::string(buffer, writer.size()), Header(type) + body) << type;
    EXPECT_EQ(type, ++requests);  // every type from 1 on has a sample
  });
  EXPECT_EQ(requests, 11);
  ForEachAnswer([&](const auto& message, const std::string& body) {
    char buffer[512];
    Writer writer(buffer, sizeof buffer);
    ASSERT_TRUE(EncodeAnswer(writer, message));
    EXPECT_EQ(std::string(buffer, writer.size()), Header(1) + body);
  });
}

TEST(Messages, AreReadAsTheyWereWritten) {
  ForEachPacket([&](auto message, int kind, const std::string& packet) {
    decltype(message) empty{};
    const Exact bytes(packet);
    Reader reader = bytes.MakeReader();
    std::uint8_t got = 0;
    ASSERT_TRUE(DecodeHeader(reader, got));
    EXPECT_EQ(got, kind);
    ASSERT_TRUE(DecodeBody(reader, empty));
    EXPECT_EQ(BodyOf(empty), packet.substr(4));
  });
}

TEST(Messages, HandOutFieldsByTheirNames) {
  CheckAccount check;
  const Exact bytes(Header(7) + test::Text("n") + test::Text("s") + test::Text("r") + test::Text("t"));
  Reader reader = bytes.MakeReader();
  std::uint8_t kind = 0;
  ASSERT_TRUE(DecodeHeader(reader, kind));
  ASSERT_TRUE(DecodeBody(reader, check));
  EXPECT_EQ(check.name, "n");
  EXPECT_EQ(check.service, "s");
  EXPECT_EQ(check.rhost, "r");
  EXPECT_EQ(check.tty, "t");
}

TEST(Messages, AreRefusedWhenCutAtAnyByte) {
  ForEachPacket([&](auto message, int kind, const std::string& packet) {
    for (std::size_t size = 0; size < packet.size(); ++size) {
      EXPECT_FALSE(Decodes(packet.substr(0, size), kind, message)) << kind << " at " << size;
    }
    EXPECT_TRUE(Decodes(packet, kind, message));
  });
}

TEST(Messages, AreRefusedWithAByteTooMany) {
  ForEachPacket([&](auto message, int kind, const std::string& packet) {
    EXPECT_FALSE(Decodes(packet + '\0', kind, message)) << kind;
    EXPECT_FALSE(Decodes(packet + "x", kind, message)) << kind;
  });
}

TEST(Messages, AreRefusedOfAnotherMagicOrVersion) {
  ForEachPacket([&](auto message, int kind, const std::string& packet) {
    for (std::size_t byte = 0; byte < 3; ++byte) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string other = packet;
        other[byte] = static_cast<char>(other[byte] ^ (1 << bit));
        EXPECT_FALSE(Decodes(other, kind, message)) << kind;
      }
    }
  });
}

TEST(Messages, AreNotWrittenWhereTheyDoNotFit) {
  ForEachPacket([&](const auto& message, int, const std::string& packet) {
    for (std::size_t size = 0; size < packet.size(); ++size) {
      const std::unique_ptr<char[]> buffer(new char[size]);
      Writer writer(buffer.get(), size);
      ASSERT_FALSE(EncodeAnswer(writer, message));
      ASSERT_TRUE(writer.failed());
    }
    const std::unique_ptr<char[]> buffer(new char[packet.size()]);
    Writer writer(buffer.get(), packet.size());
    EXPECT_TRUE(EncodeAnswer(writer, message));
    EXPECT_EQ(writer.size(), packet.size());
  });
}

TEST(Messages, BoundTheirCounts) {
  Admin admin;
  std::string args;
  for (std::size_t i = 0; i < kMaxAdminArgs; ++i) args += test::Text("a");
  EXPECT_TRUE(Decodes(Header(10) + Little32(kMaxAdminArgs) + args, 10, admin));
  EXPECT_FALSE(Decodes(Header(10) + Little32(kMaxAdminArgs + 1) + args + test::Text("a"), 10, admin));
  EXPECT_FALSE(Decodes(Header(10) + Little32(0xffffffff) + args, 10, admin));
  const auto groups = std::make_unique<GroupsAnswer>();
  const std::string gids(4 * kMaxGroups, 'g');
  EXPECT_TRUE(Decodes(Header(1) + Little32(kMaxGroups) + gids, 1, *groups));
  EXPECT_FALSE(Decodes(Header(1) + Little32(kMaxGroups + 1) + gids + "gggg", 1, *groups));
  groups->count = kMaxGroups + 1;
  std::vector<char> buffer(kMaxPacket);
  Writer writer(buffer.data(), buffer.size());
  EXPECT_FALSE(EncodeAnswer(writer, *groups));
}

TEST(Messages, FitTheirPacketAtTheirLargest) {
  const auto groups = std::make_unique<GroupsAnswer>();
  groups->count = kMaxGroups;
  std::vector<char> buffer(kMaxPacket);
  Writer writer(buffer.data(), buffer.size());
  EXPECT_TRUE(EncodeAnswer(writer, *groups));
}

TEST(Messages, StatusesHaveNoBody) {
  for (const Status status : {Status::kNotFound, Status::kNotPermitted, Status::kMalformed, Status::kUnavailable}) {
    char buffer[8];
    Writer writer(buffer, sizeof buffer);
    ASSERT_TRUE(EncodeStatus(writer, status));
    EXPECT_EQ(std::string(buffer, writer.size()), Header(static_cast<int>(status)));
  }
}

TEST(Verdict, IsNotReachedByAFewFlippedBits) {
  const std::uint32_t values[] = {static_cast<std::uint32_t>(Verdict::kAllow),
                                  static_cast<std::uint32_t>(Verdict::kDeny),
                                  static_cast<std::uint32_t>(Verdict::kAccountExpired),
                                  static_cast<std::uint32_t>(Verdict::kUnknownUser),
                                  0u,
                                  0xffffffffu};
  for (const std::uint32_t other : values) {
    if (other == values[0]) continue;
    EXPECT_GE(std::popcount(values[0] ^ other), 8) << std::hex << other;
  }
}

// Whatever decodes must be exactly what encoding the result gives: nothing was skipped or made up.
// The header's four bytes are put on by BodyOf's own writer.
template <typename Message>
int CheckBody(const std::string& body, Message& message) {
  const Exact bytes(body);
  Reader reader = bytes.MakeReader();
  if (!DecodeBody(reader, message)) return 0;
  EXPECT_EQ(BodyOf(message), body);
  return 1;
}

TEST(Messages, NeverReadBeyondRandomBytes) {
  std::mt19937 random(42);
  const auto groups = std::make_unique<GroupsAnswer>();
  int decoded = 0;
  for (int round = 0; round < 100000; ++round) {
    std::string body(random() % 60, '\0');
    for (char& byte : body) {
      // Small numbers often, so that lengths and counts make sense now and then.
      byte = static_cast<char>(random() % 4 != 0 ? random() % 4 : random() % 256);
    }
    std::apply([&](auto... message) { ((decoded += CheckBody(body, message)), ...); },
               std::tuple<AccountByName, AccountByUid, Keys, Principals, CheckAccount, OpenSession, Admin,
                          AccountAnswer, GroupAnswer, KeysAnswer, VerdictAnswer, DoneAnswer, AdminAnswer>());
    decoded += CheckBody(body, *groups);
  }
  EXPECT_GT(decoded, 1000);
}

TEST(Messages, NeverReadBeyondDamagedPackets) {
  std::mt19937 random(43);
  ForEachPacket([&](auto message, int, const std::string& packet) {
    for (int round = 0; round < 2000 && packet.size() > 4; ++round) {
      std::string body = packet.substr(4);
      for (std::size_t changes = 1 + random() % 3; changes > 0; --changes) {
        body[random() % body.size()] = static_cast<char>(random() % 256);
      }
      CheckBody(body, message);
    }
  });
}

TEST(Reader, StaysFailedAndHandsOutNothing) {
  const Exact bytes(Little32(100) + "abc");
  Reader reader = bytes.MakeReader();
  std::string_view text = "before";
  EXPECT_FALSE(reader.String(text));
  EXPECT_TRUE(text.empty());
  std::uint8_t small = 7;
  EXPECT_FALSE(reader.U8(small));
  EXPECT_EQ(small, 0);
  std::uint64_t wide = 7;
  EXPECT_FALSE(reader.U64(wide));
  EXPECT_EQ(wide, 0u);
  EXPECT_TRUE(reader.failed());
  EXPECT_FALSE(reader.AtEnd());
}

TEST(Reader, ReadsIntegersOfAllWidths) {
  const Exact bytes("\xfe\x01\x02\x03\x84\x01\x02\x03\x04\x05\x06\x07\x88");
  Reader reader = bytes.MakeReader();
  std::uint8_t small = 0;
  std::uint32_t middle = 0;
  std::uint64_t wide = 0;
  ASSERT_TRUE(reader.U8(small) && reader.U32(middle) && reader.U64(wide));
  EXPECT_EQ(small, 0xfe);
  EXPECT_EQ(middle, 0x84030201u);
  EXPECT_EQ(wide, 0x8807060504030201u);
  EXPECT_TRUE(reader.AtEnd());
}

TEST(Writer, StaysFailed) {
  char buffer[4];
  Writer writer(buffer, sizeof buffer);
  EXPECT_FALSE(writer.U64(1));
  EXPECT_FALSE(writer.U8(1));
  EXPECT_TRUE(writer.failed());
}

TEST(RequestType, HasNoTwoOfOneNumber) {
  std::set<int> seen;
  ForEachRequest([&](const auto& message, int type, const std::string&) {
    EXPECT_EQ(static_cast<int>(std::decay_t<decltype(message)>::kType), type);
    EXPECT_TRUE(seen.insert(type).second);
  });
}

}  // namespace
}  // namespace taglogin::protocol
