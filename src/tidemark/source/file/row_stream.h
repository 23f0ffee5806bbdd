// Rows that are not stretches of text: column-wise JSON and Parquet. Read one after the other.
#pragma once

#include <cstdint>
#include <string>

#include "tidemark/base/result.h"
#include "tidemark/source/file/block_output.h"
#include "tidemark/source/file/header.h"
#include "tidemark/source/file/row.h"

namespace tidemark {

class RowStream {
 public:
  virtual ~RowStream() = default;
  // Reads about `rows_max` rows into `out`; false after the last. Positions of rejects are of the
  // whole content, lines count from 0.
  virtual Result<bool> Next(int64_t rows_max, const RowChecker& checker, BlockOutput& out) = 0;
  virtual Status Rewind() = 0;
  // Bytes that belong to the rows but not to any one of them (compressed columns).
  virtual int64_t shared_row_bytes() const { return 0; }
  virtual std::string Words() const = 0;
  virtual const ColumnMap& columns() const = 0;
};

}  // namespace tidemark
