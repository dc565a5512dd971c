// SPDX-License-Identifier: Apache-2.0
#include "directory/directory_name.h"

#include <gtest/gtest.h>

namespace taglogin::directory {
namespace {

// U+1E97 has no upper case of one character; the Kelvin sign is a "K" to Unicode.
TEST(NameKey, IsTheSameInBothCasesOfAsciiLetters) {
  EXPECT_EQ(NameKey("T\u0308eam"), NameKey("t\u0308eam"));
  EXPECT_EQ(NameKey("T\u0308eam"), NameKey("\u1e97EAM"));
  EXPECT_EQ(NameKey("\u212a"), NameKey("k"));
  EXPECT_NE(NameKey("t\u0308"), NameKey("t"));
}

TEST(ParseExtendedDn, TakesThePartsApart) {
  const auto dn = ParseExtendedDn(
      "<GUID=7e5f824e-cb85-4c6b-8e2e-c938ceff1378>;<SID=S-1-5-21-1-2-3-6147>;CN=a\\,b,DC=corp,DC=example");
  ASSERT_TRUE(dn);
  EXPECT_EQ(dn->guid, "7e5f824e-cb85-4c6b-8e2e-c938ceff1378");
  EXPECT_EQ(dn->sid, "S-1-5-21-1-2-3-6147");
  EXPECT_EQ(dn->dn, "CN=a\\,b,DC=corp,DC=example");
}

TEST(ParseExtendedDn, ObjectsMayHaveNoSid) {
  const auto dn = ParseExtendedDn("<GUID=7e5f824e-cb85-4c6b-8e2e-c938ceff1378>;CN=a\\<SID=S-1-5-32\\>\\;,DC=x");
  ASSERT_TRUE(dn);
  EXPECT_EQ(dn->sid, "");
  EXPECT_EQ(dn->dn, "CN=a\\<SID=S-1-5-32\\>\\;,DC=x");
}

TEST(ParseExtendedDn, RefusesWhatIsNone) {
  for (const char* text :
       {"", "CN=a,DC=x", "<GUID=7e5f824e-cb85-4c6b-8e2e-c938ceff1378>", "<GUID=xyz>;CN=a",
        "<SID=S-1-5-21-1-2-3-4>;CN=a", "<GUID=7e5f824e-cb85-4c6b-8e2e-c938ceff1378>;<SID=bad>;CN=a",
        "<GUID=7e5f824e-cb85-4c6b-8e2e-c938ceff1378>;<SID=S-1-5-21", "<GUID=7e5f824ecb854c6b8e2ec938ceff1378>;CN=a"}) {
    EXPECT_FALSE(ParseExtendedDn(text)) << text;
  }
}

TEST(IsWithin, ComparesFromTheEnd) {
  const char* base = "OU=Ours,DC=corp,DC=example";
  EXPECT_TRUE(IsWithin(base, base));
  EXPECT_TRUE(IsWithin("CN=a,OU=Ours,DC=corp,DC=example", base));
  EXPECT_TRUE(IsWithin("CN=a\\\\,ou=ours,dc=CORP,dc=example", base));
  EXPECT_FALSE(IsWithin("CN=a,OU=NotOurs,DC=corp,DC=example", base));
  EXPECT_FALSE(IsWithin("CN=aOU=Ours,DC=corp,DC=example", base));
  EXPECT_FALSE(IsWithin("CN=a\\,OU=Ours,DC=corp,DC=example", base));
  EXPECT_FALSE(IsWithin("CN=a\\\\\\,OU=Ours,DC=corp,DC=example", base));
  EXPECT_FALSE(IsWithin("DC=corp,DC=example", base));
  EXPECT_FALSE(IsWithin("CN=a", ""));
  EXPECT_FALSE(IsWithin("", base));
}

TEST(NamingContext, FollowsTheDomain) { EXPECT_EQ(NamingContext("corp.example.com"), "DC=corp,DC=example,DC=com"); }

}  // namespace
}  // namespace taglogin::directory
