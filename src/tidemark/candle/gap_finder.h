// Gaps: holes between consecutive base candles of one series, and whether one looks like an outage.
//
// Between a row and the next there is a gap when the next opens later than the first closes:
//   rows open at 00:00, 00:01, 00:05  →  gap [00:02, 00:05), 3 rows missing
//
// A quiet market leaves gaps too. One is a suspected outage when it is both long and out of
// character: at least 60 minutes from close to open, and more than 50 times the mean spacing of the
// 1,000 rows before it (of those there are while the series is younger; the first 30 rows say too
// little about its character, so no gap among them is suspected).
//
// The state is the open times of the last 1,000 rows, oldest first. One thread.
#pragma once

#include <cstdint>
#include <vector>

#include "tidemark/base/bytes.h"
#include "tidemark/base/result.h"
#include "tidemark/base/time.h"
#include "tidemark/market/candle.h"
#include "tidemark/market/interval.h"

namespace tidemark {

struct Gap {
  EventTime from;       // close of the row before
  EventTime to;         // open of the row after
  int64_t missing = 0;  // rows that would fit, > 0
  bool suspected_outage = false;
  bool operator==(const Gap&) const = default;
};

class GapFinder {
 public:
  static constexpr uint32_t kVersion = 1;
  static constexpr size_t kMemoryRows = 1000;
  static constexpr size_t kMemoryRowsMin = 30;
  static constexpr int64_t kOutageMicrosMin = 60 * kMicrosPerMinute;
  static constexpr int64_t kOutageSpacings = 50;

  explicit GapFinder(Interval base) : base_(base) {}

  // Folds rows [begin, end), in order and after all rows before; appends the gaps that end at one.
  void Step(const CandleColumns& rows, size_t begin, size_t end, std::vector<Gap>* out);

  void Reset() { times_.clear(); }
  void Save(ByteWriter& out) const;
  Status Load(ByteReader& in);  // Errors: kCorrupt; then the state is Reset()

 private:
  bool LooksLikeOutage(EventTime from, EventTime to) const;

  Interval base_;
  std::vector<int64_t> times_;  // the last rows seen, the memory at its end; cut back now and then
};

}  // namespace tidemark
