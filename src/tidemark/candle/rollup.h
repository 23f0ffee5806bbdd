// Roll-up: base candles of one series, in order, folded into candles of a longer interval.
//
// A bucket takes the first open, the highest high, the lowest low, the last close and the sum of
// the volumes of the base rows that open inside it; minutes without a row stay missing, so `rows`
// says how many there were and `expected_rows` how many there could be. A bucket without rows is no
// candle.
//
//   1m rows   00:58 o 10 h 11 l 10 c 11 v 2      1h rolled   00:00 o 10 h 12 l 9 c 9 v 5 rows 3 of
//   60
//             00:59 o 11 h 12 l 11 c 12 v null                01:00 (open until 02:00 or a later
//             row) (00:59 has no volume: it is left out of the sum; all null gives null)
//
// The state is the open bucket alone: canonical, and it has forgotten everything before the bucket.
// The volume is summed exactly, so neither order nor batching shows. One thread; copies are cheap.
#pragma once

#include <cstdint>
#include <vector>

#include "tidemark/base/bytes.h"
#include "tidemark/base/exact_sum.h"
#include "tidemark/base/result.h"
#include "tidemark/base/time.h"
#include "tidemark/market/candle.h"
#include "tidemark/market/interval.h"

namespace tidemark {

// Columns of equal length, in order of open_time.
struct RolledCandles {
  std::vector<int64_t> open_time, close_time;  // microseconds
  std::vector<double> open, high, low, close;
  std::vector<double> volume;          // null when no base row had one
  std::vector<int64_t> rows;           // base rows inside
  std::vector<int64_t> expected_rows;  // base intervals inside

  size_t size() const { return open_time.size(); }
};

class Rollup {
 public:
  static constexpr uint32_t kVersion = 1;

  // Whether `base` is a fixed length and `target` a longer interval made of whole ones.
  static bool Possible(const Interval& base, const Interval& target);
  // Errors: kInvalidArgument unless that is so.
  static Result<Rollup> Make(Interval base, Interval target);

  // Folds rows [begin, end), in order and after all rows before; appends a bucket to `out` when a
  // row of a later one comes.
  void Step(const CandleColumns& rows, size_t begin, size_t end, RolledCandles* out);
  // Appends the open bucket if it ends at or before the watermark.
  void AdvanceTo(EventTime watermark, RolledCandles* out);

  bool empty() const { return rows_ == 0; }
  const Interval& target() const { return target_; }

  void Reset();
  void Save(ByteWriter& out) const;
  Status Load(ByteReader& in);  // Errors: kCorrupt; then the state is Reset()

 private:
  Rollup(Interval base, Interval target) : base_(base), target_(target) {}
  void Emit(RolledCandles* out) const;
  bool LoadBucket(ByteReader& in);

  Interval base_;
  Interval target_;
  EventTime open_time_;
  EventTime close_time_;
  double open_ = 0, high_ = 0, low_ = 0, close_ = 0;
  ExactSum volume_;
  bool has_volume_ = false;
  int64_t rows_ = 0;
};

}  // namespace tidemark
