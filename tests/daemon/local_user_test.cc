// SPDX-License-Identifier: Apache-2.0
#include "daemon/local_user.h"

#include <gtest/gtest.h>

#include "tests/base/temp_folder.h"

namespace taglogin::daemon {
namespace {

TEST(UidOfLocalUser, FindsTheExactNameOnly) {
  const test::TempFolder folder;
  const std::string passwd = folder.Write(
      "passwd",
      "root:x:0:0:root:/root:/bin/bash\ntaglogin-keys2:x:7:7::/:/bin/false\ntaglogin-keys:x:991:991::/:/bin/false\n");
  EXPECT_EQ(UidOfLocalUser("taglogin-keys", passwd), 991U);
  EXPECT_EQ(UidOfLocalUser("root", passwd), 0U);
  EXPECT_EQ(UidOfLocalUser("taglogin", passwd), std::nullopt);
  EXPECT_EQ(UidOfLocalUser("", passwd), std::nullopt);
}

TEST(UidOfLocalUser, GivesNothingForLinesThatMakeNoSense) {
  const test::TempFolder folder;
  for (const char* text :
       {"", "a", "a:", "a:x", "a:x:", "a:x::0:", "a:x:y:0:", "a:x:-1:0:", "a:x:99999999999:0:", "a:x:5"}) {
    EXPECT_EQ(UidOfLocalUser("a", folder.Write("passwd", text)), std::nullopt) << text;
  }
  EXPECT_EQ(UidOfLocalUser("a", folder.File("none")), std::nullopt);
}

}  // namespace
}  // namespace taglogin::daemon
