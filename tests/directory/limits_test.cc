// SPDX-License-Identifier: Apache-2.0
// A domain larger than what Active Directory gives in one answer, read over the wire from a server as strict as it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "directory/directory.h"
#include "tests/base/temp_folder.h"
#include "tests/directory/certificates.h"
#include "tests/directory/fake_directory.h"
#include "tests/directory/strict_server.h"

namespace taglogin::directory {
namespace {

using base::Deadline;
using testing::HasSubstr;
using testing::IsEmpty;

WalkRequest Everybody() {
  WalkRequest request;
  request.groups = {"ssh-all"};
  return request;
}

class Limits : public testing::Test {
 protected:
  Limits() : authority_(tests::MakeAuthority("Example CA")) {
    folder_.Write("ca.pem", ToPem(authority_));
    folder_.Write("password", "secret");
    std::filesystem::permissions(folder_.File("password"), std::filesystem::perms::owner_read);
    tests::CertificateForm form;
    form.extensions = {{"subjectAltName", "DNS:dc1.corp.example"}, {"extendedKeyUsage", "serverAuth"}};
    server_ = std::make_unique<StrictServer>(MakeIdentity(form, &authority_), domain_);
  }

  std::unique_ptr<Directory> Open() {
    Connection connection;
    connection.domain = "corp.example";
    connection.servers = {"dc1.corp.example"};  // this machine: the test program answers for DNS
    connection.port = server_->port();
    connection.bind = Bind::kSimple;
    connection.transport = Transport::kLdaps;
    connection.bind_dn = "CN=reader,DC=corp,DC=example";
    connection.bind_password_file = folder_.File("password");
    connection.ca_file = folder_.File("ca.pem");
    return *OpenDirectory(connection);
  }
  base::Result<Closure> Walk(const WalkRequest& request, int deadline_ms = 60000) {
    return Open()->Walk(request, Deadline::After(deadline_ms));
  }
  std::vector<std::string> AddUsers(int count) {
    std::vector<std::string> out;
    out.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) out.push_back(domain_.AddUser("user" + std::to_string(i)));
    return out;
  }

  test::TempFolder folder_;
  tests::Identity authority_;
  FakeDirectory domain_;
  std::unique_ptr<StrictServer> server_;
};

TEST_F(Limits, AGroupOf3200IsReadInRanges) {
  const std::string group = domain_.AddGroup("ssh-all");
  for (const std::string& user : AddUsers(3200)) domain_.AddMember(group, user);
  const auto closure = Walk(Everybody());
  ASSERT_TRUE(closure) << closure.error().detail;
  EXPECT_EQ(closure->members.size(), 3200u);
  EXPECT_THAT(closure->warnings, IsEmpty());
  EXPECT_EQ(server_->cut(), 0);
}

TEST_F(Limits, APrimaryGroupOf2300IsReadInPages) {
  const std::string group = domain_.AddGroup("ssh-all");
  for (const std::string& user : AddUsers(2300)) domain_.At(user).primary_group = domain_.At(group).sid;
  const auto closure = Walk(Everybody());
  ASSERT_TRUE(closure) << closure.error().detail;
  EXPECT_EQ(closure->members.size(), 2300u);
  EXPECT_GE(server_->pages(), 3);
  EXPECT_EQ(server_->cut(), 0);
}

TEST_F(Limits, AUserIn1000GroupsIsInEachOfThem) {
  const std::string alice = domain_.AddUser("alice");
  WalkRequest request;
  for (int i = 0; i < 1000; ++i) {
    request.groups.push_back("ssh-" + std::to_string(i));
    domain_.AddMember(domain_.AddGroup(request.groups.back()), alice);
  }
  const auto closure = Walk(request);
  ASSERT_TRUE(closure) << closure.error().detail;
  ASSERT_EQ(closure->members.size(), 1u);
  EXPECT_EQ(closure->members.begin()->second.memberships.size(), 1000u);
  EXPECT_THAT(closure->warnings, IsEmpty());
}

// What is cut is not taken for the whole, whatever makes the server cut it.
TEST_F(Limits, ACutAnswerIsNoAnswer) {
  const std::string group = domain_.AddGroup("ssh-all");
  for (const std::string& user : AddUsers(30)) domain_.AddMember(group, user);
  server_->most_entries = 10;
  const auto closure = Walk(Everybody());
  ASSERT_FALSE(closure);
  EXPECT_THAT(closure.error().detail, HasSubstr("size limit"));
  EXPECT_GE(server_->cut(), 1);
}

// A server that was restarted says nothing until it is asked: the question goes out once more.
TEST_F(Limits, AConnectionThatWasEndedMeanwhileCostsNoAnswer) {
  domain_.AddMember(domain_.AddGroup("ssh-all"), domain_.AddUser("alice"));
  const auto directory = Open();
  ASSERT_TRUE(directory->Walk(Everybody(), Deadline::After(60000)));
  server_->HangUp();
  const auto again = directory->Walk(Everybody(), Deadline::After(60000));
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(again->members.size(), 1u);
}

TEST_F(Limits, PagesWithoutEndEndByTheDeadline) {
  const std::string group = domain_.AddGroup("ssh-all");
  domain_.At(domain_.AddUser("alice")).primary_group = domain_.At(group).sid;
  server_->same_page_for_ever = true;
  const std::int64_t before = base::ClockMs(CLOCK_MONOTONIC);
  const auto closure = Walk(Everybody(), 1000);
  EXPECT_FALSE(closure);
  EXPECT_LT(base::ClockMs(CLOCK_MONOTONIC) - before, 3000);
}

}  // namespace
}  // namespace taglogin::directory
