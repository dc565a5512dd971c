// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/store.h"

#include <sys/utsname.h>

#include <map>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "daemon/replica/digest.h"
#include "daemon/replica/encoding.h"
#include "daemon/replica/sqlite.h"
#include "daemon/replica/state_folder.h"

namespace taglogin::daemon::replica {
namespace {

// An exclusive lock keeps a second daemon out and needs no -shm file. FULL: what the directory has
// taken away must not come back with a power cut.
constexpr char kOpening[] =
    "PRAGMA locking_mode=EXCLUSIVE; PRAGMA cell_size_check=ON; PRAGMA trusted_schema=OFF; PRAGMA cache_size=-256;"
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;";
constexpr char kSchema[] =
    "CREATE TABLE records (kind BLOB NOT NULL, key BLOB NOT NULL, body BLOB NOT NULL, PRIMARY KEY (kind, key)) "
    "WITHOUT ROWID;"
    "CREATE TABLE seal (owner BLOB NOT NULL, sum BLOB NOT NULL);"
    "PRAGMA user_version=";

base::Error Corrupt(std::string detail) { return {base::ErrorCode::kCorrupt, std::move(detail)}; }

Digest DigestOf(const Row& row) {
  return Sha256(row.kind + ":" + std::to_string(row.key.size()) + ":" + row.key + ":" + row.body);
}

std::string_view BytesOf(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

base::Result<void> BindAll(Statement& statement, std::initializer_list<std::string_view> values) {
  int index = 0;
  for (const std::string_view value : values) {
    if (auto bound = statement.Bind(++index, value); !bound) return bound;
  }
  return {};
}

base::Result<void> Run(Statement& statement, std::initializer_list<std::string_view> values) {
  if (auto bound = BindAll(statement, values); !bound) return bound;
  if (const auto stepped = statement.Step(); !stepped) return stepped.error();
  return {};
}

base::Result<void> CreateSchema(Database& database, const std::string& owner) {
  auto transaction = Transaction::Begin(database);
  if (!transaction) return transaction.error();
  const std::string schema = kSchema + std::to_string(kEncoding);
  if (auto created = database.Execute(schema.c_str()); !created) return created;
  auto insert = database.Prepare("INSERT INTO seal (owner, sum) VALUES (?, ?)");
  if (!insert) return insert.error();
  if (auto sealed = Run(*insert, {owner, BytesOf(Digest{})}); !sealed) return sealed;
  return transaction->Commit();
}

base::Result<std::int64_t> EncodingOf(Database& database) { return database.Number("PRAGMA user_version"); }

// Whether the file is sound, of a version that is read, and this owner's. An empty one is made so.
base::Result<void> CheckFile(Database& database, const std::string& owner) {
  if (auto opened = database.Execute(kOpening); !opened) return opened;
  const auto tables = database.Number("SELECT count(*) FROM sqlite_master");
  if (!tables) return tables.error();
  const auto version = EncodingOf(database);
  if (!version) return version.error();
  if (*tables == 0 && *version == 0) return CreateSchema(database, owner);
  if (*version < kOldestEncoding || *version > kEncoding) {
    return Corrupt("it has schema version " + std::to_string(*version) + ", this taglogind knows " +
                   std::to_string(kOldestEncoding) + " to " + std::to_string(kEncoding));
  }
  const auto health = database.Text("PRAGMA integrity_check(1)");
  if (!health) return health.error();
  if (*health != "ok") return Corrupt("it is damaged");
  // It would be read for ever, and never brought up to date.
  if (database.IsReadOnly()) return Corrupt("its header says that it must not be written");
  const auto stored_owner = database.Text("SELECT owner FROM seal");
  if (!stored_owner) return stored_owner.error();
  if (*stored_owner != owner) return Corrupt("it was written on another machine or for another directory");
  return {};
}

base::Result<std::vector<Row>> ReadRows(Database& database) {
  auto select = database.Prepare("SELECT kind, key, body FROM records");
  if (!select) return select.error();
  std::vector<Row> rows;
  for (;;) {
    const auto more = select->Step();
    if (!more) return more.error();
    if (!*more) return rows;
    rows.push_back({select->Bytes(0), select->Bytes(1), select->Bytes(2)});
  }
}

}  // namespace

std::string ReplicaOwner(const std::string& directory, const std::string& folder) {
  auto machine = base::ReadFile(folder + "/machine-id", 4096);
  std::string host = machine ? *machine : "";
  while (!host.empty() && host.back() == '\n') host.pop_back();
  if (host.empty() || host == "uninitialized") {  // machine-id(5)
    utsname names{};
    host = ::uname(&names) == 0 ? std::string("node ") + static_cast<const char*>(names.nodename) : "";
  }
  return ToHex(Sha256("taglogin replica\n" + host + "\n" + directory));
}

class Store::Impl {
 public:
  explicit Impl(Database database) : database_(std::move(database)) {}

  base::Result<Contents> Load();
  base::Result<void> Write(const std::vector<Row>& rows, bool all);
  bool behind() const { return behind_; }
  bool outdated() const { return outdated_; }

 private:
  using Key = std::pair<std::string, std::string>;
  struct Change {
    Key key;
    const Row* row;  // null: delete
    Digest digest;
  };

  std::vector<Change> Compare(const std::vector<Row>& rows, bool all) const;
  base::Result<void> Apply(const std::vector<Change>& changes, const Digest& sum);
  Digest SumAfter(const std::vector<Change>& changes) const;

