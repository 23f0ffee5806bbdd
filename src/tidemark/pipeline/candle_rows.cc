#include "tidemark/pipeline/candle_rows.h"

#include <algorithm>
#include <string_view>

namespace tidemark {
namespace {

constexpr std::string_view kFromTrades = "trades";
constexpr std::string_view kFromRows = "rollup";

// All columns but those that come from trades, and the origin.
Batch PriceColumns(const SeriesKey& key, const RolledCandles& rows, const RangeSet& holes) {
  Batch batch(CandlesTable().schema);
  const size_t n = rows.size();
  batch["venue"].strings.AppendRepeated(key.venue, n);
  batch["symbol"].strings.AppendRepeated(key.symbol, n);
  batch["interval"].strings.AppendRepeated(key.interval, n);
  batch["open_time"].ints = rows.open_time;
  batch["close_time"].ints = rows.close_time;
  batch["open"].doubles = rows.open;
  batch["high"].doubles = rows.high;
  batch["low"].doubles = rows.low;
  batch["close"].doubles = rows.close;
  batch["volume"].doubles = rows.volume;
  batch["rows"].ints = rows.rows;
  batch["expected_rows"].ints = rows.expected_rows;
  for (size_t i = 0; i < n; ++i) {
    batch["complete"].ints.push_back(
        holes.Overlaps({{rows.open_time[i]}, {rows.close_time[i]}}) ? 0 : 1);
  }
  return batch;
}

void PutDetail(TradeDetail detail, Batch* batch) {
  (*batch)["vwap"].doubles = std::move(detail.vwap);
  (*batch)["trades"].ints = std::move(detail.trades);
  (*batch)["buy_volume"].doubles = std::move(detail.buy_volume);
  (*batch)["sell_volume"].doubles = std::move(detail.sell_volume);
}

}  // namespace

void DetailRollup::Step(const BaseRows& rows, const Interval& target) {
  const TradeDetail& detail = rows.detail;
  for (size_t i = 0; i < detail.trades.size(); ++i) {
    const int64_t time = rows.candles.open_time[i];
    if (buckets_.empty() || time >= buckets_.back().close_time) {
      const EventTime open = target.OpenOf({time});
      buckets_.push_back({.open_time = open.us, .close_time = target.CloseOf(open).us, .sums = {}});
    }
    Bucket& bucket = buckets_.back();
    if (detail.trades[i] == kNullInt) {
      bucket.only_trades = false;
      continue;
    }
    bucket.sums.Add(detail.vwap[i], rows.candles.volume[i], detail.buy_volume[i],
                    detail.sell_volume[i], detail.trades[i]);
  }
}

bool DetailRollup::Find(int64_t open_time, TradeDetail* out) {
  while (asked_ < buckets_.size() && buckets_[asked_].open_time < open_time) ++asked_;
  if (asked_ == buckets_.size() || buckets_[asked_].open_time != open_time) return false;
  const Bucket& bucket = buckets_[asked_];
  if (!bucket.only_trades) return false;
  out->vwap.push_back(bucket.sums.Vwap());
  out->buy_volume.push_back(bucket.sums.buy.ToDouble());
  out->sell_volume.push_back(bucket.sums.sell.ToDouble());
  out->trades.push_back(bucket.sums.trades);
  out->partial.push_back(0);
  return true;
}

Batch BaseCandles(const SeriesKey& key, const BaseRows& base, const Interval& interval,
                  const RangeSet& holes) {
  const CandleColumns& candles = base.candles;
  const size_t n = candles.size();
  RolledCandles rows;
  rows.open_time = candles.open_time;
  rows.open = candles.open;
  rows.high = candles.high;
  rows.low = candles.low;
  rows.close = candles.close;
  rows.volume = candles.volume;
  rows.rows.assign(n, 1);
  rows.expected_rows.assign(n, 1);
  for (const int64_t open : candles.open_time) {
    rows.close_time.push_back(interval.CloseOf({open}).us);
  }
  Batch batch = PriceColumns(key, rows, holes);
  TradeDetail detail = base.detail;
  while (detail.trades.size() < n) detail.AppendNull();
  for (size_t i = 0; i < n; ++i) {
    batch["origin"].strings.Append(detail.trades[i] != kNullInt ? kFromTrades
                                   : detail.partial[i] != 0     ? kFromRows
                                                                : "vendor");
  }
  PutDetail(std::move(detail), &batch);
  batch.SetRows(n);
  return batch;
}

Batch RolledUp(const SeriesKey& key, const RolledCandles& rows, DetailRollup& detail,
               const RangeSet& holes, const RangeSet& missing_trades) {
  Batch batch = PriceColumns(key, rows, holes);
  TradeDetail of_rows;
  for (size_t i = 0; i < rows.size(); ++i) {
    // A minute that is missing altogether shows in no row.
    const bool known = !missing_trades.Overlaps({{rows.open_time[i]}, {rows.close_time[i]}}) &&
                       detail.Find(rows.open_time[i], &of_rows);
    if (!known) of_rows.AppendNull();
    batch["origin"].strings.Append(known ? kFromTrades : kFromRows);
  }
  PutDetail(std::move(of_rows), &batch);
  batch.SetRows(rows.size());
  return batch;
}

Batch PreferVendor(const Batch& vendor, const Batch& rolled) {
  Batch merged(rolled.schema);
  size_t v = 0;
  const auto& vendor_times = vendor["open_time"].ints;
  const auto& rolled_times = rolled["open_time"].ints;
  for (size_t r = 0; r < rolled.rows; ++r) {
    for (; v < vendor.rows && vendor_times[v] < rolled_times[r]; ++v) {
      merged.Append(vendor, v, v + 1);
    }
    if (v < vendor.rows && vendor_times[v] == rolled_times[r]) {
      if (rolled["origin"].strings.At(r) != kFromTrades) continue;
      ++v;
    }
    merged.Append(rolled, r, r + 1);
  }
  merged.Append(vendor, v, vendor.rows);
  return merged;
}

}  // namespace tidemark
