// Batches to Parquet bytes and back. The only files of the project that know Arrow's types are
// parquet_*.cc and checkpoint.cc here (and the Parquet input of source/).
//
// Nulls: NaN, kNullInt and code -1 become Parquet nulls and back; every other bit of a double is
// kept, the sign of zero included. Times are timestamp(us, UTC), kBytes is binary, kString UTF-8.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/lake/data_file.h"
#include "tidemark/market/batch.h"

namespace tidemark {

// What is read is whole groups of rows.
constexpr int64_t kRowGroupRows = 1 << 15;

struct EncodedFile {
  std::string_view bytes;  // owned by `owner`
  std::map<std::string, ColumnStats> stats;
  std::shared_ptr<const void> owner;
};

// Rows [begin, end) without the columns named in `without`. Errors: kInvalidArgument (a null in a
// column that must have values, text that is not UTF-8).
Result<EncodedFile> EncodeParquet(const Batch& rows, size_t begin, size_t end,
                                  const std::vector<std::string>& without);

struct ParquetSelection {
  std::vector<Field> fields;  // a column the file does not have reads as null
  std::string time_column;    // with `times`: row groups that lie outside are skipped
  TimeRange times = TimeRange::All();
  std::map<std::string, std::string> texts;  // so are those where no row has this text
  int64_t rows = -1;  // of the whole file, where that is known: another number is damage
};
// The selected columns; rows outside `times`, and with other texts, may be among them. Errors: file
// errors; kCorrupt, also when a column that must have values lacks one, or a time is none.
Result<Batch> DecodeParquet(const std::string& path, const ParquetSelection& selection);

struct ParquetFacts {
  int64_t rows = 0;
  std::vector<std::string> columns;
};
// What the footer says.
Result<ParquetFacts> ReadParquetFooter(const std::string& path);

// Exact bounds computed from rows: what the file's statistics must say.
std::map<std::string, ColumnStats> ComputeStats(const Batch& rows);

}  // namespace tidemark
