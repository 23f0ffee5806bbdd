#include "tidemark/journal/sqlite.h"

#include "tidemark/base/check.h"

namespace tidemark {
namespace {

std::unexpected<Error> FailSqlite(sqlite3* database, int code) {
  const char* path = database == nullptr ? nullptr : sqlite3_db_filename(database, "main");
  const std::string message =
      std::string("journal ") + (path == nullptr ? "" : path) + ": " + sqlite3_errmsg(database);
  switch (code & 0xFF) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Fail(ErrorCode::kCorrupt, message);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Fail(ErrorCode::kLocked, message);
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return Fail(ErrorCode::kPermission, message);
    default:
      return Fail(ErrorCode::kIo, message);
  }
}

}  // namespace

Result<SqliteDatabase> SqliteDatabase::Open(const std::string& path) {
  return Open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
}

Result<SqliteDatabase> SqliteDatabase::OpenForReading(const std::string& path) {
  return Open(path, SQLITE_OPEN_READONLY);
}

Result<SqliteDatabase> SqliteDatabase::Open(const std::string& path, int flags) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_FULLMUTEX, nullptr);
  SqliteDatabase database(raw);
  if (code != SQLITE_OK) return FailSqlite(raw, code);
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, 2000);
  return database;
}

bool SqliteDatabase::read_only() const { return sqlite3_db_readonly(database_.get(), "main") == 1; }

Result<SqliteStatement> SqliteDatabase::Compile(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (code != SQLITE_OK) return FailSqlite(database_.get(), code);
  return SqliteStatement(database_.get(), raw);
}

Status SqliteDatabase::Execute(const std::string& sql) {
  const int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return FailSqlite(database_.get(), code);
  return {};
}

SqliteStatement& SqliteStatement::Bind(int position, int64_t value) {
  CHECK(sqlite3_bind_int64(statement_.get(), position, value) == SQLITE_OK);
  return *this;
}

// The bytes must stay until Run or Reset.
SqliteStatement& SqliteStatement::BindBytes(int position, std::string_view value) {
  CHECK(sqlite3_bind_blob64(statement_.get(), position, value.data() ? value.data() : "",
                            value.size(), SQLITE_STATIC) == SQLITE_OK);
  return *this;
}

Result<bool> SqliteStatement::Step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  const auto failure = FailSqlite(database_, code);
  Reset();
  return failure;
}

Status SqliteStatement::Run() {
  for (;;) {
    TM_ASSIGN(const bool more, Step());
    if (more) continue;
    Reset();
    return {};
  }
}

void SqliteStatement::Reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

int64_t SqliteStatement::Int(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

Bytes SqliteStatement::BytesAt(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (data == nullptr) return {};
  return Bytes(static_cast<const char*>(data), static_cast<size_t>(size));
}

}  // namespace tidemark
