// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/sqlite.h"

#include <utility>

#include "base/printable.h"

namespace taglogin::daemon::replica {
namespace {

constexpr int kBusyMs = 2000;  // an earlier daemon that is just ending

base::Error ErrorOf(sqlite3* database) {
  const int code = ::sqlite3_errcode(database);
  std::string detail = "replica.sqlite: " + base::Printable(::sqlite3_errmsg(database));
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return base::Unavailable(detail + ": another taglogind is using it");
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return base::Internal(detail + ": check the disk of the state folder");
    default:
      return {base::ErrorCode::kCorrupt, std::move(detail)};
  }
}

}  // namespace

base::Result<void> Statement::Bind(int index, std::string_view bytes) {
  const auto size = static_cast<sqlite3_uint64>(bytes.size());
  // A null pointer would bind NULL, where an empty view means an empty blob.
  const char* data = bytes.empty() ? "" : bytes.data();
  if (::sqlite3_bind_blob64(statement_.get(), index, data, size, SQLITE_STATIC) == SQLITE_OK) return {};
  return ErrorOf(::sqlite3_db_handle(statement_.get()));
}

base::Result<bool> Statement::Step() {
  const int code = ::sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) {
    base::Error error = ErrorOf(::sqlite3_db_handle(statement_.get()));
    Reset();
    return error;
  }
  Reset();
  return false;
}

std::string Statement::Bytes(int column) const {
  const void* data = ::sqlite3_column_blob(statement_.get(), column);
  const int size = ::sqlite3_column_bytes(statement_.get(), column);
  if (data == nullptr || size <= 0) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

std::int64_t Statement::Number(int column) const { return ::sqlite3_column_int64(statement_.get(), column); }

void Statement::Reset() { ::sqlite3_reset(statement_.get()); }

base::Result<Database> Database::Open(const std::string& path) {
  sqlite3* handle = nullptr;
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
  const int code = ::sqlite3_open_v2(path.c_str(), &handle, kFlags, nullptr);
  Database database(handle);  // is to be closed after an error, too
  if (handle == nullptr) return base::Internal("replica.sqlite: no memory to open it");
  if (code != SQLITE_OK) return ErrorOf(handle);
  ::sqlite3_busy_timeout(handle, kBusyMs);
  return database;
}

base::Result<void> Database::Execute(const char* sql) {
  if (::sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return ErrorOf(database_.get());
}

base::Result<Statement> Database::Prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (::sqlite3_prepare_v2(database_.get(), sql, -1, &statement, nullptr) != SQLITE_OK) return ErrorOf(database_.get());
  return Statement(statement);
}

base::Result<std::int64_t> Database::Number(const char* sql) {
  auto statement = Prepare(sql);
  if (!statement) return statement.error();
  const auto row = statement->Step();
  if (!row) return row.error();
  if (!*row) return base::Error{base::ErrorCode::kCorrupt, "replica.sqlite: a row that must exist is missing"};
  return statement->Number(0);
}

base::Result<std::string> Database::Text(const char* sql) {
  auto statement = Prepare(sql);
  if (!statement) return statement.error();
  const auto row = statement->Step();
  if (!row) return row.error();
  if (!*row) return base::Error{base::ErrorCode::kCorrupt, "replica.sqlite: a row that must exist is missing"};
  return statement->Bytes(0);
}

bool Database::IsReadOnly() const { return ::sqlite3_db_readonly(database_.get(), "main") != 0; }

base::Result<Transaction> Transaction::Begin(Database& database) {
  if (const auto begun = database.Execute("BEGIN IMMEDIATE"); !begun) return begun.error();
  return Transaction(database);
}

base::Result<void> Transaction::Commit() {
  auto done = database_->Execute("COMMIT");
  if (done) database_ = nullptr;
  return done;
}

Transaction::~Transaction() {
  // Fails only when SQLite has rolled back by itself already.
  if (database_ != nullptr) static_cast<void>(database_->Execute("ROLLBACK"));
}

}  // namespace taglogin::daemon::replica
