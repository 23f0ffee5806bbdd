// The little of SQLite the journal needs, with Result for errors. Private to the room.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tidemark/base/bytes.h"
#include "tidemark/base/result.h"

namespace tidemark {

// A prepared statement that is ready again after Reset(). Bind positions begin at 1, columns at 0.
class SqliteStatement {
 public:
  SqliteStatement& Bind(int position, int64_t value);
  SqliteStatement& BindBytes(int position, std::string_view value);
  // True: a row is there to read; false: there is none (any more).
  Result<bool> Step();
  // Runs to the end and resets.
  Status Run();
  void Reset();

  int64_t Int(int column) const;
  Bytes BytesAt(int column) const;

 private:
  friend class SqliteDatabase;
  SqliteStatement(sqlite3* database, sqlite3_stmt* statement)
      : database_(database), statement_(statement, &sqlite3_finalize) {}
  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement_;
};

class SqliteDatabase {
 public:
  // Created when it is not there.
  static Result<SqliteDatabase> Open(const std::string& path);
  static Result<SqliteDatabase> OpenForReading(const std::string& path);
  Result<SqliteStatement> Compile(std::string_view sql);
  // Statements without parameters or results.
  Status Execute(const std::string& sql);
  // Known after the first read: the file's mode, or a header that asks for a later SQLite.
  bool read_only() const;

 private:
  static Result<SqliteDatabase> Open(const std::string& path, int flags);
  explicit SqliteDatabase(sqlite3* database) : database_(database, &sqlite3_close) {}
  std::unique_ptr<sqlite3, int (*)(sqlite3*)> database_;
};

}  // namespace tidemark
