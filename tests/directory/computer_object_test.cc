// SPDX-License-Identifier: Apache-2.0
// The machine's own object in Active Directory: found by its account alone, read whole or not at all.
#include "directory/computer_object.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "directory/computer_entry.h"
#include "tests/directory/fake_directory.h"

namespace taglogin::directory {
namespace {

using base::Deadline;
using base::ErrorCode;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kHost[] = "HOST1$";

std::string AddComputer(FakeDirectory& directory, const std::string& name, const std::string& ou) {
  std::string guid = directory.AddUser(name, ou);
  FakeObject& object = directory.At(guid);
  object.classes = {"top", "person", "organizationalPerson", "user", "computer"};
  object.primary_group = std::string(kFakeDomainSid) + "-515";
  object.attributes = {{"allowedattributes", {"description", "extensionAttribute1", "info", "cn"}},
                       {"allowedattributeseffective", {"info", "cn"}}};
  return guid;
}

base::Result<Computer> Read(FakeDirectory& directory, const ComputerQuestion& question,
                            const std::string& search_base = kFakeContext, const std::string& account = kHost) {
  return ReadComputer(directory, FakeReader(search_base), account, question, Deadline::After(1000));
}

TEST(ComputerObject, TellsUnitAttributesAndGroupsOfThatAccountAlone) {
  FakeDirectory directory;
  const std::string host = AddComputer(directory, "host1$", "OU=Web\\, front,OU=Hosts,");
  directory.At(host).attributes["extensionattribute1"] = {"prod"};
  AddComputer(directory, "HOST2$", "OU=Other,");
  const std::string direct = directory.AddGroup("env-prod");
  const std::string nested = directory.AddGroup("sites");
  const std::string list = directory.AddGroup("env-list");
  directory.At(list).security = false;
  directory.AddGroup("env-other");
  directory.AddMember(direct, host);
  directory.AddMember(nested, direct);
  directory.AddMember(list, host);
  const auto computer = Read(directory, {{"extensionAttribute1", "description"}, true});
  ASSERT_TRUE(computer) << computer.error().detail;
  EXPECT_EQ(computer->unit, "Web, front");
  EXPECT_EQ(computer->attributes, (std::map<std::string, std::vector<std::string>>{{"extensionAttribute1", {"prod"}}}));
  EXPECT_THAT(computer->writable, ElementsAre());
  EXPECT_THAT(computer->groups, ElementsAre("env-prod", "sites"));
}

TEST(ComputerObject, IsInNoUnitWhenItLiesInAContainer) {
  FakeDirectory directory;
  AddComputer(directory, kHost, "CN=Computers,");
  EXPECT_EQ(Read(directory, {})->unit, "");
}

TEST(ComputerObject, TakesTheUnitNearestToIt) {
  FakeDirectory directory;
  AddComputer(directory, kHost, "CN=Stack,OU=Near,OU=Far,");
  EXPECT_EQ(Read(directory, {})->unit, "Near");
}

TEST(ComputerObject, NamesWhatTheMachineMayWriteItself) {
  FakeDirectory directory;
  const std::string host = AddComputer(directory, kHost, "OU=Hosts,");
  directory.At(host).attributes["info"] = {"x"};
  EXPECT_THAT(Read(directory, {{"INFO", "extensionAttribute1"}, false})->writable, ElementsAre("INFO"));
  // A server that does not say so is not believed.
  directory.At(host).attributes.erase("allowedattributes");
  const auto unknown = Read(directory, {{"info"}, false});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kUnavailable);
}

TEST(ComputerObject, IgnoresGroupsOutsideTheSearchBase) {
  FakeDirectory directory;
  const std::string host = AddComputer(directory, kHost, "OU=Hosts,");
  directory.AddMember(directory.AddGroup("env-prod", "OU=Groups,OU=Corp,"), host);
  directory.AddMember(directory.AddGroup("env-dev", "OU=Elsewhere,"), host);
  const std::string base = std::string("OU=Corp,") + kFakeContext;
  EXPECT_THAT(Read(directory, {{}, true}, base)->groups, ElementsAre("env-prod"));
}

TEST(ComputerObject, IsNoPersonNoOtherDomainsAndNoLookalike) {
  FakeDirectory directory;
  directory.AddUser(kHost, "OU=People,");
  EXPECT_EQ(Read(directory, {}).error().code, ErrorCode::kNotFound);
  const std::string foreign = AddComputer(directory, kHost, "OU=Hosts,");
  directory.At(foreign).sid = "S-1-5-21-9-9-9-1000";
  EXPECT_EQ(Read(directory, {}).error().code, ErrorCode::kNotFound);
  // The directory folds accents; another account must not pass for this one.
  AddComputer(directory, "H\xc3\xb6ST1$", "OU=Hosts,");
  EXPECT_EQ(Read(directory, {}, kFakeContext, kHost).error().code, ErrorCode::kNotFound);
  AddComputer(directory, kHost, "OU=Hosts,");
  EXPECT_TRUE(Read(directory, {}));
  AddComputer(directory, kHost, "OU=Hosts2,");
  EXPECT_EQ(Read(directory, {}).error().code, ErrorCode::kUnavailable);
}

TEST(ComputerObject, IsReadWholeOrNotAtAll) {
  FakeDirectory directory;
  const std::string host = AddComputer(directory, kHost, "OU=Hosts,");
  for (int i = 0; i < 120; ++i) directory.AddMember(directory.AddGroup("g" + std::to_string(i)), host);
  const auto all = Read(directory, {{}, true});
  ASSERT_TRUE(all);
  EXPECT_EQ(all->groups.size(), 120U);
  const std::size_t queries = directory.queries;
  for (std::size_t at = 0; at < queries; ++at) {
    directory.queries = 0;
    directory.fail_at = at;
    EXPECT_FALSE(Read(directory, {{}, true})) << at;
  }
  directory.fail_at.reset();
  directory.mute_tokens.insert(host);
  const auto mute = Read(directory, {{}, true});
  ASSERT_FALSE(mute);
  EXPECT_THAT(mute.error().detail, HasSubstr("tokenGroups"));
  EXPECT_TRUE(Read(directory, {}));
}

TEST(ComputerObject, NeedsTheMachinesOwnAccount) {
  const auto error_of = [](auto change) {
    Connection connection;
    connection.domain = "corp.example";
    connection.servers = {"127.0.0.1"};
    connection.principal = "HOST1$@CORP.EXAMPLE";
    change(connection);
    const auto opened = ComputerObject::Open(connection, nullptr);
    return opened ? ErrorCode::kInternal : opened.error().code;
  };
  EXPECT_EQ(error_of([](Connection&) {}), ErrorCode::kInternal);
  EXPECT_EQ(error_of([](Connection& c) { c.bind = Bind::kSimple; }), ErrorCode::kInvalid);
  EXPECT_EQ(error_of([](Connection& c) { c.kind = DirectoryKind::kLdap; }), ErrorCode::kInvalid);
  EXPECT_EQ(error_of([](Connection& c) { c.principal = "svc-login@CORP.EXAMPLE"; }), ErrorCode::kInvalid);
  EXPECT_EQ(error_of([](Connection& c) { c.principal = "host/host1$"; }), ErrorCode::kInvalid);
  EXPECT_EQ(error_of([](Connection& c) { c.servers.clear(); }), ErrorCode::kInvalid);
}

}  // namespace
}  // namespace taglogin::directory
