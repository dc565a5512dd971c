// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/machine_identity.h"

#include <gtest/gtest.h>

#include "daemon/replica/encoding.h"
#include "tests/daemon/replica/contents_equal.h"
#include "tests/daemon/replica/samples.h"

namespace taglogin::daemon::replica {
namespace {

TagReading From(const std::string& instance, const std::string& account, const std::string& source = "imds") {
  TagReading reading;
  reading.sources = {source};
  reading.tags.known = true;
  reading.tags.instance_id = instance;
  reading.account_id = account;
  return reading;
}

TEST(MachineIdentity, IsPinnedWhenFirstTold) {
  Contents contents;
  EXPECT_EQ(SettleIdentity(contents, From("i-1", "111122223333")), "");
  EXPECT_EQ(contents.machine.instance_id, "i-1");
  EXPECT_EQ(contents.machine.account_id, "111122223333");
  EXPECT_EQ(SettleIdentity(contents, From("i-1", "111122223333")), "");
}

TEST(MachineIdentity, IsNotThatOfAnotherInstanceOrAccount) {
  Contents contents;
  SettleIdentity(contents, From("i-1", "111122223333"));
  EXPECT_EQ(SettleIdentity(contents, From("i-2", "111122223333")),
            "the instance id is i-2, and was i-1 when taglogin first ran here (taglogin refresh --repin @instance "
            "accepts it)");
  EXPECT_NE(SettleIdentity(contents, From("i-1", "666666666666")), "");
  // Saying nothing is no way around it.
  EXPECT_NE(SettleIdentity(contents, From("", "111122223333")), "");
  EXPECT_NE(SettleIdentity(contents, From("i-1", "")), "");
  EXPECT_EQ(contents.machine.instance_id, "i-1");
}

TEST(MachineIdentity, PinsNothingOfAReadingThatDiffers) {
  Contents contents;
  contents.machine.account_id = "111122223333";
  EXPECT_NE(SettleIdentity(contents, From("i-2", "666666666666")), "");
  EXPECT_EQ(contents.machine.instance_id, "");
}

TEST(MachineIdentity, DoesNotMatterToFiles) {
  Contents contents;
  SettleIdentity(contents, From("i-1", "111122223333"));
  EXPECT_EQ(SettleIdentity(contents, From("", "", "file:/etc/taglogin/tags.toml")), "");
  EXPECT_EQ(SettleIdentity(contents, From("", "", "directory")), "");
}

TEST(MachineIdentity, StartsCleanOnOtherHardware) {
  Contents contents;
  EXPECT_TRUE(SettleHardware(contents, "uuid-1"));
  SettleIdentity(contents, From("i-1", "111122223333"));
  contents.pins["ssh-prod-web"] = samples::Sid(2001);
  contents.tags = From("i-1", "111122223333");
  EXPECT_TRUE(SettleHardware(contents, ""));  // not known this time
  EXPECT_TRUE(SettleHardware(contents, "uuid-1"));
  EXPECT_EQ(contents.pins.size(), 1U);
  EXPECT_FALSE(SettleHardware(contents, "uuid-2"));
  Contents clean;
  clean.machine.hardware = "uuid-2";
  ExpectEqual(contents, clean);
}

TEST(MachineIdentity, IsStored) {
  Contents contents;
  contents.machine = {"uuid-1", "i-1", "111122223333"};
  const auto again = DecodeContents(EncodeContents(contents));
  ASSERT_TRUE(again);
  ExpectEqual(*again, contents);
}

}  // namespace
}  // namespace taglogin::daemon::replica
