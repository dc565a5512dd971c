// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/table_writer.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/printable.h"
#include "protocol/login_name.h"
#include "protocol/messages.h"
#include "protocol/table_layout.h"

namespace taglogin::daemon::replica {
namespace {

using protocol::RecordKind;
using protocol::TableBucket;
using protocol::TableHeader;
using protocol::TableKey;
using protocol::TableOrder;
using protocol::TableRecord;

bool IsCanonical(const std::string& name) {
  protocol::LoginName canonical;
  return protocol::LoginName::From(name, canonical) && canonical.view() == name && canonical.user() != "root";
}

bool IsField(const std::string& text) {
  return text.size() <= protocol::kMaxTableText &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f && c != ':'; });
}

bool IsPath(const std::string& text) { return IsField(text) && !text.empty() && text.front() == '/'; }

// Which names and ids more than one entry claims.
template <typename Entry, typename IdOf>
struct Claims {
  Claims(const std::vector<Entry>& entries, IdOf id_of) {
    for (const Entry& entry : entries) {
      ++names[entry.name];
      ++ids[id_of(entry)];
    }
  }
  std::unordered_map<std::string_view, int> names;
  std::unordered_map<std::uint32_t, int> ids;
};

class TableImage {
 public:
  TableImage(const PublishedNames& names, std::uint64_t seed) : names_(names), seed_(seed) {}

  void AddAccounts() {
    const Claims claims(names_.accounts, [](const PublishedAccount& account) { return account.uid; });
    for (const PublishedAccount& account : names_.accounts) {
      const char* wrong = WhyNot(account);
      if (wrong == nullptr && claims.names.at(account.name) > 1) wrong = "another account has this name";
      if (wrong == nullptr && claims.ids.at(account.uid) > 1) wrong = "another account has this uid";
      existing_.insert(account.name);
      if (wrong != nullptr) {
        Refuse("account", account.name, account.uid, wrong);
        continue;
      }
      TableRecord head{};
      head.kind = RecordKind::kAccount;
      head.id = account.uid;
      head.gid = account.gid;
      const std::uint64_t at = Append(head, account.gids, {account.name, account.gecos, account.home, account.shell});
      keys_.emplace_back(protocol::TableHash(seed_, TableKey::kAccountName, account.name), at);
      keys_.emplace_back(protocol::TableHash(seed_, TableKey::kUid, account.uid), at);
      account_order_.emplace_back(account.uid, at);
    }
  }

  void AddGroups() {
    const Claims claims(names_.groups, [](const PublishedGroup& group) { return group.gid; });
    for (const PublishedGroup& group : names_.groups) {
      const char* wrong = WhyNot(group);
      if (wrong == nullptr && claims.names.at(group.name) > 1) wrong = "another group has this name";
      if (wrong == nullptr && claims.ids.at(group.gid) > 1) wrong = "another group has this gid";
      if (wrong != nullptr) {
        Refuse("group", group.name, group.gid, wrong);
        continue;
      }
      TableRecord head{};
      head.kind = RecordKind::kGroup;
      head.id = group.gid;
      const std::uint64_t at = Append(head, {}, {group.name});
      keys_.emplace_back(protocol::TableHash(seed_, TableKey::kGroupName, group.name), at);
      keys_.emplace_back(protocol::TableHash(seed_, TableKey::kGid, group.gid), at);
      group_order_.emplace_back(group.gid, at);
    }
  }

  void AddNegatives() {
    for (const PublishedNegative& negative : names_.negatives) {
      // Also when the account itself was refused: such a name is not settled, the daemon has to be asked.
      if (!IsCanonical(negative.name) || !existing_.insert(negative.name).second) {
        refused_.push_back("negative entry " + base::Printable(negative.name) + ": not a name, or it exists");
        continue;
      }
      TableRecord head{};
      head.kind = RecordKind::kNegative;
      head.expires_ms = negative.expires_boot_ms;
      keys_.emplace_back(protocol::TableHash(seed_, TableKey::kAccountName, negative.name),
                         Append(head, {}, {negative.name}));
    }
  }

  base::Result<EncodedTable> Finish() {
    // At most half full: an unsuccessful look-up, the usual one, ends after two or three buckets.
    const std::size_t buckets = std::bit_ceil(keys_.size() * 2 + 1);
    const std::size_t records_at = sizeof(TableHeader) + buckets * sizeof(TableBucket) +
                                   (account_order_.size() + group_order_.size()) * sizeof(TableOrder);
    const std::size_t size = records_at + records_.size();
    if (size > protocol::kMaxTableBytes) {
      return base::Invalid("the NSS table would have " + std::to_string(size) + " bytes, more than " +
                           std::to_string(protocol::kMaxTableBytes) + ": show fewer accounts under [nss] visible");
    }
    EncodedTable out{std::string(records_at, '\0'), std::move(refused_)};
    PutIndex(out.image, buckets, records_at);
    PutOrder(out.image, sizeof(TableHeader) + buckets * sizeof(TableBucket), records_at);
    out.image += records_;
    PutHeader(out.image, buckets);
    StampGeneration(out.image, 0);
    return out;
  }

 private:
  bool InRange(std::uint32_t id) const {
    return id >= names_.id_lower && id <= names_.id_upper && protocol::IsDirectoryId(id);
  }

