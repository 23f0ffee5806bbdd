// A market that never was: one symbol's one-minute candles with the habits of a thin exchange.
//
// The log price is a random walk with stochastic volatility (log volatility reverts over days). The
// hour of the day and the day of the week set how likely a minute is to trade at all, so quiet
// minutes are missing as they are on a real venue. Trades alternate between bid and ask, bars have
// wicks, sizes are lognormal, the venue goes down now and then, and once in a while the book is
// swept. All numbers are integers (price in ticks, volume in 1e-8): their text is exact.
//
// A pure function of its options: the same options give the same rows on every machine.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "tidemark/base/random.h"
#include "tidemark/base/time.h"

namespace tidemark {

struct CandlePathOptions {
  uint64_t seed = 1;
  EventTime start;           // a whole minute
  EventTime end = kMaxTime;  // no row opens at or after it
  double start_price = 60;   // in quote currency
  int price_decimals = 3;    // a tick is 10^-price_decimals
  double density = 0.45;     // long-run share of minutes that trade, (0, 1]
  double annual_volatility = 0.9;
  double outages_per_year = 6;
  double flash_crashes_per_year = 1;
  double spikes_per_100k_rows = 15;  // a close more than 5 % off, undone by the next row
};

struct SimulatedCandle {
  int64_t open_time_us = 0;
  int64_t open = 0, high = 0, low = 0, close = 0;  // ticks
  int64_t volume = 0;                              // 1e-8 of the base currency, > 0
};

class CandlePath {
 public:
  explicit CandlePath(const CandlePathOptions& options);
  // The next row in time order; nothing after `end`.
  std::optional<SimulatedCandle> Next();

  const std::vector<TimeRange>& outages() const { return outages_; }  // begun so far
  const std::vector<EventTime>& flash_crashes() const { return flash_crashes_; }
  const std::vector<EventTime>& spikes() const { return spikes_; }

 private:
  void StepHour();
  SimulatedCandle MakeCandle();
  int64_t TicksOf(double log_price) const;

  CandlePathOptions options_;
  Random random_;
  std::array<double, 168> trade_probability_;  // by hour of the week from Monday 00:00
  std::array<double, 168> activity_;           // mean 1
  double scale_;                               // ticks per unit of price
  double log_price_;
  double log_volatility_ = 0;  // deviation from the long-run mean
  double minute_sigma_;        // now, without the hour's activity
  int64_t minute_us_;          // the next minute to decide on
  int64_t outage_end_us_ = INT64_MIN;
  int64_t last_close_ = 0;
  double minutes_since_trade_ = 0;
  int crash_rows_left_ = 0;
  double crash_depth_ = 0;
  std::vector<TimeRange> outages_;
  std::vector<EventTime> flash_crashes_;
  std::vector<EventTime> spikes_;
};

}  // namespace tidemark