  Database database_;
  std::map<Key, Digest> written_;  // what the file says
  Digest sum_{};
  bool outdated_ = false;  // the file's rows are of an earlier encoding
  bool behind_ = false;    // a full save has failed: the file is older than the caller's contents
};

base::Result<Contents> Store::Impl::Load() {
  auto rows = ReadRows(database_);
  if (!rows) return rows.error();
  const auto seals = database_.Number("SELECT count(*) FROM seal");
  if (!seals) return seals.error();
  const auto sealed = database_.Text("SELECT sum FROM seal");
  if (!sealed) return sealed.error();
  for (const Row& row : *rows) {
    const Digest digest = DigestOf(row);
    written_[{row.kind, row.key}] = digest;
    Toggle(sum_, digest);
  }
  if (*seals != 1 || *sealed != BytesOf(sum_)) return Corrupt("its checksum is wrong");
  const auto encoding = EncodingOf(database_);
  if (!encoding) return encoding.error();
  auto contents = DecodeContents(*rows, *encoding);
  if (!contents) return Corrupt("a record in it makes no sense");
  // The first save writes every row anew, and the version with them.
  outdated_ = behind_ = *encoding != kEncoding;
  return *std::move(contents);
}

std::vector<Store::Impl::Change> Store::Impl::Compare(const std::vector<Row>& rows, bool all) const {
  std::vector<Change> changes;
  std::map<Key, bool> wanted;
  for (const Row& row : rows) {
    Key key{row.kind, row.key};
    const auto old = written_.find(key);
    if (all) wanted[key] = true;
    if (row.body.empty()) {
      if (old != written_.end()) changes.push_back({std::move(key), nullptr, {}});
      continue;
    }
    const Digest digest = DigestOf(row);
    if (old == written_.end() || old->second != digest) changes.push_back({std::move(key), &row, digest});
  }
  if (!all) return changes;
  for (const auto& [key, digest] : written_) {
    if (!wanted.contains(key)) changes.push_back({key, nullptr, {}});
  }
  return changes;
}

Digest Store::Impl::SumAfter(const std::vector<Change>& changes) const {
  Digest sum = sum_;
  for (const Change& change : changes) {
    const auto old = written_.find(change.key);
    if (old != written_.end()) Toggle(sum, old->second);
    if (change.row != nullptr) Toggle(sum, change.digest);
  }
  return sum;
}

base::Result<void> Store::Impl::Apply(const std::vector<Change>& changes, const Digest& sum) {
  auto put = database_.Prepare("INSERT OR REPLACE INTO records (kind, key, body) VALUES (?, ?, ?)");
  if (!put) return put.error();
  auto drop = database_.Prepare("DELETE FROM records WHERE kind = ? AND key = ?");
  if (!drop) return drop.error();
  auto seal = database_.Prepare("UPDATE seal SET sum = ?");
  if (!seal) return seal.error();
  auto transaction = Transaction::Begin(database_);
  if (!transaction) return transaction.error();
  for (const Change& change : changes) {
    const auto& [kind, key] = change.key;
    auto done = change.row == nullptr ? Run(*drop, {kind, key}) : Run(*put, {kind, key, change.row->body});
    if (!done) return done;
  }
  if (auto sealed = Run(*seal, {BytesOf(sum)}); !sealed) return sealed;
  if (outdated_) {
    const std::string version = "PRAGMA user_version=" + std::to_string(kEncoding);
    if (auto set = database_.Execute(version.c_str()); !set) return set;
  }
  auto committed = transaction->Commit();
  outdated_ = outdated_ && !committed;
  return committed;
}

base::Result<void> Store::Impl::Write(const std::vector<Row>& rows, bool all) {
  const std::vector<Change> changes = Compare(rows, all);
  if (!changes.empty() || outdated_) {
    const Digest sum = SumAfter(changes);
    if (auto applied = Apply(changes, sum); !applied) {
      behind_ = true;
      return applied;
    }
    sum_ = sum;
  }
  for (const Change& change : changes) {
    if (change.row == nullptr) {
      written_.erase(change.key);
    } else {
      written_[change.key] = change.digest;
    }
  }
  if (all) behind_ = false;
  return {};
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

base::Result<Store::Opened> Store::Open(const std::string& folder, const std::string& owner) {
  const auto open = [&folder, &owner](std::string& path) -> base::Result<Opened> {
    auto file = PrepareStateFile(folder);
    if (!file) return file.error();
    path = *file;
    auto database = Database::Open(*file);
    if (!database) return database.error();
    if (const auto sound = CheckFile(*database, owner); !sound) return sound.error();
    auto impl = std::make_unique<Impl>(*std::move(database));
    auto contents = impl->Load();
    if (!contents) return contents.error();
    std::vector<std::string> warnings;
    if (impl->outdated()) {
      warnings.push_back("replica.sqlite is of an earlier taglogind: nobody gets in before the directory is read");
    }
    return Opened{std::unique_ptr<Store>(new Store(std::move(impl))), *std::move(contents), std::move(warnings)};
  };
  std::string path;
  auto opened = open(path);
  if (opened || opened.error().code != base::ErrorCode::kCorrupt) return opened;
  const std::string why = opened.error().detail;
  if (const auto moved = MoveAside(path); !moved) return moved.error();
  auto rebuilt = open(path);
  if (rebuilt) rebuilt->warnings.push_back("replica.sqlite was moved to replica.sqlite.bad and begun anew: " + why);
  return rebuilt;
}

base::Result<void> Store::Save(const Contents& contents) { return impl_->Write(EncodeContents(contents), true); }

base::Result<void> Store::SaveAccount(const Contents& contents, const std::string& account_id,
                                      const std::string& login_name) {
  if (impl_->behind()) return Save(contents);
  return impl_->Write(EncodeAccount(contents, account_id, login_name), false);
}

}  // namespace taglogin::daemon::replica
