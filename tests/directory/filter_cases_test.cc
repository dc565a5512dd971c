// SPDX-License-Identifier: Apache-2.0
// T20: a table of assertion values with the filter that each must become, written down by hand from RFC 4515 section 3,
// and what libldap makes of that filter on its way to the wire.
#include <gtest/gtest.h>
#include <ldap.h>

#include <string>
#include <string_view>

#include "directory/ldap_filter.h"
#include "tests/directory/filter_model.h"

// libldap's filter reader: exported, but in no public header.
extern "C" int ldap_pvt_put_filter(BerElement* ber, const char* text);

namespace taglogin::directory {
namespace {

using namespace std::string_literals;

struct FilterCase {
  std::string value;
  const char* filter;  // of the attribute uid
};

// clang-format off
const FilterCase kCases[] = {
    // Letters, digits and three signs stand for themselves.
    {"a", "(uid=a)"},
    {"Z", "(uid=Z)"},
    {"0", "(uid=0)"},
    {"alice", "(uid=alice)"},
    {"svc-web_01.x", "(uid=svc-web_01.x)"},
    {"-", "(uid=-)"},
    {".", "(uid=.)"},
    {"_", "(uid=_)"},
    // The five that RFC 4515 names.
    {"*", "(uid=\\2a)"},
    {"(", "(uid=\\28)"},
    {")", "(uid=\\29)"},
    {"\\", "(uid=\\5c)"},
    {"\0"s, "(uid=\\00)"},
    {"**", "(uid=\\2a\\2a)"},
    {"a*", "(uid=a\\2a)"},
    {"*a", "(uid=\\2aa)"},
    {"a*b", "(uid=a\\2ab)"},
    {"*a*", "(uid=\\2aa\\2a)"},
    {"()", "(uid=\\28\\29)"},
    {")(", "(uid=\\29\\28)"},
    {"((", "(uid=\\28\\28)"},
    {"a(b", "(uid=a\\28b)"},
    {"a)b", "(uid=a\\29b)"},
    {"a\0b"s, "(uid=a\\00b)"},
    {"\0*"s, "(uid=\\00\\2a)"},
    // What looks as if it had been escaped already is a value of its own.
    {"\\2a", "(uid=\\5c2a)"},
    {"\\28", "(uid=\\5c28)"},
    {"\\5c", "(uid=\\5c5c)"},
    {"\\00", "(uid=\\5c00)"},
    {"\\", "(uid=\\5c)"},
    {"\\\\", "(uid=\\5c\\5c)"},
    {"\\2", "(uid=\\5c2)"},
    {"\\zz", "(uid=\\5czz)"},
    {"a\\", "(uid=a\\5c)"},
    {"%2a", "(uid=\\252a)"},
    {"&#42;", "(uid=\\26\\2342\\3b)"},
    // A value that would end the assertion and begin another.
    {"a)(uid=*", "(uid=a\\29\\28uid\\3d\\2a)"},
    {"a)(|(uid=*", "(uid=a\\29\\28\\7c\\28uid\\3d\\2a)"},
    {"*)(uid=*))(|(uid=*", "(uid=\\2a\\29\\28uid\\3d\\2a\\29\\29\\28\\7c\\28uid\\3d\\2a)"},
    {"uid)(uid=admin", "(uid=uid\\29\\28uid\\3dadmin)"},
    {"a))%00", "(uid=a\\29\\29\\2500)"},
    {"a)(&)", "(uid=a\\29\\28\\26\\29)"},
    {"a)(!(uid=b))", "(uid=a\\29\\28\\21\\28uid\\3db\\29\\29)"},
    {"*)(objectClass=*", "(uid=\\2a\\29\\28objectClass\\3d\\2a)"},
    {"x)(memberOf=CN=Admins,DC=x", "(uid=x\\29\\28memberOf\\3dCN\\3dAdmins\\2cDC\\3dx)"},
    {"(uid=a)", "(uid=\\28uid\\3da\\29)"},
    {"(&(a=b)(c=d))", "(uid=\\28\\26\\28a\\3db\\29\\28c\\3dd\\29\\29)"},
    {"(|(a=b))", "(uid=\\28\\7c\\28a\\3db\\29\\29)"},
    {"(!(a=b))", "(uid=\\28\\21\\28a\\3db\\29\\29)"},
    // Signs of the grammar around an assertion.
    {"=", "(uid=\\3d)"},
    {"a=b", "(uid=a\\3db)"},
    {">=1", "(uid=\\3e\\3d1)"},
    {"<=1", "(uid=\\3c\\3d1)"},
    {"~=a", "(uid=\\7e\\3da)"},
    {":dn:=a", "(uid=\\3adn\\3a\\3da)"},
    {"cn:2.5.13.5:=a", "(uid=cn\\3a2.5.13.5\\3a\\3da)"},
    {"1.2.840.113556.1.4.1941:", "(uid=1.2.840.113556.1.4.1941\\3a)"},
    {"&", "(uid=\\26)"},
    {"|", "(uid=\\7c)"},
    {"!", "(uid=\\21)"},
    {"a;binary", "(uid=a\\3bbinary)"},
    {",", "(uid=\\2c)"},
    {"+", "(uid=\\2b)"},
    {"\"a\"", "(uid=\\22a\\22)"},
    {"<GUID=1>", "(uid=\\3cGUID\\3d1\\3e)"},
    {"#04024869", "(uid=\\2304024869)"},
    {"/", "(uid=\\2f)"},
    {"a@b", "(uid=a\\40b)"},
    {"CORP\\alice", "(uid=CORP\\5calice)"},
    {"alice@corp.example", "(uid=alice\\40corp.example)"},
    // Blanks, also where a reader might trim them.
    {" ", "(uid=\\20)"},
    {" a", "(uid=\\20a)"},
    {"a ", "(uid=a\\20)"},
    {"a b", "(uid=a\\20b)"},
    {"\t", "(uid=\\09)"},
    {"\n", "(uid=\\0a)"},
    {"a\r\nb", "(uid=a\\0d\\0ab)"},
    {"\v\f", "(uid=\\0b\\0c)"},
    {"\x7f", "(uid=\\7f)"},
    {"\x1b[2J", "(uid=\\1b\\5b2J)"},
    // Beyond ASCII, well formed and not.
    {"\u00e9", "(uid=\\c3\\a9)"},
    {"e\u0301", "(uid=e\\cc\\81)"},
    {"\u6771", "(uid=\\e6\\9d\\b1)"},
    {"\U0001f642", "(uid=\\f0\\9f\\99\\82)"},
    {"\u202e", "(uid=\\e2\\80\\ae)"},
    {"\uff0a", "(uid=\\ef\\bc\\8a)"},
    {"\xff", "(uid=\\ff)"},
    {"\x80", "(uid=\\80)"},
    {"\xc0\xaa", "(uid=\\c0\\aa)"},
    {"\xc3", "(uid=\\c3)"},
    {"\xed\xa0\x80", "(uid=\\ed\\a0\\80)"},
    {"a\xe9", "(uid=a\\e9)"},
    // Formats of other languages.
    {"%s", "(uid=\\25s)"},
    {"{0}", "(uid=\\7b0\\7d)"},
    {"$(id)", "(uid=\\24\\28id\\29)"},
    {"' or '1'='1", "(uid=\\27\\20or\\20\\271\\27\\3d\\271)"},
};
// clang-format on
static_assert(std::size(kCases) >= 80);

// The assertion as libldap would send it: equalityMatch [3] { attribute, value } (RFC 4511 4.5.1), short lengths.
std::string OnTheWire(const std::string& filter) {
  std::string text = filter;
  BerElement* ber = ber_alloc_t(LBER_USE_DER);
  berval* encoded = nullptr;
  std::string out = "not a filter";
  if (ldap_pvt_put_filter(ber, text.c_str()) == 0 && ber_flatten(ber, &encoded) == 0) {
    out.assign(encoded->bv_val, encoded->bv_len);
    ber_bvfree(encoded);
  }
  ber_free(ber, 1);
  return out;
}

TEST(Filter, EachValueBecomesTheFilterOfTheTable) {
  for (const FilterCase& one : kCases) {
    const std::string filter = Equals("uid", one.value);
    EXPECT_EQ(filter, one.filter);
    FilterNode node;
    ASSERT_TRUE(FilterModel::Parse(filter, node)) << filter;
    EXPECT_EQ(node.operation, '=') << filter;
    EXPECT_EQ(node.value, one.value) << filter;
    const auto size = static_cast<char>(one.value.size());
    EXPECT_EQ(OnTheWire(filter),
              "\xa3"s + static_cast<char>(one.value.size() + 7) + "\x04\x03uid\x04" + size + one.value)
        << filter;
  }
}

// Within a larger filter a value stays where it was put.
TEST(Filter, AValueStaysInItsPlaceWithinOthers) {
  for (const FilterCase& one : kCases) {
    FilterNode node;
    ASSERT_TRUE(
        FilterModel::Parse(AllOf({"(objectClass=user)", AnyOf({Equals("a", one.value), Equals("b", "x")})}), node));
    ASSERT_EQ(node.operation, '&');
    ASSERT_EQ(node.parts.size(), 2u);
    ASSERT_EQ(node.parts[1].operation, '|');
    ASSERT_EQ(node.parts[1].parts.size(), 2u);
    EXPECT_EQ(node.parts[1].parts[0].value, one.value);
    EXPECT_EQ(node.parts[1].parts[1].value, "x");
  }
}

}  // namespace
}  // namespace taglogin::directory
