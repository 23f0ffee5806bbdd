// SQL over files that stand still: DuckDB with one view per table of a pinned lake.
//
// A session reads and nothing else. Only queries run (SELECT, EXPLAIN, DESCRIBE, SHOW, SUMMARIZE,
// VALUES, FROM …); the engine may open the tables' files and no other file, loads no extension and
// spills nothing to disk. Timestamps are UTC, and so is the session's time zone.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/market/batch.h"
#include "tidemark/query/sql_result.h"

namespace tidemark {

struct SqlTable {
  std::string name;
  Schema schema;
  std::vector<std::string> files;         // absolute paths; none: an empty table
  std::vector<std::string> partition_by;  // columns that stand in the path (`venue=bitfinex/`)
  std::function<Status()> fetch;  // puts the files there before the first query; may be empty
  // Instead of files: some rows, made when a query names the table; may be empty.
  std::function<Result<Batch>()> rows = {};
};

struct SqlOptions {
  int threads = 0;           // 0: all processors of this process
  std::string memory_limit;  // as DuckDB reads it ("4GB"); "" for its default
  std::string parquet_path;  // the one file WriteParquet may write; "" for none
};

// Not thread-safe.
class SqlSession {
 public:
  // Views are made when a query names their table: opening costs nothing per table. Errors:
  // kUnsupported (no DuckDB), kInvalidArgument (options DuckDB refuses).
  static Result<std::unique_ptr<SqlSession>> Open(std::vector<SqlTable> tables,
                                                  const SqlOptions& options);
  ~SqlSession();
  SqlSession(const SqlSession&) = delete;
  SqlSession& operator=(const SqlSession&) = delete;

  // Runs the statements of `sql` in order; the result is the last one's. Errors: kInvalidArgument
  // with DuckDB's message and position, kPermission for anything but a query or for a file outside
  // the tables, kCorrupt for a table's file that cannot be read, kIo.
  Result<SqlResult> Run(std::string_view sql);
  // Run and Collect: for small answers.
  Result<Batch> Fetch(std::string_view sql);
  // The answer of one query as a zstd Parquet file at SqlOptions::parquet_path, whole or not at
  // all.
  Result<int64_t> WriteParquet(std::string_view sql);

  const std::vector<SqlTable>& tables() const { return tables_; }
  bool HasTable(std::string_view name) const;
  // Version of the engine: "v1.5.6".
  std::string engine_version() const;

 private:
  struct State;
  SqlSession(std::unique_ptr<State> state, std::vector<SqlTable> tables, std::string parquet_path);
  Status Execute(const std::string& sql);
  Status EnsureViews(std::string_view sql);
  Status CreateView(size_t table);
  Status CreateViewOfRows(size_t table, bool named);
  Status CheckOneQuery(std::string_view sql);
  Status CheckExplain(std::string_view sql, bool alone);

  std::unique_ptr<State> state_;
  std::vector<SqlTable> tables_;
  std::vector<bool> has_view_;
  std::string parquet_path_;
};

}  // namespace tidemark
