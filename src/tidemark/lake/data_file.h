// One Parquet file of a table as the Delta log describes it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/base/time.h"
#include "tidemark/market/tables.h"

namespace tidemark {

// What series a row belongs to; empty strings for the columns a table does not have. Forecasts at
// two horizons are two series.
struct SeriesKey {
  std::string venue, symbol, interval;
  std::string horizon = {};
  auto operator<=>(const SeriesKey&) const = default;
};

// The bounds of one column in one file. Strings longer than 64 bytes are shortened, the upper
// bound upwards; then `exact` is false.
struct ColumnStats {
  int64_t null_count = 0;
  bool has_range = false;  // false when all is null, or for bool and bytes
  bool exact = true;
  bool is_text = false;
  std::string min_text, max_text;         // kString
  int64_t min_int = 0, max_int = 0;       // kTime, kInt
  double min_double = 0, max_double = 0;  // kDouble
  bool operator==(const ColumnStats&) const = default;
};

struct DataFile {
  std::string path;  // below the table's folder, as on disk
  int64_t size = 0;
  int64_t rows = 0;
  std::map<std::string, std::string> partition;  // column → value
  std::map<std::string, ColumnStats> stats;      // column → bounds; partition columns are absent
  int64_t modified_ms = 0;
  std::string sha256;    // of the file's bytes; "" when another program wrote it
  std::string add_json;  // the log's action

  const ColumnStats* StatsOf(std::string_view column) const;
  // The value of a string column when every row has the same one, else null.
  const std::string* ConstantText(std::string_view column) const;
  // False when no row of the file can have that text in the column.
  bool MayHoldText(std::string_view column, std::string_view text) const;
  // [least, greatest + 1 µs) of the column; All() when the bounds are not known.
  TimeRange TimesOf(std::string_view column) const;

  bool MayHoldSeries(const TableSpec& spec, const SeriesKey& series) const;
  // True when every row is of that series.
  bool IsOnly(const TableSpec& spec, const SeriesKey& series) const;
};

// The text that `series` has in a series column ("venue", "symbol", "interval" or "horizon").
const std::string& TextOf(const SeriesKey& series, std::string_view column);

// Between a table's folder and the name: "venue=bitfinex/interval=1m/"; bytes outside
// [A-Za-z0-9._-] become %XX, an empty value __HIVE_DEFAULT_PARTITION__.
std::string PartitionFolder(const TableSpec& spec,
                            const std::map<std::string, std::string>& partition);
// The path as the log spells it (a URI reference), and back.
std::string EncodeLogPath(std::string_view path);
Result<std::string> DecodeLogPath(std::string_view text);

// The log's "stats" text, and back. `schema` says what the columns are.
std::string StatsToJson(int64_t rows, const std::map<std::string, ColumnStats>& stats,
                        const Schema& schema);
Status StatsFromJson(std::string_view text, const Schema& schema, DataFile& file);

// "venue bitfinex, symbol LTC-USD, interval 1m" for messages.
std::string ToString(const SeriesKey& series);

}  // namespace tidemark
