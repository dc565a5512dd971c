// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <optional>

#include "base/unique_fd.h"
#include "tests/base/temp_folder.h"

namespace {
std::optional<uid_t> pretended_user;
}  // namespace

extern "C" {
uid_t __real_geteuid();
uid_t __wrap_geteuid() { return pretended_user.value_or(__real_geteuid()); }
}

namespace taglogin::base {
namespace {

class FileTest : public ::testing::Test {
 protected:
  void TearDown() override { pretended_user.reset(); }
  ErrorCode TrustedFails(const std::string& path) {
    auto text = ReadTrustedFile(path, 100);
    EXPECT_FALSE(text) << path;
    return text ? ErrorCode::kInternal : text.error().code;
  }
  // Makes the path somebody else's: by chown where that is allowed, else by being somebody else.
  void MakeForeign(const std::string& path) {
    if (__real_geteuid() == 0) {
      ASSERT_EQ(::chown(path.c_str(), 65533, 65533), 0);
    } else {
      pretended_user = __real_geteuid() + 1;
    }
  }
  test::TempFolder folder_;
};

TEST_F(FileTest, ReadsAllBytes) {
  const std::string text("a\0\xff\n", 4);
  EXPECT_EQ(*ReadFile(folder_.Write("f", text), 100), text);
  EXPECT_EQ(*ReadFile(folder_.Write("f", ""), 100), "");
  const std::string large(100000, 'x');
  EXPECT_EQ(*ReadFile(folder_.Write("f", large), 100000), large);
}

TEST_F(FileTest, RefusesMoreThanTheBound) {
  EXPECT_TRUE(ReadFile(folder_.Write("f", std::string(100, 'x')), 100));
  EXPECT_EQ(ReadFile(folder_.Write("f", std::string(101, 'x')), 100).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(ReadFile("/dev/zero", 100).error().code, ErrorCode::kInvalid);
}

TEST_F(FileTest, SaysNotFound) {
  EXPECT_EQ(ReadFile(folder_.File("missing"), 100).error().code, ErrorCode::kNotFound);
  folder_.Write("f", "");
  EXPECT_EQ(ReadFile(folder_.File("f/below"), 100).error().code, ErrorCode::kNotFound);
}

TEST_F(FileTest, RefusesWhatIsNoFileWithoutWaiting) {
  ASSERT_EQ(::mkfifo(folder_.File("pipe").c_str(), 0600), 0);
  EXPECT_EQ(ReadFile(folder_.File("pipe"), 100).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(ReadFile(folder_.path(), 100).error().code, ErrorCode::kInvalid);
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, folder_.File("socket").c_str(), sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_FALSE(ReadFile(folder_.File("socket"), 100));
}

TEST_F(FileTest, NamesThePathInPrintableWords) {
  const std::string detail = ReadFile(folder_.File("a\x1b[2J\n"), 100).error().detail;
  for (const char c : detail) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << detail;
  EXPECT_NE(detail.find("a\\x1b[2J\\x0a"), std::string::npos) << detail;
}

TEST_F(FileTest, TrustsItsOwnFile) { EXPECT_EQ(*ReadTrustedFile(folder_.Write("f", "x", 0644), 100), "x"); }

TEST_F(FileTest, TrustsAFileOfRootInASystemFolder) { EXPECT_TRUE(ReadTrustedFile("/etc/passwd", 1 << 20)); }

TEST_F(FileTest, DoesNotTrustAFileThatOthersCanWrite) {
  for (const mode_t mode : {0664u, 0646u, 0602u, 0620u}) {
    EXPECT_EQ(TrustedFails(folder_.Write("f", "x", mode)), ErrorCode::kInvalid);
    EXPECT_TRUE(ReadFile(folder_.File("f"), 100));
  }
}

TEST_F(FileTest, DoesNotTrustAFileOfSomebodyElse) {
  const std::string path = folder_.Write("f", "x", 0644);
  MakeForeign(path);
  EXPECT_EQ(TrustedFails(path), ErrorCode::kInvalid);
}

TEST_F(FileTest, DoesNotTrustAFolderThatOthersCanWrite) {
  const std::string path = folder_.Write("f", "x", 0644);
  for (const mode_t mode : {0770u, 0707u, 0777u}) {
    ASSERT_EQ(::chmod(folder_.path().c_str(), mode), 0);
    EXPECT_EQ(TrustedFails(path), ErrorCode::kInvalid);
  }
}

TEST_F(FileTest, DoesNotTrustAFolderOfSomebodyElse) {
  const std::string path = folder_.Write("f", "x", 0644);
  MakeForeign(folder_.path());
  EXPECT_EQ(TrustedFails(path), ErrorCode::kInvalid);
}

TEST_F(FileTest, TrustsAStickyFolder) {
  const std::string path = folder_.Write("f", "x", 0644);
  ASSERT_EQ(::chmod(folder_.path().c_str(), 01777), 0);
  EXPECT_TRUE(ReadTrustedFile(path, 100));
}

TEST_F(FileTest, ChecksWhatALinkLeadsTo) {
  const std::string path = folder_.Write("f", "x", 0666);
  std::filesystem::create_symlink(path, folder_.File("link"));
  EXPECT_EQ(TrustedFails(folder_.File("link")), ErrorCode::kInvalid);
}

}  // namespace
}  // namespace taglogin::base
