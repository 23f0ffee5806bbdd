// Trades of one epoch on their way from the sources to the merge: kept per series and UTC day, in
// the order of acceptance. Past the memory limit they are written to scratch files, so memory does
// not grow with the input.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/base/hash.h"
#include "tidemark/base/result.h"
#include "tidemark/market/series.h"
#include "tidemark/pipeline/trade_merge.h"

namespace tidemark {

class TradeSpool {
 public:
  explicit TradeSpool(int64_t memory_limit_bytes) : limit_(memory_limit_bytes) {}
  ~TradeSpool();
  TradeSpool(const TradeSpool&) = delete;
  TradeSpool& operator=(const TradeSpool&) = delete;

  // Errors: kIo when the scratch folder is full.
  Status Add(const TradeSeriesId& series, const TradeColumns& rows, int32_t source);

  std::vector<TradeSeriesId> Series() const;
  // The days of `series` that hold trades, in order.
  std::vector<EventTime> Days(const TradeSeriesId& series) const;
  // All trades of one day in the order they were added. Safe from several threads. Errors: kIo,
  // also when a scratch file is not what was written.
  Result<IncomingTrades> Rows(const TradeSeriesId& series, EventTime day) const;

 private:
  struct Day {
    IncomingTrades rows;  // after those in `file`
    std::string file;     // "" when nothing was written out
    std::optional<ContentHash> hash_of_file;
  };
  using DayMap = std::map<EventTime, Day>;
  struct Held {
    DayMap days;
    std::map<int32_t, TimeRange> extents;  // by source
  };
  Status SpillAll();

  int64_t limit_;
  int64_t used_ = 0;
  std::string folder_;  // made when first needed
  int64_t files_made_ = 0;
  std::map<TradeSeriesId, Held> series_;
};

}  // namespace tidemark
