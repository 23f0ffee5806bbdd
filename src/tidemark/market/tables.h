// The tables of the lake: names, kinds, keys, columns. The one place where a column is named first.
#pragma once

#include <string>
#include <vector>

#include "tidemark/market/batch.h"

namespace tidemark {

enum class TableKind {
  kBase,        // accepted rows and facts as they came
  kDerived,     // computed from other tables; `verify` recomputes it
  kAppendOnly,  // rows are never changed once written
};

// How files of a partition are split when many rows are written at once or compacted.
enum class FileSplit { kNone, kMonth, kQuarter, kYear };

struct TableSpec {
  std::string name;
  TableKind kind = TableKind::kDerived;
  Schema schema;
  std::vector<std::string> partition_by;  // column names, in path order; subset of series columns
  std::vector<std::string> series_by;     // the columns that name a series; rows replace per series
  std::string time_column;                // "" when rows have no time
  std::vector<std::string> sort_by;       // row order inside a file, and the digest's order; unique
  // The time column is a candle's close: the row belongs to the file of the time it opens in, so
  // 00:00 on the first is the last row of the month before.
  bool time_is_close = false;
};

// Columns as in docs/internals/tables.md.
const TableSpec& VendorCandlesTable();
const TableSpec& TradesTable();
const TableSpec& RevisionsTable();
const TableSpec& TradeRevisionsTable();
const TableSpec& AmbiguousTradesTable();
// Of services that quote one currency in another: Alpha Vantage.
const TableSpec& ExchangeRatesTable();
const TableSpec& RateRevisionsTable();
const TableSpec& RejectsTable();
const TableSpec& LedgerTable();
const TableSpec& WatermarksTable();
const TableSpec& CandlesTable();
const TableSpec& BarsTable();
const TableSpec& ModelsTable();
const TableSpec& ForecastsTable();
const TableSpec& OutcomesTable();
const TableSpec& ScoresTable();
const TableSpec& IssuedTable();
const TableSpec& GapsTable();
const TableSpec& GapEventsTable();
// The original study's prediction table, written by `run --study`.
const TableSpec& StudyTable();
// Columns: venue, symbol, interval, time, then one double per feature in the order given.
TableSpec FeaturesTable(const std::vector<std::string>& feature_names);

// All of them, features with `feature_names`, in the order of the design's table.
std::vector<TableSpec> AllTables(const std::vector<std::string>& feature_names);

// How a table with this interval is split: month below 5m, quarter below 15m, year below 1d, none
// above. Trades, which have none, and bars, where it is their rule, by months.
FileSplit SplitFor(const TableSpec& table, const std::string& interval_text);

// The times of the table's rows that share a file with one at `t`. REQUIRES split != kNone.
TimeRange FileBucket(const TableSpec& table, FileSplit split, EventTime t);

}  // namespace tidemark
