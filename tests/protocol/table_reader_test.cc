// SPDX-License-Identifier: Apache-2.0
#include "protocol/table_reader.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "daemon/replica/table_writer.h"
#include "table_samples.h"

namespace taglogin::protocol {
namespace {

using daemon::replica::PublishedNames;
using tests::ExactCopy;
using tests::SampleNames;

std::string Image(const PublishedNames& names) {
  auto encoded = daemon::replica::EncodeTable(names, 0x1234567890abcdef);
  EXPECT_TRUE(encoded.has_value());
  EXPECT_TRUE(encoded->refused.empty());
  daemon::replica::StampGeneration(encoded->image, 7);
  return encoded->image;
}

TableHeader HeaderOf(const std::string& image) {
  TableHeader header;
  std::memcpy(&header, image.data(), sizeof header);
  return header;
}

void PutHeader(std::string& image, TableHeader header) {
  std::memcpy(image.data(), &header, sizeof header);
  header.check = TableDigest(kTableMagic, image.data(), offsetof(TableHeader, check));
  std::memcpy(image.data(), &header, sizeof header);
}

std::string GidsOf(const AccountView& account) {
  std::string out;
  for (std::uint32_t i = 0; i < account.gid_count; ++i) out += std::to_string(account.GidAt(i)) + " ";
  return out;
}

std::string Line(const AccountView& a) {
  return std::string(a.name) + ":x:" + std::to_string(a.uid) + ":" + std::to_string(a.gid) + ":" +
         std::string(a.gecos) + ":" + std::string(a.home) + ":" + std::string(a.shell);
}

constexpr char kAlice[] = "alice:x:1201104:1200513:Alice Arden:/home/alice:/bin/bash";
constexpr char kBob[] = "bob:x:1201105:1200513::/home/bob:/bin/sh";

TEST(TableReader, FindsAccountsByNameAndByUid) {
  const ExactCopy image(Image(SampleNames()));
  TableView table;
  ASSERT_TRUE(TableView::Open(image.data(), image.size(), table));
  EXPECT_EQ(table.generation(), 7U);
  AccountView account;
  ASSERT_TRUE(table.FindAccount("alice", account));
  EXPECT_EQ(Line(account), kAlice);
  EXPECT_EQ(GidsOf(account), "1200513 1201110 2000200000 ");
  ASSERT_TRUE(table.FindAccount(1201105U, account));
  EXPECT_EQ(Line(account), kBob);
  ASSERT_TRUE(table.FindAccount("c.d-e_9", account));
  EXPECT_EQ(account.gid_count, 0U);
}

TEST(TableReader, FindsGroupsByNameAndByGid) {
  const ExactCopy image(Image(SampleNames()));
  TableView table;
  ASSERT_TRUE(TableView::Open(image.data(), image.size(), table));
  GroupView group;
  ASSERT_TRUE(table.FindGroup("domain users", group));
  EXPECT_EQ(group.gid, 1200513U);
  ASSERT_TRUE(table.FindGroup(2000200000U, group));
  EXPECT_EQ(group.name, "taglogin-users");
}

TEST(TableReader, LeavesTheResultAloneWhenThereIsNone) {
  const ExactCopy image(Image(SampleNames()));
  TableView table;
  ASSERT_TRUE(TableView::Open(image.data(), image.size(), table));
  AccountView account{"before", 1, 2, "g", "h", "s", nullptr, 0};
  GroupView group{"before", 1};
  for (const char* name : {"", "alic", "alicee", "ALICE", "nobody2", "ssh-prod-web"}) {
    EXPECT_FALSE(table.FindAccount(name, account)) << name;
  }
  // A gid is no uid and a login name no group.
  EXPECT_FALSE(table.FindAccount(1201110U, account));
  EXPECT_FALSE(table.FindGroup("alice", group));
  EXPECT_FALSE(table.FindGroup(1201104U, group));
  EXPECT_EQ(account.name, "before");
  EXPECT_EQ(group.name, "before");
}

TEST(TableReader, NegativeEntryHoldsUntilItExpires) {
  const ExactCopy image(Image(SampleNames()));
  TableView table;
  ASSERT_TRUE(TableView::Open(image.data(), image.size(), table));
  EXPECT_TRUE(table.IsNegative("nobody2", tests::kNobodyExpires - 1));
  EXPECT_FALSE(table.IsNegative("nobody2", tests::kNobodyExpires));
  EXPECT_FALSE(table.IsNegative("nobody3", 0));
  EXPECT_FALSE(table.IsNegative("alice", 0));
}

TEST(TableReader, GoesThroughEntriesInTheOrderOfTheirIds) {
  const ExactCopy image(Image(SampleNames()));
  TableView table;
  ASSERT_TRUE(TableView::Open(image.data(), image.size(), table));
  std::vector<std::uint32_t> uids;
  AccountView account;
  for (std::uint32_t from = 0; table.NextAccount(from, account); from = account.uid + 1) uids.push_back(account.uid);
  EXPECT_EQ(uids, (std::vector<std::uint32_t>{1201103, 1201104, 1201105}));
  std::vector<std::string> groups;
  GroupView group;
  for (std::uint32_t from = 0; table.NextGroup(from, group); from = group.gid + 1) groups.emplace_back(group.name);
  EXPECT_EQ(groups, (std::vector<std::string>{"domain users", "ssh-prod-web", "taglogin-users"}));
}

TEST(TableReader, EmptyTableHasNoAnswers) {
  PublishedNames none;
  none.id_lower = tests::kLower;
  none.id_upper = tests::kUpper;
  const ExactCopy image(Image(none));
  TableView table;
  ASSERT_TRUE(TableView::Open(image.data(), image.size(), table));
  AccountView account;
  GroupView group;
  EXPECT_FALSE(table.FindAccount("alice", account));
  EXPECT_FALSE(table.NextAccount(0, account));
  EXPECT_FALSE(table.NextGroup(0, group));
  EXPECT_FALSE(TableView().FindAccount("alice", account));
  EXPECT_FALSE(TableView().NextAccount(0, account));
}

TEST(TableReader, FindsEveryOneOfManyAccounts) {
  PublishedNames names = SampleNames();
  names.accounts.clear();
  for (std::uint32_t i = 0; i < 20000; ++i) {
    const std::string name = "user" + std::to_string(i);
    names.accounts.push_back({name, 300000 + 7 * i, 200513, name, "/home/" + name, "/bin/sh", {200513}});
  }
  const ExactCopy image(Image(names));
  TableView table;
  ASSERT_TRUE(TableView::Open(image.data(), image.size(), table));
  for (std::uint32_t i = 0; i < 20000; ++i) {
    AccountView by_name;
    AccountView by_uid;
    ASSERT_TRUE(table.FindAccount("user" + std::to_string(i), by_name)) << i;
    ASSERT_TRUE(table.FindAccount(300000 + 7 * i, by_uid)) << i;
    ASSERT_EQ(by_name.uid, 300000 + 7 * i);
    ASSERT_EQ(by_uid.name, "user" + std::to_string(i));
    ASSERT_FALSE(table.FindAccount(300001 + 7 * i, by_uid)) << i;
  }
}

TEST(TableReader, RefusesATableThatIsCutOrTooLong) {
  const std::string image = Image(SampleNames());
  for (std::size_t size = 0; size < image.size(); ++size) {
    const ExactCopy cut(image.substr(0, size));
    TableView table;
    EXPECT_FALSE(TableView::Open(cut.data(), cut.size(), table)) << size;
  }
  const ExactCopy longer(image + std::string(8, '\0'));
  TableView table;
  EXPECT_FALSE(TableView::Open(longer.data(), longer.size(), table));
}

TEST(TableReader, RefusesAHeaderThatMakesNoSense) {
  const std::string good = Image(SampleNames());
  const auto opens = [&good](auto change) {
    std::string image = good;
    TableHeader header = HeaderOf(image);
    change(header);
    PutHeader(image, header);
    const ExactCopy copy(image);
    TableView table;
    return TableView::Open(copy.data(), copy.size(), table);
  };
  EXPECT_TRUE(opens([](TableHeader&) {}));
  EXPECT_FALSE(opens([](TableHeader& h) { h.magic += 1; }));
  EXPECT_FALSE(opens([](TableHeader& h) { h.version = 2; }));
  EXPECT_FALSE(opens([](TableHeader& h) { h.bucket_count = 0; }));
  EXPECT_FALSE(opens([](TableHeader& h) { h.bucket_count -= 1; }));
  EXPECT_FALSE(opens([](TableHeader& h) { h.bucket_count = 0x80000000; }));
  EXPECT_FALSE(opens([](TableHeader& h) { h.account_count = 0xffffffff; }));
  EXPECT_FALSE(opens([](TableHeader& h) { h.group_count = 0xffffffff; }));
  EXPECT_FALSE(opens([](TableHeader& h) { h.id_lower = 0; }));
  EXPECT_FALSE(opens([](TableHeader& h) { h.id_lower = 999; }));
  EXPECT_FALSE(opens([](TableHeader& h) { h.id_upper = 0x80000000; }));
  EXPECT_FALSE(opens([](TableHeader& h) { h.id_upper = h.id_lower - 1; }));
  EXPECT_FALSE(opens([](TableHeader& h) { h.enumerate = 2; }));
}

TEST(TableReader, RefusesIdsOutsideTheRangeOfTheTable) {
  std::string image = Image(SampleNames());
  TableHeader header = HeaderOf(image);
  header.id_lower = 1201105;  // bob; below him alice and everybody's primary group
  PutHeader(image, header);
  const ExactCopy copy(image);
  TableView table;
  ASSERT_TRUE(TableView::Open(copy.data(), copy.size(), table));
  AccountView account;
  GroupView group;
  EXPECT_FALSE(table.FindAccount("alice", account));
  EXPECT_FALSE(table.FindAccount("bob", account)) << "his primary gid is outside";
  EXPECT_FALSE(table.FindGroup("domain users", group));
  EXPECT_TRUE(table.FindGroup("ssh-prod-web", group));
}

// Asks everything there is to ask; what is answered must be as published.
void ExpectRightOrNone(const TableView& table, const std::string& where) {
  AccountView account;
  if (table.FindAccount("alice", account)) {
    EXPECT_EQ(Line(account), kAlice) << where;
    EXPECT_EQ(GidsOf(account), "1200513 1201110 2000200000 ") << where;
  }
  if (table.FindAccount(1201105U, account)) {
    EXPECT_EQ(Line(account), kBob) << where;
  }
  if (table.FindAccount("c.d-e_9", account)) {
    EXPECT_EQ(account.uid, 1201103U) << where;
  }
  GroupView group;
  if (table.FindGroup("ssh-prod-web", group)) {
    EXPECT_EQ(group.gid, 1201110U) << where;
  }
  if (table.FindGroup(2000200000U, group)) {
    EXPECT_EQ(group.name, "taglogin-users") << where;
  }
  EXPECT_FALSE(table.FindAccount("mallory", account)) << where;
  EXPECT_FALSE(table.FindAccount(1201199U, account)) << where;
  EXPECT_FALSE(table.IsNegative("alice", 0)) << where;
  EXPECT_FALSE(table.IsNegative("nobody2", tests::kNobodyExpires)) << where;
  int steps = 0;
  for (std::uint32_t from = 0; table.NextAccount(from, account); from = account.uid + 1) {
    EXPECT_TRUE(account.uid >= 1201103 && account.uid <= 1201105) << where;
    ASSERT_LT(++steps, 4) << where;
  }
  steps = 0;
  for (std::uint32_t from = 0; table.NextGroup(from, group); from = group.gid + 1) ASSERT_LT(++steps, 4) << where;
}

TEST(TableReader, AnyFlippedByteGivesTheRightAnswerOrNone) {
  const std::string good = Image(SampleNames());
  int refused = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      std::string image = good;
      image[at] = static_cast<char>(image[at] ^ flip);
      const ExactCopy copy(image);
      TableView table;
      if (TableView::Open(copy.data(), copy.size(), table)) {
        ExpectRightOrNone(table, "byte " + std::to_string(at));
      } else {
        ++refused;
      }
    }
  }
  EXPECT_EQ(refused, 3 * static_cast<int>(sizeof(TableHeader))) << "the header, and only it, is checked at once";
}

