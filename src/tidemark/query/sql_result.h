// The answer to a query: typed columns, read in chunks as DuckDB produces them.
//
// One thread; a result must not outlive its session, and a session runs one result at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/market/batch.h"

namespace tidemark {

enum class SqlType : uint8_t {
  kUntyped,  // every value is null
  kBool,     // ints, 0 or 1
  kInt,      // ints
  kBigInt,   // texts: integers beyond 64 bits and decimals, as exact decimal text
  kDouble,   // doubles
  kTime,     // ints: UTC microseconds
  kDate,     // ints: UTC microseconds of its midnight
  kText,     // texts
  kJson,     // texts: lists, structs and maps as JSON
  kBytes,    // texts
};

struct SqlColumn {
  std::string name;
  SqlType type = SqlType::kUntyped;
};

// Values of one column in one chunk; the vector that SqlType names has one value per row.
struct SqlValues {
  std::vector<uint8_t> is_null;
  std::vector<int64_t> ints;
  std::vector<double> doubles;
  std::vector<std::string> texts;
};

struct SqlChunk {
  size_t rows = 0;
  std::vector<SqlValues> columns;
};

class SqlResult {
 public:
  SqlResult(SqlResult&&) noexcept;
  SqlResult& operator=(SqlResult&&) noexcept;
  ~SqlResult();

  const std::vector<SqlColumn>& columns() const { return columns_; }
  // -1 when there is no such column.
  int IndexOf(std::string_view name) const;
  // Fills `chunk` with the next rows; false when there are no more. Errors: those of the query.
  Result<bool> Next(SqlChunk* chunk);
  // All remaining rows as a Batch: kInt, kBool and kTime as they are, dates as times, decimals as
  // doubles, text of every kind as strings. Nulls as Batch has them.
  Result<Batch> Collect();

 private:
  friend class SqlSession;
  struct State;
  explicit SqlResult(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
  std::vector<SqlColumn> columns_;
};

}  // namespace tidemark
