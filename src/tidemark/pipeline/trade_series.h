// The accepted trades of one series as the epoch in the making sees them: stored rows merged with
// the rows just read, day by day and on demand. Used by one thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/candle/trade_bars.h"
#include "tidemark/lake/lake.h"
#include "tidemark/market/series.h"
#include "tidemark/market/tables.h"
#include "tidemark/pipeline/second_folds.h"
#include "tidemark/pipeline/sources.h"
#include "tidemark/pipeline/trade_merge.h"
#include "tidemark/pipeline/trade_spool.h"

namespace tidemark {

SeriesKey KeyOf(const TradeSeriesId& series);
// All series with accepted trades, ordered by their keys.
Result<std::vector<TradeSeriesId>> StoredTradeSeries(const LakeView& view);

class TradeSeries {
 public:
  // All borrowed. `spool` may be null: then the stored trades are all there is.
  TradeSeries(TradeSeriesId id, const LakeView& view, const TradeSpool* spool,
              const SourceList& sources, ReceiveTime now)
      : id_(std::move(id)), view_(view), spool_(spool), sources_(sources), now_(now) {}

  const TradeSeriesId& id() const { return id_; }

  // Takes a source out. Must come before any read; days that hold rows of it must be merged before
  // minutes are asked for.
  void Forget(int32_t source) { forgotten_ = source; }
  // The table of candles has the minutes before `until`, but for those in `unknown`, as the stored
  // trades give them: there they are not made again. Must come before any read.
  void TrustCandles(EventTime until, RangeSet unknown) {
    trusted_until_ = until;
    untrusted_ = std::move(unknown);
  }
  // Minutes that have been folded by the second are made of that. Borrowed. Must come before any
  // read, after TrustCandles.
  void UseSeconds(SecondFolds* seconds) {
    seconds_ = seconds;
    seconds_->Forget(trusted_until_);
  }
  // A whole day, merged, with its provenance.
  Result<MergedTrades> MergeDay(EventTime day);
  // The parts of a day that the rows just read touch, each of whole seconds, in order. For the
  // writer of base tables.
  Result<std::vector<MergedTrades>> MergeTouched(EventTime day);
  // The minutes of a calendar month that have trades, closed ones only.
  Result<TradeBars> Minutes(EventTime month);
  // Of one day and by each rule: the bars that are full, and the last one if the day is over.
  Result<std::vector<TradeBars>> Bars(EventTime day);

  // Stored trades that are in no closed minute.
  Result<TradeColumns> OpenTrades();

  // The month of the first trade, or an earlier one; kMaxTime when there is none.
  EventTime first_month();
  // Minutes that close after this are not closed yet and not returned.
  void SetClosedUntil(EventTime watermark) { closed_until_ = watermark; }
  EventTime closed_until() const { return closed_until_; }
  // What bars are made, of trades before `until`. Must come before any read.
  void SetBars(std::vector<BarRule> rules, EventTime until) {
    bar_rules_ = std::move(rules);
    bars_until_ = until;
  }
  const std::vector<BarRule>& bar_rules() const { return bar_rules_; }
  EventTime bars_until() const { return bars_until_; }

 private:
  Result<SourcedTrades> ReadStored(const TableSpec& spec, TimeRange range);
  // Without ids and order numbers; in order.
  Result<TradeColumns> ReadBarInputs(TimeRange range);
  std::vector<TradeBars> BarsOf(const TradeColumns& day) const;
  struct Touched {
    TimeRange part;
    IncomingTrades rows;
  };
  // Of units that begin before `until`; those that touch or are near are one.
  Result<std::vector<Touched>> TouchedParts(EventTime day, int64_t unit_us, EventTime until) const;
  Result<MergedTrades> MergePart(TimeRange part, IncomingTrades incoming);
  Status MergeMinutes(EventTime day);
  // Where the minutes that are folded by the second begin.
  EventTime folded_from() const { return seconds_ == nullptr ? kMaxTime : seconds_->from(); }
  Status AppendStored(TimeRange range, TradeBars* bars);
  Status AppendKnown(TimeRange range, TradeBars* bars);
  Status AppendUntouched(TimeRange range, TradeBars* bars);

  TradeSeriesId id_;
  const LakeView& view_;
  const TradeSpool* spool_;
  const SourceList& sources_;
  ReceiveTime now_;
  EventTime closed_until_ = kMaxTime;
  SecondFolds* seconds_ = nullptr;
  std::optional<int32_t> forgotten_;
  std::optional<EventTime> first_month_;
  EventTime trusted_until_ = kMinTime;
  RangeSet untrusted_;
  // The minutes of what has been merged, open ones too, by where it begins.
  struct Part {
    EventTime end;
    TradeBars minutes;
  };
  std::map<EventTime, Part> merged_;
  std::set<EventTime> merged_days_;
  std::vector<BarRule> bar_rules_;
  EventTime bars_until_ = kMinTime;
  std::map<EventTime, std::vector<TradeBars>> bars_;  // of merged days, while there is room
  size_t bars_kept_ = 0;
};

// Rows of `trades` and `trade_revisions`.
Batch TradeRows(const SourcedTrades& rows, TimeRange range, const TradeSeriesId& series,
                const SourceList& sources);
Batch TradeRows(const SourcedTrades& rows, size_t begin, size_t end, const TradeSeriesId& series,
                const SourceList& sources);
Batch TradeRevisionRows(const SourcedTrades& versions, const TradeSeriesId& series,
                        const SourceList& sources, int64_t epoch);
// Rows of `ambiguous_trades`.
Batch AmbiguousTradeRows(const MergedTrades& merged, const TradeSeriesId& series,
                         const SourceList& sources, int64_t epoch);

}  // namespace tidemark