  const char* WhyNot(const PublishedAccount& account) const {
    if (!IsCanonical(account.name)) return "not a login name";
    if (!InRange(account.uid)) return "its uid is outside the range of directory ids";
    if (!InRange(account.gid)) return "its primary gid is outside the range of directory ids";
    if (!std::all_of(account.gids.begin(), account.gids.end(), [this](std::uint32_t gid) { return InRange(gid); })) {
      return "a gid of its groups is outside the range of directory ids";
    }
    if (account.gids.size() > protocol::kMaxGroups) return "it is in too many groups";
    if (!IsField(account.gecos)) return "its gecos is too long or holds a ':' or a character that can not be printed";
    if (!IsPath(account.home)) return "its home is not an absolute path that passwd(5) can hold";
    if (!IsPath(account.shell)) return "its shell is not an absolute path that passwd(5) can hold";
    return nullptr;
  }

  const char* WhyNot(const PublishedGroup& group) const {
    if (!protocol::IsGroupName(group.name) || group.name == "root") return "not a group name";
    return InRange(group.gid) ? nullptr : "its gid is outside the range of directory ids";
  }

  void Refuse(const char* kind, const std::string& name, std::uint32_t id, const char* why) {
    refused_.push_back(std::string(kind) + " " + base::Printable(name) + " (" + std::to_string(id) +
                       ") is not shown in NSS: " + why);
  }

  // Returns where the record begins, counted from the first record.
  std::uint64_t Append(TableRecord head, const std::vector<std::uint32_t>& gids,
                       const std::vector<std::string_view>& texts) {
    std::uint16_t* const lengths[] = {&head.name_bytes, &head.gecos_bytes, &head.home_bytes, &head.shell_bytes};
    std::string tail(reinterpret_cast<const char*>(gids.data()), gids.size() * sizeof(std::uint32_t));
    for (std::size_t i = 0; i < texts.size(); ++i) {
      *lengths[i] = static_cast<std::uint16_t>(texts[i].size());
      tail.append(texts[i]).push_back('\0');
    }
    tail.append((8 - (sizeof head + tail.size()) % 8) % 8, '\0');
    head.gid_count = static_cast<std::uint32_t>(gids.size());
    head.bytes = static_cast<std::uint32_t>(sizeof head + tail.size());

    const std::size_t at = records_.size();
    records_.append(reinterpret_cast<const char*>(&head), sizeof head).append(tail);
    head.check = protocol::TableDigest(seed_, records_.data() + at + sizeof head.check, head.bytes - sizeof head.check);
    std::memcpy(records_.data() + at, &head.check, sizeof head.check);
    return at;
  }

  void PutIndex(std::string& image, std::size_t buckets, std::size_t records_at) const {
    std::vector<TableBucket> index(buckets, TableBucket{});
    for (const auto& [hash, at] : keys_) {
      std::size_t slot = hash & (buckets - 1);
      while (index[slot].offset != 0) slot = (slot + 1) & (buckets - 1);
      index[slot] = {static_cast<std::uint32_t>(hash >> 32), static_cast<std::uint32_t>(records_at + at)};
    }
    std::memcpy(image.data() + sizeof(TableHeader), index.data(), index.size() * sizeof(TableBucket));
  }

  void PutOrder(std::string& image, std::size_t at, std::size_t records_at) {
    for (auto* order : {&account_order_, &group_order_}) {
      std::sort(order->begin(), order->end());
      for (const auto& [id, record] : *order) {
        const TableOrder entry{id, static_cast<std::uint32_t>(records_at + record)};
        std::memcpy(image.data() + at, &entry, sizeof entry);
        at += sizeof entry;
      }
    }
  }

  void PutHeader(std::string& image, std::size_t buckets) const {
    TableHeader header{};
    header.magic = protocol::kTableMagic;
    header.version = protocol::kTableVersion;
    header.bucket_count = static_cast<std::uint32_t>(buckets);
    header.file_bytes = image.size();
    header.seed = seed_;
    header.id_lower = names_.id_lower;
    header.id_upper = names_.id_upper;
    header.account_count = static_cast<std::uint32_t>(account_order_.size());
    header.group_count = static_cast<std::uint32_t>(group_order_.size());
    header.enumerate = names_.enumerate ? 1 : 0;
    std::memcpy(image.data(), &header, sizeof header);
  }

  const PublishedNames& names_;
  std::uint64_t seed_;
  std::string records_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> keys_;  // hash, record
  std::vector<std::pair<std::uint32_t, std::uint64_t>> account_order_;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> group_order_;
  std::unordered_set<std::string_view> existing_;
  std::vector<std::string> refused_;
};

}  // namespace

base::Result<EncodedTable> EncodeTable(const PublishedNames& names, std::uint64_t seed) {
  if (names.id_lower > names.id_upper || !protocol::IsDirectoryId(names.id_lower) ||
      names.id_upper > protocol::kHighestId) {
    return base::Invalid("the NSS id range " + std::to_string(names.id_lower) + " to " +
                         std::to_string(names.id_upper) + " is empty or reaches outside " +
                         std::to_string(protocol::kLowestId) + " to " + std::to_string(protocol::kHighestId));
  }
  TableImage image(names, seed);
  image.AddAccounts();
  image.AddGroups();
  image.AddNegatives();
  return image.Finish();
}

void StampGeneration(std::string& image, std::uint64_t generation) {
  TableHeader header{};
  std::memcpy(&header, image.data(), sizeof header);
  header.generation = generation;
  std::memcpy(image.data(), &header, sizeof header);
  header.check = protocol::TableDigest(protocol::kTableMagic, image.data(), offsetof(TableHeader, check));
  std::memcpy(image.data(), &header, sizeof header);
}

}  // namespace taglogin::daemon::replica
