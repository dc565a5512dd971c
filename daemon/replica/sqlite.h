// SPDX-License-Identifier: Apache-2.0
// SQLite with owners and Results. Private to daemon/replica; one thread. Errors: kUnavailable
// (locked by another process), kInternal (disk, memory), kCorrupt (everything else: the file's
// content is the cause, as our statements are fixed).
#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace taglogin::daemon::replica {

class Statement {
 public:
  // Bytes for parameter `index` (1-based); borrowed until the next Reset.
  base::Result<void> Bind(int index, std::string_view bytes);
  // True: a row is there. False: done, and ready to be bound and run again.
  base::Result<bool> Step();
  std::string Bytes(int column) const;
  std::int64_t Number(int column) const;
  void Reset();

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { ::sqlite3_finalize(statement); }
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  // Opens an existing file, without following a symlink in its path.
  static base::Result<Database> Open(const std::string& path);
  base::Result<void> Execute(const char* sql);
  base::Result<Statement> Prepare(const char* sql);
  // The first column of the first row; kCorrupt without a row.
  base::Result<std::int64_t> Number(const char* sql);
  base::Result<std::string> Text(const char* sql);
  // Whether SQLite will write nothing: the file's header may say so. Known once it has been read.
  bool IsReadOnly() const;

 private:
  struct Close {
    void operator()(sqlite3* database) const { ::sqlite3_close_v2(database); }
  };
  explicit Database(sqlite3* database) : database_(database) {}
  std::unique_ptr<sqlite3, Close> database_;
};

// Begins at once; rolled back unless committed.
class Transaction {
 public:
  static base::Result<Transaction> Begin(Database& database);
  base::Result<void> Commit();
  Transaction(Transaction&& other) noexcept : database_(other.database_) { other.database_ = nullptr; }
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace taglogin::daemon::replica
