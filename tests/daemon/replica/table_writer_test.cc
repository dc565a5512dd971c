// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/table_writer.h"

#include <gtest/gtest.h>

#include <string>

#include "protocol/table_reader.h"

namespace taglogin::daemon::replica {
namespace {

PublishedAccount Account(std::string name, std::uint32_t uid) {
  return {name, uid, 200513, name, "/home/" + name, "/bin/bash", {200513}};
}

PublishedNames Range() {
  PublishedNames names;
  names.id_lower = 200000;
  names.id_upper = 2000200000;
  return names;
}

EncodedTable Encode(const PublishedNames& names) {
  auto encoded = EncodeTable(names, 42);
  EXPECT_TRUE(encoded.has_value());
  return encoded ? *encoded : EncodedTable{};
}

// Whether an account, beside a good one, is published; when not, one line must say so.
bool IsPublished(const PublishedAccount& account) {
  PublishedNames names = Range();
  names.accounts = {Account("good", 200001), account};
  const EncodedTable table = Encode(names);
  protocol::TableView view;
  EXPECT_TRUE(protocol::TableView::Open(table.image.data(), table.image.size(), view));
  protocol::AccountView found;
  EXPECT_TRUE(view.FindAccount("good", found));
  const bool published = view.FindAccount(account.name, found) || view.FindAccount(account.uid, found);
  EXPECT_EQ(table.refused.size(), published ? 0U : 1U) << account.name;
  return published;
}

TEST(EncodeTable, PublishesAnAccountThatPasswdCouldHold) {
  EXPECT_TRUE(IsPublished(Account("alice", 200000)));
  EXPECT_TRUE(IsPublished(Account("alice", 2000200000)));
  PublishedAccount account = Account("alice", 200002);
  account.gecos = std::string(1024, 'g');
  account.gids.assign(4096, 200513);
  EXPECT_TRUE(IsPublished(account));
}

TEST(EncodeTable, LeavesOutNamesThatAreNotCanonical) {
  for (const char* name : {"", "Alice", "root", "0day", "-rf", "a b", "a:b", "a\nb", "al\xc3\xaf", "a/b", "a$",
                           "a23456789012345678901234567890123"}) {
    EXPECT_FALSE(IsPublished(Account(name, 200002))) << name;
  }
}

TEST(EncodeTable, LeavesOutIdsOutsideTheRange) {
  for (const std::uint32_t id : {0U, 1U, 999U, 1000U, 65534U, 199999U, 2000200001U, 0x80000000U, 0xffffffffU}) {
    EXPECT_FALSE(IsPublished(Account("alice", id))) << id;
    PublishedAccount account = Account("alice", 200002);
    account.gid = id;
    EXPECT_FALSE(IsPublished(account)) << id;
    account = Account("alice", 200002);
    account.gids = {200513, id};
    EXPECT_FALSE(IsPublished(account)) << id;
  }
}

TEST(EncodeTable, LeavesOutTextsThatWouldBreakALineOfPasswd) {
  for (const std::string& text : {std::string("a:b"), std::string("a\nb"), std::string("a\0b", 3), std::string("\x7f"),
                                  std::string("\xc3\xa4"), std::string(1025, 'a')}) {
    PublishedAccount account = Account("alice", 200002);
    account.gecos = text;
    EXPECT_FALSE(IsPublished(account));
    account = Account("alice", 200002);
    account.home = "/" + text;
    EXPECT_FALSE(IsPublished(account));
    account = Account("alice", 200002);
    account.shell = "/" + text;
    EXPECT_FALSE(IsPublished(account));
  }
  for (const char* path : {"", "home/alice", "~alice"}) {
    PublishedAccount account = Account("alice", 200002);
    account.home = path;
    EXPECT_FALSE(IsPublished(account)) << path;
    account = Account("alice", 200002);
    account.shell = path;
    EXPECT_FALSE(IsPublished(account)) << path;
  }
}

TEST(EncodeTable, LeavesOutAnAccountWithMoreGroupsThanAnAnswerHolds) {
  PublishedAccount account = Account("alice", 200002);
  account.gids.assign(4097, 200513);
  EXPECT_FALSE(IsPublished(account));
}

TEST(EncodeTable, LeavesOutBothOfTwoThatClaimOneNameOrOneId) {
  PublishedNames names = Range();
  names.accounts = {Account("twice", 200002), Account("twice", 200003), Account("eve", 200004),
                    Account("mallory", 200004), Account("alice", 200005)};
  names.groups = {{"web", 200010}, {"web", 200011}, {"db", 200012}, {"dba", 200012}, {"ops", 200013}};
  const EncodedTable table = Encode(names);
  EXPECT_EQ(table.refused.size(), 8U);
  protocol::TableView view;
  ASSERT_TRUE(protocol::TableView::Open(table.image.data(), table.image.size(), view));
  protocol::AccountView account;
  for (const char* name : {"twice", "eve", "mallory"}) EXPECT_FALSE(view.FindAccount(name, account)) << name;
  for (const std::uint32_t uid : {200002U, 200003U, 200004U}) EXPECT_FALSE(view.FindAccount(uid, account)) << uid;
  EXPECT_TRUE(view.FindAccount("alice", account));
  protocol::GroupView group;
  for (const std::uint32_t gid : {200010U, 200011U, 200012U}) EXPECT_FALSE(view.FindGroup(gid, group)) << gid;
  EXPECT_TRUE(view.FindGroup("ops", group));
}

TEST(EncodeTable, LeavesOutGroupsThatGroupCouldNotHold) {
  PublishedNames names = Range();
  names.groups = {{"root", 200010}, {"Web", 200011}, {"a:b", 200012}, {"", 200013}, {"sudo", 27}, {"ok", 200014}};
  const EncodedTable table = Encode(names);
  EXPECT_EQ(table.refused.size(), 5U);
  protocol::TableView view;
  ASSERT_TRUE(protocol::TableView::Open(table.image.data(), table.image.size(), view));
  protocol::GroupView group;
  EXPECT_TRUE(view.FindGroup("ok", group));
  ASSERT_TRUE(view.NextGroup(0, group));
  EXPECT_EQ(group.name, "ok");
  EXPECT_FALSE(view.NextGroup(200015, group));
}

TEST(EncodeTable, NegativeEntryNeverStandsBesideAnAccountOfItsName) {
  PublishedNames names = Range();
  names.accounts = {Account("alice", 200002), Account("broken", 7)};
  names.negatives = {{"alice", 100}, {"broken", 100}, {"gone", 100}, {"gone", 900}, {"Bad Name", 100}};
  const EncodedTable table = Encode(names);
  protocol::TableView view;
  ASSERT_TRUE(protocol::TableView::Open(table.image.data(), table.image.size(), view));
  protocol::AccountView account;
  EXPECT_TRUE(view.FindAccount("alice", account));
  EXPECT_FALSE(view.IsNegative("alice", 0));
  EXPECT_FALSE(view.IsNegative("broken", 0)) << "it exists, although it can not be shown";
  EXPECT_TRUE(view.IsNegative("gone", 99));
  EXPECT_FALSE(view.IsNegative("gone", 100)) << "of two, the first";
  EXPECT_EQ(table.refused.size(), 5U);
}

TEST(EncodeTable, RefusesARangeThatNoDirectoryMayUse) {
  const auto refused = [](std::uint32_t lower, std::uint32_t upper) {
    PublishedNames names;
    names.id_lower = lower;
    names.id_upper = upper;
    const auto encoded = EncodeTable(names, 1);
    return !encoded.has_value() && encoded.error().code == base::ErrorCode::kInvalid;
  };
  EXPECT_FALSE(refused(1000, 0x7fffffff));
  EXPECT_FALSE(refused(200000, 200000));
  EXPECT_TRUE(refused(0, 0));
  EXPECT_TRUE(refused(999, 200000));
  EXPECT_TRUE(refused(200000, 199999));
  EXPECT_TRUE(refused(200000, 0x80000000));
}

TEST(EncodeTable, RefusedLinesArePrintable) {
  PublishedNames names = Range();
  names.accounts = {Account("a\nb\x1b[1m", 200002)};
  const EncodedTable table = Encode(names);
  ASSERT_EQ(table.refused.size(), 1U);
  for (const char c : table.refused[0]) EXPECT_TRUE(c >= 0x20 && c < 0x7f);
}

TEST(StampGeneration, ChangesTheGenerationAndKeepsTheTableValid) {
  PublishedNames names = Range();
  names.accounts = {Account("alice", 200002)};
  EncodedTable table = Encode(names);
  StampGeneration(table.image, 0x1122334455667788);
  protocol::TableView view;
  ASSERT_TRUE(protocol::TableView::Open(table.image.data(), table.image.size(), view));
  EXPECT_EQ(view.generation(), 0x1122334455667788U);
}

}  // namespace
}  // namespace taglogin::daemon::replica
