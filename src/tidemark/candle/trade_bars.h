// Bars from trades: the trades of one series, in order, folded into candles of an interval, or into
// bars of so many trades, so much volume, or so much money.
//
// A bar takes the price of its first trade as open, the highest and lowest as high and low, that of
// its last as close, and sums the sizes; vwap is Σ price·size / Σ size. Cancelled trades are left
// out. A time bar covers its interval and is closed by the watermark; one without trades is no
// candle. The other bars end with the trade that reaches their threshold (it belongs to them whole)
// and restart at 00:00 UTC: the last one of a day is `partial` unless it was just full.
//
//   tick_2    23:59:58  p 10 s 1 buy       bar 23:59:58 o 10 h 12 l 10 c 12 volume 4, vwap 11.5,
//             23:59:59  p 12 s 3 sell          buy_volume 1, sell_volume 3, trades 2
//             23:59:59  p 11 s 1           bar 23:59:59 o = h = l = c 11 volume 1, partial
//             00:00:01  p 13 s 2           (open)
//
// The state is the open bar alone, and all sums are exact: neither batching nor the order of equal
// times' sizes shows. One thread; copies are cheap.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/base/time.h"
#include "tidemark/candle/trade_sums.h"
#include "tidemark/market/candle.h"
#include "tidemark/market/interval.h"
#include "tidemark/market/trade.h"

namespace tidemark {

// When a bar is full.
struct BarRule {
  enum class Kind { kTime, kTicks, kVolume, kDollars };
  Kind kind = Kind::kTime;
  Interval interval;     // kTime
  double threshold = 0;  // else: trades, base currency or quote currency, > 0

  // "1m", "tick_100", "volume_2.5", "dollar_100000". Errors: kParse.
  static Result<BarRule> Parse(std::string_view text);
  std::string ToString() const;
  bool operator==(const BarRule&) const = default;
};

// Columns of equal length, in order of open_time.
struct TradeBars {
  CandleColumns candles;            // open_time: of the interval, or the first trade's time
  std::vector<int64_t> close_time;  // of the interval, or the last trade's time
  std::vector<double> vwap;
  std::vector<double> buy_volume, sell_volume;  // by the taker's side; the rest is unknown
  std::vector<int64_t> trades;
  std::vector<uint8_t> partial;  // 1: the day ended first

  size_t size() const { return close_time.size(); }
  void Append(const TradeBars& other);
};

class TradeBarFold {
 public:
  static constexpr uint32_t kVersion = 1;

  explicit TradeBarFold(BarRule rule) : rule_(std::move(rule)) {}

  // Folds rows [begin, end), in order and after all rows before; appends the bars they fill.
  void Step(const TradeColumns& rows, size_t begin, size_t end, TradeBars* out);
  // Appends the open bar if its interval, or its day, ends at or before the watermark.
  void AdvanceTo(EventTime watermark, TradeBars* out);

  // Goes on with rows that another fold of the same rule has taken: they come after all rows
  // before, and belong to the bar that is open, if one is. REQUIRES a rule of time.
  void Append(const TradeBarFold& later);

  bool empty() const { return sums_.trades == 0; }
  void Reset() { *this = TradeBarFold(rule_); }
  void Save(ByteWriter& out) const;
  Status Load(ByteReader& in);  // Errors: kCorrupt; then the state is Reset()

 private:
  void StepTime(const TradeColumns& rows, size_t begin, size_t end, TradeBars* out);
  void Open(EventTime time, double price);
  bool Full() const;
  void Emit(bool partial, TradeBars* out) const;
  bool LoadBar(ByteReader& in);

  BarRule rule_;
  int64_t end_us_ = INT64_MIN;  // of the interval, or of the day; nothing is open before the first
  EventTime open_time_, last_time_;
  double open_ = 0, close_ = 0;
  TradeSums sums_;
};

}  // namespace tidemark
