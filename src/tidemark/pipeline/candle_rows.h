// Rows of the table `candles`: base candles as they are, roll-ups, and the vendor's candles of a
// longer interval among them.
#pragma once

#include <cstdint>
#include <vector>

#include "tidemark/base/time.h"
#include "tidemark/candle/rollup.h"
#include "tidemark/candle/trade_sums.h"
#include "tidemark/market/batch.h"
#include "tidemark/market/interval.h"
#include "tidemark/pipeline/base_series.h"

namespace tidemark {

// 2: candles over an open gap in trades are not complete and not of origin `trades`.
constexpr uint32_t kCandleRowsVersion = 2;

// What trades say about roll-ups: of buckets whose base rows are all made from trades, the sums,
// and vwap weighted by volume. Sums are exact, so neither order nor batching shows.
class DetailRollup {
 public:
  // The next base rows, in order and after all rows before; rows without detail are passed over.
  void Step(const BaseRows& rows, const Interval& target);
  // The detail of the bucket that opens at `open_time`; false when it is not all made from trades.
  // Buckets are asked for in order, after the last Step.
  bool Find(int64_t open_time, TradeDetail* out);

 private:
  struct Bucket {
    int64_t open_time = 0, close_time = 0;
    DetailSums sums;
    bool only_trades = true;
  };
  std::vector<Bucket> buckets_;
  size_t asked_ = 0;
};

// `rows` of `interval`; their origin is `trades` where they have detail, `rollup` where they are
// made from trades of which some are missing, else `vendor`. What overlaps `holes` is not complete.
Batch BaseCandles(const SeriesKey& key, const BaseRows& rows, const Interval& interval,
                  const RangeSet& holes);

// Origin `trades` where `detail` knows the bucket and no trade is missing, else `rollup`.
Batch RolledUp(const SeriesKey& key, const RolledCandles& rows, DetailRollup& detail,
               const RangeSet& holes, const RangeSet& missing_trades);

// Both in order of open time. Of two candles of one time that of origin `trades` wins, else the
// vendor's.
Batch PreferVendor(const Batch& vendor, const Batch& rolled);

}  // namespace tidemark
