#include "tidemark/market/tables.h"

#include "tidemark/market/interval.h"

namespace tidemark {
namespace {

Field String(std::string name) { return {std::move(name), ColumnType::kString, false}; }
Field NullableString(std::string name) { return {std::move(name), ColumnType::kString, true}; }
Field Time(std::string name) { return {std::move(name), ColumnType::kTime, false}; }
Field Int(std::string name) { return {std::move(name), ColumnType::kInt, false}; }
Field NullableInt(std::string name) { return {std::move(name), ColumnType::kInt, true}; }
Field Bool(std::string name) { return {std::move(name), ColumnType::kBool, false}; }
Field Double(std::string name) { return {std::move(name), ColumnType::kDouble, true}; }
Field BytesField(std::string name) { return {std::move(name), ColumnType::kBytes, false}; }

const std::vector<std::string> kSeries = {"venue", "symbol", "interval"};
const std::vector<std::string> kForecastSeries = {"venue", "symbol", "interval", "horizon"};
const std::vector<std::string> kPartition = {"venue", "interval"};

}  // namespace

const TableSpec& VendorCandlesTable() {
  static const TableSpec spec = {
      "vendor_candles",
      TableKind::kBase,
      Schema{{String("venue"), String("symbol"), String("interval"), Time("open_time"),
              Double("open"), Double("high"), Double("low"), Double("close"), Double("volume"),
              String("source"), Time("received_at"), Int("revision")}},
      kPartition,
      kSeries,
      "open_time",
      {"venue", "symbol", "interval", "open_time"}};
  return spec;
}

const TableSpec& RevisionsTable() {
  static const TableSpec spec = {
      "revisions",
      TableKind::kAppendOnly,
      Schema{{String("table"), String("venue"), String("symbol"), String("interval"),
              Time("open_time"), Int("revision"), Double("open"), Double("high"), Double("low"),
              Double("close"), Double("volume"), String("source"), Time("received_at"),
              Int("epoch")}},
      {},
      kSeries,
      "open_time",
      {"venue", "symbol", "interval", "open_time", "revision", "epoch"}};
  return spec;
}

const TableSpec& TradesTable() {
  static const TableSpec spec = {
      "trades",
      TableKind::kBase,
      Schema{{String("venue"), String("symbol"), Time("time"), NullableInt("sequence"),
              String("trade_id"), Double("price"), Double("size"), NullableString("side"),
              Bool("cancelled"), String("source"), Time("received_at"), Int("revision")}},
      {"venue"},
      {"venue", "symbol"},
      "time",
      {"venue", "symbol", "time", "sequence", "trade_id"}};
  return spec;
}

const TableSpec& TradeRevisionsTable() {
  static const TableSpec spec = {
      "trade_revisions",
      TableKind::kAppendOnly,
      Schema{{String("venue"), String("symbol"), Time("time"), NullableInt("sequence"),
              String("trade_id"), Int("revision"), Double("price"), Double("size"),
              NullableString("side"), Bool("cancelled"), String("source"), Time("received_at"),
              Int("epoch")}},
      {},
      {"venue", "symbol"},
      "time",
      {"venue", "symbol", "time", "sequence", "trade_id", "revision", "epoch"}};
  return spec;
}

const TableSpec& AmbiguousTradesTable() {
  static const TableSpec spec = {
      "ambiguous_trades",
      TableKind::kAppendOnly,
      Schema{{String("venue"), String("symbol"), Time("time"), String("trade_id"), Double("price"),
              Double("size"), NullableString("side"), String("source"), String("held_from"),
              Int("epoch")}},
      {},
      {"venue", "symbol"},
      "time",
      {"venue", "symbol", "time", "trade_id", "source", "epoch"}};
  return spec;
}

const TableSpec& ExchangeRatesTable() {
  static const TableSpec spec = {
      "exchange_rates",
      TableKind::kBase,
      Schema{{String("venue"), String("symbol"), Time("time"), Double("rate"), Double("bid"),
              Double("ask"), String("source"), Time("received_at"), Int("revision")}},
      {},
      {"venue", "symbol"},
      "time",
      {"venue", "symbol", "time"}};
  return spec;
}

const TableSpec& RateRevisionsTable() {
  static const TableSpec spec = {
      "rate_revisions",
      TableKind::kAppendOnly,
      Schema{{String("venue"), String("symbol"), Time("time"), Int("revision"), Double("rate"),
              Double("bid"), Double("ask"), String("source"), Time("received_at"), Int("epoch")}},
      {},
      {"venue", "symbol"},
      "time",
      {"venue", "symbol", "time", "revision", "epoch"}};
  return spec;
}

const TableSpec& RejectsTable() {
  static const TableSpec spec = {
      "rejects",
      TableKind::kBase,
      Schema{{String("source"), String("content_hash"), Int("position"), Int("line"),
              String("reason"), String("message"), BytesField("bytes"), Int("epoch")}},
      {},
      {},
      "",
      {"source", "content_hash", "position"}};
  return spec;
}

const TableSpec& LedgerTable() {
  static const TableSpec spec = {
      "ledger",
      TableKind::kBase,
      Schema{{String("source"), Int("epoch"), NullableString("table"), Int("read"), Int("new"),
              Int("revised"), Int("duplicate"), Int("rejected"), Int("placeholder"), Int("bytes"),
              String("content_hash"), Int("header_bytes"), Int("row_bytes"), Int("reject_bytes"),
              Int("separator_bytes"), String("position"), Time("received_at")}},
      {},
      {},
      "",
      {"source", "epoch"}};
  return spec;
}

const TableSpec& WatermarksTable() {
  static const TableSpec spec = {"watermarks",
                                 TableKind::kBase,
                                 Schema{{String("source"), String("partition"), Int("epoch"),
                                         Time("watermark"), String("reason")}},
                                 {},
                                 {},
                                 "",
                                 {"source", "partition", "epoch"}};
  return spec;
}

const TableSpec& CandlesTable() {
  static const TableSpec spec = {
      "candles",
      TableKind::kDerived,
      Schema{{String("venue"), String("symbol"), String("interval"), Time("open_time"),
              Time("close_time"), Double("open"), Double("high"), Double("low"), Double("close"),
              Double("volume"), Double("vwap"), NullableInt("trades"), Double("buy_volume"),
              Double("sell_volume"), Int("rows"), Int("expected_rows"), Bool("complete"),
              String("origin")}},
      kPartition,
      kSeries,
      "open_time",
      {"venue", "symbol", "interval", "open_time"}};
  return spec;
}

const TableSpec& BarsTable() {
  static const TableSpec spec = {
      "bars",
      TableKind::kDerived,
      Schema{{String("venue"), String("symbol"), String("interval"), Time("open_time"),
              Int("number"), Time("close_time"), Double("open"), Double("high"), Double("low"),
              Double("close"), Double("volume"), Double("vwap"), Int("trades"),
              Double("buy_volume"), Double("sell_volume"), Bool("partial"), Bool("complete")}},
      kPartition,
      kSeries,
      "open_time",
      // Bars of one microsecond are told apart by their number, which counts within the day.
      {"venue", "symbol", "interval", "open_time", "number"}};
  return spec;
}

TableSpec FeaturesTable(const std::vector<std::string>& feature_names) {
  TableSpec spec = {"features",
                    TableKind::kDerived,
                    Schema{{String("venue"), String("symbol"), String("interval"), Time("time")}},
                    kPartition,
                    kSeries,
                    "time",
                    {"venue", "symbol", "interval", "time"},
                    true};
  for (const std::string& name : feature_names) spec.schema.fields.push_back(Double(name));
  return spec;
}

const TableSpec& ModelsTable() {
  static const TableSpec spec = {
      "models",
      TableKind::kDerived,
      Schema{{String("venue"), String("symbol"), String("interval"), String("model_id"),
              String("model"), NullableInt("horizon_rows"), String("horizon"),
              Time("effective_from"), Time("trained_from"), Time("trained_to"), Int("rows"),
              NullableString("parameters"), NullableString("coefficients"),
              NullableString("importance")}},
      {},
      kForecastSeries,
      "effective_from",
      {"venue", "symbol", "interval", "horizon", "effective_from", "model"}};
  return spec;
}

const TableSpec& ForecastsTable() {
  static const TableSpec spec = {
      "forecasts",
      TableKind::kDerived,
      Schema{{String("venue"), String("symbol"), String("interval"), Time("time"),
              String("horizon"), String("model"), Double("prediction"), Double("price"),
              Double("lower"), Double("upper"), String("model_id")}},
      kPartition,
      kForecastSeries,
      "time",
      {"venue", "symbol", "interval", "horizon", "time", "model"},
      true};
  return spec;
}

const TableSpec& OutcomesTable() {
  static const TableSpec spec = {
      "outcomes",
      TableKind::kDerived,
      Schema{{String("venue"), String("symbol"), String("interval"), Time("time"),
              String("horizon"), String("model"), Time("target_time"), Double("actual"),
              Double("error_pct")}},
      kPartition,
      kForecastSeries,
      "target_time",
      {"venue", "symbol", "interval", "horizon", "target_time", "time", "model"},
      true};
  return spec;
}

const TableSpec& ScoresTable() {
  static const TableSpec spec = {
      "scores",
      TableKind::kDerived,
      Schema{{String("venue"),
              String("symbol"),
              String("interval"),
              String("model"),
              String("horizon"),
              String("period"),
              String("bucket"),
              String("basis"),
              Int("n"),
              Double("n_effective"),
              Double("mae"),
              Double("rmse"),
              Double("mae_price"),
              Double("rmse_price"),
              Double("relative_mae"),
              Double("relative_rmse"),
              Double("mase"),
              Double("directional_accuracy"),
              Double("directional_lower"),
              Double("directional_upper"),
              Double("ic"),
              Double("rank_ic"),
              Double("rank_ic_monthly_mean"),
              Double("icir"),
              Double("dm_p_mae"),
              Double("dm_p_mse"),
              Double("coverage"),
              Bool("flagged")}},
      {},
      kForecastSeries,
      "",
      {"venue", "symbol", "interval", "horizon", "model", "period", "bucket", "basis"}};
  return spec;
}

const TableSpec& IssuedTable() {
  static const TableSpec spec = {
      "issued",
      TableKind::kAppendOnly,
      Schema{{String("venue"), String("symbol"), String("interval"), Time("time"),
              String("horizon"), String("model"), Time("issued_at"), Double("prediction"),
              String("model_id")}},
      kPartition,
      kForecastSeries,
      "time",
      {"venue", "symbol", "interval", "horizon", "time", "model"},
      true};
  return spec;
}

const TableSpec& GapsTable() {
  static const TableSpec spec = {
      "gaps",
      TableKind::kDerived,
      Schema{{String("table"), String("venue"), String("symbol"), String("interval"), Time("from"),
              Time("to"), Int("missing"), Bool("suspected_outage")}},
      {},
      kSeries,
      "to",
      {"table", "venue", "symbol", "interval", "from"}};
  return spec;
}

const TableSpec& GapEventsTable() {
  static const TableSpec spec = {
      "gap_events",
      TableKind::kAppendOnly,
      Schema{{String("table"), String("venue"), String("symbol"), String("interval"), Time("from"),
              Time("to"), Int("epoch"), String("event"), String("reason")}},
      {},
      kSeries,
      "from",
      {"table", "venue", "symbol", "interval", "from", "to", "epoch", "event", "reason"}};
  return spec;
}

const TableSpec& StudyTable() {
  static const TableSpec spec = {
      "study",
      TableKind::kAppendOnly,
      Schema{{String("venue"), String("symbol"), String("interval"), String("model"), Time("time"),
              Double("close"), Double("prediction"), Double("error_pct"),
              Double("aligned_prediction"), Double("aligned_error_pct")}},
      {},
      kSeries,
      "time",
      {"venue", "symbol", "interval", "time", "model"}};
  return spec;
}

std::vector<TableSpec> AllTables(const std::vector<std::string>& feature_names) {
  return {VendorCandlesTable(),
          TradesTable(),
          RevisionsTable(),
          TradeRevisionsTable(),
          AmbiguousTradesTable(),
          ExchangeRatesTable(),
          RateRevisionsTable(),
          RejectsTable(),
          LedgerTable(),
          WatermarksTable(),
          CandlesTable(),
          BarsTable(),
          FeaturesTable(feature_names),
          ModelsTable(),
          ForecastsTable(),
          OutcomesTable(),
          ScoresTable(),
          IssuedTable(),
          GapsTable(),
          GapEventsTable(),
          StudyTable()};
}

FileSplit SplitFor(const TableSpec& table, const std::string& interval_text) {
  if (table.time_column.empty() || table.partition_by.empty()) return FileSplit::kNone;
  const auto interval = Interval::Parse(interval_text);
  if (!interval) return FileSplit::kMonth;
  if (interval->nominal_micros() >= kMicrosPerDay) return FileSplit::kNone;
  const int64_t minutes = interval->nominal_micros() / kMicrosPerMinute;
  return minutes < 5 ? FileSplit::kMonth : minutes < 15 ? FileSplit::kQuarter : FileSplit::kYear;
}

TimeRange FileBucket(const TableSpec& table, FileSplit split, EventTime t) {
  const int64_t shift = table.time_is_close ? 1 : 0;
  const int months = split == FileSplit::kMonth ? 1 : split == FileSplit::kQuarter ? 3 : 12;
  EventTime start = FloorToYear(t - shift);
  while (AddMonths(start, months) <= t - shift) start = AddMonths(start, months);
  return {start + shift, AddMonths(start, months) + shift};
}

}  // namespace tidemark
