// Candles and other tables in the files other programs read.
//
//   csv, parquet  one file per series: <folder>/<table>/<venue>_<BASE-QUOTE>_<interval>.<ext>, of
//                 trades without an interval; `run` makes the same trades of their CSV
//   feather       candles as freqtrade keeps them: <folder>/<BASE_QUOTE>-<interval>.feather with
//                 date (ms, UTC), open, high, low, close, volume; Arrow IPC, LZ4
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/pipeline/lake_access.h"
#include "tidemark/pipeline/progress.h"

namespace tidemark {

enum class ExportFormat { kCsv, kParquet, kFeather };
// "csv", "parquet", "feather". Errors: kInvalidArgument.
Result<ExportFormat> ParseExportFormat(std::string_view text);

struct ExportOptions {
  ExportFormat format = ExportFormat::kCsv;
  std::string table = "candles";  // any table with a time; feather: candles only
  std::string folder = ".";
  Selection selection;
  Progress* progress = nullptr;
};

struct ExportedFile {
  std::string path;
  SeriesKey series;
  int64_t rows = 0;
  int64_t bytes = 0;
};

// `candles` holds the base interval too: where it is not rolled up it is taken from vendor_candles.
// Files of these names are replaced whole. Errors: kInvalidArgument, kNotFound, file errors.
Result<std::vector<ExportedFile>> ExportTables(const LakeView& view, const ExportOptions& options);

}  // namespace tidemark
