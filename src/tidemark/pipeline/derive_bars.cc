// The table `bars`: what TradeBarFold makes of each UTC day's trades, replaced day by day, since no
// bar reaches into another day.
#include "tidemark/base/hash.h"
#include "tidemark/candle/trade_bars.h"
#include "tidemark/pipeline/derive.h"

namespace tidemark {
namespace {

constexpr uint32_t kBarRowsVersion = 1;

RangeSet WholeDays(const RangeSet& times) {
  RangeSet days;
  for (const TimeRange& range : times.ranges()) {
    days.Add({FloorToDay(range.start), FloorToDay(range.end - 1) + kMicrosPerDay});
  }
  return days;
}

// A trade that is missing would move every bar after it, to the end of its day.
bool IsComplete(const TradeBars& bars, size_t i, EventTime day, const RangeSet& gaps) {
  const EventTime end =
      bars.partial[i] != 0 ? day + kMicrosPerDay : EventTime{bars.close_time[i]} + 1;
  return !gaps.Overlaps({day, end});
}

void AppendDay(const SeriesKey& key, EventTime day, const TradeBars& bars, const RangeSet& gaps,
               Batch* rows) {
  Batch& batch = *rows;
  const size_t n = bars.size();
  batch["venue"].strings.AppendRepeated(key.venue, n);
  batch["symbol"].strings.AppendRepeated(key.symbol, n);
  batch["interval"].strings.AppendRepeated(key.interval, n);
  const auto add = [](const auto& from, auto* to) {
    to->insert(to->end(), from.begin(), from.end());
  };
  add(bars.candles.open_time, &batch["open_time"].ints);
  add(bars.close_time, &batch["close_time"].ints);
  add(bars.candles.open, &batch["open"].doubles);
  add(bars.candles.high, &batch["high"].doubles);
  add(bars.candles.low, &batch["low"].doubles);
  add(bars.candles.close, &batch["close"].doubles);
  add(bars.candles.volume, &batch["volume"].doubles);
  add(bars.vwap, &batch["vwap"].doubles);
  add(bars.trades, &batch["trades"].ints);
  add(bars.buy_volume, &batch["buy_volume"].doubles);
  add(bars.sell_volume, &batch["sell_volume"].doubles);
  add(bars.partial, &batch["partial"].ints);
  for (size_t i = 0; i < n; ++i) {
    batch["number"].ints.push_back(static_cast<int64_t>(i) + 1);
    batch["complete"].ints.push_back(IsComplete(bars, i, day, gaps) ? 1 : 0);
  }
  batch.SetRows(batch.rows + n);
}

}  // namespace

std::string BarsSpecHash(const Config& config) {
  ByteWriter spec;
  spec.Put<uint32_t>(TradeBarFold::kVersion);
  spec.Put<uint32_t>(kBarRowsVersion);
  for (const BarRule& rule : config.bars) spec.PutString(rule.ToString());
  return Sha256::Of(spec.bytes()).substr(0, 16);
}

Status DeriveBars(const DeriveContext& context, BaseSeries& base, const RangeSet& changes) {
  TradeSeries& trades = *base.trades();
  std::vector<SeriesKey> keys;
  for (const BarRule& rule : trades.bar_rules()) {
    keys.push_back({trades.id().venue, trades.id().symbol.text(), rule.ToString()});
  }
  if (keys.empty()) return {};
  const RangeSet days = WholeDays(changes.Clip({kMinTime, trades.bars_until()}));
  for (const TimeRange& range : days.ranges()) {
    for (EventTime from = range.start; from < range.end;) {
      const EventTime to = std::min(AddMonths(FloorToMonth(from), 1), range.end);
      std::vector<Batch> rows(keys.size(), Batch(BarsTable().schema));
      for (EventTime day = from; day < to; day = day + kMicrosPerDay) {
        TM_ASSIGN(const std::vector<TradeBars> bars, trades.Bars(day));
        for (size_t r = 0; r < keys.size(); ++r) {
          AppendDay(keys[r], day, bars[r], base.trade_gap_times(), &rows[r]);
        }
      }
      for (size_t r = 0; r < keys.size(); ++r) {
        TM_TRY(context.sink.Replace(BarsTable(), keys[r], {from, to}, rows[r]));
      }
      from = to;
    }
  }
  return {};
}

}  // namespace tidemark
