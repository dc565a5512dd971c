// SPDX-License-Identifier: Apache-2.0
// T12, T21: distinguished names and numbers whose content wants to be something else.
#include <gtest/gtest.h>
#include <ldap.h>

#include <random>
#include <string>
#include <vector>

#include "directory/directory_name.h"
#include "directory/entry_reader.h"
#include "directory/ldap_searcher.h"
#include "directory/sid.h"
#include "tests/directory/default_ids.h"
#include "tests/directory/rounds.h"

namespace taglogin::directory {
namespace {

using namespace std::string_literals;

struct Part {
  std::string type;
  std::string value;
};
using Name = std::vector<Part>;  // the leaf first

// As libldap writes it, by RFC 4514: what a server's answer looks like.
std::string Written(const Name& name) {
  std::vector<LDAPAVA> values(name.size());
  std::vector<LDAPAVA*> relative(2 * name.size(), nullptr);  // each a list of one, closed by a null
  std::vector<LDAPRDN> parts(name.size() + 1, nullptr);
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto bytes = [](const std::string& text) { return berval{text.size(), const_cast<char*>(text.data())}; };
    values[i].la_attr = bytes(name[i].type);
    values[i].la_value = bytes(name[i].value);
    values[i].la_flags = LDAP_AVA_STRING;
    relative[2 * i] = &values[i];
    parts[i] = &relative[2 * i];
  }
  char* text = nullptr;
  EXPECT_EQ(ldap_dn2str(parts.data(), &text, LDAP_DN_FORMAT_LDAPV3), LDAP_SUCCESS);
  const std::string out = text == nullptr ? "" : text;
  ldap_memfree(text);
  return out;
}

std::string Fold(std::string text) { return LowerAscii(text); }

// Whether `name` ends in `base`, part by part: no comma can confuse that.
bool EndsIn(const Name& name, const Name& base) {
  if (name.size() < base.size()) return false;
  for (std::size_t i = 0; i < base.size(); ++i) {
    const Part& a = name[name.size() - base.size() + i];
    const Part& b = base[i];
    if (Fold(a.type) != Fold(b.type) || Fold(a.value) != Fold(b.value)) return false;
  }
  return true;
}

std::string RandomValue(std::mt19937& random) {
  static const std::vector<std::string> kPieces = {
      ",",    "+",     "\"",      "\\",     "<",  ">",       ";",
      "=",    "#",     " ",       "\u00e9", "\n", "DC=corp", ",DC=corp",
      "\\,",  "\\\\",  "OU=Ours", "a",      "B",  "\u202e",  ",OU=Ours,DC=corp",
      "\\2c", "<SID=", ">;"};
  std::string value;
  const std::size_t pieces = 1 + random() % 4;
  for (std::size_t i = 0; i < pieces; ++i) value += kPieces[random() % kPieces.size()];
  return value;
}

TEST(IsWithin, AgreesWithLibldapOnNamesThatWantToBeWithin) {
  constexpr unsigned kSeed = 21;
  std::mt19937 random(kSeed);
  const std::vector<Name> bases = {{{"OU", "Ours"}, {"DC", "corp"}},
                                   {{"DC", "corp"}},
                                   {{"OU", "a,b"}, {"DC", "corp"}},
                                   {{"OU", "Ours\\"}, {"DC", "corp"}},
                                   {{"OU", " x "}, {"DC", "corp"}}};
  int within = 0;
  const int rounds = Rounds(20000, kSeed);
  for (int round = 0; round < rounds; ++round) {
    Name name;
    const std::size_t parts = random() % 3;
    for (std::size_t i = 0; i < parts; ++i) name.push_back({random() % 2 == 0 ? "CN" : "OU", RandomValue(random)});
    const Name& end = bases[random() % bases.size()];
    name.insert(name.end(), end.begin() + static_cast<std::ptrdiff_t>(random() % (end.size() + 1)), end.end());
    if (name.empty()) continue;
    const std::string dn = Written(name);
    const ::testing::ScopedTrace trace(__FILE__, __LINE__, dn);
    for (const Name& base : bases) {
      ASSERT_EQ(IsWithin(dn, Written(base)), EndsIn(name, base)) << Written(base);
      within += EndsIn(name, base) ? 1 : 0;
    }
    // In an extended DN it comes back as it was.
    const auto extended = ParseExtendedDn("<GUID=7e5f824e-cb85-4c6b-8e2e-c938ceff1378>;<SID=S-1-5-21-1-2-3-4>;" + dn);
    ASSERT_TRUE(extended.has_value() == !dn.starts_with('<'));
    if (extended) {
      ASSERT_EQ(extended->dn, dn);
    }
  }
  EXPECT_GT(within, rounds / 10);
}

TEST(IsWithin, HostileValuesStayWithinTheirPart) {
  const std::string base = "OU=Ours,DC=corp";
  for (const std::string& value :
       {"x,OU=Ours,DC=corp"s, "x\\"s, "x\\,OU=Ours"s, ",OU=Ours,DC=corp"s, "OU=Ours,DC=corp"s, "\"x\",OU=Ours,DC=corp"s,
        "x+OU=Ours,DC=corp"s, "x;OU=Ours;DC=corp"s, "#OU=Ours,DC=corp"s, " ,OU=Ours,DC=corp"s, "x\0,OU=Ours,DC=corp"s,
        "x\n,OU=Ours,DC=corp"s}) {
    EXPECT_FALSE(IsWithin(Written({{"CN", value}}), base)) << value;
    EXPECT_FALSE(IsWithin(Written({{"CN", value}, {"DC", "corp"}}), base)) << value;
    EXPECT_TRUE(IsWithin(Written({{"CN", value}, {"OU", "Ours"}, {"DC", "corp"}}), base)) << value;
  }
}

// primaryGroupID as the directory holds it: what is no RID makes an account without a primary group, which is hidden.
TEST(EntryReader, APrimaryGroupIsARidOrNone) {
  const std::string domain = "S-1-5-21-1-2-3";
  const EntryReader reader({domain, "DC=corp", "DC=corp"}, {});
  struct Case {
    std::string text;
    const char* rid;  // nullptr: none
  };
  const Case cases[] = {{"-1", nullptr},
                        {"0", nullptr},
                        {"1", "1"},
                        {"513", "513"},
                        {"999", "999"},
                        {"1000", "1000"},
                        {"60001", "60001"},
                        {"60578", "60578"},
                        {"61184", "61184"},
                        {"65519", "65519"},
                        {"65533", "65533"},
                        {"65534", "65534"},
                        {"65535", "65535"},
                        {"65536", "65536"},
                        {"100000", "100000"},
                        {"165535", "165535"},
                        {"524288", "524288"},
                        {"2147483647", "2147483647"},
                        {"2147483648", "2147483648"},
                        {"4294967294", "4294967294"},
                        {"4294967295", "4294967295"},
                        {"4294967296", nullptr},
                        {"9223372036854775807", nullptr},
                        {"9223372036854775808", nullptr},
                        {"18446744073709552129", nullptr},  // 513 beyond 64 bits
                        {"0x0", nullptr},
                        {"0x201", nullptr},
                        {" 0", nullptr},
                        {" 513", nullptr},
                        {"513 ", nullptr},
                        {"+513", nullptr},
                        {"0513", nullptr},
                        {"1e3", nullptr},
                        {"513.0", nullptr},
                        {"\u0665\u0661\u0663", nullptr},
                        {"\uff15\uff11\uff13", nullptr},
                        {"513\0"s, nullptr},
                        {"", nullptr}};
  for (const Case& one : cases) {
    Entry entry;
    entry.dn = "<GUID=7e5f824e-cb85-4c6b-8e2e-c938ceff1378>;<SID=S-1-5-21-1-2-3-1104>;CN=a,DC=corp";
    entry.attributes["objectclass"] = {"top", "person", "user"};
    entry.attributes["objectsid"] = {*SidToBinary(domain + "-1104")};
    entry.attributes["samaccountname"] = {"alice"};
    entry.attributes["useraccountcontrol"] = {"512"};
    entry.attributes["primarygroupid"] = {one.text};
    const auto object = reader.Read(entry);
    ASSERT_EQ(object.kind, EntryReader::Kind::kAccount) << one.text;
    EXPECT_EQ(object.account.primary_group_id, one.rid == nullptr ? "" : domain + "-" + one.rid) << one.text;
    if (one.rid == nullptr) continue;
    const auto gid = IdOfSid(object.account.primary_group_id);
    ASSERT_TRUE(gid);
    EXPECT_TRUE(*gid >= kIdLower && *gid < kIdUpper) << one.text;
  }
}

}  // namespace
}  // namespace taglogin::directory