TEST(TableReader, AFlippedRecordIsNotAnswered) {
  const std::string good = Image(SampleNames());
  const std::size_t arden = good.find("Alice Arden");
  ASSERT_NE(arden, std::string::npos);
  std::string image = good;
  image[arden] = 'a';
  const ExactCopy copy(image);
  TableView table;
  ASSERT_TRUE(TableView::Open(copy.data(), copy.size(), table));
  AccountView account;
  EXPECT_FALSE(table.FindAccount("alice", account));
  EXPECT_TRUE(table.FindAccount("bob", account));
}

// A writer gone mad: digests are right, lengths and offsets are not. Only the sanitizers can fail this
// one by the reading itself; the names that come out are looked at as well.
TEST(TableReader, StaysWithinTheTableWhateverLengthsAndOffsetsSay) {
  const std::string good = Image(SampleNames());
  const TableHeader header = HeaderOf(good);
  const std::size_t index_end = sizeof(TableHeader) + header.bucket_count * sizeof(TableBucket);
  const std::size_t records_at = index_end + (header.account_count + header.group_count) * sizeof(TableOrder);
  std::mt19937 random(20240229);
  const std::uint32_t odd[] = {0,
                               1,
                               7,
                               8,
                               47,
                               48,
                               0x7fff,
                               0xffff,
                               0x7fffffff,
                               0xfffffff8,
                               0xffffffff,
                               static_cast<std::uint32_t>(good.size()),
                               static_cast<std::uint32_t>(good.size() - 8)};
  for (int round = 0; round < 20000; ++round) {
    std::string image = good;
    const std::size_t index_at = sizeof(TableHeader) + random() % (records_at - sizeof(TableHeader)) / 4 * 4;
    if (index_at + 4 <= records_at && random() % 2 == 0) {
      const std::uint32_t value = odd[random() % std::size(odd)];
      std::memcpy(image.data() + index_at, &value, sizeof value);
    }
    // One 32-bit field of the head of each record, then the digest made right again.
    for (std::size_t at = records_at; at + sizeof(TableRecord) <= image.size();) {
      TableRecord before;
      std::memcpy(&before, good.data() + at, sizeof before);
      const std::uint32_t value = odd[random() % std::size(odd)];
      std::memcpy(image.data() + at + 8 + 4 * (random() % 10), &value, sizeof value);
      TableRecord head;
      std::memcpy(&head, image.data() + at, sizeof head);
      const std::size_t covered = std::min<std::size_t>(std::max<std::size_t>(head.bytes, 8), image.size() - at);
      head.check = TableDigest(header.seed, image.data() + at + 8, covered - 8);
      std::memcpy(image.data() + at, &head.check, sizeof head.check);
      at += before.bytes;
    }
    const ExactCopy copy(image);
    TableView table;
    ASSERT_TRUE(TableView::Open(copy.data(), copy.size(), table));
    AccountView account;
    if (table.FindAccount("alice", account)) {
      EXPECT_EQ(account.name, "alice");
      EXPECT_LE(GidsOf(account).size(), image.size() * 11);
      EXPECT_TRUE(table.InRange(account.uid) && table.InRange(account.gid));
    }
    GroupView group;
    if (table.FindGroup(1201110U, group)) {
      EXPECT_EQ(group.gid, 1201110U);
    }
    (void)table.IsNegative("nobody2", 0);
    for (std::uint32_t from = 0; table.NextAccount(from, account); from = account.uid + 1) {
      ASSERT_GE(account.uid, from);
    }
  }
}

}  // namespace
}  // namespace taglogin::protocol
