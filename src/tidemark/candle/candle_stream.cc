#include "tidemark/candle/candle_stream.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "tidemark/base/check.h"
#include "tidemark/candle/rollup.h"

namespace tidemark {
namespace {

int64_t MinuteOf(int64_t us) { return Interval().OpenOf({us}).us; }

}  // namespace

CandleStream::CandleStream(CandleStreamOptions options)
    : options_(std::move(options)),
      start_(MinuteOf(options_.start.us)),
      closed_until_(start_),
      saved_until_(start_),
      held_from_(start_) {
  CHECK(options_.retention_us >= 0);
  for (const Interval& interval : options_.intervals) {
    if (interval == Interval()) {
      gives_minutes_ = true;
      continue;
    }
    CHECK(Rollup::Possible(Interval(), interval));
    levels_.push_back({.interval = interval, .buckets = {}, .changed = {}});
  }
  std::sort(levels_.begin(), levels_.end(), [](const Level& a, const Level& b) {
    return a.interval.nominal_micros() < b.interval.nominal_micros();
  });
}

EventTime CandleStream::horizon() const {
  return {std::max(start_, MinuteOf(closed_until_ - options_.retention_us))};
}

size_t CandleStream::rows_held() const {
  size_t rows = 0;
  for (const auto& [open, minute] : minutes_) rows += minute.trades.rows();
  return rows;
}

CandleStream::Taken CandleStream::Take(const TradeColumns& rows, size_t begin, size_t end,
                                       std::vector<size_t>* too_old) {
  Taken taken;
  for (size_t i = begin; i < end;) {
    if (tail_ != nullptr) {
      const size_t next = tail_->trades.Append(rows, i, end, tail_end_);
      taken.added += static_cast<int64_t>(next - i);
      i = next;
      if (i == end) break;
    }
    if (!TakeAnywhere(rows, i, &taken)) too_old->push_back(i);
    ++i;
  }
  return taken;
}

// False when the row is too old.
bool CandleStream::TakeAnywhere(const TradeColumns& rows, size_t i, Taken* taken) {
  const int64_t open = MinuteOf(rows.time[i]);
  if (open < horizon().us) {
    ++taken->too_old;
    return false;
  }
  const bool late = open < closed_until_;
  const auto [it, is_new] = minutes_.try_emplace(open);
  Minute& minute = it->second;
  if (!late) {
    if (is_new && tail_ != nullptr) minute.trades.Reserve(tail_->trades.rows() * 9 / 8);
    tail_ = &minute;
    tail_end_ = open + kMicrosPerMinute;
  }
  switch (minute.trades.Insert(rows, i)) {
    case MinuteTrades::Took::kRepeated:
      ++taken->repeated;
      return true;
    case MinuteTrades::Took::kRevised:
      ++taken->revised;
      break;
    case MinuteTrades::Took::kNew:
      ++taken->added;
      break;
  }
  if (late) {
    ++taken->late;
    late_minutes_.insert(open);
  }
  if (open < saved_until_) changed_minutes_.insert(open);
  return true;
}

void CandleStream::AdvanceTo(EventTime watermark, std::vector<StreamCandle>* out) {
  const int64_t until = MinuteOf(watermark.us);
  const size_t before = out->size();
  if (!late_minutes_.empty()) Correct(out);
  if (until > closed_until_) {
    CloseMinutes(until, out);
    CloseBuckets(until, out);
    closed_until_ = until;
    if (tail_ != nullptr && tail_end_ <= until) tail_ = nullptr;
    Forget();
  }
  const auto place = [](const StreamCandle& c) {
    return std::tuple(c.close_time, c.interval.nominal_micros());
  };
  std::sort(out->begin() + static_cast<ptrdiff_t>(before), out->end(),
            [&](const StreamCandle& a, const StreamCandle& b) { return place(a) < place(b); });
}

void CandleStream::Correct(std::vector<StreamCandle>* out) {
  for (const int64_t open : late_minutes_) {
    Minute& minute = minutes_.at(open);
    SetCandle(open, minute, minute.trades.Values());
    if (gives_minutes_) {
      out->push_back({.interval = Interval(),
                      .open_time = {open},
                      .close_time = {open + kMicrosPerMinute},
                      .values = minute.candle,
                      .late = true});
    }
    for (Level& level : levels_) level.changed.insert(level.interval.OpenOf({open}).us);
  }
  late_minutes_.clear();
  for (Level& level : levels_) {
    for (const int64_t open : level.changed) {
      if (level.interval.CloseOf({open}).us > closed_until_) continue;
      Emit(level, open, level.buckets.at(open), true, out);
    }
    level.changed.clear();
  }
}

void CandleStream::CloseMinutes(int64_t until, std::vector<StreamCandle>* out) {
  for (auto it = minutes_.lower_bound(closed_until_); it != minutes_.end() && it->first < until;
       ++it) {
    auto& [open, minute] = *it;
    if (options_.retention_us > 0) minute.trades.Shrink();  // or they go at once
    SetCandle(open, minute, minute.trades.Values());
    if (!gives_minutes_ || minute.candle.trades == 0) continue;
    out->push_back({.interval = Interval(),
                    .open_time = {open},
                    .close_time = {open + kMicrosPerMinute},
                    .values = minute.candle});
  }
}

void CandleStream::CloseBuckets(int64_t until, std::vector<StreamCandle>* out) {
  for (const Level& level : levels_) {
    auto it = level.buckets.lower_bound(level.interval.OpenOf({closed_until_}).us);
    for (; it != level.buckets.end() && level.interval.CloseOf({it->first}).us <= until; ++it) {
      if (it->second.rows > 0) Emit(level, it->first, it->second, false, out);
    }
  }
}

void CandleStream::SetCandle(int64_t open, Minute& minute, const CandleValues& after) {
  const CandleValues before = std::exchange(minute.candle, after);
  for (Level& level : levels_) {
    const int64_t bucket_open = level.interval.OpenOf({open}).us;
    Change(level, level.buckets[bucket_open], open, before, after);
  }
}

// Sums are exact, so a minute can be taken away; prices are looked for again only where the minute
// that had them may have lost them.
void CandleStream::Change(const Level& level, Bucket& bucket, int64_t minute,
                          const CandleValues& before, const CandleValues& after) const {
  const bool had = before.trades > 0, has = after.trades > 0;
  if (had) {
    bucket.sums.Subtract(before.vwap, before.volume, before.buy_volume, before.sell_volume,
                         before.trades);
  }
  if (has) {
    bucket.sums.Add(after.vwap, after.volume, after.buy_volume, after.sell_volume, after.trades);
  }
  CandleValues& prices = bucket.prices;
  const bool empty = bucket.rows == 0;
  bucket.rows += (has ? 1 : 0) - (had ? 1 : 0);
  if (had && (!has || (before.high == prices.high && after.high < before.high) ||
              (before.low == prices.low && after.low > before.low))) {
    FindPrices(level, bucket, level.interval.OpenOf({minute}).us);
    return;
  }
  if (!has) return;
  if (empty || minute <= bucket.first) bucket.first = minute, prices.open = after.open;
  if (empty || minute >= bucket.last) bucket.last = minute, prices.close = after.close;
  prices.high = empty ? after.high : std::max(prices.high, after.high);
  prices.low = empty ? after.low : std::min(prices.low, after.low);
}

void CandleStream::FindPrices(const Level& level, Bucket& bucket, int64_t bucket_open) const {
  bool found = false;
  const int64_t end = level.interval.CloseOf({bucket_open}).us;
  for (auto it = minutes_.lower_bound(bucket_open); it != minutes_.end() && it->first < end; ++it) {
    const CandleValues& candle = it->second.candle;
    if (candle.trades == 0) continue;
    CandleValues& prices = bucket.prices;
    if (!found) bucket.first = it->first, prices = candle;
    bucket.last = it->first;
    prices.close = candle.close;
    prices.high = std::max(prices.high, candle.high);
    prices.low = std::min(prices.low, candle.low);
    found = true;
  }
}

void CandleStream::Emit(const Level& level, int64_t open, const Bucket& bucket, bool late,
                        std::vector<StreamCandle>* out) const {
  if (open < start_) return;
  const int64_t close = level.interval.CloseOf({open}).us;
  StreamCandle candle{.interval = level.interval,
                      .open_time = {open},
                      .close_time = {close},
                      .values = {},
                      .rows = bucket.rows,
                      .expected_rows = (close - open) / kMicrosPerMinute,
                      .late = late};
  if (bucket.rows > 0) {
    candle.values = bucket.prices;
    candle.values.volume = bucket.sums.volume.ToDouble();
    candle.values.vwap = bucket.sums.Vwap();
    candle.values.buy_volume = bucket.sums.buy.ToDouble();
    candle.values.sell_volume = bucket.sums.sell.ToDouble();
    candle.values.trades = bucket.sums.trades;
  }
  out->push_back(candle);
}

// Minutes from here on are in a longer candle that a late trade may still change, or are held.
int64_t CandleStream::FirstKept() const {
  int64_t first = horizon().us;
  for (const Level& level : levels_) first = std::min(first, level.interval.OpenOf(horizon()).us);
  return first;
}

void CandleStream::Forget() {
  const int64_t end = horizon().us;
  const int64_t first = FirstKept();
  minutes_.erase(minutes_.begin(), minutes_.lower_bound(first));
  changed_minutes_.erase(changed_minutes_.begin(), changed_minutes_.lower_bound(first));
  // The trades go, the candle stays.
  for (auto it = minutes_.lower_bound(held_from_); it != minutes_.end() && it->first < end; ++it) {
    it->second.trades = MinuteTrades();
  }
  held_from_ = end;
  for (Level& level : levels_) {
    auto it = level.buckets.begin();
    while (it != level.buckets.end() && level.interval.CloseOf({it->first}).us <= end) {
      it = level.buckets.erase(it);
    }
  }
}

}  // namespace tidemark
