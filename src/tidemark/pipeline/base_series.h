// The candles of one series that all else is derived from, as the epoch in the making sees them:
// the accepted candles of the vendor, stored rows merged with the rows just read, and the minutes
// made from the accepted trades, which win over the vendor's where none is missing. Month by month
// and on demand; months are kept while there is room, and made again when they are asked for after
// that. Used by one thread.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "tidemark/base/result.h"
#include "tidemark/lake/lake.h"
#include "tidemark/market/series.h"
#include "tidemark/market/tables.h"
#include "tidemark/pipeline/merge.h"
#include "tidemark/pipeline/row_spool.h"
#include "tidemark/pipeline/sources.h"
#include "tidemark/pipeline/trade_gaps.h"
#include "tidemark/pipeline/trade_series.h"

namespace tidemark {

SeriesKey KeyOf(const SeriesId& series);
// The inverse. Errors: kParse.
Result<SeriesId> IdOf(const SeriesKey& key);
// The series of candles made from the trades of a symbol.
inline SeriesId MinutesOf(const TradeSeriesId& trades) {
  return {trades.venue, trades.symbol, Interval()};
}
// All series with accepted candles or trades that make some, ordered by their keys.
Result<std::vector<SeriesId>> StoredSeries(const LakeView& view);
// The columns that make candles, and those of rows read from a table that has them.
const std::vector<std::string>& CandleColumnNames();
CandleColumns TakeCandles(Batch& rows);

// The candles of `interval` that hold a part of `times`.
RangeSet CandlesOver(const RangeSet& times, const Interval& interval);

// What trades say about a candle beside its prices. Columns of equal length, null where the candle
// is the vendor's; empty where none is made from trades.
struct TradeDetail {
  std::vector<double> vwap, buy_volume, sell_volume;
  std::vector<int64_t> trades;
  std::vector<uint8_t> partial;  // 1: made from trades over an open gap; all else is null

  bool empty() const { return trades.empty(); }
  void Append(const TradeDetail& other, size_t begin, size_t end);
  void AppendNull(bool is_partial = false);
};

// Candles with their detail, which has as many rows or none.
struct BaseRows {
  CandleColumns candles;
  TradeDetail detail;

  void Append(const BaseRows& other, size_t begin, size_t end);
};

class BaseSeries {
 public:
  // All borrowed. `spool` may be null: then the stored rows are all there is.
  BaseSeries(SeriesId id, const LakeView& view, const RowSpool* spool, const SourceList& sources,
             ReceiveTime now)
      : id_(std::move(id)), view_(view), spool_(spool), sources_(sources), now_(now) {}

  const SeriesId& id() const { return id_; }

  // A whole month of open times, merged, with its provenance. For the writer of base tables.
  Result<MergedMonth> MergeMonth(EventTime month);
  // Takes a source out: its rows go back to the best other version ever held, or vanish. Must come
  // before any read.
  void Forget(int32_t source) { forgotten_ = source; }

  // The trades of the same symbol. REQUIRES an interval of one minute. Must come before any read.
  void SetTrades(std::unique_ptr<TradeSeries> trades) { trades_ = std::move(trades); }
  TradeSeries* trades() { return trades_.get(); }
  // The open gaps in the trades of the symbol. There the vendor's candles win over minutes made
  // from trades. Must come before any read.
  void SetTradeGaps(TradeGapSet gaps) {
    trade_gaps_ = std::move(gaps);
    gap_times_ = TimesOf(trade_gaps_);
  }
  const TradeGapSet& trade_gaps() const { return trade_gaps_; }
  const RangeSet& trade_gap_times() const { return gap_times_; }

  // Rows with open time in `open`, at most up to the closed tip.
  Result<CandleColumns> ReadByOpen(TimeRange open);
  Result<BaseRows> ReadRowsByOpen(TimeRange open);
  // Rows with close (= available) time in `close`.
  Result<CandleColumns> ReadByClose(TimeRange close);

  // The month of the first row, or an earlier one; kMaxTime when there is none.
  EventTime first_month();
  // False when no closed row is there (any more).
  Result<bool> HasRows();
  // Rows that close after this are not closed yet and not returned.
  void SetClosedUntil(EventTime watermark) { closed_until_ = watermark; }
  EventTime closed_until() const { return closed_until_; }

 private:
  using MonthPtr = std::shared_ptr<const BaseRows>;
  Result<MonthPtr> Month(EventTime month);
  Result<MonthPtr> Remember(EventTime month, CandleColumns vendor);
  Result<StoredMonth> ReadStored(EventTime month, bool with_versions);
  Status ReadVersions();

  SeriesId id_;
  const LakeView& view_;
  const RowSpool* spool_;
  const SourceList& sources_;
  ReceiveTime now_;
  std::unique_ptr<TradeSeries> trades_;  // null: there are none
  TradeGapSet trade_gaps_;
  RangeSet gap_times_;
  std::optional<int32_t> forgotten_;
  EventTime closed_until_ = kMaxTime;

  std::optional<EventTime> first_month_;
  // The superseded versions of the whole series, by open time, once they have been asked for:
  // corrections are few, and a file of them spans years.
  std::optional<std::vector<MergedMonth::Superseded>> versions_;
  std::map<EventTime, MonthPtr> cache_;
  std::list<EventTime> recent_;  // most recently used first
};

}  // namespace tidemark
