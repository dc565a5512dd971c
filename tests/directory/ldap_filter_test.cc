// SPDX-License-Identifier: Apache-2.0
#include "directory/ldap_filter.h"

#include <gtest/gtest.h>
#include <ldap.h>

#include <random>

#include "tests/directory/filter_model.h"
#include "tests/directory/rounds.h"

// libldap's filter reader: exported, but in no public header.
extern "C" int ldap_pvt_put_filter(BerElement* ber, const char* text);

namespace taglogin::directory {
namespace {

using namespace std::string_literals;

TEST(EscapeFilterValue, EscapesWhatRfc4515Demands) {
  EXPECT_EQ(EscapeFilterValue("Parens R Us (for all)"), "Parens\\20R\\20Us\\20\\28for\\20all\\29");
  EXPECT_EQ(EscapeFilterValue("*"), "\\2a");
  EXPECT_EQ(EscapeFilterValue("C:\\MyFile"), "C\\3a\\5cMyFile");
  EXPECT_EQ(EscapeFilterValue("\0\0\0\x04"s), "\\00\\00\\00\\04");
  EXPECT_EQ(EscapeFilterValue("Lu\xc4\x8di\xc4\x87"), "Lu\\c4\\8di\\c4\\87");
  EXPECT_EQ(EscapeFilterValue("a-b_c.9"), "a-b_c.9");
}

TEST(Filter, CombinesParts) {
  EXPECT_EQ(AllOf({"(a=1)", AnyOf({Equals("b", "x*"), Equals("c", "y")})}), "(&(a=1)(|(b=x\\2a)(c=y)))");
}

// T20: whatever the value, the server sees one equality of the same bytes.
void ExpectOneEquality(const std::string& value) {
  const std::string filter = Equals("sAMAccountName", value);
  FilterNode node;
  ASSERT_TRUE(FilterModel::Parse(filter, node)) << filter;
  ASSERT_EQ(node.operation, '=') << filter;
  ASSERT_EQ(node.attribute, "sAMAccountName") << filter;
  ASSERT_EQ(node.value, value) << filter;
}

TEST(Filter, HostileNamesStayValues) {
  for (const std::string& value : {"uid)(uid=admin"s,
                                   "*)(objectClass=*"s,
                                   "a)(|(cn=*"s,
                                   "\\"s,
                                   "\\2a"s,
                                   "\\00"s,
                                   "("s,
                                   ")"s,
                                   "*"s,
                                   "\0"s,
                                   "a\0b"s,
                                   " "s,
                                   " lead"s,
                                   "trail "s,
                                   "a=b"s,
                                   "a>=b"s,
                                   "a~=b"s,
                                   "cn:dn:=x"s,
                                   "&(x=y)"s,
                                   "!(x=y)"s,
                                   "\n"s,
                                   "\xff\xfe"s,
                                   "\xe2\x80\xae"s,
                                   "{0}"s,
                                   "%28"s,
                                   std::string(65536, '*')}) {
    ExpectOneEquality(value);
  }
}

TEST(Filter, AnyBytesSurviveTheRoundTrip) {
  constexpr unsigned kSeed = 20;
  std::mt19937 random(kSeed);
  const int rounds = Rounds(20000, kSeed);
  for (int round = 0; round < rounds; ++round) {
    std::string value(1 + random() % 24, '\0');
    for (char& c : value) c = static_cast<char>(random());
    ExpectOneEquality(value);
    if (HasFatalFailure()) return;
  }
}

// libldap's own reader, which turns the string into what goes over the wire, agrees.
TEST(Filter, LibldapReadsTheSameBytes) {
  constexpr unsigned kSeed = 21;
  std::mt19937 random(kSeed);
  const int rounds = Rounds(20000, kSeed);
  for (int round = 0; round < rounds; ++round) {
    std::string value(1 + random() % 24, '\0');
    for (char& c : value) c = static_cast<char>(random());
    std::string filter = Equals("a", value);
    BerElement* ber = ber_alloc_t(LBER_USE_DER);
    ASSERT_EQ(ldap_pvt_put_filter(ber, filter.c_str()), 0) << filter;
    berval* encoded = nullptr;
    ASSERT_EQ(ber_flatten(ber, &encoded), 0);
    // equalityMatch [3] { "a", value } (RFC 4511 4.5.1), all lengths below 128.
    const auto size = static_cast<char>(value.size());
    const std::string expected =
        "\xa3"s + static_cast<char>(value.size() + 5) + "\x04\x01"s + 'a' + '\x04' + size + value;
    EXPECT_EQ(std::string(encoded->bv_val, encoded->bv_len), expected) << filter;
    ber_bvfree(encoded);
    ber_free(ber, 1);
  }
}

}  // namespace
}  // namespace taglogin::directory
