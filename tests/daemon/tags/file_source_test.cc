// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "daemon/tags/source.h"
#include "tests/base/temp_folder.h"

namespace taglogin::daemon::tags {
namespace {

using base::ErrorCode;
using Tags = std::map<std::string, std::string>;

class FileSourceTest : public ::testing::Test {
 protected:
  base::Result<Reading> Read(const std::string& text, mode_t mode = 0644) {
    const std::string path = folder_.Write("tags.toml", text, mode);
    return MakeFileSource(path)->Read(base::Deadline::After(1000));
  }
  base::Error ErrorOf(const std::string& text, mode_t mode = 0644) {
    auto reading = Read(text, mode);
    EXPECT_FALSE(reading) << text;
    return reading ? base::Internal("none") : reading.error();
  }
  test::TempFolder folder_;
};

TEST_F(FileSourceTest, ReadsKeysAndValues) {
  auto reading = Read("# this machine\nEnvironment = \"prod\"\n\"two words\" = 'a b'\nEmpty = \"\"\n");
  ASSERT_TRUE(reading) << reading.error().detail;
  EXPECT_EQ(reading->tags, (Tags{{"Environment", "prod"}, {"two words", "a b"}, {"Empty", ""}}));
  EXPECT_EQ(reading->instance_id + reading->account_id + reading->region, "");
}

TEST_F(FileSourceTest, IsNamedAfterItsFile) {
  EXPECT_EQ(MakeFileSource("/etc/taglogin/tags.toml")->Name(), "file:/etc/taglogin/tags.toml");
}

TEST_F(FileSourceTest, ReadsAnEmptyFileAsNoTags) {
  auto reading = Read("");
  ASSERT_TRUE(reading);
  EXPECT_TRUE(reading->tags.empty());
}

TEST_F(FileSourceTest, NamesTheLineOfWhatIsNoString) {
  for (const char* value : {"1", "true", "[\"a\"]", "{ x = \"y\" }", "2026-01-01", "1.5"}) {
    const base::Error error = ErrorOf(std::string("A = \"x\"\nRole = ") + value + "\n");
    EXPECT_EQ(error.code, ErrorCode::kInvalid) << value;
    EXPECT_NE(error.detail.find("tags.toml:2: "), std::string::npos) << error.detail;
    EXPECT_NE(error.detail.find("Role"), std::string::npos) << error.detail;
  }
  EXPECT_EQ(ErrorOf("[Role]\nx = \"y\"\n").code, ErrorCode::kInvalid);
}

TEST_F(FileSourceTest, NamesTheLineOfBrokenSyntax) {
  const base::Error error = ErrorOf("A = \"x\"\n\nB = \"y\nC = \"z\"\n");
  EXPECT_EQ(error.code, ErrorCode::kInvalid);
  EXPECT_NE(error.detail.find("tags.toml:3: "), std::string::npos) << error.detail;
  for (const char* text : {"A = \"x\"\nA = \"y\"\n", "= \"x\"", "A", "A = \"\xff\"\n", "A = \"\\ud800\"\n"}) {
    EXPECT_EQ(ErrorOf(text).code, ErrorCode::kInvalid) << text;
  }
}

TEST_F(FileSourceTest, RefusesWhatIsNoPlainTextAndDropsNothing) {
  for (const char* line : {"Role = \"a\\nb\"", "Role = \"a\\u202eb\"", "Role = \"a \"", "\"\" = \"x\"",
                           "\"a\\tb\" = \"x\"", "\"\\u0000\" = \"x\""}) {
    const base::Error error = ErrorOf(std::string("Environment = \"prod\"\n") + line + "\n");
    EXPECT_EQ(error.code, ErrorCode::kInvalid) << line;
    EXPECT_NE(error.detail.find("tags.toml:2: "), std::string::npos) << error.detail;
  }
}

TEST_F(FileSourceTest, RefusesAKeyInTwoUnicodeForms) {
  EXPECT_EQ(ErrorOf("\"caf\u00e9\" = \"x\"\n\"cafe\u0301\" = \"y\"\n").code, ErrorCode::kInvalid);
}

TEST_F(FileSourceTest, RefusesMoreThan64Tags) {
  std::string text;
  for (int i = 0; i < 64; ++i) text += "k" + std::to_string(i) + " = \"v\"\n";
  ASSERT_TRUE(Read(text));
  EXPECT_EQ(ErrorOf(text + "k64 = \"v\"\n").code, ErrorCode::kInvalid);
}

TEST_F(FileSourceTest, RefusesAFileThatOthersCanWrite) {
  EXPECT_EQ(ErrorOf("Role = \"web\"\n", 0664).code, ErrorCode::kInvalid);
  EXPECT_EQ(ErrorOf("Role = \"web\"\n", 0646).code, ErrorCode::kInvalid);
}

TEST_F(FileSourceTest, RefusesAFileThatIsTooLarge) {
  EXPECT_EQ(ErrorOf("#" + std::string(65536, 'x') + "\n").code, ErrorCode::kInvalid);
}

// Each dot is a table within a table: enough of them exhaust the stack where they are taken apart.
TEST_F(FileSourceTest, RefusesWhatNestsTooDeep) {
  std::string dotted = "a";
  while (dotted.size() < 65000) dotted += ".a";
  for (const std::string& text : {dotted + " = \"x\"\n", "[" + dotted + "]\n", "a = " + std::string(60000, '[')}) {
    EXPECT_EQ(ErrorOf(text).code, ErrorCode::kInvalid);
  }
}

TEST_F(FileSourceTest, SaysUnavailableWhenTheFileIsMissing) {
  auto reading = MakeFileSource(folder_.File("missing.toml"))->Read(base::Deadline::After(1000));
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().code, ErrorCode::kUnavailable);
}

TEST_F(FileSourceTest, ReadsTheFileAnewEachTime) {
  const std::string path = folder_.Write("tags.toml", "Role = \"web\"\n", 0644);
  const auto source = MakeFileSource(path);
  EXPECT_EQ(source->Read(base::Deadline::After(1000))->tags.at("Role"), "web");
  folder_.Write("tags.toml", "Role = \"db\"\n", 0644);
  EXPECT_EQ(source->Read(base::Deadline::After(1000))->tags.at("Role"), "db");
}

}  // namespace
}  // namespace taglogin::daemon::tags
