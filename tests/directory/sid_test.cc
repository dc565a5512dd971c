// SPDX-License-Identifier: Apache-2.0
#include "directory/sid.h"

#include <gtest/gtest.h>

#include <random>

namespace taglogin::directory {
namespace {

using namespace std::string_literals;

// MS-DTYP 2.4.2.2; the bytes are those of the lab domain's objectSid.
const std::string kDomainBytes =
    "\x01\x04\x00\x00\x00\x00\x00\x05\x15\x00\x00\x00\xea\xc6\x32\x11\x3e\x7e\x65\xfd\x31\xc2\xbe\xae"s;
constexpr const char* kDomainText = "S-1-5-21-288540394-4251287102-2931737137";

TEST(Sid, ReadsBinaryForm) {
  EXPECT_EQ(SidFromBinary(kDomainBytes), kDomainText);
  EXPECT_EQ(SidFromBinary("\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00\x20\x02\x00\x00"s), "S-1-5-32-544");
  EXPECT_EQ(SidFromBinary("\x01\x01\x01\x02\x03\x04\x05\x06\xff\xff\xff\xff"s), "S-1-1108152157446-4294967295");
}

TEST(Sid, RefusesMalformedBinaryForm) {
  const std::string wrong_revision = "\x02" + kDomainBytes.substr(1);
  EXPECT_FALSE(SidFromBinary(wrong_revision));
  EXPECT_FALSE(SidFromBinary(kDomainBytes + '\0'));
  EXPECT_FALSE(SidFromBinary("\x01\x00\x00\x00\x00\x00\x00\x05"s));
  EXPECT_FALSE(SidFromBinary("\x01\x10\x00\x00\x00\x00\x00\x05"s + std::string(64, 'x')));
  for (std::size_t size = 0; size < kDomainBytes.size(); ++size) {
    EXPECT_FALSE(SidFromBinary(kDomainBytes.substr(0, size))) << size;
  }
}

TEST(Sid, WritesBinaryForm) {
  EXPECT_EQ(SidToBinary(kDomainText), kDomainBytes);
  EXPECT_EQ(SidToBinary("S-1-1108152157446-4294967295"), "\x01\x01\x01\x02\x03\x04\x05\x06\xff\xff\xff\xff"s);
}

TEST(Sid, RefusesTextThatIsNotCanonical) {
  for (const char* text : {"",
                           "S-1",
                           "S-1-",
                           "S-1-5",
                           "S-1-5-",
                           "S-2-5-21",
                           "s-1-5-21",
                           "S-1-5-21-",
                           "S-1-5--21",
                           "S-1-5-021",
                           "S-1-05-21",
                           "S-1-5-21 ",
                           " S-1-5-21",
                           "S-1-5-21-4294967296",
                           "S-1-281474976710656-1",
                           "S-1-5-+21",
                           "S-1-5-2a",
                           "S-1-5-21\n",
                           "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16",
                           "S-1-0x5-21"}) {
    EXPECT_FALSE(SidToBinary(text)) << text;
  }
}

TEST(Sid, SplitsOnlyMembersOfDomains) {
  const auto parts = SplitSid("S-1-5-21-288540394-4251287102-2931737137-1103");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->domain, kDomainText);
  EXPECT_EQ(parts->rid, 1103U);
  for (const char* text : {kDomainText, "S-1-5-32-544", "S-1-5-11", "S-1-5-21-1-2-3-4-5", "S-1-4-21-1-2-3-4",
                           "S-1-5-22-1-2-3-4", "S-1-5-21-1-2-3-"}) {
    EXPECT_FALSE(SplitSid(text)) << text;
  }
}

TEST(Sid, EveryBinaryFormSurvivesTheRoundTrip) {
  std::mt19937 random(7);
  for (int round = 0; round < 20000; ++round) {
    const std::size_t count = 1 + random() % 15;
    std::string bytes = {1, static_cast<char>(count)};
    for (std::size_t i = 0; i < 6 + 4 * count; ++i) bytes += static_cast<char>(random());
    const auto text = SidFromBinary(bytes);
    ASSERT_TRUE(text);
    ASSERT_EQ(SidToBinary(*text), bytes) << *text;
  }
}

// The lab's objectGUID of big-group, as ldapsearch gave it in both forms.
const std::string kGuidBytes = "\x4e\x82\x5f\x7e\x85\xcb\x6b\x4c\x8e\x2e\xc9\x38\xce\xff\x13\x78"s;
constexpr const char* kGuidText = "7e5f824e-cb85-4c6b-8e2e-c938ceff1378";

TEST(Guid, GoesBothWays) {
  EXPECT_EQ(GuidFromBinary(kGuidBytes), kGuidText);
  EXPECT_EQ(GuidToBinary(kGuidText), kGuidBytes);
}

TEST(Guid, RefusesOtherForms) {
  EXPECT_FALSE(GuidFromBinary(kGuidBytes.substr(1)));
  EXPECT_FALSE(GuidFromBinary(kGuidBytes + 'x'));
  for (const char* text : {"", "7e5f824ecb854c6b8e2ec938ceff1378", "{7e5f824e-cb85-4c6b-8e2e-c938ceff1378}",
                           "7E5F824E-CB85-4C6B-8E2E-C938CEFF1378", "7e5f824e-cb85-4c6b-8e2e-c938ceff137",
                           "7e5f824e-cb85-4c6b-8e2e-c938ceff137g", "7e5f824e_cb85-4c6b-8e2e-c938ceff1378"}) {
    EXPECT_FALSE(GuidToBinary(text)) << text;
  }
}

}  // namespace
}  // namespace taglogin::directory
